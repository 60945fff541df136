"""The desks inside the simulation: bureau, two banks, treasury and hub on the real exchange.

Bodies are checked against the shipped catalogue, cores answer late or not at all, channels fail,
machines crash, and every party runs two actives. A run is: payments and faults mixed, a healthy
time, the phases of the day, and then the books of all must agree.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any, Final

from adapters.cores.simulated import SimulatedCore, Trouble
from adapters.embedded.memory_channel import MemoryBroker, Weather
from adapters.embedded.memory_store import MemoryStore
from hub.clearing.calendar import Calendar
from hub.desks import bureau
from hub.desks.desk import Desk, Parts
from hub.desks.step import CUTOFF, Means
from hub.errors import NotActive, StoreDown
from hub.exchange.relay import Relay
from hub.parties import NodeId
from tests.support.simulator.clock import SimClock
from tests.support.simulator.machine import Crash, Machine, Site
from tests.support.simulator.world import ROUGH
from tests.support.town_books import Books
from tests.support.town_clerks import PARTIES, clerks_of, core_of
from tests.support.town_map import (
    BANKS,
    DAY,
    DIRECTORY,
    ENV,
    FINANCE,
    NODES,
    NOON,
    UNITS,
    CatalogueVerifier,
    CheckingSealer,
)
from tests.support.town_people import People

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CORE_TROUBLE: Final = Trouble(refused=0.1, silent=0.2, slow=0.15, lost=0.15, twice=0.1)
BETWEEN_MS: Final = 20_000
PHASES: Final = (
    ("bounces", ("bank-a", "bank-b")),
    ("sum_up", ("bank-a", "bank-b")),
    ("sum_up", ("bank-a", "bank-b")),
    (CUTOFF, ("bank-a", "bank-b", "treasury", "bureau")),
    ("daily_lists", ("bank-a", "bank-b", "treasury", "bureau")),
    ("checks", ("bank-a", "bank-b", "treasury", "bureau")),
)


@dataclass(frozen=True)
class Holder:
    """A node's books."""

    store: MemoryStore
    core: SimulatedCore | None


def same(core: SimulatedCore) -> Any:
    """The core itself."""
    return core


