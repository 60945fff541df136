"""Overtaking: a path by which a peer has stopped answering is given up for what waits there.

A *path* is a channel towards one peer. What went by it waits in a broker whose line to the peer is
cut, or behind one that is silent; the near side is well and cannot see it. The path counts as
silent when the peer has answered what was made a second after a row was sent there, and nothing
that was made since then and went by that path. Two such rows prove it (one may be late for reasons
of its own, as under load) for all first attempts that wait there, and for those that were just
being sent: they are due again at once, another way. A path that is only slow answers now and then,
and keeps its rows for as long as `presence` says. Where there is no other way nothing is overtaken.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic

from hub.clock import SECOND, Instant
from hub.exchange import presence
from hub.exchange.place import Place
from hub.exchange.ports import Store, T, Transaction
from hub.exchange.presence import NOTICE_DEADLINE_MS
from hub.observer import Fact, Observer
from hub.parties import NodeId

SILENT_MS: Final = 1 * SECOND
PROOF_ROWS: Final = 2

Path = tuple[NodeId, str]


@dataclass(frozen=True, slots=True)
class Silence:
    """Until when a path has answered, and the peer by any path: when those rows were made."""

    path: Path
    path_answered: Instant
    peer_answered: Instant

    @property
    def since(self) -> Instant:
        """The deadline of a row that was sent when the path was last known to answer."""
        return Instant(self.path_answered + NOTICE_DEADLINE_MS)

    @property
    def proven_before(self) -> Instant:
        """Deadlines of rows that prove the silence lie before this."""
        return Instant(self.peer_answered + NOTICE_DEADLINE_MS - SILENT_MS)


def silences(
    answered: Mapping[Path, Instant], present: Collection[NodeId], channels: Sequence[str],
    now: Instant,
) -> Iterator[Silence]:  # fmt: skip
    """Paths that may be silent: a row that waits there, sent in that time, proves it."""
    newest: dict[NodeId, Instant] = {}
    for (peer, _), at in answered.items():
        newest[peer] = max(newest.get(peer, at), at)
    for peer in sorted(newest.keys() & set(present) if len(channels) > 1 else ()):
        last = min(newest[peer], now)
        for channel in channels:
            at = answered.get((peer, channel), Instant(last - NOTICE_DEADLINE_MS))
            if last - at > SILENT_MS:
                yield Silence((peer, channel), at, last)


class Overtaking(Generic[T]):
    """Of one dispatcher."""

    def __init__(
        self, place: Place, store: Store[T], channels: Sequence[str], observe: Observer, limit: int
    ) -> None:
        """`limit`: rows of a path made due at once, at most."""
        self._place = place
        self._store = store
        self._channels = channels
        self._observe = observe
        self._limit = limit
        self._seen: dict[Path, Silence] = {}
        self._proven: dict[Path, Instant] = {}
        """When: what was being sent just then is marked as sent a moment later."""

    def step(self) -> int:
        """Look, and act where a row proves a path silent; how many rows are due again.

        Raises:
            StoreDown: try again later.
        """
        proven = self._look()
        if not proven:
            return 0
        with self._store.begin() as tx:
            tx.fence.require_incarnation(self._place.incarnation)
            until = _end(tx.now)
            again = sum(tx.expire_path(s.path, s.since, until, self._limit) for s in proven)
            tx.commit()
        if again:
            self._observe(Fact("retransmit", {"count": again, "at": tx.now}))
        return again

    def _look(self) -> list[Silence]:
        """What says the same as at the last look is not looked at again."""
        with self._store.read() as tx:
            now = tx.now
            present = presence.present_peers(tx.peers(), now)
            doubted = tx.lagging(present, now, Instant(_end(now) - SILENT_MS))
            doubted |= {peer for (peer, _), at in self._proven.items() if now - at <= SILENT_MS}
            if not doubted:  # as nearly always: everybody answers within a second
                self._seen = {}
                return []
            found = list(silences(tx.answered_by(), doubted, self._channels, now))
            proven = [s for s in found if self._seen.get(s.path) != s and _proof(tx, s)]
            late = [
                s
                for s in found
                if now - self._proven.get(s.path, 0) <= SILENT_MS
                and tx.waits(s.path, s.since, _end(now), 1)
            ]
        self._seen = {s.path: s for s in found if s not in proven}
        self._proven |= dict.fromkeys((s.path for s in proven), now)
        return proven + [s for s in late if s not in proven]


def _proof(tx: Transaction, silence: Silence) -> bool:
    return tx.waits(silence.path, silence.since, silence.proven_before, PROOF_ROWS)


def _end(now: Instant) -> Instant:
    """The deadline of whatever is sent for the first time lies before this."""
    return Instant(now + NOTICE_DEADLINE_MS + 1)
