"""Resync: what neighbours tell each other after a restore, and what a store keeps of it.

Words: *back* is what the asking node had sent to a neighbour, *to* what the neighbour has sent to
it. An asking node asks page by page, wants what it lacks, and gets it as ordinary items; nothing
else is taken from anybody before it is done (protocol 9). Everything is idempotent: a parcel that
is lost is asked for again, one that comes twice changes nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from hub.clock import MINUTE, Instant
from hub.exchange.beats import Beat
from hub.exchange.model import Closing, Hop
from hub.exchange.muteness import OPEN, Muting
from hub.parties import NodeId

MARGIN_MS: Final = 10 * MINUTE
"""So long before the moment until which all is known a comparison begins."""
PAGE: Final = 500
"""Entries in one parcel."""
NOT_YET: Final = Instant(2**62)
"""After every instant: where open hops stand among closed ones, and when recovery is not over."""


class Way(StrEnum):
    """Which of two sequences is compared, as the asking node sees it."""

    BACK = "back"
    """What it has sent: the neighbour has it on record and hands it back."""
    TO = "to"
    """What the neighbour has sent to it."""


class Word(StrEnum):
    """What a resync parcel is."""

    ASK = "ask"
    LIST = "list"
    WANT = "want"


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """A position in a neighbour's records: its instant, then the delivery."""

    at: Instant
    delivery_id: str


BEGIN: Final = Cursor(Instant(0), "-")


