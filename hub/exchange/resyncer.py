"""The resyncer: asks neighbours after a restore, and answers neighbours that ask (protocol 9).

Its words go to present neighbours only, over any channel that is up. Nothing is acknowledged: what
brings no progress is said again. What it has said last stands in memory; how far the comparison
has come stands in the store, so any process may go on with it.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Final, Generic, Protocol

from hub.clock import SECOND, Instant
from hub.errors import ChannelDown
from hub.exchange import packets, presence
from hub.exchange.beating import TOKEN
from hub.exchange.model import ChannelState, MessageClass, Outgoing
from hub.exchange.muteness import OPEN
from hub.exchange.place import Place
from hub.exchange.ports import Channel, Store, T, T_co
from hub.exchange.recovery import (
    BEGIN,
    NOT_YET,
    PAGE,
    Ask,
    Cursor,
    Listed,
    Progress,
    ResyncParcel,
    Way,
    Word,
    asked_from,
)
from hub.parties import NodeId

AGAIN_MS: Final = 2 * SECOND
"""A question that brought nothing is asked again."""
WANT_AGAIN_MS: Final = 15 * SECOND
WANTED_MAX: Final = 20 * PAGE
"""So much may be wanted at once before the next page is asked for."""

_Said = tuple[Way, int, Cursor]


class Lists(Store[T_co], Protocol[T_co]):
    """A store that can be had alone."""

    def alone(self) -> AbstractContextManager[T_co]:
        """A write transaction while no other is open: all that began before are over."""
        ...


class Resyncer(Generic[T]):
    """One per dispatcher process."""

    def __init__(self, place: Place, store: Lists[T], channels: Mapping[str, Channel]) -> None:
        self._place = place
        self._store = store
        self._channels = channels
        self._said: dict[NodeId, tuple[_Said, Instant]] = {}
        self._turn = 0

    def step(self) -> int:
        """Answer what was asked, ask what is lacking; how many words were said.

        Raises:
            StoreDown: try again later.
            Fenced: the store is in another life.
        """
        with self._store.read() as tx:
            tx.fence.require_incarnation(self._place.incarnation)
            asks, restore, now = tx.asks(), tx.restore(), tx.now
            peers = self._to_ask(tx) if restore.opened_at == NOT_YET else []
        said = 0
        for ask in asks:
            said += self._answer(ask)
        for peer in peers:
            said += self._compare(peer, now)
        return said

    def _to_ask(self, tx: T) -> list[NodeId]:
        """Present neighbours that this store is not compared with."""
        rows, now = tx.peers(), tx.now
        neighbours = self._place.directory.neighbours(self._place.node)
        mute = tx.recovering(neighbours)
        return [
            peer
            for peer in neighbours
            if (peer in mute or (peer in rows and rows[peer].state != OPEN))
            and presence.present(rows.get(peer), now)
        ]

    # --- asking ----------------------------------------------------------------------------------

    def _compare(self, peer: NodeId, now: Instant) -> int:
        with self._store.begin() as tx:
            tx.fence.require_incarnation(self._place.incarnation)
            if peer not in self._to_ask(tx):
                return 0  # opened since
            progress = tx.resyncs().get(peer)
            row = tx.peers()[peer]
            life, since = row.incarnation, asked_from(row.known_until, tx.restore().since, tx.now)
            stale = progress is None or progress.done or progress.told_by != life
            if progress is None or stale or since < progress.since or self._put_back(peer, tx.now):
                progress = _anew(peer, since, tx.now, life)
                tx.forget_wanted(peer)
                tx.put_resync(progress)
            before = Instant(tx.now - WANT_AGAIN_MS)
            wanted = tx.take_wanted(peer, progress.way, before, PAGE)
            left = tx.wanted_left(peer)
            tx.commit()
        said = 0
        if wanted:
            said += self._say(self._parcel(peer, progress, Word.WANT, wanted))
        if left < WANTED_MAX and self._turn_of(progress, now):
            said += self._say(self._parcel(peer, progress, Word.ASK, ()))
        return said

    def _put_back(self, peer: NodeId, now: Instant) -> bool:
        """Whether the clock was put back since it was asked: it would not be asked for as long."""
        said = self._said.get(peer)
        if said is None or said[1] <= now:
            return False
        del self._said[peer]
        return True

    def _turn_of(self, progress: Progress, now: Instant) -> bool:
        """Whether it is time for the question: a new one at once, the same after a while."""
        question = (progress.way, progress.rounds, progress.after)
        last = self._said.get(progress.peer)
        waits = last is not None and now < last[1] + AGAIN_MS
        repeats = last is not None and last[0] == question
        another_round = progress.rounds > 0 and (progress.way, progress.after) == (Way.BACK, BEGIN)
        if waits and (repeats or another_round):
            return False
        self._said[progress.peer] = (question, now)
        return True

    def _parcel(
        self, peer: NodeId, progress: Progress, word: Word, entries: Sequence[Listed]
    ) -> ResyncParcel:
        place = self._place
        return ResyncParcel(
            place.env, place.node, peer, place.incarnation, place.incarnation, word,
            progress.way, progress.since, progress.after, entries=tuple(entries),
        )  # fmt: skip

    # --- telling ---------------------------------------------------------------------------------

    def _answer(self, ask: Ask) -> int:
        """List a page while nobody writes.

        What a worker judged before it heard of the asker's new life may just be being recorded;
        a list made meanwhile would lack it, and nobody would ask for it again.
        """
        place = self._place
        others = [p for p in place.directory.neighbours(place.node) if p != ask.peer]
        with self._store.alone() as tx:
            tx.fence.require_incarnation(place.incarnation)
            look = tx.sent_to if ask.way is Way.TO else tx.had_from
            found = look(ask.peer, ask.since, ask.after, PAGE)
            whole = not tx.recovering(others)
            tx.drop_ask(ask)
            tx.commit()
        return self._say(
            ResyncParcel(
                place.env, place.node, ask.peer, place.incarnation, ask.life, Word.LIST, ask.way,
                ask.since, ask.after, found[-1][0] if found else ask.after,
                last=len(found) < PAGE, whole=whole, entries=tuple(entry for _, entry in found),
            )
        )  # fmt: skip

    def _say(self, parcel: ResyncParcel) -> int:
        octets = packets.encode_resync(parcel)
        outgoing = [Outgoing(TOKEN, parcel.receiver, MessageClass.HOP, octets)]
        names = [n for n, c in self._channels.items() if c.health().state is ChannelState.UP]
        self._turn += 1
        for turn in range(len(names)):
            try:
                self._channels[names[(self._turn + turn) % len(names)]].publish(outgoing)
            except ChannelDown:
                continue
            return 1
        return 0


def _anew(peer: NodeId, since: Instant, now: Instant, life: str) -> Progress:
    """A comparison from the beginning; a neighbour in another life may lack what it had listed."""
    return Progress(peer, Way.BACK, since, BEGIN, 0, 0, 0, 0, now, NOT_YET, life)
