"""A trust list as a sealed document (PROTOCOL §10): kind TL01, sealed by two of the pinned keys.

The document's body names every section of the register by SHA-256; sections stand beside it, so
that only what has changed is moved and a register of any size stays within the limits of a body.

Rules of this file:
- A list is verified like any sealed document, but by the pinned keys, never by the list before it.
- It is judged at its own sealing time: a node that starts late reads old lists with the same
  verdict. A list sealed in the future is refused.
- The seals of two *different* pinned parties; which stands first does not matter.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hub.clock import Instant, business_day, instant, iso
from hub.errors import Malformed, SealUntrusted
from hub.parties import Party
from hub.trust.model import LIST_KIND, RELEASE_KIND, Pin, TrustList
from hub.trust.register import read_register, sections
from hub.voucher import Ground, VerdictCache, admit, authenticate, open_message, seal, ses, xml
from hub.voucher.checks import SEALING_AHEAD_MAX
from hub.voucher.model import Body, Draft, LayerId, LayerType, Opened, Voucher, VoucherId
from hub.voucher.ports import Catalogues, RegisteredSeal, SealMaker, Suite

NATION: Final = "000000"
"""The division a trust list speaks for."""
POSITIONS: Final = ("trust_1", "trust_2")


@dataclass(frozen=True, slots=True)
class Head:
    """What two of the three pinned keys seal."""

    env: str
    number: int
    effective_at: Instant
    expires_at: Instant
    sections: Mapping[str, str]
    """Name → SHA-256 in hex."""


@dataclass(frozen=True, slots=True)
class ListGround:
    """What a list is verified on: pinned keys, the roots they stand under, suites, catalogues."""

    env: str
    pins: Sequence[Pin]
    anchors: Sequence[bytes]
    catalogues: Catalogues
    suites: Mapping[str, Suite]


@dataclass(frozen=True, slots=True)
class Sealed:
    """The verified head of a list, and who sealed it; its sections may not be here yet."""

    head: Head
    sealed_by: frozenset[Party]
    sealed_at: Instant


@dataclass(frozen=True, slots=True)
class Opening:
    """A verified list, and who sealed it."""

    trust: TrustList
    sealed_by: frozenset[Party]
    sealed_at: Instant


def publish(trust: TrustList, issuer: Party, release: int) -> tuple[Draft, dict[str, bytes]]:
    """The list as a draft to be sealed at `POSITIONS`, and its sections by SHA-256 in hex."""
    cut = sections(trust.register)
    digests = {name: hashlib.sha256(octets).hexdigest() for name, octets in cut.items()}
    number = f"trust-{trust.number:06d}"
    fields = {
        "Id": number,
        "Env": trust.env,
        "Number": str(trust.number),
        "EffectiveFrom": iso(trust.effective_at),
        "Expires": iso(trust.expires_at),
        "Count": str(len(cut)),
    }
    rows = tuple(
        {"Id": str(row), "Entry": "section", "Subject": name, "Digest": digests[name]}
        for row, name in enumerate(cut, 1)
    )
    year = business_day(trust.effective_at)[:4]
    voucher = VoucherId(trust.env, NATION, year, LIST_KIND, issuer, number)
    layer = LayerId(voucher, LayerType.DOCUMENT, issuer)
    return Draft(layer, release, ("*",), Body(fields, rows)), {
        digests[name]: octets for name, octets in cut.items()
    }


def issue(
    trust: TrustList,
    makers: Sequence[tuple[Party, SealMaker]],
    ground: ListGround,
    release: int,
    at: Instant,
) -> tuple[bytes, dict[str, bytes]]:
    """The sealed document and its sections, where both keys are at hand; else seal in two steps.

    Raises:
        Rejection: what sealing and verifying a document raise.
        CustodyDown: a key cannot be used now.
    """
    draft, parts = publish(trust, makers[0][0], release)
    positions = list(zip(POSITIONS, (maker for _, maker in makers), strict=True))
    return seal(draft, positions, pinned_ground(ground), at=at).octets, parts


def named_sections(message: bytes) -> list[str]:
    """SHA-256 in hex of the sections a list names; only its form is judged.

    Raises:
        Malformed: `trust_list_form`, and what the voucher library says of envelope and body.
    """
    opened = open_message(message)
    return list(_head(xml.content(opened.layers[-1].body)).sections.values())


def open_list(
    message: bytes, parts: Mapping[str, bytes], ground: ListGround, now: Instant
) -> Opening:
    """The list in a sealed document, with its register; `parts` are sections by SHA-256 in hex.

    Raises:
        Rejection: what `open_head` raises; `trust_section_missing`, `trust_section_digest`,
            `trust_section_form`, `trust_record_twice`.
        Held: `catalogue_missing`.
    """
    sealed = open_head(message, ground, now)
    return Opening(_assemble(sealed.head, parts), sealed.sealed_by, sealed.sealed_at)


def open_head(message: bytes, ground: ListGround, now: Instant) -> Sealed:
    """The head of a list whose seals hold under pinned keys; how many sealed it is not judged.

    Raises:
        Rejection: what `hub.voucher.verify` raises; `trust_list_form`.
        Held: `catalogue_missing`.
    """
    voucher, sealed_by, sealed_at = open_pinned(message, ground, now)
    if voucher.id.kind != LIST_KIND:
        raise Malformed("trust_list_form")
    return Sealed(_head(voucher.top.content), sealed_by, sealed_at)


def open_pinned(
    message: bytes, ground: ListGround, now: Instant
) -> tuple[Voucher, frozenset[Party], Instant]:
    """A document whose seals hold under pinned keys, who sealed it, and when.

    Raises:
        Rejection: what `hub.voucher.verify` raises; `sealed_in_future`, `trust_list_form`.
        Held: `catalogue_missing`.
    """
    opened = open_message(message)
    sealed_at = _sealed_at(opened)
    if sealed_at > now + SEALING_AHEAD_MAX:
        raise SealUntrusted("sealed_in_future")
    voucher = admit(authenticate(opened, pinned_ground(ground), sealed_at))
    return voucher, frozenset(fact.party for fact in voucher.top.seals), sealed_at


def pinned_ground(ground: ListGround) -> Ground:
    """Where lists and releases are sealed and verified: pinned keys and nothing else."""
    trust = _PinnedTrust(ground.pins, ground.anchors)
    return Ground(
        trust, ground.catalogues, ground.env, ground.suites, _NothingKnown(), VerdictCache()
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
        named = kind in {LIST_KIND, RELEASE_KIND}
        return named and (layer, division) == (LayerType.DOCUMENT, NATION)

    def may_submit(self, sender: str, party: Party) -> bool:  # noqa: ARG002 -- lists only
        return False


class _NothingKnown:
    def known(self, stack_digest: bytes) -> bool:  # noqa: ARG002 -- a list has one layer
        return False


def _sealed_at(opened: Opened) -> Instant:
    sealed = [ses.read_signature(block.octets) for block in opened.layers[-1].seals]
    if not sealed:
        raise Malformed("trust_list_form")
    return max(one.sealed_at for one in sealed)


def _head(body: Body) -> Head:
    """Head of a list's body; the schema has checked the fields of a verified one."""
    try:
        fields = body.fields
        return Head(
            fields["Env"],
            int(fields["Number"]),
            _instant(fields["EffectiveFrom"]),
            _instant(fields["Expires"]),
            {row["Subject"]: row["Digest"] for row in body.details if row["Entry"] == "section"},
        )
    except (KeyError, ValueError) as error:
        raise Malformed("trust_list_form") from error


def _assemble(head: Head, parts: Mapping[str, bytes]) -> TrustList:
    found = []
    for digest in head.sections.values():
        octets = parts.get(digest)
        if octets is None:
            raise SealUntrusted("trust_section_missing")
        if hashlib.sha256(octets).hexdigest() != digest:
            raise SealUntrusted("trust_section_digest")
        found.append(octets)
    register = read_register(found)
    return TrustList(head.env, head.number, head.effective_at, head.expires_at, register)


def _instant(text: str) -> Instant:
    return instant(datetime.fromisoformat(text))
