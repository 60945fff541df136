"""What the register (备案) holds: parties, seals, certificates, rights, node keys, operators.

Rules of this file (protocol 10):
- Values only. A record is what a trust list says of one thing; its `key` names that thing for ever.
- A record that can end says so itself: status, the instant from which it counts, the reason.
- Patterns are exact text, or a prefix followed by `*`; nothing else is special.
- Validity stands in the record, so that the pure side never parses a certificate.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Final

from hub.clock import HOUR, Instant
from hub.parties import NodeId, Party
from hub.voucher.model import LayerType

LIST_KIND: Final = "TL01"
"""Document kind of a trust list."""
RELEASE_KIND: Final = "CR01"
"""Document kind of a catalogue release."""
GRACE: Final = 72 * HOUR
"""How long an expired list still carries new effects, under an alarm."""
SIGNATURES_NEEDED: Final = 2
"""Of the pinned keys of finance bureau, People's Bank and auditor."""


class Status(StrEnum):
    """Whether a record counts."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    """Until further notice; may become active again."""
    REVOKED = "revoked"
    """For ever."""


class Usage(StrEnum):
    """What a registered certificate is for."""

    ANCHOR = "anchor"
    INTERMEDIATE = "intermediate"
    SIGNER = "signer"


class Duty(StrEnum):
    """The three separated duties of operators (三员分立)."""

    SYSTEM = "system"
    SECURITY = "security"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(ABC):
    """What all records have: they may end.

    Source: protocol rule 10.3; protocol rule 8.4
    """

    status: Status = Status.ACTIVE
    ended_at: Instant | None = None
    """Suspension, revocation or key compromise counts from here (the invalidity date)."""
    reason: str = ""
    """A code of RFC 5280 in snake case, such as `key_compromise`; no free text."""

    @property
    @abstractmethod
    def key(self) -> str:
        """Names the registered thing among its sort."""

    @property
    @abstractmethod
    def owner(self) -> Party | None:
        """The party whose own seal an addition needs; None: the issuers of the list decide."""

    def at(self, when: Instant) -> bool:
        """Whether the record had not ended at `when`."""
        return self.status is Status.ACTIVE or (self.ended_at is not None and when < self.ended_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyEntry(Record):
    """A party; a budget unit is a party that its bureau's node serves.

    Source: protocol rule 10.8
    """

    party: Party
    name: str
    """For people; never compared, never logged."""
    served_by: NodeId
    divisions: tuple[str, ...]
    """Patterns of divisions in which the party acts at all."""
    suite: str
    onboarding: bytes
    """DER certificate of the onboarding key: it endorses the party's first records."""

    @property
    def key(self) -> str:
        """The party."""
        return str(self.party)

    @property
    def owner(self) -> Party:
        """Itself."""
        return self.party


