"""The desk of a node: hands arrivals to clerks, works their tasks, runs the day's phases.

Every write is idempotent by identity and claim, so two active desks are harmless (protocol 6).
Cores are asked and drafts are sealed outside transactions; a call that fails leaves its tasks to
be claimed again when their claim expires, and they come to the same end.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar, cast

from hub.clock import MINUTE, Instant
from hub.desks import base_data, late, recovery
from hub.desks.books import Books
from hub.desks.bureau_desk import ISSUES, BureauClerk
from hub.desks.model import IntentState, Task, TaskKind, TaskState
from hub.desks.movement import Outcome, Undecidable, ask, came_back, closed, unanswered
from hub.desks.ports import TX, Bounce, Core, CoreBanking, Post
from hub.desks.reclaiming import reclaimable, take_up
from hub.desks.search import findable
from hub.desks.step import CUTOFF, Bundle, Clerk, Earlier, Means, Step, mark
from hub.desks.troubles import Troubles
from hub.desks.writing import TRIES, unrecorded, written
from hub.errors import Misconfigured, NotActive, Rejection, StoreDown
from hub.exchange.clocks import CODE as CLOCK_SUSPECT
from hub.exchange.clocks import in_doubt
from hub.exchange.model import Arrival, Closing, Role
from hub.exchange.muteness import require_voice
from hub.exchange.ports import Sealer, Store
from hub.observer import Fact, Observer, silent
from hub.parties import UNIT, NodeId, Party, party
from hub.voucher.model import Draft, Voucher

CLAIM: Final = 2 * MINUTE
"""Longer than a core's time-out for a whole batch."""
WORKED: Final = frozenset(set(TaskKind) - {TaskKind.MARK})
PHASES: Final = ("bounces", "sum_up", "daily_lists", CUTOFF, "checks")
T = TypeVar("T")


@dataclass(frozen=True)
class Parts(Generic[TX]):
    """What a desk is composed of."""

    store: Store[TX]
    post: Post[TX]
    sealer: Sealer
    clerks: Mapping[Party, Clerk]
    cores: Mapping[Party, Core]
    """Of banks and treasuries; a bank's is a `CoreBanking`."""
    banking: Mapping[Party, CoreBanking]
    means: Means
    worker: str
    """Unique per process start."""
    observer: Observer = silent
    neighbours: frozenset[NodeId] = frozenset()
    """While one of them is recovering, nothing is issued and no task is worked."""
    expired: Callable[[Instant], bool] = lambda _at: False
    """Whether the trust list carries no new effects any more; then neither, too."""
    life: str = ""
    """Of the store this desk was made in; empty: checked by whoever made it."""
    over: Callable[[str], bool] = lambda _worker: False
    """Whether who claims by this name will not come back."""