@dataclass(frozen=True, slots=True)
class Listed:
    """One delivery that is compared: its id and the digest of its message."""

    delivery_id: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class ResyncParcel:
    """One word of the exchange; authenticated by the channel, like a beat."""

    env: str
    sender: NodeId
    receiver: NodeId
    incarnation: str
    """Of the sender's store."""
    life: str
    """Of the asking node's store: words of another life are not heard."""
    word: Word
    way: Way
    since: Instant
    """Asked is what the neighbour recorded or closed from here on."""
    after: Cursor = BEGIN
    """Where the page begins."""
    upto: Cursor = BEGIN
    """Where a listed page ends."""
    last: bool = False
    """Nothing follows a listed page now."""
    whole: bool = True
    """The listing node is itself compared with everybody else it hears."""
    entries: tuple[Listed, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """A question of a neighbour that waits for its answer."""

    peer: NodeId
    life: str
    way: Way
    since: Instant
    after: Cursor


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the comparison with one neighbour has come in this life of the store."""

    peer: NodeId
    way: Way
    since: Instant
    after: Cursor
    rounds: int
    """Counts up while the neighbour is not whole itself."""
    listed: int
    wanted: int
    recovered: int
    began_at: Instant
    ended_at: Instant
    """`NOT_YET` until it is done."""
    told_by: str
    """The life of the neighbour's store that is compared: another one has forgotten some of it."""

    @property
    def done(self) -> bool:
        """Whether everything the neighbour has is here."""
        return self.ended_at != NOT_YET


@dataclass(frozen=True, slots=True)
class Restore:
    """That this store was restored: from what moment on it may have forgotten, until when."""

    since: Instant
    spoke_at: Instant
    """Since when it has its voice again; `NOT_YET` while a neighbour is recovering."""
    opened_at: Instant
    """When the last neighbour was opened; `NOT_YET` while one is not, also one set aside."""

    @property
    def mute(self) -> bool:
        """Whether nothing but resync is heard and said."""
        return self.spoke_at == NOT_YET


NEVER_RESTORED: Final = Restore(Instant(0), Instant(0), Instant(0))
WantedKey = tuple[NodeId, str]
BACK_SUFFIX: Final = f"/{Way.BACK}"


def known_until(state: str, life: str, until: Instant, beat: Beat) -> Instant:
    """Until when, by a neighbour's clock, it is known here what it recorded, with this beat.

    Only its own clock is asked: what it recorded after a backup, it recorded after the last beat in
    it. So the moment stays while the neighbour is not compared; it is the beginning where the
    neighbour is in another life since, or has put its clock back.

    Args:
        state: of the neighbour here.
        life: of its store, before this beat.
        until: what was known until then.
        beat: the newest of the life that is heard.
    """
    if state == OPEN:
        return beat.at
    goes_on = life == beat.incarnation and until - MARGIN_MS <= beat.at
    return until if goes_on else Instant(0)


def asked_from(known_until: Instant, since: Instant, now: Instant) -> Instant:
    """From when on a neighbour is asked what it recorded: the earlier of what two clocks say.

    A clock that ran ahead at the backup, and was put right before the restore, names a moment that
    is too late; the other one does not. What is asked for without need is only listed.

    Args:
        known_until: by the neighbour's clock, until when what it recorded is known here.
        since: by this store's clock, from when on it may have forgotten.
        now: by this store's clock; a backup of a later moment says nothing.
    """
    own = since if since <= now else Instant(0)
    return Instant(max(0, min(known_until, own) - MARGIN_MS))


def back_id(delivery_id: str) -> str:
    """Under which name a delivery that a neighbour has on record is handed back."""
    return delivery_id + BACK_SUFFIX


def handed_back(delivery_id: str) -> str:
    """The delivery as the neighbour recorded it; empty: this is nothing handed back."""
    known = delivery_id.removesuffix(BACK_SUFFIX)
    return known if known != delivery_id else ""


class Recovering(Muting, Protocol):
    """The verbs of a transaction that resync rests on."""

    # the asking side

    def begin_recovery(self, since: Instant) -> None:
        """Another life of a restored store: nothing is known of how neighbours compare."""
        ...

    def restore(self) -> Restore:
        """What is known of a restore; `NEVER_RESTORED` in a store that never was."""
        ...

    def put_restore(self, restore: Restore) -> None:
        """Write it."""
        ...

    def resyncs(self) -> Mapping[NodeId, Progress]:
        """Comparisons of this life, begun or done."""
        ...

    def put_resync(self, progress: Progress) -> None:
        """Write how far one has come."""
        ...

    def add_wanted(self, peer: NodeId, way: Way, entries: Collection[Listed]) -> int:
        """Note what is lacking; what is noted stays as it is. Returns how many were new."""
        ...

    def wanted(self, keys: Collection[WantedKey]) -> Mapping[WantedKey, bytes]:
        """Which of these are noted, with their digests."""
        ...

    def wanted_left(self, peer: NodeId) -> int:
        """How many are noted of a neighbour."""
        ...

    def take_wanted(
        self, peer: NodeId, way: Way, before: Instant, limit: int
    ) -> list[Listed]:  # fmt: skip
        """Those not asked for since `before`; they count as asked for now."""
        ...

    def drop_wanted(self, keys: Collection[WantedKey]) -> Mapping[NodeId, int]:
        """These have come, or never will; how many were noted, by neighbour."""
        ...

    def forget_wanted(self, peer: NodeId) -> None:
        """Nothing is wanted of this neighbour any more."""
        ...

    def add_closed(self, hops: Sequence[tuple[Hop, Closing]]) -> None:
        """History of hops that this store has forgotten and a neighbour has shown to be closed."""
        ...

    # the telling side

    def put_ask(self, ask: Ask) -> None:
        """Note a question; it replaces the neighbour's earlier one."""
        ...

    def asks(self) -> list[Ask]:
        """Questions without answer, by neighbour."""
        ...

    def drop_ask(self, ask: Ask) -> None:
        """It is answered; a newer one of the same neighbour stays."""
        ...

    def askers(self) -> set[NodeId]:
        """Neighbours that have asked in this life of the store."""
        ...

    def sent_to(
        self, peer: NodeId, since: Instant, after: Cursor, limit: int
    ) -> list[tuple[Cursor, Listed]]:  # fmt: skip
        """Hops that this neighbour has recorded since, then open ones, in order of place.

        Without what was handed back to it.
        """
        ...

    def had_from(
        self, peer: NodeId, since: Instant, after: Cursor, limit: int
    ) -> list[tuple[Cursor, Listed]]:  # fmt: skip
        """Deliveries of this neighbour on record since, in order of place."""
        ...

    def again_hops(self, peer: NodeId, digests: Mapping[str, bytes]) -> int:
        """Hops of these deliveries and digests become DUE, closed ones too; returns how many."""
        ...

    def open_among(self, peer: NodeId, delivery_ids: Collection[str]) -> set[str]:
        """Which of these hops to a neighbour are open."""
        ...

    # both

    def lives(self, peers: Collection[NodeId]) -> Mapping[NodeId, str]:
        """The incarnation that each neighbour's newest beat named."""
        ...
