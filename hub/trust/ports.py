"""What trust keeps in a node's store: lists, releases, CRLs, suspensions. One contract suite.

Rules: octets stand among the messages by their SHA-256 (`add_messages`), rows here say what they
are; nothing is ever removed but a suspension that a list has taken up or people have lifted.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar

from hub.clock import Instant
from hub.fence import Fence
from hub.journal import Entry
from hub.trust.model import LocalSuspension


class KeptState(StrEnum):
    """What became of a trust list or a catalogue release at this node."""

    FOUNDING = "founding"
    """The catalogue a node began with: sealed by nobody, put there by hand."""
    WAITING = "waiting"
    """Sealed by two pinned keys; a part or the one before it is not here yet."""
    ACCEPTED = "accepted"
    """May follow the one before it; whether a release counts yet, its moment says."""
    IN_FORCE = "in_force"
    """A list whose moment has come; of several the highest number counts."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Kept:
    """One sealed trust list or catalogue release on record; (digest) is unique."""

    digest: bytes
    """SHA-256 of the sealed document; of the list of its files for the founding release."""
    number: int
    state: KeptState
    code: str
    """Why it was refused."""
    sealed_at: Instant
    effective_at: Instant
    expires_at: Instant
    kept_at: Instant


@dataclass(frozen=True, slots=True)
class KeptCrl:
    """One verified CRL on record; (issuer, number) is unique, the highest number counts."""

    issuer: bytes
    """SHA-256 of the issuer's Name and the CRL's scope."""
    number: int
    digest: bytes
    this_update: Instant
    next_update: Instant
    kept_at: Instant


class TrustRecords(Protocol):
    """The verbs of a transaction that trust rests on.

    Source: protocol rule 10.1; protocol rule 10.6; protocol rule 10.13
    """

    def put_releases(self, rows: Sequence[Kept]) -> None:
        """Write rows; one that is there gets the new state and code."""
        ...

    def releases(self) -> list[Kept]:
        """All catalogue releases on record, by number, then in the order of coming."""
        ...

    def put_trust_lists(self, rows: Sequence[Kept]) -> None:
        """Write rows; one that is there gets the new state and code."""
        ...

    def trust_lists(self) -> list[Kept]:
        """All lists on record, by number, then in the order of coming."""
        ...

    def trust_number(self) -> int:
        """Number of the list in force; 0 before the first."""
        ...

    def put_crls(self, rows: Sequence[KeptCrl]) -> None:
        """Write rows; one that is there stays as it is."""
        ...

    def crls(self) -> list[KeptCrl]:
        """The newest of each issuer and scope."""
        ...

    def put_suspensions(self, rows: Sequence[LocalSuspension]) -> None:
        """Write local suspensions; one of the same subject is replaced."""
        ...

    def drop_suspensions(self, subjects: Collection[str]) -> None:
        """These count no longer."""
        ...

    def suspensions(self) -> list[LocalSuspension]:
        """All, by subject."""
        ...


class TrustTransaction(TrustRecords, Protocol):
    """A unit of work on a node's store, as far as trust is concerned.

    Source: protocol rule 3.1; protocol rule 10.6
    """

    @property
    def fence(self) -> Fence:
        """Life and trust state of the store."""
        ...

    @property
    def now(self) -> Instant:
        """The store's clock."""
        ...

    def commit(self) -> None:
        """Make it true."""
        ...

    def add_messages(self, octets: Mapping[bytes, bytes]) -> None:
        """Keep octets by SHA-256."""
        ...

    def messages(self, digests: Collection[bytes]) -> Mapping[bytes, bytes]:
        """Octets of those that are kept.

        Raises:
            Damaged: octets do not match their digest.
        """
        ...

    def append_journal(self, lane: str, payload: bytes) -> Entry:
        """Append to this process's lane."""
        ...

    def raise_trust_state(self) -> int:
        """Count up `trust_state`."""
        ...


T = TypeVar("T", bound=TrustTransaction)
T_co = TypeVar("T_co", bound=TrustTransaction, covariant=True)


class TrustStore(Protocol[T_co]):
    """A node's store.

    Source: protocol rule 3.1; protocol rule 6.2
    """

    def begin(self) -> AbstractContextManager[T_co]:
        """A write transaction; leaves by roll-back unless committed."""
        ...

    def read(self) -> AbstractContextManager[T_co]:
        """A read-only view of one moment."""
        ...