class Desk(Generic[TX]):
    """The application of a party's node."""

    def __init__(self, parts: Parts[TX]) -> None:
        self._parts = parts
        self._under_way: Sequence[Task] = ()

    # --- called by the exchange ------------------------------------------------------------------

    def recorded(self, tx: TX, arrivals: Sequence[Arrival]) -> None:
        """New deliveries, inside their recording transaction."""
        groups: dict[int, tuple[Clerk, list[Arrival]]] = {}
        for arrival in arrivals:
            clerk = self._clerk(arrival.delivery.receiver)
            if arrival.delivery.role is Role.BACK:
                recovery.adopt(tx, clerk, arrival.voucher)
                continue
            groups.setdefault(id(clerk), (clerk, []))[1].append(arrival)
        for clerk, group in groups.values():
            clerk.recorded(tx, group)
        mine = [a.voucher for a in arrivals if a.delivery.role in {Role.TO, Role.BACK}]
        base_data.take(tx, mine)
        tx.add_findable([row for voucher in mine for row in findable(voucher)])

    def closed(self, tx: TX, closings: Sequence[Closing]) -> None:
        """Hops closed by notices: the exchange's own business, no effect on books."""

    def _clerk(self, holder: str) -> Clerk:
        clerk = self._parts.clerks.get(party(holder))
        if clerk is None:
            raise Misconfigured("no_clerk", party=holder)
        return clerk

    # --- issuing ---------------------------------------------------------------------------------

    def issue(self, drafts: Sequence[Draft]) -> list[Voucher]:
        """Seal and post own originals and recalls; returns what was posted now.

        Promised: idempotent by identity. What was posted before with the same body is left out.

        Raises:
            Conflict: `number_used`; nothing of this call is posted.
            CustodyDown: nothing is posted.
            NotActive: `node_recovering`, `trust_list_over`; nothing is posted.
            RuleBroken: what `base_data.require` says of codes and accounts; nothing is posted.
        """
        with self._parts.store.read() as tx:
            base_data.require(tx, drafts)
        return self._send([Bundle(self._parts.sealer.seal(drafts), None)])

    def _send(self, bundles: Sequence[Bundle]) -> list[Voucher]:
        """Post what is new of each bundle whose task this worker still holds, and end the task."""

        def write(tx: TX) -> list[Voucher]:
            self._require_voice(tx)
            names = [b.task.id for b in bundles if b.task is not None]
            held = tx.hold_tasks(self._parts.worker, names, self._until(tx.now))
            mine = [b for b in bundles if b.task is None or b.task.id in held]
            sealed = [voucher for bundle in mine for voucher in bundle.vouchers]
            new = unrecorded(tx, sealed)
            self._parts.post(tx, new)
            tx.add_findable([row for voucher in new for row in findable(voucher)])
            self._issued(tx, new)
            tx.save_tasks(self._parts.worker, [b.task for b in mine if b.task is not None])
            tx.commit()
            return new

        return self._write(write)

    def _issued(self, tx: TX, vouchers: Sequence[Voucher]) -> None:
        base_data.take(tx, vouchers)
        for voucher in vouchers:
            clerk = self._parts.clerks.get(voucher.top.id.party)
            own = len(voucher.layers) == 1 and voucher.id.kind in ISSUES
            if own and isinstance(clerk, BureauClerk):
                clerk.issued(tx, [voucher])

    # --- working ---------------------------------------------------------------------------------

    def take_over(self) -> int:
        """Free what workers had claimed that are gone; how many tasks. For one that begins."""
        parts, parties = self._parts, reclaimable(self._parts.clerks, self._parts.cores)
        freed = take_up(parts.store, self._write, parts.over, parties)
        if freed:
            parts.observer(Fact("claims_taken_over", {"count": freed}))
        return freed

    def work(self, limit: int) -> int:
        """Claim due tasks and bring them as far as they go; how many were claimed.

        Raises:
            Unavailable: the store or a key is away; claimed tasks come again when claims expire.
        """
        self._under_way = self._write(lambda tx: self._claim(tx, limit))
        done = len(self._under_way)
        if done:
            self._bring(self._under_way)
            self._parts.observer(Fact("tasks_worked", {"count": done}))
        self._under_way = ()
        return done

    @property
    def under_way(self) -> Sequence[Task]:
        """Tasks that `work` claimed and did not come to an end with: it was broken off."""
        return self._under_way

    def again(self, task: Task) -> None:
        """Work one task under way by itself; what others have taken over meanwhile is left."""
        self._bring([task])

    def set_aside(self, task: Task, code: str) -> None:
        """Park a task that cannot be worked: an operator has to look."""

        def park(tx: TX) -> None:
            for name in tx.hold_tasks(self._parts.worker, [task.id], self._until(tx.now)):
                step = Step(tx.tasks([name])[name], None)
                step.park(code)
                tx.save_tasks(self._parts.worker, [step.task])
            tx.commit()

        self._write(park)
        self._parts.observer(Fact("task_set_aside", {"task": task.id, "code": code}))

    def _bring(self, tasks: Sequence[Task]) -> None:
        """Bring claimed tasks as far as they go."""
        with self._parts.store.read() as tx:
            octets = tx.messages({task.digest for task in tasks if task.digest})
            doubtful = recovery.doubtful(tx, tasks)
        opened = dict(zip(octets, self._parts.means.opener(list(octets.values())), strict=True))
        cores, opener = self._parts.cores, self._parts.means.opener
        earlier = recovery.earlier(doubtful, opened, opener, cores) if doubtful else {}
        steps = self._prepare(tasks, opened, earlier)
        asked = [step for step in steps if step.orders]
        self._answer([step for step in steps if step.drafts])
        for holder in sorted({step.task.party for step in asked}):
            self._move(holder, [step for step in asked if step.task.party == holder], opened)

    def _claim(self, tx: TX, limit: int) -> list[Task]:
        if tx.recovering(self._parts.neighbours) or self._expired(tx):
            return []
        tasks = tx.claim_tasks(self._parts.worker, self._until(tx.now), limit, WORKED)
        tx.commit()
        return tasks

    def _prepare(
        self, tasks: Sequence[Task], opened: Mapping[bytes, Voucher], earlier: Mapping[str, Earlier]
    ) -> list[Step]:
        def act(tx: TX, step: Step) -> None:
            step.earlier = earlier.get(step.task.id)
            if recovery.waits(step, tx.now):
                return
            self._clerk(step.task.party).prepare(tx, step)
            if step.earlier is not None:
                step.fresh.clear()  # whatever is asked of the core is inquired first
            if not (step.orders or step.drafts) and step.task.state is TaskState.CLAIMED:
                step.finish()

        return self._each(tasks, opened, act)

    def _each(
        self, tasks: Sequence[Task], opened: Mapping[bytes, Voucher],
        act: Callable[[TX, Step], None],
    ) -> list[Step]:  # fmt: skip
        """Act on each task this worker still holds, in one transaction; park what is rejected."""
        parked: dict[str, str] = {}

        def write(tx: TX) -> list[Step]:
            names = [task.id for task in tasks]
            held = tx.hold_tasks(self._parts.worker, names, self._until(tx.now))
            steps = [Step(t, opened.get(t.digest)) for t in tasks if t.id in held]
            books = Books(tx, [step.task for step in steps])
            view = cast("TX", books)  # a transaction with its rows at hand
            for step in steps:
                if step.task.id in parked:
                    step.park(parked[step.task.id])
                    continue
                try:
                    act(view, step)
                except Rejection as error:
                    parked[step.task.id] = error.code
                    raise StoreDown("store_contended") from error
            books.flush()
            over = [s.task for s in steps if s.task.state is not TaskState.CLAIMED]
            tx.save_tasks(self._parts.worker, over)
            tx.commit()
            return steps

        return self._write(write, tries=TRIES + len(tasks))

    def _move(self, holder: str, steps: Sequence[Step], opened: Mapping[bytes, Voucher]) -> None:
        core = self._parts.cores.get(party(holder))
        if core is None:
            raise Misconfigured("no_core", party=holder)
        fresh = {key for step in steps for key in step.fresh}
        orders = [order for step in steps for order in step.orders]
        orders = unanswered(self._parts.store, orders, fresh)
        outcomes = ask(core, orders, fresh)
        keys = {step.task.id: [order.key for order in step.orders] for step in steps}
        earlier = {step.task.id: step.earlier for step in steps}
        differs: set[str] = set()

        def act(tx: TX, step: Step) -> None:
            mine, step.earlier = keys[step.task.id], earlier[step.task.id]
            differs.update(late.note(tx, {k: outcomes[k] for k in mine if k in outcomes}))
            tx.close_intents(closed(tx.intents(mine).values(), outcomes, tx.now))
            left = [k for k, i in tx.intents(mine).items() if i.state is IntentState.OPEN]
            if not left:
                self._clerk(holder).conclude(tx, step)
            elif all(isinstance(outcomes[key], Undecidable) for key in left):
                step.park("core_ask_operator")
            else:
                step.back_off(tx.now, "core", "core_unknown")

        concluded = self._each([step.task for step in steps], opened, act)
        lost = keys.keys() - {step.task.id for step in concluded}
        said = {key: outcomes[key] for name in lost for key in keys[name] if key in outcomes}
        if said:
            differs |= self._heed(lost, said)
        self._tell(differs)
        self._answer([step for step in concluded if step.drafts])

    def _tell(self, differs: Collection[str]) -> None:
        if differs:
            self._parts.observer(Fact("core_answers_differ", {"count": len(differs)}))

    def _heed(self, lost: Collection[str], said: Mapping[str, Outcome]) -> set[str]:
        """What a core said of tasks that others took over while it was asked."""

        def write(tx: TX) -> set[str]:
            differs = late.heed(tx, lost, said)
            tx.commit()
            return differs

        return self._write(write)

    def _answer(self, steps: Sequence[Step]) -> None:
        if not steps:
            return
        try:
            self._seal_and_send(steps)
        except Rejection:
            for step in steps:
                self._answer_alone(step)

    def _seal_and_send(self, steps: Sequence[Step]) -> None:
        sealed = iter(self._parts.sealer.seal([d for step in steps for d in step.owed]))
        self._send([Bundle([next(sealed) for _ in s.owed], s.finished) for s in steps])

    def _answer_alone(self, step: Step) -> None:
        """One that cannot be sealed or posted must not hold up the others."""
        try:
            self._seal_and_send([step])
        except Rejection as error:
            code = error.code

            def park(_tx: TX, again: Step) -> None:
                again.park(code)

            self._each([step.task], {}, park)

    # --- the day ---------------------------------------------------------------------------------

    def run_phase(self, name: str, day: str, token: int) -> int:
        """Run a scheduled phase for every party; how many vouchers were planned.

        Required: the lease's token; a takeover fences it. Doing it again plans nothing twice.

        Raises:
            Misconfigured: `phase_unknown`.
            Fenced: `lease_lost`.
            NotActive: `node_recovering`, `trust_list_over`.
            TargetDown, Malformed: of a core; everything else is done.
        """
        if name not in PHASES:
            raise Misconfigured("phase_unknown", phase=name)
        troubles = Troubles()
        if name == "bounces":
            banks = sorted(self._parts.banking.items())
            heard = {bank: came_back(core, day, troubles) for bank, core in banks}
            planned = sum(self._bounces(bank, found, day, token) for bank, found in heard.items())
        else:
            holders = sorted(p for p in self._parts.clerks if p.org_type != UNIT)
            planned = sum(self._planned(holder, name, day, token) for holder in holders)
        for holder, core in sorted(self._parts.cores.items() if name in late.PHASES else ()):
            with troubles.apart():  # one that tells nothing by itself may have paid
                said = late.again(self._parts.store, core, str(holder))
                self._tell(self._heed((), said) if said else set())
        self._parts.observer(Fact("phase_run", {"phase": name, "at": day, "count": planned}))
        troubles.tell()
        return planned

    def _bounces(self, bank: Party, found: Sequence[Bounce], day: str, token: int) -> int:
        clerk = self._parts.clerks[bank]
        return self._single(token, lambda tx: clerk.bounced(tx, found, day))

    def _planned(self, holder: Party, name: str, day: str, token: int) -> int:
        clerk, planned = self._parts.clerks[holder], 0
        while new := self._single(token, lambda tx: clerk.phase(tx, name, day)):
            planned += new
        self._single(token, lambda tx: mark(tx, str(holder), name, day))
        return planned

    def _single(self, token: int, act: Callable[[TX], int]) -> int:
        """One transaction of a singleton, fenced by the lease's token."""

        def write(tx: TX) -> int:
            tx.fence.require_token(token)
            self._require_voice(tx)
            if in_doubt(tx.alarms()):
                raise NotActive(CLOCK_SUSPECT)
            done = act(tx)
            tx.commit()
            return done

        return self._write(write)

    # --- transactions ----------------------------------------------------------------------------

    def _require_voice(self, tx: TX) -> None:
        """Refuse to issue what a restored node, or one whose trust list is over, may not."""
        require_voice(tx, self._parts.neighbours)
        if self._expired(tx):
            raise NotActive("trust_list_over")

    def _expired(self, tx: TX) -> bool:
        """Whether the trust list is over; a clock in doubt gives no verdict."""
        return self._parts.expired(tx.now) and not in_doubt(tx.alarms())

    def _until(self, now: Instant) -> Instant:
        return Instant(now + CLAIM)

    def _write(self, act: Callable[[TX], T], tries: int = TRIES) -> T:
        return written(self._parts.store, act, tries, self._parts.life)
