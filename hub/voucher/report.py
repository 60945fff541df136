"""The verification report: one value for library, CLI and console (protocol 12).

Rules:
- The report walks the same table of checks as `verify`, to the end instead of to the first refusal.
- A check that could not be done says `not_done` and never counts as passed.
- Never raises for content. Evidence is a code, never content.
- A time-stamp token beside the message, if it holds, is its layer's proof time (protocol rule 8.1);
  `timestamp` fails only where nothing else proves the time: else a bad token is a warning.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from types import MappingProxyType
from typing import Final, TypeVar

from hub.clock import Instant, iso
from hub.errors import Held, Rejection
from hub.voucher import rules as body_rules
from hub.voucher import timestamp
from hub.voucher.case import Case
from hub.voucher.checks import SEAL_CHECKS
from hub.voucher.codec import open_message
from hub.voucher.ground import Ground, judge_seal
from hub.voucher.indication import (
    FAILED,
    INDETERMINATE,
    NOT_DONE,
    PASSED,
    TOTAL_FAILED,
    TOTAL_PASSED,
    Check,
    conclude,
)
from hub.voucher.model import Body, Layer, LayerType
from hub.voucher.verification import (
    cases_of,
    check_body,
    kind_of,
    position_order,
    positions_complete,
    sliced,
    voucher_id,
)

__all__ = [
    "CHECK_NAMES", "FAILED", "INDETERMINATE", "NOT_DONE", "PASSED", "TOTAL_FAILED", "TOTAL_PASSED",
    "Check", "Notes", "Report", "SealLine", "examine",
]  # fmt: skip

T = TypeVar("T")
NO_TOKENS: Final[Mapping[LayerType, bytes]] = MappingProxyType({})

CHECK_NAMES: Final = (
    "format",
    "suite",
    "seal_maker_signature",
    "seal_maker_chain",
    "seal_validity",
    "seal_status",
    "signer_in_seal_list",
    "signer_chain",
    "signer_revocation",
    "sealing_time",
    "data_hash",
    "signer_signature",
    "binding",
    "positions_complete",
    "position_order",
    "timestamp",
)


@dataclass(frozen=True, slots=True)
class SealLine:
    """A seal as people see it; believed as far as the checks say."""

    position: str
    seal_id: str
    seal_name: str
    signer: str
    sealed_at: str
    suite: str


@dataclass(frozen=True, slots=True)
class Report:
    """Indication, sub-indication, every check, every seal.

    Source: protocol rule 12.1; ETSI EN 319 102-1
    """

    indication: str
    sub_indication: str | None
    checks: tuple[Check, ...]
    seals: tuple[SealLine, ...]

    def as_json(self) -> dict[str, object]:
        """The members `indication`, `sub_indication`, `checks`, `seals`, ready for `json.dumps`."""
        return {
            "indication": self.indication,
            "sub_indication": self.sub_indication,
            "checks": [asdict(check) for check in self.checks],
            "seals": [asdict(line) for line in self.seals],
        }

    def as_text(self) -> str:
        """The same for people: one line a check."""
        lines = [f"{self.indication} {self.sub_indication or ''}".rstrip()]
        lines += [
            f"seal {line.position or '-'}: {line.seal_name} ({line.seal_id}) by {line.signer}"
            f" at {line.sealed_at}, {line.suite}"
            for line in self.seals
        ]
        for check in self.checks:
            where = "/".join(part for part in (check.layer, check.position) if part) or "message"
            tail = f": {check.evidence}" if check.evidence else ""
            lines.append(f"{check.result:<8} {where} {check.check}{tail}")
        return "\n".join(lines)


def examine(
    octets: bytes,
    ground: Ground,
    *,
    at: Instant,
    tokens: Mapping[LayerType, bytes] = NO_TOKENS,
    proven: bool = True,
    listed: bool = False,
) -> Report:
    """Everything that can be said of message octets at a proof time; never raises for content.

    Args:
        octets: the message.
        ground: as for `verify`.
        at: proof time of the top layer, where no token of its own gives one.
        tokens: RFC 3161 tokens, each over the last SES_Signature of its layer.
        proven: whether `at` is proven; False: without a token nothing is (NO_POE).
        listed: whether `at` is what a verified token says that is over a list naming this message.

    Source: protocol rule 12.1; GB/T 38540-2020, 7.3; protocol rule 8.1
    """
    notes = Notes()
    opened = notes.run("format", lambda: open_message(octets))
    if opened is None:
        notes.not_done(CHECK_NAMES[1:], "format")
        return notes.report()
    stack = []
    for layer in opened.layers:
        notes.layer = str(layer.type)
        stack.append(notes.run("format", partial(sliced, layer, ground.env)))
    good = [parts for parts in stack if parts is not None]
    if len(good) != len(stack):
        notes.not_done(CHECK_NAMES[1:], "format")
        return notes.report()
    proofs = [proof_of(layer, tokens.get(layer.type), ground) for layer in opened.layers]
    at = proofs[-1].at or at
    below: Body | None = None
    for number, proof in enumerate(proofs):
        cases = cases_of(opened, good, number, ground, at)
        for case in cases:
            case.at = proof.at or case.at
        notes.layer = str(opened.layers[number].type)
        top = number == len(proofs) - 1
        told = partial(proof.tell, notes, needed=top and not proven, listed=top and listed)
        below = _layer(notes, cases, at, below, told)
    return notes.report()


@dataclass(frozen=True, slots=True)
class Proof:
    """What a layer's token proves, or the code why it proves nothing.

    Source: protocol rule 8.1; RFC 3161, 2.4.2
    """

    at: Instant | None
    code: str

    def tell(self, notes: "Notes", *, needed: bool, listed: bool) -> None:
        """Note it; `needed`: nothing else proves the time; `listed`: a stamped list does."""
        if self.at is not None:
            notes.note("timestamp", PASSED)
        elif listed and self.code == UNSTAMPED:
            notes.note("timestamp", PASSED, "stamped_list")
        elif self.code != UNSTAMPED:
            notes.note("timestamp", FAILED, self.code, "fail" if needed else "warn")
        elif needed:
            notes.not_done(("timestamp",), "proof_missing")
        else:
            notes.not_done(("timestamp",), UNSTAMPED, "inform")


UNSTAMPED: Final = "no_token"


def proof_of(layer: Layer, token: bytes | None, ground: Ground) -> Proof:
    """What a token proves of a layer's seals; never raises for content.

    Required: the layer has a seal; the token, where there is one, is over the last of them.

    Source: protocol rule 8.1; RFC 3161, 2.4.2; wire form 5
    """
    if token is None:
        return Proof(None, UNSTAMPED)
    try:
        stamp = timestamp.verify(token, layer.seals[-1].octets, ground.trust, ground.suites)
    except Rejection as refusal:
        return Proof(None, refusal.code)
    return Proof(stamp.at, "")


class Notes:
    """What a report is gathered in: set `layer` and `position`, run checks, take the report.

    Source: protocol rule 12.2; protocol rule 12.3
    """

    def __init__(self) -> None:
        self.layer = ""
        self.position = ""
        self._checks: list[Check] = []
        self._seals: list[SealLine] = []

    def run(self, name: str, check: Callable[[], T]) -> T | None:
        """Do one check and note how it went; its value, or None when it failed."""
        try:
            value = check()
        except (Rejection, Held) as refusal:
            self.note(name, FAILED, refusal.code)
            return None
        self.note(name, PASSED)
        return value

    def note(self, name: str, result: str, evidence: str = "", level: str = "fail") -> None:
        """Note one result."""
        self._checks.append(Check(self.layer, self.position, name, level, result, evidence))

    def not_done(self, names: Iterable[str], evidence: str = "", level: str = "fail") -> None:
        """Note checks that could not be done, and why."""
        for name in names:
            self.note(name, NOT_DONE, evidence, level)

    def seal(self, line: SealLine) -> None:
        """Note a seal."""
        self._seals.append(line)

    def failed(self) -> bool:
        """Whether anything of this layer failed so far that counts."""
        return any(
            c.result == FAILED and c.level == "fail" and c.layer == self.layer for c in self._checks
        )

    def report(self) -> Report:
        """The report of what was noted."""
        indication, sub = conclude(self._checks)
        return Report(indication, sub, tuple(self._checks), tuple(self._seals))


def _layer(
    notes: Notes, cases: list[Case], at: Instant, below: Body | None, tell: Callable[[], None]
) -> Body | None:
    layer, parts = cases[0].layer, [(case.ses, case.binding) for case in cases]
    found = notes.run("format", lambda: kind_of(cases[0], at))
    notes.run("positions_complete", lambda: positions_complete(parts))
    if found is None:
        notes.not_done(("position_order",), "format")
    else:
        notes.run("position_order", lambda: position_order(layer, parts, found[1]))
    for case in cases:
        case.kind = found[1] if found else None
        notes.position = case.block.position
        _seal(notes, case, known_kind=found is not None)
    notes.position = ""
    tell()
    if found is None or notes.failed():
        notes.not_done(("binding",), "not_authentic")  # only authentic octets are parsed
        return None
    release, kind = found
    voucher = voucher_id(cases[0].binding)
    where = (voucher.kind, voucher.division, voucher.year, layer.type)
    body = notes.run("format", lambda: release.parse(*where, layer.body))
    if body is not None:
        notes.run("binding", lambda: check_body(voucher, body))
        notes.run("format", lambda: body_rules.check(kind, layer.type, body, below))
    return body


def _seal(notes: Notes, case: Case, *, known_kind: bool) -> None:
    for name, check in SEAL_CHECKS:
        if name == "binding" and not known_kind:
            notes.not_done(("binding",), "format")
            continue
        try:
            check(case)
        except Rejection as refusal:
            missing = (name != "suite" and refusal.code in {"seal_unknown", "suite_unknown"}) or (
                name == "signer_revocation" and case.signer.code == refusal.code
            )
            notes.note(name, NOT_DONE if missing else FAILED, refusal.code)
        else:
            notes.note(name, PASSED)
        if name == "suite" and case.verdict.suite is None:
            _judge_anyway(case)
    content = case.verdict.seal.content if case.verdict.seal else None
    certificate = case.verdict.suite and case.verdict.suite.certificate(case.ses.certificate)
    notes.seal(
        SealLine(
            position=case.block.position,
            seal_id=content.seal_id if content else "",
            seal_name=content.name if content else "",
            signer=certificate.name if certificate else "",
            sealed_at=iso(case.ses.sealed_at),
            suite=case.binding.suite,
        )
    )


def _judge_anyway(case: Case) -> None:
    """For a seal nobody registered: what its octets say by the suite that they name."""
    for suite in case.ground.suites.values():
        if suite.signature_oid == case.ses.algorithm:
            digest = hashlib.sha256(case.ses.seal).digest()
            case.judged = judge_seal(case.ses.seal, digest, case.ground, suite)
