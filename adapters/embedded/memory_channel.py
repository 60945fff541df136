"""The channel in memory: a `MemoryBroker` that several nodes of one process share.

For the simulator and for tests. No threads and no time of its own: `tick` moves a logical clock.
What goes wrong is either called for (`down`, `up`, `wipe`, `lose_unconfirmed`, `fall_silent`, a
channel's `die`) or drawn from the `Weather` with the seeded random numbers handed in; the same
calls with the same seed give the same run. In calm weather it keeps the port's promises.
"""

# ruff: noqa: SLF001 -- broker and channel are the two halves of one double

from collections.abc import Callable, Collection, Iterable, Sequence
from random import Random

from adapters.embedded.memory_queue import Queue, Stored
from adapters.embedded.memory_silence import Silence
from adapters.embedded.memory_weather import Weather
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
        self._queues: dict[Key, Queue] = {}
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
            self._queues.setdefault((node, message_class), Queue())

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
            if queue.late and queue.ripen(self.ticks):
                self._wake(key[0])
        for channel in self._channels:
            if channel._late_confirms:
                channel._confirms_due()
            if channel._silence is not None:
                channel._look_at_line(channel._silence)

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

    def fall_silent(self, ticks: int, doubt: int) -> None:
        """Freeze for so long: every line to it falls silent, and is doubted after `doubt` ticks."""
        for channel in self._channels:
            channel.fall_silent(ticks, doubt)

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
            queue.store(Stored(sender, item.octets), weather, self._chance, self.ticks)
        self._wake(item.receiver)
        return told

    def _arrives(self, sender: NodeId, item: Outgoing, at: int) -> None:
        """Store what lay in a line that was cut, at this tick, if it has not been lost with it."""
        queue = self._queues.get((item.receiver, item.message_class))
        if queue is not None and self._rolls(0.5):
            queue.late.append((at, Stored(sender, item.octets)))

    def _take(self, key: Key) -> Stored | None:
        queue = self._queues.get(key)
        return queue.ready.popleft() if queue is not None and queue.ready else None

    def _give_back(self, held: Iterable[tuple[Key, Stored]]) -> None:
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
        self._held: dict[int, tuple[Key, Stored]] = {}
        self._outcomes: list[Outcome] = []
        self._late_confirms: list[tuple[int, Outcome]] = []
        self._silence: Silence | None = None

    @property
    def name(self) -> str:
        """Name of the broker."""
        return self._broker.name

    def publish(self, outgoing: Sequence[Outgoing]) -> None:
        """Store at once; outcomes are ready at once, or `confirm_ticks` later."""
        self._usable()
        if self._silence is not None:
            self._told(self._silence.publish(outgoing))
            return
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
            if message_class not in classes or self._silence is not None:
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
        """UP while the broker runs, OPEN while not; SUSPECT while its word is overdue."""
        if self._closed or not self._broker.running:
            reason = "closed" if self._closed else "channel_away"
            return ChannelHealth(self.name, ChannelState.OPEN, "", 0, reason, self._broker.losses)
        state, reason, outstanding = ChannelState.UP, "", len(self._late_confirms)
        if self._silence is not None:
            outstanding += self._silence.outstanding
            if self._silence.suspect:
                state, reason = ChannelState.SUSPECT, "channel_silent"
        return ChannelHealth(
            self.name, state, self._broker.incarnation, outstanding, reason, self._broker.losses
        )

    def fall_silent(self, ticks: int, doubt: int) -> None:
        """Hear nothing for so long; after `doubt` ticks the word is overdue."""
        if self._silence is None and not self._closed and self._broker.running:
            now = self._broker.ticks
            self._silence = Silence(now + ticks, now + doubt, self._broker._chance)

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

    def _look_at_line(self, silence: Silence) -> None:
        """It comes back with what lay in it, or is doubted."""
        if silence.until <= self._broker.ticks:
            self._silence = None
            for item in silence.line + silence.waiting:
                what, code = self._broker._put(self.node, item)
                if not silence.suspect:
                    self._told([Outcome(item.token, what, code)])
        elif silence.doubted_at <= self._broker.ticks:
            self._told(silence.doubt())

    def _told(self, outcomes: Sequence[Outcome]) -> None:
        self._outcomes.extend(outcomes)
        if outcomes:
            self._woken()

    def _confirms_due(self) -> None:
        due = [outcome for at, outcome in self._late_confirms if at <= self._broker.ticks]
        if due:
            self._late_confirms = [
                (at, outcome) for at, outcome in self._late_confirms if at > self._broker.ticks
            ]
            self._told(due)

    def _disconnected(self) -> None:
        """The connection is gone: unconfirmed is unknown, unacked goes back, tags are void.

        A confirm nobody has looked at yet becomes unknown too: its reader could no longer tell
        which incarnation it speaks of.
        """
        unread = [outcome for _, outcome in self._late_confirms]
        self._late_confirms = []
        silence, self._silence = self._silence, None
        if silence is not None:
            unread += silence.cut()
            for item in silence.line:
                self._broker._arrives(self.node, item, silence.until)
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
