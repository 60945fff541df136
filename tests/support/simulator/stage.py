"""What every simulated environment is: sites, machines, channels, time and chance, from one seed.

A world adds what its people do. Here stands what happens to everybody: a little time passes and
one machine does one thing; a fault; a backup, and a node that goes back to one; a healthy time.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from random import Random
from typing import ClassVar, NamedTuple

from adapters.embedded.memory_channel import MemoryBroker
from adapters.embedded.memory_records import LAYERS
from adapters.embedded.memory_tables import Snapshot
from adapters.embedded.memory_weather import Weather
from hub.clock import DAY, Instant
from hub.exchange import resync_hearing
from hub.exchange.muteness import SET_ASIDE
from hub.parties import NodeId
from tests.support.simulator import echoes
from tests.support.simulator.clock import SimClock
from tests.support.simulator.machine import Machine, Site

ROUGH = Weather(
    drop=0.02, duplicate=0.05, delay=0.1, delay_ticks=30, reorder=0.1, refuse=0.02, unknown=0.05
)

HUSHES = 8
"""How often something falls silent in a run."""
SILENT_TICKS = 80
DOUBTED_TICKS = 20
LAST_WORDS = 60
"""So many messages of a life come again."""
SLOW = Weather(delay=0.9, delay_ticks=300)


class Kept(NamedTuple):
    """A backup."""

    node: NodeId
    snapshot: Snapshot
    at: Instant
    """By the site's clock."""


