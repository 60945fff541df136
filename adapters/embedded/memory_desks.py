"""The desks' tasks, intents and ledger in memory (hub.desks.ports.DeskTables, first half)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from adapters.embedded.memory_tables import Table, Work
from hub.clock import Instant
from hub.desks.model import (
    NEVER,
    Intent,
    IntentState,
    LedgerEntry,
    Stage,
    Task,
    TaskKind,
    TaskState,
    Total,
)
from hub.exchange.sought import ANY, Sought
from hub.money import Fen


@dataclass(frozen=True, slots=True)
class KeptTask:
    """A task and the worker that claims it."""

    task: Task
    worker: str = ""


TASKS: Final = Table[str, KeptTask]("desk_task")
OPEN: Final = Table[str, None]("desk_task_open")
"""Ids of tasks that are DUE or CLAIMED."""
PARKED: Final = Table[str, None]("desk_task_parked")
INTENTS: Final = Table[str, Intent]("desk_intent")
INTENTS_OF: Final = Table[tuple[str, str], tuple[str, ...]]("desk_intent_by_voucher")
ENTRIES: Final = Table[tuple[str, str, str, str], LedgerEntry]("desk_entry")
BALANCES: Final = Table[tuple[str, str, str], int]("desk_balance")
TOTALS: Final = Table[Stage, Total]("desk_total")
_LIVE: Final = frozenset({TaskState.DUE, TaskState.CLAIMED})


class DeskTasks(Work):
    """What is to be done, what cores were asked, what was counted."""

    # --- tasks -----------------------------------------------------------------------------------

    def add_tasks(self, tasks: Sequence[Task]) -> None:
        """Record tasks that are new."""
        self.before("add_tasks")
        for task in tasks:
            if task.id not in self.rows(TASKS):
                self._keep_task(KeptTask(task))

    def _keep_task(self, kept: KeptTask) -> None:
        name = kept.task.id
        self.put(TASKS, name, kept)
        for table, member in (
            (OPEN, kept.task.state in _LIVE),
            (PARKED, kept.task.state is TaskState.PARKED),
        ):
            inside = name in self.rows(table)
            if member and not inside:
                self.put(table, name, None)
            elif inside and not member:
                self.drop(table, name)

    def claim_tasks(
        self, worker: str, until: Instant, limit: int, kinds: Collection[TaskKind]
    ) -> list[Task]:
        """Claim due tasks, oldest due first."""
        self.before("claim_tasks")
        assert worker, "a claim needs a name"
        rows = self.rows(TASKS)
        due = [
            rows[name].task
            for name in self.rows(OPEN)
            if rows[name].task.kind in kinds and _ready(rows[name].task) <= self.now
        ]
        due.sort(key=lambda task: (_ready(task), task.id))
        claimed = [
            replace(task, state=TaskState.CLAIMED, claimed_until=until, attempt=task.attempt + 1)
            for task in due[:limit]
        ]
        for task in claimed:
            self._keep_task(KeptTask(task, worker))
        return claimed

    def claimants(self) -> set[str]:
        """Workers that claim tasks now."""
        self.before("claimants")
        return {kept.worker for kept in self._tasks_claimed()}

    def reclaim_tasks(self, workers: Collection[str], parties: Collection[str]) -> int:
        """Tasks of these parties that these workers claim become DUE at once."""
        self.before("reclaim_tasks")
        left = [k for k in self._tasks_claimed() if k.worker in workers and k.task.party in parties]
        for kept in left:
            self._keep_task(KeptTask(replace(kept.task, state=TaskState.DUE, claimed_until=NEVER)))
        return len(left)

    def recall_tasks(self, after: Instant, limit: int) -> int:
        """Tasks that wait for a moment after this do so no longer."""
        self.before("recall_tasks")
        rows = self.rows(TASKS)
        held = sorted(
            (_ready(rows[name].task), name)
            for name in self.rows(OPEN)
            if _ready(rows[name].task) > after
        )[:limit]
        for _, name in held:
            kept = rows[name]
            due = kept.task.due_at if kept.task.due_at <= after else self.now
            until = after if kept.task.state is TaskState.CLAIMED else NEVER
            new = replace(kept.task, due_at=due, claimed_until=until)
            self._keep_task(replace(kept, task=new))
        return len(held)

    def _tasks_claimed(self) -> list[KeptTask]:
        rows = self.rows(TASKS)
        live = [rows[name] for name in self.rows(OPEN)]
        return [
            k for k in live
            if k.task.state is TaskState.CLAIMED and k.task.claimed_until > self.now
        ]  # fmt: skip

    def hold_tasks(self, worker: str, ids: Collection[str], until: Instant) -> set[str]:
        """Which of these this worker still claims."""
        self.before("hold_tasks")
        held = set()
        for name in ids:
            kept = self.rows(TASKS).get(name)
            if kept and kept.worker == worker and kept.task.state is TaskState.CLAIMED:
                self.put(TASKS, name, KeptTask(replace(kept.task, claimed_until=until), worker))
                held.add(name)
        return held

    def save_tasks(self, worker: str, tasks: Sequence[Task]) -> None:
        """Write what changed of tasks this worker claims."""
        self.before("save_tasks")
        for task in tasks:
            kept = self.rows(TASKS)[task.id]
            assert kept.worker == worker, "a task is saved by the worker that holds it"
            still = task.state is TaskState.CLAIMED
            until = kept.task.claimed_until if still else NEVER
            self._keep_task(KeptTask(replace(task, claimed_until=until), worker if still else ""))

    def wake_tasks(self, ids: Collection[str], at: Instant) -> None:
        """Tasks that wait or are parked become due."""
        self.before("wake_tasks")
        for name in ids:
            kept = self.rows(TASKS).get(name)
            if kept and kept.task.state in {TaskState.DUE, TaskState.PARKED}:
                due = min(kept.task.due_at, at) if kept.task.state is TaskState.DUE else at
                self._keep_task(KeptTask(replace(kept.task, state=TaskState.DUE, due_at=due)))

    def tasks(self, ids: Collection[str]) -> Mapping[str, Task]:
        """Tasks by id."""
        self.before("tasks")
        rows = self.rows(TASKS)
        return {name: rows[name].task for name in ids if name in rows}

    def open_tasks(self, limit: int, sought: Sought = ANY) -> list[Task]:
        """Unfinished tasks sought, oldest first."""
        self.before("open_tasks")
        return self._oldest([*self.rows(OPEN), *self.rows(PARKED)], limit, sought)

    def parked_tasks(self, limit: int, sought: Sought = ANY) -> list[Task]:
        """PARKED tasks sought, oldest first."""
        self.before("parked_tasks")
        return self._oldest(self.rows(PARKED), limit, sought)

    def _oldest(self, names: Iterable[str], limit: int, sought: Sought) -> list[Task]:
        named = (self.rows(TASKS)[name].task for name in names)
        found = [task for task in named if sought.meets(task.voucher_id)]
        return sorted(found, key=lambda task: (task.since, task.id))[:limit]

    def end_parked(self, ids: Collection[str]) -> int:
        """PARKED tasks become DONE."""
        self.before("end_parked")
        named = [name for name in sorted(set(ids)) if name in self.rows(PARKED)]
        for name in named:
            task = self.rows(TASKS)[name].task
            self._keep_task(KeptTask(replace(task, state=TaskState.DONE, waiting_for="")))
        return len(named)

    # --- intents ---------------------------------------------------------------------------------

    def open_intents(self, intents: Sequence[Intent]) -> set[str]:
        """Write those whose key is new."""
        self.before("open_intents")
        new = set()
        for intent in intents:
            if intent.key not in self.rows(INTENTS):
                self.put(INTENTS, intent.key, intent)
                of = (intent.party, intent.voucher_id)
                self.put(INTENTS_OF, of, (*self.rows(INTENTS_OF).get(of, ()), intent.key))
                new.add(intent.key)
        return new

    def close_intents(self, intents: Sequence[Intent]) -> None:
        """Write outcomes of open ones."""
        self.before("close_intents")
        for intent in intents:
            assert intent.state is not IntentState.OPEN, "an outcome closes"
            if self.rows(INTENTS)[intent.key].state is IntentState.OPEN:
                self.put(INTENTS, intent.key, intent)

    def intents(self, keys: Collection[str]) -> Mapping[str, Intent]:
        """Intents by key."""
        self.before("intents")
        rows = self.rows(INTENTS)
        return {key: rows[key] for key in keys if key in rows}

    def intents_refused(self, party: str, since: Instant) -> list[Intent]:
        """Intents that were refused then or later, the oldest outcome first."""
        self.before("intents_refused")
        found = [
            one for one in self.rows(INTENTS).values()
            if (one.party, one.state) == (party, IntentState.REFUSED) and one.closed_at >= since
        ]  # fmt: skip
        return sorted(found, key=lambda one: (one.closed_at, one.key))

    def intents_of(self, party: str, voucher_ids: Collection[str]) -> Mapping[str, list[Intent]]:
        """Intents by voucher, in order of rows."""
        self.before("intents_of")
        rows, index = self.rows(INTENTS), self.rows(INTENTS_OF)
        found = {v: [rows[key] for key in index.get((party, v), ())] for v in voucher_ids}
        return {v: sorted(each, key=lambda i: i.row) for v, each in found.items() if each}

    # --- ledger and totals -----------------------------------------------------------------------

    def balances(self, party: str, book: str, keys: Collection[str]) -> Mapping[str, Fen]:
        """Balances; 0 where nothing was written."""
        self.before("balances")
        rows = self.rows(BALANCES)
        return {key: Fen(rows.get((party, book, key), 0)) for key in keys}

    def add_entries(self, entries: Sequence[LedgerEntry]) -> int:
        """Append those that are new, balances in step."""
        self.before("add_entries")
        new = 0
        for entry in entries:
            own = (entry.party, entry.book, entry.key, entry.cause)
            if own in self.rows(ENTRIES):
                continue
            self.put(ENTRIES, own, entry)
            balance = self.rows(BALANCES).get(own[:3], 0)
            self.put(BALANCES, own[:3], balance + entry.amount_fen)
            new += 1
        return new

    def book(self, party: str, book: str) -> Mapping[str, tuple[Fen, Fen]]:
        """By key: balance, and sum of entries."""
        self.before("book")
        sums: dict[str, int] = {}
        for entry in self.rows(ENTRIES).values():
            if (entry.party, entry.book) == (party, book):
                sums[entry.key] = sums.get(entry.key, 0) + entry.amount_fen
        balances = self.rows(BALANCES)
        return {key: (Fen(balances[party, book, key]), Fen(sums[key])) for key in sorted(sums)}

    def add_totals(self, totals: Mapping[Stage, Total]) -> None:
        """Add counts."""
        self.before("add_totals")
        for stage, more in totals.items():
            old = self.rows(TOTALS).get(stage, Total(0, 0))
            both = Total(old.count + more.count, old.amount_fen + more.amount_fen)
            self.put(TOTALS, stage, both)

    def totals(self) -> Mapping[Stage, Total]:
        """Sums of what was added."""
        self.before("totals")
        rows = self.rows(TOTALS)
        return {stage: rows[stage] for stage in sorted(rows)}


def _ready(task: Task) -> int:
    return task.claimed_until if task.state is TaskState.CLAIMED else task.due_at
