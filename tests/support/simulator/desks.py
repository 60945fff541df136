"""The desks inside the simulation: bureau, two banks, treasury and hub on the real exchange.

Bodies are checked against the shipped catalogue, cores answer late or not at all, channels fail,
machines crash, and every party runs two actives. A run is: payments and faults mixed, a healthy
time, the phases of the day, and then the books of all must agree.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from adapters.cores.simulated import SimulatedCore, Trouble
from adapters.embedded.memory_store import MemoryStore
from hub.clearing.calendar import Calendar
from hub.desks import bureau
from hub.desks.desk import Desk, Parts
from hub.desks.elements import PAYMENTS
from hub.desks.step import CUTOFF, Means
from hub.errors import Fenced, NotActive, StoreDown
from hub.exchange.relay import Relay
from hub.parties import NodeId
from tests.support.simulator.clock import SimClock, SiteClock
from tests.support.simulator.machine import Crash, Machine, Site
from tests.support.simulator.stage import HUSHES, Stage
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
    from collections.abc import Callable, Mapping, Sequence

    from hub.desks.model import Task
    from hub.desks.ports import DeskTransaction
    from hub.voucher.model import Draft

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


class DeskWorld(Books, People, Stage):
    """Everybody, over three channels; `between` may put something between desks and cores."""

    def __init__(
        self, seed: int, *, trouble: Trouble = CORE_TROUBLE, refuses_repeated_keys: bool = True,
        between: Callable[[SimulatedCore], Any] = same, machine: type[Machine] = Machine,
    ) -> None:  # fmt: skip
        Stage.__init__(self, seed, SimClock(NOON), NODES.nodes)
        opener = CatalogueVerifier(NODES, {}, 1).reopen
        self.means = Means(DIRECTORY, Calendar(frozenset()), opener, lambda: 1)
        self.cores = {
            name: core_of(name, seed, trouble, trouble, refuses_repeated_keys=refuses_repeated_keys)
            for name in PARTIES
        }
        self._between = between
        self.asked: list[list[Draft]] = []
        """What the bureau's people have asked their node to issue."""
        self.sites = {node: self._site(node) for node in NODES.nodes}
        self.machines = [machine(site, name) for site in self.sites.values() for name in "ab"]

    @property
    def holders(self) -> Mapping[str, Holder]:
        """The parties' books."""
        return {n: Holder(self.sites[NodeId(n)].store, self.cores[n]) for n in PARTIES}

    def _site(self, node: NodeId) -> Site:
        def application(machine: Machine) -> Any:
            if node == NODES.hub:
                return Relay(machine.place, machine.verifier)
            return self._desk(machine)

        clock = SiteClock(self.clock)
        store = MemoryStore(clock, f"{node}-1")
        return Site(
            ENV, node, NODES, {}, store, self.brokers, clock, application,
            CatalogueVerifier, CheckingSealer,
        )  # fmt: skip

    def _desk(self, machine: Machine) -> Desk[Any]:
        name = str(machine.site.node)
        clerks = clerks_of(name, self.means)
        core, worker = self.cores[name], f"{machine.name}-{machine.starts}"
        cores = {} if core is None else {next(iter(clerks)): self._between(core)}
        return Desk(
            Parts(
                machine.store, machine.poster.post, machine.sealer, clerks, cores,
                {p: c for p, c in cores.items() if p.is_bank}, self.means,
                worker,
                neighbours=frozenset(NODES.neighbours(machine.site.node)),
                life=machine.place.incarnation,
                over=lambda other: other != worker,
            )
        )  # fmt: skip

    # --- what people do and what happens ----------------------------------------------------------

    def pay(self) -> None:
        """A payment, and the quota for it; its issuer repeats it until it is on record.

        With a mute node and every channel down that never comes: he tries again when all is well.
        """
        issuer = self.chance.choice((FINANCE, *UNITS))
        bank = self.chance.choice(BANKS)
        amounts = [self.chance.randint(1, 10**9) for _ in range(self.chance.randint(1, 4))]
        request = self.request(*amounts, issuer=issuer, bank=bank, batch=len(amounts) > 2)
        drafts = bureau.payment_drafts([request], ENV, 1)
        if issuer == FINANCE:
            drafts.append(self.notice([request]))
        else:
            drafts.append(self.plan(bank, (request.budget, request.amount_fen)))
        self.asked.append(drafts)
        self._insist(NodeId("bureau"), lambda desk: desk.issue(drafts), tries=60)

    def pay_forgotten(self) -> bool:
        """The bureau's people hold their own list against their restored node's."""
        with self.sites[NodeId("bureau")].store.read() as tx:
            known = tx.layers([str(d.id) for drafts in self.asked for d in drafts])
        again = [ds for ds in self.asked if any(str(d.id) not in known for d in ds)]
        for drafts in again:
            self._insist(NodeId("bureau"), lambda desk, drafts=drafts: desk.issue(drafts))  # type: ignore[misc]
        return bool(again)

    def _insist(
        self, node: NodeId, act: Callable[[Desk[Any]], object], tries: int = 5000
    ) -> None:  # fmt: skip
        for _ in range(tries):
            machine = self.of(node)
            try:
                act(machine.application)  # type: ignore[arg-type]
            except Crash:
                machine.crash()
            except Fenced:
                machine.crash()
            except (StoreDown, NotActive):
                self.step()
            else:
                return

    def settle(self, rounds: int = 150) -> None:
        """A healthy time, until nothing moves any more."""
        seen = [self.digest(), self.digest()]

        def settled() -> bool:
            seen.append(self.digest())
            return not self.waiting() and seen[-3] == seen[-2] == seen[-1]

        self.rest(rounds, BETWEEN_MS, settled)
        if self.pay_forgotten():
            self.rest(rounds, BETWEEN_MS, settled)

    def waiting(self) -> int:
        """Rows and statements that are still to be sent, and tasks that time brings on."""
        count = 0
        for site in self.sites.values():
            with site.store.read() as tx:
                backlog = tx.backlog()
                tasks = brought_on(tx, tx.open_tasks(99))
                count += tx.open_hops() + backlog.notices + backlog.statements + tasks
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
        return super().problems() + self.unrested()


