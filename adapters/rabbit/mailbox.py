"""What the owner's threads and a channel's I/O thread hand each other, under one lock.

The owner hands over what is to be published and takes arrivals and outcomes; the I/O thread does
the reverse. Nothing here touches pika. Rules:
- each token that was handed over gets exactly one outcome;
- a tag is known from its arrival until it is acked, released, or its connection ends; after that
  it means nothing, so a stale one can never be sent to a later connection;
- what arrived stays there for the owner when its connection ends, until the next one begins: it is
  recorded at once, and what the broker then gives again is a duplicate;
- the owner is woken when something becomes ready, not for each message; one that waits for failures
  only is told of those.
"""

import threading
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence

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
from hub.observer import Fact, Observer
from hub.parties import NodeId

Held = tuple[MessageClass, int]
"""A class's subscription and the broker's own delivery tag in it."""


class Mailbox:
    """Shared state of one channel."""

    def __init__(
        self,
        name: str,
        node: NodeId,
        observer: Observer,
        wake: Callable[[], None] | None = None,
        failed: Callable[[], None] | None = None,
    ) -> None:
        """`wake`: something is ready; `failed`: of what was handed over some was not confirmed."""
        self.name = name
        self.node = node
        self._observer = observer
        self._wake = wake or _nobody
        self._failed = failed or _nobody
        self._lock = threading.RLock()
        self._ring: Callable[[], None] | None = None
        self._rung = False
        self._state = ChannelState.OPEN
        self._reason = "channel_away"
        self._incarnation = ""
        self._losses = 0
        self._gone = False
        self._line = ""
        self._standby = ""
        self._waiting: deque[Outgoing] = deque()
        self._unresolved = 0
        self._outcomes: list[Outcome] = []
        self._ready: dict[MessageClass, deque[Incoming]] = {c: deque() for c in MessageClass}
        self._held: dict[int, Held] = {}
        self._tags = 0
        self._wanted: set[MessageClass] = set()
        self._acks: list[Held] = []
        self._releases: list[Held] = []

    # --- the owner's side ------------------------------------------------------------------------

    def hand_over(self, outgoing: Sequence[Outgoing]) -> None:
        """Queue for publishing.

        Raises:
            ChannelDown: there is no connection; nothing was taken.
        """
        with self._lock:
            self._connected()
            self._waiting.extend(outgoing)
            self._unresolved += len(outgoing)
            self._call()

    def take_outcomes(self) -> list[Outcome]:
        """Outcomes since the last call."""
        with self._lock:
            ready, self._outcomes = self._outcomes, []
            return ready

    def take(self, limit: int, classes: Collection[MessageClass]) -> list[Incoming]:
        """Arrivals; the first call that names a class subscribes to it.

        Raises:
            ChannelDown: there is no connection, and nothing is left of the last one.
        """
        with self._lock:
            if not any(self._ready[message_class] for message_class in classes):
                self._connected()
            if not self._wanted.issuperset(classes):
                self._wanted.update(classes)
                self._call()
            taken: list[Incoming] = []
            for message_class in MessageClass:
                ready = self._ready[message_class]
                if message_class in classes:
                    while ready and len(taken) < limit:
                        taken.append(ready.popleft())
            return taken

    def decide(self, tags: Collection[int], *, keep: bool) -> None:
        """Ack (keep) or release; unknown tags have no effect."""
        with self._lock:
            known = [self._held.pop(tag) for tag in tags if tag in self._held]
            if known:
                (self._acks if keep else self._releases).extend(known)
                self._call()

    def health(self) -> ChannelHealth:
        """As it stands now."""
        with self._lock:
            return ChannelHealth(
                self.name,
                self._state,
                self._incarnation,
                self._unresolved,
                self._reason,
                self._losses,
                self._standby,
            )

    # --- the I/O thread's side -------------------------------------------------------------------

    def opened(
        self, ring: Callable[[], None], incarnation: str, line: str, *, standby: bool = False
    ) -> None:
        """A connection is ready; `ring` makes its thread look here."""
        with self._lock:
            self._standby = line if standby else ""
            self._ring, self._rung = ring, False
            self._incarnation, self._line, self._gone = incarnation, line, False
            for ready in self._ready.values():
                ready.clear()
            self.show(ChannelState.HALF_OPEN, "")
            self._call()

    def emptied(self) -> None:
        """The broker lacks our queues, or its disk has no token yet: what it held is gone."""
        with self._lock:
            self._losses += not self._gone
            self._gone = True

    def lost(self, reason: str) -> None:
        """The connection is gone: what it held and what it was to carry is settled or forgotten.

        Confirms nobody has read become unknown too: they speak of a disk that may be gone.
        """
        with self._lock:
            self._ring = None
            self._incarnation = self._standby = ""
            self._held.clear()
            self._acks.clear()
            self._releases.clear()
            unread, self._outcomes = self._outcomes, []
            for outcome in unread:
                refused = outcome.publish is Publish.REFUSED
                self._outcomes.append(outcome if refused else _unknown(outcome.token))
            waiting = [item.token for item in self._waiting]
            self._waiting.clear()
            self._settle(_unknown(token) for token in waiting)
            failed = bool(self._outcomes)
            self.show(ChannelState.OPEN, reason)
        self._wake()
        if failed:
            self._failed()

    def look(self) -> tuple[set[MessageClass], list[Held], list[Held]]:
        """Classes wanted, and acks and releases since the last look."""
        with self._lock:
            self._rung = False
            acks, self._acks = self._acks, []
            releases, self._releases = self._releases, []
            return set(self._wanted), acks, releases

    def next_out(self, count: int) -> list[Outgoing]:
        """Up to so many messages to publish now."""
        with self._lock:
            return [self._waiting.popleft() for _ in range(min(count, len(self._waiting)))]

    def refuse_waiting(self, code: str) -> None:
        """Give back what was not published at all: it can go another way at once."""
        with self._lock:
            waiting = [item.token for item in self._waiting]
            self._waiting.clear()
        self.told([Outcome(token, Publish.REFUSED, code) for token in waiting])

    def told(self, outcomes: Sequence[Outcome]) -> None:
        """Outcomes for the owner."""
        if not outcomes:
            return
        with self._lock:
            first = not self._outcomes
            self._settle(outcomes)
        if first:
            self._wake()
        if any(outcome.publish is not Publish.CONFIRMED for outcome in outcomes):
            self._failed()

    def unknown(self, tokens: Iterable[int]) -> None:
        """These may or may not be in the broker."""
        self.told([_unknown(token) for token in tokens])

    def arrived(
        self, message_class: MessageClass, delivery: int, sender: NodeId, octets: bytes,
        *, redelivered: bool,
    ) -> None:  # fmt: skip
        """A message for the owner."""
        with self._lock:
            self._tags += 1
            tag = self._tags
            self._held[tag] = (message_class, delivery)
            ready = self._ready[message_class]
            ready.append(Incoming(self.name, tag, sender, message_class, octets, redelivered))
            first = len(ready) == 1
        if first:
            self._wake()

    def show(self, state: ChannelState, reason: str) -> None:
        """Set the state; a fact for each change."""
        with self._lock:
            if (state, reason) == (self._state, self._reason):
                return
            self._state, self._reason = state, reason
            incarnation = self._incarnation
        self.tell("channel_state", state=state, reason=reason, incarnation=incarnation)

    def tell(self, name: str, **fields: str | int) -> None:
        """A fact about this channel and the line in use."""
        self._observer(Fact(name, {"channel": self.name, "line": self._line, **fields}))

    # --- inside ----------------------------------------------------------------------------------

    def _connected(self) -> None:
        if self._ring is None:
            raise ChannelDown(self._reason, channel=self.name)

    def _call(self) -> None:
        """Make the I/O thread look here, once for all that gathers until it does."""
        if self._ring is not None and not self._rung:
            self._rung = True
            self._ring()

    def _settle(self, outcomes: Iterable[Outcome]) -> None:
        before = len(self._outcomes)
        self._outcomes.extend(outcomes)
        self._unresolved -= len(self._outcomes) - before


def _unknown(token: int) -> Outcome:
    return Outcome(token, Publish.UNKNOWN, "confirm_lost")


def _nobody() -> None:
    """Nobody wants to be woken."""
