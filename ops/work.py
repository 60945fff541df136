"""A worker process: receives, records, acknowledges; then does what desks have to do.

Rules: nothing is acknowledged before `Exchange.receive` has returned. A store that is away stops
the consuming, not the process. A process that is fenced ends; its keeper starts a new one.
A standby keeps its channels closed, so that it holds no message. A fault of the program ends the
process, after ops.apart has seen to it that the next one does not meet it again. A batch is bounded
in octets, so that large messages cannot fill the memory. Notices and beats are taken in slow
rounds: nobody waits for them, and many cost little more than one. For the same reason batches
begin no faster than a pace; the first after a silence begins at once. What is left to be sent is
rung for at once (ops.bell). Each time it becomes active it takes up what workers had claimed that
are gone.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from hub.clock import Clock
from hub.errors import ChannelDown, CustodyDown, OutcomeUnknown, StoreDown, TargetDown
from hub.exchange.model import Incoming, MessageClass
from hub.exchange.ports import Channel
from hub.observer import Fact, Observer
from ops import apart
from ops.apart import Desk, Receiver
from ops.leash import Leash

VOUCHERS: Final = (MessageClass.URGENT, MessageClass.ONLINE, MessageClass.BATCH)
CLASSES: Final = (MessageClass.HOP, *VOUCHERS)
SLOW_SECONDS: Final = 0.2
"""Between two rounds of what can wait."""
PACE_SECONDS: Final = 0.02
"""Between the beginnings of two batches: a transaction costs as much as some vouchers."""
REST_SECONDS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, *[0.1] * 20, 0.3)
"""Longer the longer nothing comes; a channel that can wake its owner is not waited for."""
STANDBY_SECONDS: Final = 0.2
BACK_OFF_SECONDS: Final = (0.05, 0.1, 0.2, 0.5, 1.0)
PATIENT_SECONDS: Final = (*BACK_OFF_SECONDS, *[1.0] * 20, 5.0)
"""Of who gives back what came: brokers count, and after a thousand times it is a dead letter."""
SLICE_SECONDS: Final = 0.2
TASKS: Final = 100
PORTION: Final = 50
"""Channel messages asked for at once; one can be 2 MB."""
BATCH_BYTES: Final = 16 * 1024 * 1024
"""A batch grows no further once it holds so many octets."""


class Worker:
    """The loop of one worker process."""

    def __init__(  # noqa: PLR0913, PLR0917 - the parts of a worker
        self,
        leash: Leash,
        open_channels: Callable[[], dict[str, Channel]],
        receiver: Receiver,
        desk: Desk,
        observe: Observer,
        batch: int,
        clock: Clock,
        ring: Callable[[], None],
        refresh: Callable[[], None] = lambda: None,
    ) -> None:
        """`ring` wakes the dispatcher; `refresh` takes over changed trust, at each step."""
        self._leash = leash
        self._open_channels = open_channels
        self._receiver = receiver
        self._desk = desk
        self._observe = observe
        self._batch = batch
        self._ring = ring
        self._refresh = refresh
        self._clock = clock
        self._slow_at = float("-inf")
        self._turn = 0
        self._channels: dict[str, Channel] = {}
        self._begun = False

    def run(self) -> None:
        """Until the leash says stop."""
        idle = 0
        trouble = 0
        try:
            while not self._leash.stopping:
                if not self._leash.active:
                    self._close()
                    self._leash.rest(STANDBY_SECONDS)
                    continue
                began = self._clock.monotonic()
                try:
                    done = self.step()
                    trouble = 0
                except (StoreDown, OutcomeUnknown, CustodyDown, TargetDown) as error:
                    self._observe(Fact("worker_waits", {"code": error.code}))
                    self._back_off(PATIENT_SECONDS[min(trouble, len(PATIENT_SECONDS) - 1)])
                    trouble += 1
                    continue
                idle = 0 if done else idle + 1
                if done:
                    self._leash.pause(began + PACE_SECONDS - self._clock.monotonic())
                else:
                    self._leash.rest(REST_SECONDS[min(idle, len(REST_SECONDS)) - 1])
        finally:
            self._close()

    def _back_off(self, seconds: float) -> None:
        """Whatever rings: what was given back comes again, and rings, at once."""
        until = self._clock.monotonic() + seconds
        while (left := until - self._clock.monotonic()) > 0:
            if self._leash.stopping or not self._leash.active:
                return
            self._leash.pause(min(left, SLICE_SECONDS))

    def step(self) -> int:
        """One look at every channel, one batch, one round of tasks."""
        self._refresh()
        if not self._channels:
            self._channels = self._open_channels()
        if not self._begun:
            self._desk.take_over()
            self._begun = True
        batch = self._gather(self._classes())
        if batch:
            self._record(batch)
        try:
            worked = self._desk.work(TASKS)
        except apart.FAULTS:
            apart.work_apart(self._desk)
            raise
        except TargetDown as error:
            if error.code in apart.AWAY:  # the others do not wait for what is archived
                apart.work_apart(self._desk)
                self._ring()
            raise
        if worked or any(i.message_class is not MessageClass.HOP for i in batch):
            self._ring()
        return len(batch) + worked

    def _classes(self) -> tuple[MessageClass, ...]:
        now = self._clock.monotonic()
        if now < self._slow_at:
            return VOUCHERS
        self._slow_at = now + SLOW_SECONDS
        return CLASSES

    def _gather(self, classes: Collection[MessageClass]) -> list[Incoming]:
        batch: list[Incoming] = []
        room = BATCH_BYTES
        self._turn += 1
        channels = list(self._channels.values())
        first = self._turn % max(1, len(channels))
        for channel in channels[first:] + channels[:first]:  # none waits for another to be empty
            wanted = self._batch - len(batch)
            while wanted > 0 and room > 0:
                asked = min(wanted, PORTION)
                try:
                    portion = channel.receive(asked, classes)
                except ChannelDown:
                    break  # its health tells the dispatcher; it reconnects by itself
                batch += portion
                room -= sum(len(incoming.octets) for incoming in portion)
                wanted -= len(portion)
                if len(portion) < asked:
                    break
        return batch

    def _record(self, batch: Sequence[Incoming]) -> None:
        tags: dict[str, list[int]] = defaultdict(list)
        for incoming in batch:
            tags[incoming.channel].append(incoming.tag)
        try:
            fault = self._received(batch)
        except (StoreDown, OutcomeUnknown):  # done again, identities make that harmless
            for name, held in tags.items():
                self._give_back(self._channels[name].release, held)
            raise
        self._forget(tags)
        if fault is not None:
            raise fault

    def _received(self, batch: Sequence[Incoming]) -> Exception | None:
        """Record it; a fault of the program is told after what brings it out was set aside."""
        try:
            self._receiver.receive(batch)
        except apart.FAULTS as fault:
            apart.record_apart(self._receiver, batch)
            return fault
        return None

    def _forget(self, tags: Mapping[str, Sequence[int]]) -> None:
        for name, held in tags.items():
            self._give_back(self._channels[name].ack, held)

    @staticmethod
    def _give_back(verb: Callable[[Sequence[int]], None], tags: Sequence[int]) -> None:
        try:
            verb(tags)
        except ChannelDown:
            return  # the channel gives them to somebody again; they are on record or not

    def _close(self) -> None:
        for channel in self._channels.values():
            channel.close()
        self._channels, self._begun = {}, False
