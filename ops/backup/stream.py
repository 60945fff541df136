"""Ship what is committed into a SQLite store, every tick, as numbered segments.

`Shipper.tick` is called by the keeper about once a second; what was committed when a tick begins
is on the target when it returns, so the loss with the store's disk is bounded by one tick. While
the target is down the changes wait in SQLite's own write-ahead file, which then grows; the age of
the oldest unshipped commit is what to watch (`shipped_at`).

A stream is an unbroken row of segments. When a gap cannot be ruled out a new stream begins, and a
new copy of the whole store must be made over it: `begin` and `tick` say so.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from hub.clock import Clock, Instant
from hub.errors import Damaged
from ops.backup import segment
from ops.backup.manifest import set_name
from ops.backup.ports import Target
from ops.backup.segment import NOTHING, At, Place, Segment

FOLDER: Final = "stream"
Pages = dict[int, bytes]


class Change(Protocol):
    """What a follower read."""

    @property
    def begin(self) -> Place:
        """Where it begins."""
        ...

    @property
    def end(self) -> Place:
        """Where it ends, after a whole transaction."""
        ...

    @property
    def page_bytes(self) -> int:
        """Octets of a page."""
        ...

    @property
    def pages_total(self) -> int:
        """The database's length after it."""
        ...

    @property
    def pages(self) -> dict[int, bytes]:
        """The last content of each page."""
        ...

    @property
    def more(self) -> bool:
        """Whether there is more to be read at once."""
        ...


class Follower(Protocol):
    """Reads the committed changes of the store (adapters.store.sqlite_follow)."""

    @property
    def place(self) -> Place:
        """Up to where it has read."""
        ...

    def resume(self, salts: bytes, frame: int, mark: bytes) -> bool:
        """Go back to an earlier place; False when what lies between is gone."""
        ...

    def read(self) -> Change | None:
        """The next changes."""
        ...

    def turn(self) -> Change | None:
        """Keep the write-ahead file short."""
        ...


@dataclass(frozen=True, slots=True)
class Shipped:
    """What one tick did; after `new_stream` a new copy of the store is due."""

    segments: int
    bytes: int
    new_stream: bool


class Shipper:
    """One per store; owns a follower that has begun."""

    def __init__(self, follower: Follower, target: Target, clock: Clock) -> None:
        self._follower = follower
        self._target = target
        self._clock = clock
        self._stream = ""
        self._n = 0
        self._previous = NOTHING
        self._waiting: Change | None = None
        self.shipped_at = clock.now()

    def begin(self) -> bool:
        """Go on with the last stream on the target, or begin a new one; True when it is new."""
        last = newest(self._target)
        if last is not None:
            stream, n = last
            octets = self._target.get(name(stream, n))
            end = segment.read(octets).end
            if self._follower.resume(end.salts, end.frame, end.mark):
                self._stream, self._n, self._previous = stream, n, segment.digest(octets)
                return False
        self._begin_stream()
        return True

    def tick(self) -> Shipped:
        """Ship all that is committed now.

        Raises:
            TargetDown: nothing is lost; the next tick ships it.
            StoreDown: `store_contended`; the same.
        """
        begun_at = self._clock.now()
        done = Shipped(0, 0, new_stream=False)
        try:
            done = self._catch_up(done)
            # Under a load that never pauses the write-ahead file must be turned while it goes on.
            self._waiting = self._follower.turn()
            if self._waiting is not None:
                done = self._catch_up(done)
        except Damaged as broken:
            if broken.code not in {"stream_broken", "wal_unreadable"}:
                raise
            self._begin_stream()
            done = Shipped(done.segments, done.bytes, new_stream=True)
        self.shipped_at = begun_at
        return done

    def _catch_up(self, done: Shipped) -> Shipped:
        """Ship what was read before and could not be shipped, then what is there now."""
        more = True
        while more:
            waited = self._waiting is not None
            self._waiting = self._waiting or self._follower.read()
            if self._waiting is None:
                break
            more = waited or self._waiting.more
            octets = self._ship(self._waiting)
            done = Shipped(done.segments + 1, done.bytes + octets, done.new_stream)
        return done

    def _ship(self, change: Change) -> int:
        begin, end = segment.place(change.begin), segment.place(change.end)
        return self._put(begin, end, change.page_bytes, change.pages_total, change.pages)

    def _put(self, begin: At, end: At, page_bytes: int, total: int, pages: Pages) -> int:
        n, now = self._n + 1, self._clock.now()
        written = segment.write(
            Segment(self._stream, n, self._previous, now, begin, end, page_bytes, total, pages)
        )
        self._target.put(name(self._stream, n), written)
        self._n, self._previous, self._waiting = n, segment.digest(written), None
        return len(written)

    def _begin_stream(self) -> None:
        """The first segment is empty: it shows that the stream exists and where it begins."""
        self._stream, self._n, self._previous = set_name(self._clock.now()), 0, NOTHING
        here = segment.place(self._follower.place)
        self._put(here, here, 0, 0, {})


def name(stream: str, n: int) -> str:
    """A segment's file on the target."""
    return f"{FOLDER}/{stream}/{n:08d}"


def newest(target: Target) -> tuple[str, int] | None:
    """The last stream and its last segment."""
    streams = target.names(FOLDER)
    if not streams:
        return None
    return streams[-1], last_of(target, streams[-1])


def last_of(target: Target, stream: str) -> int:
    """The number of a stream's last segment; 0 when there is none."""
    return max((int(entry) for entry in target.names(f"{FOLDER}/{stream}")), default=0)


def segments(
    target: Target, stream: str, after: int, until: Instant | None = None
) -> Iterator[Segment]:
    """The segments after a number up to a moment, each held against the one before it.

    Raises:
        Damaged: `segment_damaged`, `backup_file_missing` or `segment_exchanged`.
    """
    last = last_of(target, stream)
    previous = None
    for n in range(max(after, 1), last + 1):
        octets = target.get(name(stream, n))
        one = segment.read(octets)
        if (one.stream, one.n) != (stream, n) or previous not in {None, one.previous}:
            raise Damaged("segment_exchanged", n=n)
        previous = segment.digest(octets)
        if until is not None and one.made_at > until:
            return
        if n > after:
            yield one


def cut(target: Target, stream: str, before: int) -> None:
    """Delete a stream's segments with smaller numbers."""
    for entry in target.names(f"{FOLDER}/{stream}"):
        if int(entry) < before:
            target.remove(f"{FOLDER}/{stream}/{entry}")
