"""The channel in memory: a `MemoryBroker` that several nodes of one process share.

For the simulator and for tests. No threads and no time of its own: `tick` moves a logical clock.
What goes wrong is either called for (`down`, `up`, `wipe`, `lose_unconfirmed`, a channel's `die`)
or drawn from the `Weather` with the seeded random numbers handed in; the same calls with the same
seed give the same run. With calm weather it keeps the port's promises like every other channel.
"""

# ruff: noqa: SLF001 -- broker and channel are the two halves of one double

from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from random import Random

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
from hub.parties import NodeId


@dataclass(frozen=True, slots=True)
class Weather:
    """Probabilities (0 to 1) of what may happen to one message; ticks for what comes late."""

    drop: float = 0.0
    """Confirmed, yet it never arrives."""
    duplicate: float = 0.0
    """It arrives twice."""
    delay: float = 0.0
    """It arrives 1 to `delay_ticks` later."""
    delay_ticks: int = 10
    reorder: float = 0.0
    """It overtakes some of what waits in the queue."""
    refuse: float = 0.0
    """Nacked: not stored."""
    unknown: float = 0.0
    """The confirm is lost: outcome UNKNOWN, stored or not by the toss of a coin."""
    confirm_ticks: int = 0
    """Every confirm comes this much later."""


@dataclass(slots=True)
class _Stored:
    sender: NodeId
    octets: bytes
    redelivered: bool = False


@dataclass(slots=True)
class _Queue:
    ready: deque[_Stored] = field(default_factory=deque)
    late: list[tuple[int, _Stored]] = field(default_factory=list)


Key = tuple[NodeId, MessageClass]


class MemoryBroker:
    """One broker with its disk: queues per (node, class), shared by the channels it hands out."""

    def __init__(
        self,
        name: str,
        nodes: Iterable[NodeId] = (),
        *,
        weather: Weather | None = None,
        chance: Random | None = None,
    ) -> None:
        self.name = name
        self.weather = weather or Weather()
        self.ticks = 0
        self._chance = chance or Random(0)
        self._generation = 1
        self.losses = 0
        """How often everybody could see that everything was gone."""
        self._running = True
        self._queues: dict[Key, _Queue] = {}
        self._channels: list[MemoryChannel] = []
        for node in nodes:
            self.add_node(node)

    @property
    def incarnation(self) -> str:
        """Of the broker's disk; another one after `wipe`."""
        return f"{self.name}-{self._generation}"

    @property
    def running(self) -> bool:
        """False between `down` and `up`."""
        return self._running

    def add_node(self, node: NodeId) -> None:
        """Give the node its queues; harmless when it has them."""
        for message_class in MessageClass:
            self._queues.setdefault((node, message_class), _Queue())

    def forget_node(self, node: NodeId) -> None:
        """Delete the node's queues and what is in them: what is sent there is returned."""
        for message_class in MessageClass:
            self._queues.pop((node, message_class), None)

    def channel(self, node: NodeId, wake: Callable[[], None] | None = None) -> "MemoryChannel":
        """A channel for one process of the node."""
        made = MemoryChannel(self, node, wake)
        self._channels.append(made)
        return made

    def waiting(self) -> int:
        """Messages in all queues, late ones included, held ones not."""
        return sum(len(q.ready) + len(q.late) for q in self._queues.values())

    def tick(self, count: int = 1) -> None:
        """Let logical time pass: late messages and late confirms come due."""
        self.ticks += count
        for key, queue in self._queues.items():
            if not queue.late:
                continue
            due = [stored for at, stored in queue.late if at <= self.ticks]
            if due:
                queue.late = [(at, stored) for at, stored in queue.late if at > self.ticks]
                queue.ready.extend(due)
                self._wake(key[0])
        for channel in self._channels:
            if channel._late_confirms:
                channel._confirms_due()

    def down(self) -> None:
        """Take the broker away: every connection ends; the disk stays."""
        self._running = False
        for channel in self._channels:
            channel._disconnected()

    def up(self) -> None:
        """Bring it back; channels find it by themselves."""
        self._running = True
        for channel in self._channels:
            channel._woken()

    def wipe(self) -> None:
        """End every connection and lose everything stored; a new incarnation, same queues."""
        running, self._running = self._running, False
        for channel in self._channels:
            channel._disconnected()
        self._generation += 1
        for queue in self._queues.values():
            queue.ready.clear()
            queue.late.clear()
        self._running = running

    def vanish(self) -> None:
        """As a file that is unlinked: gone with everything in it, and everybody sees that.

        Away until `up`, which finds another incarnation.
        """
        self.wipe()
        self.down()
        self.losses += 1

    def lose_unconfirmed(self) -> None:
        """Cut every connection for a moment: what is unconfirmed becomes UNKNOWN."""
        for channel in self._channels:
            channel._disconnected()

    def _forget(self, channel: "MemoryChannel") -> None:
        if channel in self._channels:
            self._channels.remove(channel)

    def _wake(self, node: NodeId) -> None:
        for channel in self._channels:
            if channel.node == node:
                channel._woken()

    def _rolls(self, probability: float) -> bool:
        return probability > 0 and self._chance.random() < probability

    def _put(self, sender: NodeId, item: Outgoing) -> tuple[Publish, str]:
        """Store one message as the weather has it; what its sender is told."""
        queue = self._queues.get((item.receiver, item.message_class))
        if queue is None:
            return Publish.REFUSED, "unroutable"
        weather = self.weather
        if self._rolls(weather.refuse):
            return Publish.REFUSED, "channel_full"
        told = (Publish.CONFIRMED, "")
        if self._rolls(weather.unknown):
            told = (Publish.UNKNOWN, "confirm_lost")
            if self._rolls(0.5):
                return told
        if self._rolls(weather.drop):
            return told
        for _ in range(2 if self._rolls(weather.duplicate) else 1):
            self._store(queue, _Stored(sender, item.octets))
        self._wake(item.receiver)
        return told

    def _store(self, queue: _Queue, stored: _Stored) -> None:
        if self._rolls(self.weather.delay):
            late = self._chance.randint(1, self.weather.delay_ticks)
            queue.late.append((self.ticks + late, stored))
        elif self._rolls(self.weather.reorder):
            queue.ready.insert(self._chance.randint(0, len(queue.ready)), stored)
        else:
            queue.ready.append(stored)

    def _take(self, key: Key) -> _Stored | None:
        queue = self._queues.get(key)
        return queue.ready.popleft() if queue is not None and queue.ready else None

    def _give_back(self, held: Iterable[tuple[Key, _Stored]]) -> None:
        """Put unacked messages back in front, in their old order, marked as redelivered."""
        for key, stored in reversed(list(held)):
            stored.redelivered = True
            if key in self._queues:
                self._queues[key].ready.appendleft(stored)
            self._wake(key[0])