@dataclass(frozen=True, slots=True, kw_only=True)
class SealEntry(Record):
    """A registered seal.

    Source: protocol rule 10.3; protocol rule 10.4; GB/T 38540-2020, 6.1
    """

    seal_id: str
    """esID of the SES_Seal."""
    digest: bytes
    """SHA-256 of the SES_Seal octets."""
    party: Party
    suite: str
    signers: tuple[bytes, ...]
    """SHA-256 of the certificates that may sign with it."""
    not_before: Instant
    not_after: Instant

    @property
    def key(self) -> str:
        """The seal's digest: a re-made seal is another seal."""
        return self.digest.hex()

    @property
    def owner(self) -> Party:
        """Whose seal it is."""
        return self.party


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateEntry(Record):
    """A certificate: an anchor, one between, or a signer's.

    Source: protocol rule 10.3; RFC 5280, 6.1
    """

    usage: Usage
    digest: bytes
    """SHA-256 of the DER octets."""
    certificate: bytes
    suite: str
    party: Party | None
    """The signer's party; None for anchors and intermediates."""
    not_before: Instant
    not_after: Instant

    @property
    def key(self) -> str:
        """The certificate's digest."""
        return self.digest.hex()

    @property
    def owner(self) -> Party | None:
        """The signer's party."""
        return self.party


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement(Record):
    """Who may seal which kind's layer at which position in which division. All are patterns.

    Source: protocol rule 10.8
    """

    party: str
    kind: str
    layer: str
    position: str
    division: str = "*"

    @property
    def key(self) -> str:
        """All five patterns."""
        return f"{self.party}|{self.kind}|{self.layer}|{self.position}|{self.division}"

    @property
    def owner(self) -> None:
        """The issuers of the list decide."""
        return

    def covers(self, kind: str, layer: LayerType, position: str, division: str) -> bool:
        """Whether the patterns match; the party's is matched by whoever indexes."""
        return (
            matches(self.kind, kind)
            and matches(self.layer, layer)
            and matches(self.position, position)
            and matches(self.division, division)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitRight(Record):
    """A node that may submit for a party it does not serve; the hub's stands with party `*`.

    Source: protocol rule 10.8
    """

    node: NodeId
    party: str
    """A pattern."""

    @property
    def key(self) -> str:
        """Node and pattern."""
        return f"{self.node}|{self.party}"

    @property
    def owner(self) -> None:
        """The issuers of the list decide."""
        return


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeKey(Record):
    """A key with which a node seals notices and proof lists; several may be valid at a time.

    Source: protocol rule 3.2; protocol rule 3.3
    """

    node: NodeId
    party: Party
    """Who runs the node."""
    suite: str
    digest: bytes
    """SHA-256 of the DER certificate."""
    certificate: bytes
    not_before: Instant
    not_after: Instant

    @property
    def key(self) -> str:
        """Node and certificate."""
        return f"{self.node}|{self.digest.hex()}"

    @property
    def owner(self) -> Party:
        """Who runs the node."""
        return self.party


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator(Record):
    """A registered person: key, duty, divisions, dates, and whom they may stand in for (AB 角).

    Source: protocol rule 10.9
    """

    operator_id: str
    party: Party
    duty: Duty
    divisions: tuple[str, ...]
    """Patterns: the set every query of this person carries."""
    suite: str
    certificate: bytes
    not_before: Instant
    not_after: Instant
    deputy_of: str = ""

    @property
    def key(self) -> str:
        """The person's id, `[0-9a-z.-]{1,40}`."""
        return self.operator_id

    @property
    def owner(self) -> Party:
        """The party they work for."""
        return self.party


SORTS: Final[dict[str, type[Record]]] = {
    "party": PartyEntry,
    "certificate": CertificateEntry,
    "seal": SealEntry,
    "entitlement": Entitlement,
    "submit": SubmitRight,
    "node_key": NodeKey,
    "operator": Operator,
}
"""Sorts of records, by their name in a register file, in reading order."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A record with the owner's endorsement of it."""

    record: Record
    endorser: bytes = b""
    """SHA-256 of the certificate of the party's onboarding key or of one of its signers."""
    endorsement: bytes = b""
    """Signature over `hub.trust.register.endorsed_octets(env, record)`."""


@dataclass(frozen=True, slots=True)
class Register:
    """All records of one trust list."""

    parties: tuple[Registered, ...] = ()
    certificates: tuple[Registered, ...] = ()
    seals: tuple[Registered, ...] = ()
    entitlements: tuple[Registered, ...] = ()
    submits: tuple[Registered, ...] = ()
    node_keys: tuple[Registered, ...] = ()
    operators: tuple[Registered, ...] = ()

    def __iter__(self) -> Iterator[Registered]:
        """All records, sort by sort."""
        for field in fields(self):
            yield from getattr(self, field.name)


@dataclass(frozen=True, slots=True)
class TrustList:
    """A trust list: one number, its dates, and the register it puts in force."""

    env: str
    number: int
    effective_at: Instant
    expires_at: Instant
    register: Register


@dataclass(frozen=True, slots=True)
class Pin:
    """A key pinned at onboarding, out of band: it may seal trust lists."""

    party: Party
    suite: str
    certificate: bytes
    """DER."""
    seal: bytes
    """SES_Seal, DER."""
    not_before: Instant
    not_after: Instant


@dataclass(frozen=True, slots=True)
class Revocations:
    """A CRL whose signature was verified: serial → since when."""

    issuer: bytes
    """DER Name of the issuer."""
    number: int
    this_update: Instant
    next_update: Instant
    revoked: dict[int, Instant]
    scope: bytes = b""
    """For which of the issuer's certificates it stands (issuingDistributionPoint); empty: all."""


def in_force(revocations: Iterable[Revocations]) -> list[Revocations]:
    """Of each issuer and scope the CRL with the highest number, in whatever order they come.

    Source: protocol rule 10.13
    """
    by_number = sorted(revocations, key=lambda crl: crl.number)
    return list({(crl.issuer, crl.scope): crl for crl in by_number}.values())


@dataclass(frozen=True, slots=True)
class LocalSuspension:
    """A node's own suspension, effective at once; kept until the next list has taken it up."""

    subject: str
    """`party:011.370100`, `seal:<digest>`, `certificate:<digest>` or `node_key:<digest>`."""
    since: Instant
    reason: str


def subject_of(record: Record) -> str:
    """What a local suspension of this record names; empty for what cannot be suspended so.

    Source: protocol rule 10.6
    """
    for sort in ("party", "seal", "certificate", "node_key"):
        if isinstance(record, SORTS[sort]):
            return f"{sort}:{record.key.rpartition('|')[2]}"
    return ""


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern covers a text: exact, or a prefix followed by `*`.

    Source: protocol rule 10.8
    """
    return pattern == text or (pattern.endswith("*") and text.startswith(pattern[:-1]))