class DeskWorld(Books, People):
    """Everybody, over three channels; `between` may put something between desks and cores."""

    def __init__(
        self, seed: int, *, trouble: Trouble = CORE_TROUBLE, refuses_repeated_keys: bool = True,
        between: Callable[[SimulatedCore], Any] = same,
    ) -> None:  # fmt: skip
        self.chance = Random(seed)
        self.clock = SimClock(NOON)
        self.brokers = [
            MemoryBroker(f"c{n}", NODES.nodes, weather=Weather(), chance=self.chance)
            for n in (1, 2, 3)
        ]
        opener = CatalogueVerifier(NODES, {}, 1).reopen
        self.means = Means(DIRECTORY, Calendar(frozenset()), opener, lambda: 1)
        self.cores = {
            name: core_of(name, seed, trouble, trouble, refuses_repeated_keys=refuses_repeated_keys)
            for name in PARTIES
        }
        self._between = between
        self.sites = {node: self._site(node) for node in NODES.nodes}
        self.machines = [Machine(site, name) for site in self.sites.values() for name in "ab"]
        self.faults = 0

    @property
    def holders(self) -> Mapping[str, Holder]:
        """The parties' books."""
        return {n: Holder(self.sites[NodeId(n)].store, self.cores[n]) for n in PARTIES}

    def _site(self, node: NodeId) -> Site:
        def application(machine: Machine) -> Any:
            if node == NODES.hub:
                return Relay(machine.place, machine.verifier)
            return self._desk(machine)

        store = MemoryStore(self.clock, f"{node}-1")
        return Site(
            ENV, node, NODES, {}, store, self.brokers, self.clock, application,
            CatalogueVerifier, CheckingSealer,
        )  # fmt: skip

    def _desk(self, machine: Machine) -> Desk[Any]:
        name = str(machine.site.node)
        clerks = clerks_of(name, self.means)
        core = self.cores[name]
        cores = {} if core is None else {next(iter(clerks)): self._between(core)}
        return Desk(
            Parts(
                machine.store, machine.poster.post, machine.sealer, clerks, cores,
                {p: c for p, c in cores.items() if p.is_bank}, self.means,
                f"{machine.name}-{machine.starts}",
                neighbours=frozenset(NODES.neighbours(machine.site.node)),
            )
        )  # fmt: skip

    # --- what people do and what happens ----------------------------------------------------------

    def pay(self) -> None:
        """A payment, and the quota for it; its issuer repeats it until it is on record."""
        issuer = self.chance.choice((FINANCE, *UNITS))
        bank = self.chance.choice(BANKS)
        amounts = [self.chance.randint(1, 10**9) for _ in range(self.chance.randint(1, 4))]
        request = self.request(*amounts, issuer=issuer, bank=bank, batch=len(amounts) > 2)
        drafts = bureau.payment_drafts([request], ENV, 1)
        if issuer == FINANCE:
            drafts.append(self.notice([request]))
        else:
            drafts.append(self.plan(bank, (request.budget, request.amount_fen)))
        self._insist(NodeId("bureau"), lambda desk: desk.issue(drafts))

    def _insist(self, node: NodeId, act: Callable[[Desk[Any]], object]) -> None:
        done = False
        while not done:
            machine = self.chance.choice([m for m in self.machines if m.site.node == node])
            try:
                act(machine.application)  # type: ignore[arg-type]
                done = True
            except Crash:
                machine.crash()
            except (StoreDown, NotActive):
                self.step()

    def step(self) -> None:
        """A little time passes, one machine does one thing."""
        self.clock.advance(self.chance.randint(1, 400))
        for broker in self.brokers:
            broker.tick()
        machine = self.chance.choice(self.machines)
        if machine.frozen:
            machine.frozen -= 1
            return
        self._act(machine, self.chance.choice(self._actions(machine)))

    @staticmethod
    def _act(machine: Machine, action: Callable[[], None]) -> None:
        machine.act(action)

    @staticmethod
    def _actions(machine: Machine) -> list[Callable[[], None]]:
        return [
            lambda: machine.receive(50),
            machine.dispatch,
            machine.dispatch,
            machine.work,
            machine.retransmit,
            machine.state,
            machine.beat,
        ]

    def fault(self) -> None:
        """One fault, by chance."""
        self.faults += 1
        broker = self.chance.choice(self.brokers)
        machine = self.chance.choice(self.machines)
        turns = self.chance.randint(1, 60)
        faults: tuple[Callable[[], object], ...] = (
            broker.down,
            broker.up,
            broker.wipe,
            broker.vanish,
            broker.lose_unconfirmed,
            machine.crash,
            lambda: machine.crash_after(turns),
            lambda: machine.freeze(turns),
            lambda: setattr(broker, "weather", self.chance.choice((ROUGH, Weather()))),
        )
        self.chance.choice(faults)()

    # --- coming to rest ---------------------------------------------------------------------------

    def heal(self) -> None:
        """Everybody lives, every channel works; cores stay as they are."""
        for broker in self.brokers:
            broker.up()
            broker.weather = Weather()
        for machine in self.machines:
            machine.frozen = machine.crash_in = 0

    def settle(self, rounds: int = 150) -> None:
        """A healthy time, until nothing moves any more."""
        self.heal()
        quiet = 0
        for _ in range(rounds):
            before = self.digest()
            self.clock.advance(BETWEEN_MS)
            for machine in self.machines:
                for action in self._round(machine):
                    machine.act(action)
            quiet = 0 if self.waiting() or before != self.digest() else quiet + 1
            if quiet > 1:
                return

    @staticmethod
    def _round(machine: Machine) -> list[Callable[[], None]]:
        return [
            machine.beat, machine.retransmit, machine.state, machine.dispatch,
            lambda: machine.receive(200), machine.work, machine.dispatch,
        ]  # fmt: skip

    def waiting(self) -> int:
        """Rows and statements that are still to be sent, and tasks that are due."""
        count = 0
        for site in self.sites.values():
            with site.store.read() as tx:
                backlog = tx.backlog()
                tasks = [t for t in tx.open_tasks(99) if not t.waiting_for]
                count += tx.open_hops() + backlog.notices + backlog.statements + len(tasks)
        return count

    def day(self) -> None:
        """The phases of the day, each followed by a healthy time."""
        for name, places in PHASES:
            for place in places:
                self._phase(NodeId(place), name)
            self.settle()

    def _phase(self, node: NodeId, name: str) -> None:
        self._insist(node, lambda desk: desk.run_phase(name, DAY, 0))

    def problems(self) -> list[str]:
        """What is not as it must be in the end."""
        found = super().problems()
        for node, site in self.sites.items():
            found += site.violations
            with site.store.read() as tx:
                if tx.open_hops():
                    found.append(f"{node} has {tx.open_hops()} open rows")
        return found


def run(seed: int, payments: int = 8, faults: int = 20, **more: Any) -> DeskWorld:
    """One seed: payments and faults mixed, then the day."""
    world = DeskWorld(seed, **more)
    plan = ["p"] * payments + ["f"] * faults + ["s"] * (payments * 40)
    world.chance.shuffle(plan)
    acts = {"p": world.pay, "f": world.fault, "s": world.step}
    for what in plan:
        with suppress(StoreDown):
            acts[what]()
    world.settle()
    world.day()
    return world