def brought_on(tx: DeskTransaction, tasks: Sequence[Task]) -> int:
    """How many wait for no person: neither themselves, nor as details of a payment that does."""
    asked = {(task.party, task.voucher_id) for task in tasks if task.waiting_for == "operator"}
    return sum(not task.waiting_for and not asked & _payments(tx, task) for task in tasks)


def _payments(tx: DeskTransaction, task: Task) -> set[tuple[str, str]]:
    """The payments whose answer a detail's task waits for; none of any other task."""
    if task.next_action != "payment_answers":
        return set()
    (own, *_) = tx.lines_of(task.party, [task.voucher_id])[task.voucher_id]
    about = tx.lines_about(task.party, [own.payment])[own.payment]
    return {(line.party, line.voucher_id) for line in about if line.kind in PAYMENTS}


def run(
    seed: int, payments: int = 8, faults: int = 20, restores: int = 0, *, impatient: bool = False,
    **more: Any,
) -> DeskWorld:  # fmt: skip
    """One seed: payments, faults and restores mixed, then the day.

    `impatient`: a restored party's people go on without the hub, which is compared later. Not the
    bureau's: what they issue then may use numbers again that the node has forgotten.
    """
    world = DeskWorld(seed, **more)
    plan = ["p"] * payments + ["f"] * faults + ["s"] * (payments * 40) + ["k", "r"] * restores
    plan += ["h"] * HUSHES
    world.chance.shuffle(plan)
    acts: dict[str, Callable[[], object]] = {
        "p": world.pay, "f": world.fault, "s": world.step, "k": world.keep,
        "h": world.hush, "r": lambda: restore(world, impatient=impatient),
    }  # fmt: skip
    for what in plan:
        with suppress(StoreDown):
            acts[what]()
    world.settle()
    for _ in range(restores):  # of what is paid and answered by now
        restore(world, impatient=impatient)
        world.settle()
    world.day()
    return world


def restore(world: DeskWorld, *, impatient: bool) -> None:
    """Take a node back to a backup, and speak at once where its people may."""
    node = world.restore()
    if impatient and node not in {NODES.hub, NodeId("bureau")}:
        world.set_aside(node)
