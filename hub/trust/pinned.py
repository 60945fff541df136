"""A numbered document (protocol rule 10.1): a trust list or catalogue release under pinned keys.

Its body names every part of it by SHA-256; the parts stand beside it, so that only what has changed
is moved and a document of any size stays within the limits of a body.

Rules of this file:
- It is verified like any sealed document, but by the pinned keys, never by the one before it.
- It is judged at its own sealing time: a node that starts late reads old ones with the same
  verdict. One sealed in the future is refused.
- The seals of two *different* pinned parties; which stands first does not matter.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hub.clock import Instant, business_day, instant, iso
from hub.errors import Malformed, Rejection, SealUntrusted
from hub.parties import Party
from hub.trust.model import LIST_KIND, RELEASE_KIND, SIGNATURES_NEEDED, Pin
from hub.voucher import Ground, VerdictCache, admit, authenticate, open_message, ses, xml
from hub.voucher.checks import SEALING_AHEAD_MAX
from hub.voucher.ground import NothingKnown
from hub.voucher.model import Body, Draft, LayerId, LayerType, Opened, VoucherId
from hub.voucher.ports import Catalogues, RegisteredSeal, Suite

NATION: Final = "000000"
"""The division these documents speak for."""
POSITIONS: Final = ("trust_1", "trust_2")


@dataclass(frozen=True, slots=True)
class Refusals:
    """What is told of a sort of documents that is refused."""

    form: str
    seals: str
    other_environment: str
    number: str
    conflict: str
    part_missing: str


@dataclass(frozen=True, slots=True)
class Sort:
    """What two sorts of numbered documents do not share: their names, and how they name parts."""

    kind: str
    name: str
    """As the journal has it."""
    prefix: str
    """Of its voucher number."""
    refusals: Refusals
    named: Callable[[Sequence[Mapping[str, str]]], Mapping[str, str]]
    """Part → SHA-256 in hex, of a body's rows; raises KeyError, ValueError for another form."""


@dataclass(frozen=True, slots=True)
class Head:
    """What two of the three pinned keys seal."""

    env: str
    number: int
    effective_at: Instant
    expires_at: Instant
    parts: Mapping[str, str]
    """Name → SHA-256 in hex."""


@dataclass(frozen=True, slots=True)
class ListGround:
    """What it is verified on: pinned keys, the roots they stand under, suites, catalogues."""

    env: str
    pins: Sequence[Pin]
    anchors: Sequence[bytes]
    catalogues: Catalogues
    suites: Mapping[str, Suite]


@dataclass(frozen=True, slots=True)
class Sealed:
    """The verified head of a document, and who sealed it; its parts may not be here yet."""

    head: Head
    sealed_by: frozenset[Party]
    sealed_at: Instant


def draft(
    sort: Sort, head: Head, rows: Sequence[Mapping[str, str]], issuer: Party, release: int
) -> Draft:
    """The document to be sealed at `POSITIONS`; `rows` name its parts.

    `release`: the catalogue release under which it is sealed. Nothing is judged here.

    Source: protocol rule 10.1; protocol rule 1.4
    """
    number = f"{sort.prefix}-{head.number:06d}"
    fields = {
        "Id": number,
        "Env": head.env,
        "Number": str(head.number),
        "EffectiveFrom": iso(head.effective_at),
        "Expires": iso(head.expires_at),
        "Count": str(len(rows)),
    }
    numbered = tuple({"Id": str(n), **row} for n, row in enumerate(rows, 1))
    year = business_day(head.effective_at)[:4]
    voucher = VoucherId(head.env, NATION, year, sort.kind, issuer, number)
    layer = LayerId(voucher, LayerType.DOCUMENT, issuer)
    return Draft(layer, release, ("*",), Body(fields, numbered))


def named(sort: Sort, message: bytes) -> Mapping[str, str]:
    """The parts a document names, by SHA-256 in hex; only its form is judged, no seal.

    Raises:
        Malformed: `Refusals.form`, and what the voucher library says of envelope and body.

    Source: protocol rule 10.1; protocol rule 14.5
    """
    return _head(sort, xml.content(open_message(message).layers[-1].body)).parts


