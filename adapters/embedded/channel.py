"""The channel that needs no server: one SQLite file shared by the processes of one machine.

* A confirm means: committed with synchronous=FULL, in a file that was still at its path after the
  commit. Otherwise the outcome is UNKNOWN.
* A claim is a lease: it ends by `ack`, `release`, `close`, or `lease_ms` after its holder last
  called `receive`. A lease that has passed to somebody else makes the old tag stale.
* Claims and acks are not synced to the disk: a power failure may bring a message again, which a
  receiver must stand anyway; only what was confirmed must never go.
* When the file is taken away, everything unread is UNKNOWN and calls raise `ChannelDown` until a
  file is at the path again; the channel then carries on by itself with the new incarnation.
* A file that is there and cannot be opened or written is tried again after a pause that doubles
  until something is written; what it holds is not lost.
* There is no authentication: whoever may write the file may claim to be any node. Development
  keys only (protocol 6).
* Polling is the caller's: a look at nothing new costs a few microseconds.
"""

# ruff: noqa: S608 -- every statement is put together from fixed parts of this file

import secrets
import sqlite3
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from adapters.embedded.channel_file import OpenFile, down
from hub.clock import Clock, Instant
from hub.errors import ChannelDown
from hub.exchange.model import (
    ChannelHealth,
    ChannelState,
    Incoming,
    MessageClass,
    Outcome,
    Outgoing,
    Publish,
)
from hub.observer import Fact, Observer, silent
from hub.parties import NodeId

_RETRY_SECONDS: Final = 0.05
_RETRY_MAX_SECONDS: Final = 2.0
_LOOK_MS: Final = 500
"""Even when nobody has written, look this often: a lease may have run out."""

_GONE: Final = frozenset({"channel_away", "channel_taken_away", "channel_foreign"})
"""What the file held is gone."""

_FREE: Final = "queue = ? AND (until <= ? OR until > ?)"
"""Unclaimed, or the lease is over, or longer than any lease is (the clock was put back)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one use of a channel file; the same for all processes that use the file."""

    lease_ms: int = 10_000
    """How long a frozen consumer keeps what it holds."""
    busy_seconds: float = 0.5
    """How long a call may wait for another process's commit."""
    bytes_max: int = 0
    """Size of the file above which publishing is refused; 0 for the disk's."""


