"""Judges an evidence package: by the code that judges messages, and by nothing outside of it.

Rules:
- No clock and no network: the verdict follows from the package and the pins, so it is the same in
  fifteen years. Every list is judged at its own sealing time, every message at its proof time.
- A message is judged on the list in force at its proof time; what later lists of the package and
  the CRLs say of endings counts from the instant they name.
- Pins given from outside replace trust in the package's own: a list then needs two of those keys.
"""

import hashlib
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

from hub.clock import Instant, iso
from hub.errors import Malformed, Misconfigured, Rejection
from hub.exchange.packets import INSTANT_MAX
from hub.trust.listing import open_list
from hub.trust.model import (
    CertificateEntry,
    LocalSuspension,
    NodeKey,
    PartyEntry,
    Pin,
    Record,
    Revocations,
    SealEntry,
    Status,
    TrustList,
)
from hub.trust.pinned import ListGround
from hub.trust.rules import accept, in_force, sound
from hub.trust.view import View
from hub.voucher import Ground, Report, VerdictCache, binding, examine, ses, timestamp
from hub.voucher.codec import open_message
from hub.voucher.ground import NothingKnown
from hub.voucher.indication import INDETERMINATE, TOTAL_FAILED, TOTAL_PASSED
from hub.voucher.model import Binding, LayerId, LayerType, Opened
from hub.voucher.ports import Suite
from hub.voucher.verification import sliced, voucher_id
from keys.crl import read_crl
from keys.release_source import Judges, folder_releases
from keys.trust_files import TrustFiles, list_numbers, read_trust
from ops.evidence.contents import Contents, stamped
from ops.evidence.proving import believed, claims, stamps
from schemas import catalogue_files