def open_head(sort: Sort, message: bytes, ground: ListGround, now: Instant) -> Sealed:
    """The head of a document whose seals hold under pinned keys; `unsound` says if they suffice.

    It is judged at its own sealing time; `now` only refuses one that is sealed in the future.

    Raises:
        Malformed: `Refusals.form`, and what the voucher library says of envelope and seals.
        SealUntrusted: `sealed_in_future`; `Refusals.other_environment`.
        Rejection: what `hub.voucher.verify` raises.
        Held: `catalogue_missing`.

    Source: protocol rule 10.2; protocol rule 8.3; GB/T 38540-2020, 7.3
    """
    opened = open_message(message)
    sealed_at = _sealed_at(sort, opened)
    if sealed_at > now + SEALING_AHEAD_MAX:
        raise SealUntrusted("sealed_in_future")
    try:
        voucher = admit(authenticate(opened, pinned_ground(ground), sealed_at))
    except Malformed as error:
        if error.code != "other_environment":
            raise
        raise SealUntrusted(sort.refusals.other_environment) from error  # said of the document
    if voucher.id.kind != sort.kind:
        raise Malformed(sort.refusals.form)
    sealed_by = frozenset(fact.party for fact in voucher.top.seals)
    return Sealed(_head(sort, voucher.top.content), sealed_by, sealed_at)


def unsound(sort: Sort, sealed: Sealed, env: str) -> Rejection | None:
    """Why a verified document is refused all the same, else None: too few sealed it, or elsewhere.

    Returned, not raised: SealUntrusted with the codes of the sort's refusals.

    Source: protocol rule 10.2; protocol rule 1.1
    """
    if len(sealed.sealed_by) < SIGNATURES_NEEDED:
        return SealUntrusted(sort.refusals.seals, count=len(sealed.sealed_by))
    if sealed.head.env != env:
        return SealUntrusted(sort.refusals.other_environment)
    return None


def pinned_ground(ground: ListGround) -> Ground:
    """Where these documents are sealed and verified: pinned keys and nothing else.

    Source: protocol rule 10.2
    """
    trust = _PinnedTrust(ground.pins, ground.anchors)
    return Ground(
        trust, ground.catalogues, ground.env, ground.suites, NothingKnown(), VerdictCache()
    )


class _PinnedTrust:
    """TrustView of pinned keys: they may seal trust lists and catalogue releases, nothing else."""

    state: Final = 0

    def __init__(self, pins: Sequence[Pin], anchors: Sequence[bytes]) -> None:
        self._anchors = tuple(anchors)
        self._seals = {}
        for pin in pins:
            digest = hashlib.sha256(pin.seal).digest()
            signer = frozenset((hashlib.sha256(pin.certificate).digest(),))
            self._seals[digest] = RegisteredSeal(
                str(pin.party), digest, pin.party, pin.suite, signer, pin.not_before, pin.not_after
            )

    def seal(self, digest: bytes) -> RegisteredSeal | None:
        return self._seals.get(digest)

    def anchors(self) -> Sequence[bytes]:
        return self._anchors

    def intermediates(self) -> Sequence[bytes]:
        return ()

    def revoked_at(self, certificate: bytes) -> Instant | None:  # noqa: ARG002 -- pins are by hand
        return None

    def entitled(
        self,
        party: Party,  # noqa: ARG002 -- whoever is pinned
        kind: str,
        layer: LayerType,
        position: str,  # noqa: ARG002 -- either
        division: str,
    ) -> bool:
        known = kind in {LIST_KIND, RELEASE_KIND}
        return known and (layer, division) == (LayerType.DOCUMENT, NATION)

    def may_submit(self, sender: str, party: Party) -> bool:  # noqa: ARG002 -- lists only
        return False


def _sealed_at(sort: Sort, opened: Opened) -> Instant:
    sealed = [ses.read_signature(block.octets) for block in opened.layers[-1].seals]
    if not sealed:
        raise Malformed(sort.refusals.form)
    return max(one.sealed_at for one in sealed)


def _head(sort: Sort, body: Body) -> Head:
    """Head of a document's body; the schema has checked the fields of a verified one."""
    try:
        fields = body.fields
        return Head(
            fields["Env"],
            int(fields["Number"]),
            instant(datetime.fromisoformat(fields["EffectiveFrom"])),
            instant(datetime.fromisoformat(fields["Expires"])),
            sort.named(body.details),
        )
    except (KeyError, ValueError) as error:
        raise Malformed(sort.refusals.form) from error
