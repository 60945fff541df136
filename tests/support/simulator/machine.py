"""One simulated machine of a node: a worker and a dispatcher on the node's store.

A crash is an exception raised by the store's hook at any verb: the machine forgets everything it
had in memory, its channels die with what they hold, and it starts again as another lane.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from adapters.embedded.memory_channel import MemoryBroker
from adapters.embedded.memory_store import MemoryStore
from hub.errors import ChannelDown, Fenced, NotActive, StoreDown
from hub.exchange.beating import Beater
from hub.exchange.dispatch import Dispatcher
from hub.exchange.model import MessageClass
from hub.exchange.place import Place
from hub.exchange.ports import Application
from hub.exchange.posting import Poster
from hub.exchange.resyncer import Resyncer
from hub.exchange.routing import Directory
from hub.exchange.service import Exchange
from hub.exchange.stating import Stater
from hub.journal import Lane
from hub.observer import Fact
from hub.parties import NodeId
from hub.voucher.catalogue import Kind
from tests.support.plain import PlainSealer, PlainSigner, PlainVerifier
from tests.support.simulator.audit import Audited
from tests.support.simulator.clock import SiteClock
from tests.support.simulator.echoes import Overheard, Said


class Crash(Exception):
    """The process is gone, here and now."""


MakeApplication = Callable[["Machine"], Application[Any]]


@dataclass
class Site:
    """What all machines of a node share."""

    env: str
    node: NodeId
    directory: Directory
    kinds: dict[str, Kind]
    store: MemoryStore
    brokers: list[MemoryBroker]
    clock: SiteClock
    application: MakeApplication
    verifier: Callable[[Directory, dict[str, Kind], int], Any] = PlainVerifier
    sealer: Callable[[], Any] = PlainSealer
    facts: list[Fact] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    """What must never happen, seen while it happened."""
    said: list[Said] = field(default_factory=list)
    """All that machines have published."""

    @property
    def incarnation(self) -> str:
        """Of the store, now."""
        return self.store.incarnation


class Machine:
    """A running instance of a node."""

    def __init__(self, site: Site, name: str) -> None:
        self.site = site
        self.name = name
        self.crash_in = 0
        """Store verbs until the crash; 0: none is coming."""
        self.starts = self.begun = 0
        self.frozen = 0
        self.start()

    def start(self) -> None:
        site = self.site
        self.starts += 1
        self.crash_in = 0
        self.store = self.attach()
        with self.store.read() as tx:
            fence = tx.fence
        lane = Lane(fence.incarnation, self.name, "0", str(self.starts))
        place = Place(site.env, site.node, fence.incarnation, lane, site.directory)
        self.verifier = site.verifier(site.directory, site.kinds, fence.trust_state)
        self.sealer = site.sealer()
        self.place = place
        audit = site.store.attach()
        self.channels: dict[str, Any] = {
            b.name: Audited(
                Overheard(b.channel(site.node), fence.incarnation, site.said), audit,
                site.violations,
            )
            for b in site.brokers
        }  # fmt: skip
        self.poster: Poster[Any] = Poster(place, self.verifier, _Late(self))
        self.application = site.application(self)
        self.exchange: Exchange[Any] = Exchange(
            place, self.store, self.verifier, self.application, site.clock, site.facts.append
        )
        worker = f"{self.name}-{self.starts}"
        self.dispatcher: Dispatcher[Any] = Dispatcher(
            place, self.store, self.channels, PlainSigner(site.node), site.clock,
            site.facts.append, worker,
        )  # fmt: skip
        self.stater: Stater[Any] = Stater(place, self.store, self.sealer, self.poster, lambda: 1)
        self.beater: Beater[Any] = Beater(place, self.store, self.channels, lambda: (1, 1))
        self.resyncer: Resyncer[Any] = Resyncer(place, self.store, self.channels)

    def attach(self) -> Any:
        """This process's handle on the node's store."""
        return self.site.store.attach(self._verb)

    def crash(self) -> None:
        for channel in self.channels.values():
            channel.die()
        self.start()

    def crash_after(self, verbs: int) -> None:
        """Crash at that store verb from now."""
        self.crash_in = verbs

    def freeze(self, turns: int) -> None:
        """Do nothing for that many turns."""
        self.frozen = turns

    def has_to_send(self) -> bool:
        """Whether rows of its node are due."""
        with self.site.store.read() as tx:
            return bool(tx.backlog().hops)

    def _verb(self, verb: str) -> None:
        if verb == "commit" and self.place.incarnation != self.site.incarnation:
            self.site.violations.append(f"{self.name} wrote into a life that is not its own")
        if self.crash_in:
            self.crash_in -= 1
            if not self.crash_in:
                raise Crash

    # --- what its processes do --------------------------------------------------------------------

    def receive(self, limit: int) -> None:
        batch = []
        for channel in self.channels.values():
            try:
                batch += channel.receive(limit, tuple(MessageClass))
            except ChannelDown:
                continue
        if batch:
            self.exchange.receive(batch)
        for incoming in batch:
            try:
                self.channels[incoming.channel].ack([incoming.tag])
            except ChannelDown:
                continue

    def dispatch(self) -> None:
        self.dispatcher.step()

    def retransmit(self) -> None:
        self.dispatcher.retransmit(self.site.clock.now())
        self.dispatcher.overtake()

    def state(self) -> None:
        self.stater.step()

    def beat(self) -> None:
        self.beater.step()

    def resync(self) -> None:
        self.resyncer.step()

    def work(self) -> None:
        """A desk's tasks; what only routes or counts has none.

        One that begins frees what anybody else has claimed, also who goes on: that is harmless.
        """
        desk: Any = self.application
        if not hasattr(desk, "work"):
            return
        if self.begun != self.starts:
            desk.take_over()
            self.begun = self.starts
        desk.work(50)

    def act(self, action: Callable[[], None]) -> None:
        """Do one thing; a crash or a fence ends this start; a contended store is tried later."""
        try:
            action()
        except (Crash, Fenced):
            self.crash()
        except (StoreDown, NotActive):
            return


class _Late:
    """The application of a machine, which is made after its poster."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def recorded(self, tx: Any, arrivals: Any) -> None:
        self._machine.application.recorded(tx, arrivals)

    def closed(self, tx: Any, closings: Any) -> None:
        self._machine.application.closed(tx, closings)
