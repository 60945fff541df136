"""A trust list as a numbered document: kind TL01; its parts are the sections of the register."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hub.clock import Instant
from hub.errors import SealUntrusted
from hub.parties import Party
from hub.trust.model import LIST_KIND, TrustList
from hub.trust.pinned import (
    POSITIONS,
    Head,
    ListGround,
    Refusals,
    Sort,
    draft,
    open_head,
    pinned_ground,
)
from hub.trust.register import read_register, sections
from hub.voucher import seal
from hub.voucher.model import Draft
from hub.voucher.ports import SealMaker


@dataclass(frozen=True, slots=True)
class Opening:
    """A verified list, and who sealed it."""

    trust: TrustList
    sealed_by: frozenset[Party]
    sealed_at: Instant


def publish(trust: TrustList, issuer: Party, release: int) -> tuple[Draft, dict[str, bytes]]:
    """The list as a draft to be sealed at `POSITIONS`, and its sections by SHA-256 in hex.

    `release`: the catalogue release under which it is sealed. Nothing is judged here.

    Source: protocol rule 10.1; protocol rule 2.12
    """
    cut = sections(trust.register)
    digests = {name: hashlib.sha256(octets).hexdigest() for name, octets in cut.items()}
    head = Head(trust.env, trust.number, trust.effective_at, trust.expires_at, digests)
    rows = [
        {"Entry": "section", "Subject": name, "Digest": digest} for name, digest in digests.items()
    ]
    parts = {digests[name]: octets for name, octets in cut.items()}
    return draft(LIST, head, rows, issuer, release), parts


def issue(
    trust: TrustList,
    makers: Sequence[tuple[Party, SealMaker]],
    ground: ListGround,
    release: int,
    at: Instant,
) -> tuple[bytes, dict[str, bytes]]:
    """The sealed document and its sections, where both keys are at hand; else seal in two steps.

    Required: two makers, of two different pinned parties.

    Raises:
        Rejection: what sealing and verifying a document raise.
        Held: `catalogue_missing`.
        CustodyDown: a key cannot be used now.

    Source: protocol rule 10.2; GB/T 38540-2020, 7.2
    """
    drawn, parts = publish(trust, makers[0][0], release)
    positions = list(zip(POSITIONS, (maker for _, maker in makers), strict=True))
    return seal(drawn, positions, pinned_ground(ground), at=at).octets, parts


def open_list(
    message: bytes, parts: Mapping[str, bytes], ground: ListGround, now: Instant
) -> Opening:
    """The list in a sealed document, with its register; `parts` are sections by SHA-256 in hex.

    Raises:
        Rejection: what `open_head` raises; `trust_section_missing`, `trust_section_digest`,
            `trust_section_form`, `trust_record_twice`.
        Held: `catalogue_missing`.

    Source: protocol rule 10.1; protocol rule 10.2; GB/T 38540-2020, 7.3
    """
    sealed = open_head(LIST, message, ground, now)
    return Opening(_assemble(sealed.head, parts), sealed.sealed_by, sealed.sealed_at)


def _assemble(head: Head, parts: Mapping[str, bytes]) -> TrustList:
    found = []
    for digest in head.parts.values():
        octets = parts.get(digest)
        if octets is None:
            raise SealUntrusted("trust_section_missing")
        if hashlib.sha256(octets).hexdigest() != digest:
            raise SealUntrusted("trust_section_digest")
        found.append(octets)
    register = read_register(found)
    return TrustList(head.env, head.number, head.effective_at, head.expires_at, register)


def _sections(rows: Sequence[Mapping[str, str]]) -> dict[str, str]:
    return {row["Subject"]: row["Digest"] for row in rows if row["Entry"] == "section"}


LIST: Final = Sort(
    kind=LIST_KIND,
    name="trust list",
    prefix="trust",
    refusals=Refusals(
        form="trust_list_form",
        seals="trust_list_seals",
        other_environment="trust_list_other_environment",
        number="trust_list_number",
        conflict="trust_list_conflict",
        part_missing="trust_section_missing",
    ),
    named=_sections,
)