LISTED: Final = "stamped_list"
GRAVITY: Final = (TOTAL_PASSED, INDETERMINATE, TOTAL_FAILED)
_SUBJECTS: Final = {
    PartyEntry: "party", SealEntry: "seal", CertificateEntry: "certificate", NodeKey: "node_key"
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judged:
    """One message of a package."""

    digest: str
    layer_id: str
    proof_at: Instant
    proof: str
    """`timestamp`, `stamped_list`, `proof_list of <node>`, `notice of <node>`; empty: nothing."""
    report: Report


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a package is worth."""

    indication: str
    sub_indication: str | None
    pins: tuple[tuple[str, str], ...]
    """(party, SHA-256 of its pinned certificate) by which the lists were judged."""
    trust_lists: tuple[int, ...]
    messages: tuple[Judged, ...]

    def as_json(self) -> dict[str, object]:
        """Ready for `json.dumps`; each message's report as `Report.as_json` spells it."""
        return {
            "indication": self.indication,
            "sub_indication": self.sub_indication,
            "pins": [{"party": party, "sha256": digest} for party, digest in self.pins],
            "trust_lists": list(self.trust_lists),
            "messages": [
                {
                    "digest": one.digest,
                    "layer_id": one.layer_id,
                    "proof_at": iso(one.proof_at),
                    "proof": one.proof,
                    **one.report.as_json(),
                }
                for one in self.messages
            ],
        }

    def as_text(self) -> str:
        """The same for people."""
        lines = [f"{self.indication} {self.sub_indication or ''}".rstrip()]
        lines += [f"pinned: {party} {digest}" for party, digest in self.pins]
        lines.append(f"trust lists: {', '.join(map(str, self.trust_lists))}")
        for one in self.messages:
            said = one.proof or "nothing proves it"
            lines += ["", one.layer_id, f"proof time {iso(one.proof_at)}: {said}"]
            lines.append(one.report.as_text())
        return "\n".join(lines) + "\n"


def judge(
    contents: Contents, suites: Mapping[str, Suite], pins: frozenset[bytes] | None = None
) -> Judgement:
    """What is proven of the voucher in a package.

    `pins`: SHA-256 of the pinned certificates to be believed; None: those of the package.

    Raises:
        Rejection: trust lists, CRLs or the catalogue do not hold; Misconfigured: they are missing.
    """
    with tempfile.TemporaryDirectory(prefix="evidence-") as name:
        folder = Path(name)
        _unpack(folder / "trust", contents.trust)
        _unpack(folder / "catalogue", contents.catalogue)
        court = _Court(folder, contents, suites, pins)
        judged = tuple(court.message(octets) for octets in contents.messages)
        gravest = max(judged, key=lambda one: GRAVITY.index(one.report.indication)).report
        return Judgement(
            gravest.indication,
            gravest.sub_indication,
            tuple((str(p.party), hashlib.sha256(p.certificate).hexdigest()) for p in court.pinned),
            tuple(trust.number for trust in court.lists),
            judged,
        )


class _Court:
    """The package's own ground, read once."""

    def __init__(
        self,
        folder: Path,
        contents: Contents,
        suites: Mapping[str, Suite],
        pins: frozenset[bytes] | None,
    ) -> None:
        self._folder = folder / "trust"
        self._contents = contents
        self._suites = suites
        self._env = _first(contents.messages[-1]).env
        self._files = read_trust(self._folder)
        self.pinned = _chosen(self._files.pins, pins)
        site = folder / "catalogue/site"  # an archive holds no empty folder
        base = catalogue_files.files(folder / "catalogue/base", [site] if site.is_dir() else [])
        by = Judges(self._env, self.pinned, self._files.anchors, suites, lambda: INSTANT_MAX)
        self._releases = folder_releases(self._folder, base, by)
        self.lists = self._accepted()

    def message(self, octets: bytes) -> Judged:
        """Judge one message at the time that is proven for it."""
        digest = hashlib.sha256(octets).hexdigest()
        opened = open_message(octets)
        layer, sealed_at = self._top(opened)
        tokens = self._tokens(opened)
        verdicts: list[Judged] = []
        for at, proof in self._proofs(opened, layer, digest, tokens) or [(sealed_at, "")]:
            report = examine(
                octets, self._ground(at), at=at, tokens=tokens, proven=bool(proof),
                listed=proof == LISTED,
            )  # fmt: skip
            verdicts.append(Judged(digest, str(layer), at, proof, report))
            if report.indication == TOTAL_PASSED:
                return verdicts[-1]
        return verdicts[0]

    def _proofs(
        self, opened: Opened, layer: LayerId, digest: str, tokens: Mapping[LayerType, bytes]
    ) -> list[tuple[Instant, str]]:
        """What proves a time, and by what, the best first."""
        top = opened.layers[-1]
        token = tokens.get(top.type)
        if token is not None:
            try:
                trust = self._view(timestamp.peek(token))
                stamp = timestamp.verify(token, top.seals[-1].octets, trust, self._suites)
            except Rejection:
                pass  # the report says what is wrong with it
            else:
                return [(stamp.at, "timestamp")]
        contents, sha = self._contents, bytes.fromhex(digest)
        stamped_at = stamps(contents.stamped, self._env, sha, self._view, self._suites)
        found = [(at, LISTED) for at in stamped_at[:1]]
        for claim in claims(contents.proofs, contents.notices, self._env, layer, digest):
            if believed(claim, layer, self._view(claim.at)):
                return [*found, (claim.at, f"{claim.source} of {claim.node}")]
        return found

    def _top(self, opened: Opened) -> tuple[LayerId, Instant]:
        """The top layer by its acting party, and when its last seal says it was sealed."""
        bottom = sliced(opened.layers[0], self._env)[0][1]
        parts = sliced(opened.layers[-1], self._env)
        sealed_at = parts[-1][0].sealed_at
        seal = self._view(sealed_at).seal(hashlib.sha256(parts[0][0].seal).digest())
        voucher = voucher_id(bottom)
        acting = seal.party if seal is not None else voucher.issuer
        return LayerId(voucher, parts[0][1].layer, acting), sealed_at

    def _tokens(self, opened: Opened) -> dict[LayerType, bytes]:
        kept = self._contents.tokens
        return {la.type: kept[stamped(la)] for la in opened.layers if stamped(la) in kept}

    def _ground(self, at: Instant) -> Ground:
        return Ground(
            self._view(at), self._releases, self._env, self._suites, NothingKnown(), VerdictCache()
        )

    def _view(self, at: Instant) -> View:
        trust = in_force(self.lists, at) or self.lists[0]
        later = [one for one in self.lists if one.number > trust.number]
        return View(
            trust,
            state=trust.number,
            at=at,
            suites=self._suites,
            revocations=[_until(crl, at) for crl in self._revocations],
            suspensions=[e for one in later for e in _endings(one) if e.since <= at],
        )

    @cached_property
    def _revocations(self) -> list[Revocations]:
        listed = [
            entry.record.certificate
            for trust in self.lists
            for entry in trust.register.certificates
            if isinstance(entry.record, CertificateEntry)
        ]
        issuers = [*self._files.anchors, *dict.fromkeys(listed)]
        crls = self._files.crls
        return [read_crl(crl, issuers, self._suites, on_record=True) for crl in crls]

    def _accepted(self) -> tuple[TrustList, ...]:
        """All lists, each following the one before; the first of all needs no predecessor."""
        found: list[TrustList] = []
        for number in list_numbers(self._folder):
            files = read_trust(self._folder, number)
            found.append(self._open(files, found[-1] if found else None))
        if not found:
            raise Misconfigured("trust_list_missing")
        return tuple(found)

    def _open(self, files: TrustFiles, before: TrustList | None) -> TrustList:
        ground = ListGround(self._env, self.pinned, files.anchors, self._releases, self._suites)
        opened = open_list(files.message, files.sections, ground, INSTANT_MAX)
        if before is None and opened.trust.number > 1:
            sound(opened.trust, env=self._env, sealed_by=opened.sealed_by)
        else:
            accept(
                before, opened.trust, env=self._env, at=opened.sealed_at,
                sealed_by=opened.sealed_by, suites=self._suites,
            )  # fmt: skip
        return opened.trust


def _first(message: bytes) -> Binding:
    """What the newest message's first seal binds; every other message must say the same."""
    layer = open_message(message).layers[0]
    if not layer.seals:
        raise Malformed("evidence_form")
    return binding.read(ses.read_signature(layer.seals[0].octets).property_info)


def _chosen(pins: Sequence[Pin], wanted: frozenset[bytes] | None) -> tuple[Pin, ...]:
    if wanted is None:
        return tuple(pins)
    return tuple(pin for pin in pins if hashlib.sha256(pin.certificate).digest() in wanted)


def _endings(trust: TrustList) -> Iterable[LocalSuspension]:
    for entry in trust.register:
        record: Record = entry.record
        sort = _SUBJECTS.get(type(record))
        if sort is None or record.status is Status.ACTIVE or record.ended_at is None:
            continue
        key = record.key.split("|")[-1]
        yield LocalSuspension(f"{sort}:{key}", record.ended_at, record.reason)


def _until(crl: Revocations, at: Instant) -> Revocations:
    """A node's word counts when it was given: what ended later had not ended then."""
    return replace(crl, revoked={n: since for n, since in crl.revoked.items() if since <= at})


def _unpack(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir()
    for name, octets in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(octets)