class EmbeddedChannel:
    """A node's process on a channel file (`hub.exchange.ports.Channel`)."""

    def __init__(
        self,
        path: Path,
        node: NodeId,
        clock: Clock,
        *,
        name: str = "",
        wake: Callable[[], None] | None = None,
        observer: Observer = silent,
        limits: Limits | None = None,
    ) -> None:
        """Use the channel at `path`, which may be missing as yet; unnamed: by its stem."""
        limits = limits or Limits()
        self._path = path
        self._node = node
        self._clock = clock
        self._name = name or path.stem
        self._wake = wake
        self._observer = observer
        self._lease_ms = limits.lease_ms
        self._busy_seconds = limits.busy_seconds
        self._bytes_max = limits.bytes_max
        self._file: OpenFile | None = None
        self._closed = False
        self._retry_at = 0.0
        self._failures = 0
        """To open or write a file that is there, in a row."""
        self._state = ChannelState.OPEN
        self._reason = "channel_away"
        self._losses = 0
        self._gone = False
        self._outcomes: list[Outcome] = []
        self._tags = 0
        self._held: dict[int, tuple[int, int, int]] = {}
        self._renewed_at = clock.now()
        self._done: list[tuple[int, int, int]] = []
        self._given_back: list[tuple[int, int, int]] = []
        self._quiet: dict[frozenset[MessageClass], tuple[int, Instant]] = {}

    @property
    def name(self) -> str:
        """Name of the channel."""
        return self._name

    def publish(self, outgoing: Sequence[Outgoing]) -> None:
        """Store all of it in one transaction; the outcomes are ready on return."""
        file = self._usable()
        told, code, lost = Publish.CONFIRMED, "", ""
        try:
            if any((o.receiver, o.message_class) not in file.queues for o in outgoing):
                file.read_queues()
            known = [o for o in outgoing if (o.receiver, o.message_class) in file.queues]
            if known:
                self._store(file, known)
        except sqlite3.Error as error:
            file.roll_back()
            meaning = down(error, self._name)
            if meaning.code == "channel_busy":
                raise meaning from error
            if meaning.code == "channel_full":
                told, code = Publish.REFUSED, meaning.code
            else:
                lost = meaning.code
        lost = file.lost() or lost
        if lost:
            told, code = Publish.UNKNOWN, "confirm_lost"
        unroutable = (Publish.REFUSED, "unroutable")
        self._outcomes += [
            Outcome(
                o.token,
                *((told, code) if (o.receiver, o.message_class) in file.queues else unroutable),
            )
            for o in outgoing
        ]
        self._quiet.clear()
        if lost:
            self._lost(lost)
        if self._wake is not None:
            self._wake()

    def outcomes(self) -> list[Outcome]:
        """Outcomes since the last call."""
        if self._file is not None and (lost := self._file.lost()):
            self._lost(lost)
        ready, self._outcomes = self._outcomes, []
        return ready

    def receive(self, limit: int, classes: Collection[MessageClass]) -> list[Incoming]:
        """Claim what waits, urgent before online before batch before hop."""
        file = self._usable()
        now = self._clock.now()
        wanted = frozenset(classes)
        try:
            self._catch_up(file, now)
            version: int = file.connection.execute("PRAGMA data_version").fetchone()[0]
            quiet = self._quiet.get(wanted)
            if limit <= 0 or (quiet and quiet[0] == version and now < quiet[1]):
                return []
            queues = [
                (number, message_class)
                for message_class in MessageClass
                if message_class in wanted
                and (number := file.queues.get((self._node, message_class))) is not None
            ]
            taken = self._claim(file, queues, limit, now)
        except sqlite3.Error as error:
            self._fail(file, error)
        if lost := file.lost():
            self._lost(lost)
            raise ChannelDown(lost, channel=self._name)
        if not taken:
            self._quiet[wanted] = (version, Instant(now + _LOOK_MS))
        return taken

    def ack(self, tags: Collection[int]) -> None:
        """Delete these; when the file is locked just now, with the next call."""
        self._done += [self._held.pop(tag) for tag in tags if tag in self._held]
        self._settle()

    def release(self, tags: Collection[int]) -> None:
        """Give these back; when the file is locked just now, with the next call."""
        self._given_back += [self._held.pop(tag) for tag in tags if tag in self._held]
        self._settle()

    def health(self) -> ChannelHealth:
        """UP while the file is at its path, OPEN while not."""
        try:
            file = self._usable()
        except ChannelDown:
            return ChannelHealth(self._name, ChannelState.OPEN, "", 0, self._reason, self._losses)
        return ChannelHealth(self._name, ChannelState.UP, file.incarnation, 0, "", self._losses)

    def close(self) -> None:
        """Give back what is unacked, end."""
        self.release(list(self._held))
        if self._file is not None:
            self._file.close()
            self._file = None
        self._closed = True
        self._tell(ChannelState.OPEN, "closed")

    # --- inside ----------------------------------------------------------------------------------

    def _usable(self) -> OpenFile:
        """The open file; opens it again, a missing one soon after it is there."""
        if self._file is not None:
            if not (lost := self._file.lost()):
                return self._file
            self._lost(lost)
            raise ChannelDown(lost, channel=self._name)
        if self._closed or self._clock.monotonic() < self._retry_at:
            raise ChannelDown(self._reason, channel=self._name)
        try:
            self._file = OpenFile(self._path, self._busy_seconds, self._bytes_max)
        except ChannelDown as error:
            if error.code == "channel_away":
                self._retry_at = self._clock.monotonic() + _RETRY_SECONDS
            else:
                self._pause()
            if error.code in _GONE:
                self._count_loss()
            self._tell(ChannelState.OPEN, error.code)
            raise ChannelDown(error.code, channel=self._name) from error
        self._gone = False
        self._tell(ChannelState.UP, "")
        return self._file

    def _count_loss(self) -> None:
        """What the file held is gone: said once, until a file can be used again."""
        self._losses += not self._gone
        self._gone = True

    def _pause(self) -> None:
        """The file is there and cannot be used: try again later each time."""
        pause = _RETRY_SECONDS * 2.0 ** min(self._failures, 10)
        self._retry_at = self._clock.monotonic() + min(pause, _RETRY_MAX_SECONDS)
        self._failures += 1

    def _lost(self, reason: str) -> None:
        """Nothing held, nothing known is ours any more; nor what is in it, if the file is gone."""
        if reason in _GONE:
            self._count_loss()
        else:
            self._pause()
        if self._file is not None:
            self._file.close()
            self._file = None
        for settled in (self._held, self._done, self._given_back, self._quiet):
            settled.clear()
        self._outcomes = [
            o if o.publish is Publish.REFUSED else Outcome(o.token, Publish.UNKNOWN, "confirm_lost")
            for o in self._outcomes
        ]
        self._tell(ChannelState.OPEN, reason)
        if self._wake is not None:
            self._wake()

    def _fail(self, file: OpenFile, error: sqlite3.Error) -> NoReturn:
        """Roll back and say what it means; always raises."""
        file.roll_back()
        meaning = down(error, self._name)
        if lost := file.lost():
            meaning = ChannelDown(lost, channel=self._name)
        if meaning.code not in {"channel_busy", "channel_full"}:
            self._lost(meaning.code)
        raise meaning from error

    def _store(self, file: OpenFile, items: Sequence[Outgoing]) -> None:
        execute = file.connection.execute
        execute("BEGIN IMMEDIATE")
        first = execute("SELECT coalesce(max(id), 0) + 1 FROM body").fetchone()[0]
        file.connection.executemany(
            "INSERT INTO body VALUES (?, ?)",
            ((number, item.octets) for number, item in enumerate(items, first)),
        )
        file.connection.executemany(
            "INSERT INTO message (queue, id, sender) VALUES (?, ?, ?)",
            (
                (file.queues[item.receiver, item.message_class], number, self._node)
                for number, item in enumerate(items, first)
            ),
        )
        execute("COMMIT")
        self._failures = 0

    def _claim(
        self,
        file: OpenFile,
        queues: Sequence[tuple[int, MessageClass]],
        limit: int,
        now: Instant,
    ) -> list[Incoming]:
        """Claim up to `limit` free messages of these queues in one transaction."""
        execute = file.connection.execute
        bounds = (now, now + self._lease_ms)
        look = f"SELECT 1 FROM message WHERE {_FREE} LIMIT 1"
        if not any(execute(look, (q, *bounds)).fetchone() for q, _ in queues):
            return []
        find = (
            "SELECT id, sender, deliveries, octets FROM message JOIN body USING (id)"
            f" WHERE {_FREE} ORDER BY id LIMIT ?"
        )
        claim = secrets.randbits(62) + 1
        taken: list[Incoming] = []
        rows: list[tuple[int, int]] = []
        file.begin_relaxed()
        for queue, message_class in queues:
            for number, sender, deliveries, octets in execute(
                find, (queue, *bounds, limit - len(taken))
            ):
                self._tags += 1
                rows.append((queue, number))
                taken.append(
                    Incoming(
                        self._name,
                        self._tags,
                        NodeId(sender),
                        message_class,
                        octets,
                        deliveries > 0,
                    )
                )
        file.connection.executemany(
            "UPDATE message SET claim = ?, until = ?, deliveries = deliveries + 1"
            " WHERE queue = ? AND id = ?",
            ((claim, now + self._lease_ms, *row) for row in rows),
        )
        file.commit_relaxed()
        self._failures = 0
        for incoming, row in zip(taken, rows, strict=True):
            self._held[incoming.tag] = (*row, claim)
        return taken

    def _settle(self) -> None:
        """Write acks and releases now if that can be; keep them for the next call if not."""
        file = self._file
        if file is None or not (self._done or self._given_back):
            return
        if lost := file.lost():
            self._lost(lost)
            return
        try:
            self._catch_up(file, self._clock.now())
        except sqlite3.Error as error:
            with suppress(ChannelDown):
                self._fail(file, error)

    def _catch_up(self, file: OpenFile, now: Instant) -> None:
        """Write what was acked and released, and renew the leases a third of the way through."""
        renew = bool(self._held) and not 0 <= now - self._renewed_at < self._lease_ms // 3
        if not (self._done or self._given_back or renew):
            if not self._held:
                self._renewed_at = now
            return
        many = file.connection.executemany
        mine = "WHERE queue = ? AND id = ? AND claim = ?"
        file.begin_relaxed()
        if self._done:
            many(f"DELETE FROM message {mine}", self._done)
        if self._given_back:
            many(f"UPDATE message SET claim = 0, until = 0 {mine}", self._given_back)
        if renew:
            until = now + self._lease_ms
            many(
                f"UPDATE message SET until = ? {mine}",
                ((until, *held) for held in self._held.values()),
            )
        file.commit_relaxed()
        self._failures = 0
        if self._given_back:
            self._quiet.clear()
        self._done.clear()
        self._given_back.clear()
        if renew:
            self._renewed_at = now

    def _tell(self, state: ChannelState, reason: str) -> None:
        """A fact for every change of state or reason."""
        if (state, reason) == (self._state, self._reason):
            return
        self._state, self._reason = state, reason
        fields: dict[str, str | int] = {"channel": self._name, "state": state, "reason": reason}
        if self._file is not None:
            fields["incarnation"] = self._file.incarnation
        self._observer(Fact("channel_state", fields))