class MemoryChannel:
    """A node's process on a `MemoryBroker` (`hub.exchange.ports.Channel`)."""

    def __init__(
        self, broker: MemoryBroker, node: NodeId, wake: Callable[[], None] | None = None
    ) -> None:
        self.node = node
        self._broker = broker
        self._wake = wake
        self._closed = False
        self._tags = 0
        self._held: dict[int, tuple[Key, _Stored]] = {}
        self._outcomes: list[Outcome] = []
        self._late_confirms: list[tuple[int, Outcome]] = []

    @property
    def name(self) -> str:
        """Name of the broker."""
        return self._broker.name

    def publish(self, outgoing: Sequence[Outgoing]) -> None:
        """Store at once; outcomes are ready at once, or `confirm_ticks` later."""
        self._usable()
        late = self._broker.weather.confirm_ticks
        for item in outgoing:
            what, code = self._broker._put(self.node, item)
            outcome = Outcome(item.token, what, code)
            if late:
                self._late_confirms.append((self._broker.ticks + late, outcome))
            else:
                self._outcomes.append(outcome)
        if self._outcomes:
            self._woken()

    def outcomes(self) -> list[Outcome]:
        """Outcomes since the last call."""
        ready, self._outcomes = self._outcomes, []
        return ready

    def receive(self, limit: int, classes: Collection[MessageClass]) -> list[Incoming]:
        """Take what waits, urgent before online before batch before hop."""
        self._usable()
        taken: list[Incoming] = []
        for message_class in MessageClass:
            if message_class not in classes:
                continue
            key = (self.node, message_class)
            while len(taken) < limit and (stored := self._broker._take(key)) is not None:
                self._tags += 1
                self._held[self._tags] = (key, stored)
                taken.append(
                    Incoming(
                        self.name, self._tags, stored.sender, message_class,
                        stored.octets, stored.redelivered,
                    )
                )  # fmt: skip
        return taken

    def ack(self, tags: Collection[int]) -> None:
        """Forget these; unknown tags have no effect."""
        for tag in tags:
            self._held.pop(tag, None)

    def release(self, tags: Collection[int]) -> None:
        """Give these back; unknown tags have no effect."""
        ours = [self._held.pop(tag) for tag in sorted(tags) if tag in self._held]
        self._broker._give_back(ours)

    def health(self) -> ChannelHealth:
        """UP while the broker runs, OPEN while not."""
        if self._closed or not self._broker.running:
            reason = "closed" if self._closed else "channel_away"
            return ChannelHealth(self.name, ChannelState.OPEN, "", 0, reason, self._broker.losses)
        return ChannelHealth(
            self.name, ChannelState.UP, self._broker.incarnation, len(self._late_confirms), "",
            self._broker.losses,
        )  # fmt: skip

    def close(self) -> None:
        """Give back what is unacked, end."""
        self._disconnected()
        self._closed = True
        self._broker._forget(self)

    def die(self) -> None:
        """What the broker sees of a consumer killed -9; the object must not be used again."""
        self._wake = None
        self.close()

    def _usable(self) -> None:
        if self._closed or not self._broker.running:
            raise ChannelDown("channel_away", channel=self.name)

    def _woken(self) -> None:
        if self._wake is not None:
            self._wake()

    def _confirms_due(self) -> None:
        due = [outcome for at, outcome in self._late_confirms if at <= self._broker.ticks]
        if due:
            self._late_confirms = [
                (at, outcome) for at, outcome in self._late_confirms if at > self._broker.ticks
            ]
            self._outcomes.extend(due)
            self._woken()

    def _disconnected(self) -> None:
        """The connection is gone: unconfirmed is unknown, unacked goes back, tags are void.

        A confirm nobody has looked at yet becomes unknown too: its reader could no longer tell
        which incarnation it speaks of.
        """
        unread = [outcome for _, outcome in self._late_confirms]
        self._late_confirms = []
        self._outcomes = [
            outcome
            if outcome.publish is Publish.REFUSED
            else Outcome(outcome.token, Publish.UNKNOWN, "confirm_lost")
            for outcome in self._outcomes + unread
        ]
        held, self._held = self._held, {}
        self._broker._give_back(held.values())
        if self._outcomes:
            self._woken()