class Stage(ABC):
    """An environment; its world fills `sites` and `machines`."""

    pause_ms: ClassVar[int] = 200
    """At most so much time passes between two acts."""
    turns: ClassVar[int] = 40
    """A crash comes, and a freeze lasts, within so many."""

    sites: dict[NodeId, Site]
    machines: list[Machine]

    def __init__(self, seed: int, clock: SimClock, nodes: Iterable[NodeId]) -> None:
        self.chance = Random(seed)
        self.clock = clock
        self.brokers = [
            MemoryBroker(f"c{n}", nodes, weather=Weather(), chance=self.chance) for n in (1, 2, 3)
        ]
        self.faults = 0
        self.kept: list[Kept] = []
        self.lives = 1

    def of(self, node: NodeId) -> Machine:
        """One of the machines of a node, by chance."""
        return self.chance.choice([m for m in self.machines if m.site.node == node])

    # --- what happens -----------------------------------------------------------------------------

    def step(self) -> None:
        """A little time passes, one machine does one thing."""
        self.clock.advance(self.chance.randint(1, self.pause_ms))
        for broker in self.brokers:
            broker.tick()
        machine = self.chance.choice(self.machines)
        if machine.frozen:
            machine.frozen -= 1
            return
        machine.act(self.chance.choice(self.actions(machine)))

    @staticmethod
    def actions(machine: Machine) -> list[Callable[[], None]]:
        """What a machine may be doing; what stands here twice is done more often."""
        return [
            lambda: machine.receive(50),
            lambda: machine.receive(3),
            machine.dispatch,
            machine.dispatch,
            machine.work,
            machine.retransmit,
            machine.state,
            machine.beat,
            machine.resync,
        ]

    def fault(self) -> None:
        """One fault, by chance."""
        self.faults += 1
        broker = self.chance.choice(self.brokers)
        machine = self.chance.choice(self.machines)
        turns = self.chance.randint(1, self.turns)
        faults: list[Callable[[], object]] = [
            broker.down,
            broker.up,
            broker.wipe,
            broker.vanish,
            broker.lose_unconfirmed,
            machine.crash,
            lambda: machine.crash_after(turns),
            lambda: machine.freeze(turns),
            lambda: setattr(broker, "weather", self.chance.choice((ROUGH, Weather()))),
            lambda: self.set_clock(machine.site),
            self.doze,
        ]
        self.chance.choice([*faults, *self.own_faults(machine)])()

    def set_clock(self, site: Site) -> None:
        """Somebody sets a clock: right, or wrong by up to a day."""
        site.clock.behind_ms = self.chance.choice((0, self.chance.randint(-DAY, DAY)))

    def doze(self) -> None:
        """Hours pass in which nothing happens: a clock that was wrong is long past its error."""
        self.clock.advance(self.chance.randint(0, DAY))

    def hush(self) -> None:
        """A broker, or one line to it, or all lines of a machine fall silent just when it sends.

        They are doubted after a while, and come back all the same, with what lies in them.
        """
        sends = [machine for machine in self.machines if machine.has_to_send()]
        machine = self.chance.choice(sends or self.machines)
        broker, lines = self.chance.choice(self.brokers), machine.channels
        ticks = self.chance.randint(1, SILENT_TICKS)
        doubt = self.chance.randint(1, DOUBTED_TICKS)
        for one in self.chance.choice(([broker], [lines[broker.name]], lines.values())):
            one.fall_silent(ticks, doubt)
        if not machine.frozen:
            machine.act(machine.dispatch)

    def own_faults(self, machine: Machine) -> list[Callable[[], object]]:
        """Faults of this world alone."""
        assert machine in self.machines
        return []

    def keep(self) -> None:
        """Somebody makes a backup."""
        node = self.chance.choice(sorted(self.sites))
        site = self.sites[node]
        self.kept.append(Kept(node, site.store.snapshot(), site.clock.now()))

    def restore(self, kept: Kept | None = None) -> NodeId:
        """A node goes back to an earlier backup, in a new life; what ran before still runs.

        Two times of three its clock is off: slow, at most so that no time has passed since the
        backup; or by anything up to a day.
        """
        if not self.kept:
            self.keep()
        node, snapshot, at = kept or self.chance.choice(self.kept)
        self.lives += 1
        site = self.sites[node]
        age = max(0, self.clock.now() - at)
        offsets = (0, self.chance.randint(0, age), self.chance.randint(-DAY, DAY))
        site.clock.behind_ms = self.chance.choice(offsets)
        site.store.restore(snapshot, f"{node}-life-{self.lives}")
        return node

    def set_aside(self, node: NodeId) -> None:
        """A restored node's people go on without its neighbours; they are compared later."""
        place = next(m.place for m in self.machines if m.site.node == node)
        with self.sites[node].store.begin() as tx:
            for peer in sorted(tx.recovering(place.directory.neighbours(node))):
                tx.set_peer_state(peer, SET_ASIDE)
            resync_hearing.spoken(tx, place)
            tx.commit()

    def standings(self) -> set[str]:
        """How neighbours stand, of all nodes: `open`, unless something is not compared yet."""
        found = set()
        for site in self.sites.values():
            with site.store.read() as tx:
                found |= {row.state for row in tx.peers().values()}
        return found

    def echo(self) -> None:
        """Channels bring again the last words of lives that are over."""
        for site in self.sites.values():
            lives = sorted({one.life for one in site.said} - {site.incarnation})
            if lives:
                life = self.chance.choice(lives)
                last = [one for one in site.said if one.life == life][-LAST_WORDS:]
                echoes.again(last, self.brokers)

    def relapse(self, speak: Callable[[], None]) -> None:
        """A node says something that is still under way when the node goes back to before it."""
        before = len(self.kept)
        self.keep()
        for broker in self.brokers:
            broker.weather = SLOW
        speak()
        for broker in self.brokers:
            broker.weather = Weather()
        self.restore(self.kept[before])

    def give_up(self, layer_id: str) -> None:
        """Backups that hold this layer are used no more: it is another one from now on."""
        self.kept = [
            kept for kept in self.kept
            if layer_id not in kept.snapshot.tables.get(LAYERS.name, ())
        ]  # fmt: skip

    # --- coming to rest ---------------------------------------------------------------------------

    def heal(self) -> None:
        """Everybody lives, every channel works; cores stay as they are."""
        for broker in self.brokers:
            broker.up()
            broker.weather = Weather()
        for machine in self.machines:
            machine.frozen = machine.crash_in = 0

    def rest(self, rounds: int, ms: int, settled: Callable[[], bool]) -> None:
        """A healthy time, until it is settled."""
        self.heal()
        for _ in range(rounds):
            self.clock.advance(ms)
            for broker in self.brokers:
                broker.tick(50)
            for machine in self.machines:
                for action in self.chores(machine):
                    machine.act(action)
            if settled():
                return

    @staticmethod
    def chores(machine: Machine) -> list[Callable[[], None]]:
        """What a machine does in a round of the healthy time."""
        carry = [lambda: machine.receive(100), machine.dispatch]
        return [
            machine.beat, machine.resync, machine.retransmit, machine.state, machine.dispatch,
            *carry, machine.work, *carry, *carry,
        ]  # fmt: skip

    # --- what must hold ---------------------------------------------------------------------------

    @abstractmethod
    def problems(self) -> list[str]:
        """Everything that is not as it must be in the end."""

    def unrested(self) -> list[str]:
        """What must never happen, and what must be over at every node."""
        found = []
        for node, site in self.sites.items():
            found += site.violations
            with site.store.read() as tx:
                if tx.open_hops():
                    found.append(f"{node} has {tx.open_hops()} open rows")
                if tx.backlog().statements:
                    found.append(f"{node} has statements to make")
                if tx.recovering(site.directory.neighbours(node)):
                    found.append(f"{node} is still recovering")
        return found

    def intruders(self) -> list[str]:
        """Writes of processes that belong to an earlier life of their store."""
        return [v for site in self.sites.values() for v in site.violations if "life" in v]
