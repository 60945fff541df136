"""The desks' tasks and intents."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace
from functools import cache
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Executable, bindparam, case, select, update

from adapters.store.desk_tables import INTENT, OPEN, READY, REFUSED, TASK
from adapters.store.session import Form, Forms, Row
from adapters.store.sought import Shape, shape, values
from adapters.store.unit import Unit
from hub.clock import Instant
from hub.desks.model import NEVER, Intent, IntentState, Task, TaskKind, TaskState
from hub.exchange.sought import ANY, Sought

_FIELDS: Final = tuple(field.name for field in fields(Task))
_WIDTH: Final = len(_FIELDS)
_INTENT: Final = attrgetter(*(field.name for field in fields(Intent)))


def _values(task: Task) -> Row:
    plain = [getattr(task, name) for name in _FIELDS]
    plain[2], plain[5] = task.kind.value, task.state.value
    return (*plain, "", task.due_at)


def _task(row: Row) -> Task:
    values = list(row[:_WIDTH])
    values[2], values[5] = TaskKind(row[2]), TaskState(row[5])
    return Task(*values)


def _intent(row: Row) -> Intent:
    values = list(row)
    values[5] = IntentState(row[5])
    return Intent(*values)


def _due(forms: Forms) -> Executable:
    return (
        select(TASK)
        .where(READY, TASK.c.ready_at <= bindparam("now"), forms.among(TASK.c.kind, "kinds"))
        .order_by(TASK.c.ready_at, TASK.c.id)
        .limit(bindparam("limit"))
        .with_for_update(skip_locked=True)
    )


def _claim(forms: Forms) -> Executable:
    return (
        update(TASK)
        .where(forms.among(TASK.c.id, "ids"))
        .values(
            state=TaskState.CLAIMED.value,
            worker=bindparam("by"),
            claimed_until=bindparam("until"),
            ready_at=bindparam("until"),
            attempt=TASK.c.attempt + 1,
        )
    )


def _claimants(_forms: Forms) -> Executable:
    claimed = (READY, TASK.c.ready_at > bindparam("now"), TASK.c.state == TaskState.CLAIMED.value)
    return select(TASK.c.worker).where(*claimed).distinct()


def _reclaim(forms: Forms) -> Executable:
    claimed = (READY, TASK.c.ready_at > bindparam("now"), TASK.c.state == TaskState.CLAIMED.value)
    left = (
        select(TASK.c.id)
        .where(*claimed, forms.among(TASK.c.worker, "workers"), forms.among(TASK.c.party, "of"))
        .order_by(TASK.c.id)
        .with_for_update()
        .cte("left_over")
    )
    again = update(TASK).where(TASK.c.id.in_(select(left.c.id)))
    free = {"state": TaskState.DUE.value, "worker": "", "claimed_until": NEVER}
    return again.values(**free, ready_at=TASK.c.due_at).returning(TASK.c.id)


def _recall(_forms: Forms) -> Executable:
    after, now = (bindparam(name, type_=TASK.c.ready_at.type) for name in ("after", "now"))
    ahead = (
        select(TASK.c.id)
        .where(READY, TASK.c.ready_at > after)
        .order_by(TASK.c.ready_at, TASK.c.id)
        .limit(bindparam("limit"))
        .with_for_update(skip_locked=True)
        .cte("ahead")
    )
    claimed = TASK.c.state == TaskState.CLAIMED.value
    again = update(TASK).where(TASK.c.id.in_(select(ahead.c.id)))
    return again.values(
        due_at=case((TASK.c.due_at > after, now), else_=TASK.c.due_at),
        claimed_until=case((claimed, after), else_=TASK.c.claimed_until),
        ready_at=case((claimed, after), else_=now),
    ).returning(TASK.c.id)


def _held(forms: Forms) -> Executable:
    mine = (TASK.c.worker == bindparam("by"), TASK.c.state == TaskState.CLAIMED.value)
    wanted = select(TASK.c.id).where(forms.among(TASK.c.id, "ids"), *mine)
    return wanted.order_by(TASK.c.id).with_for_update()


def _hold(forms: Forms) -> Executable:
    held = update(TASK).where(forms.among(TASK.c.id, "ids"))
    return held.values(claimed_until=bindparam("until"), ready_at=bindparam("until"))


def _save(_forms: Forms) -> Executable:
    names = ("state", "due_at", "waiting_for", "next_action", "plan", "worker", "ready_at")
    values: dict[str, Any] = {name: bindparam(f"to_{name}") for name in names}
    until = case(
        (bindparam("to_state") == TaskState.CLAIMED.value, TASK.c.claimed_until), else_=NEVER
    )
    mine = (TASK.c.id == bindparam("of_id"), TASK.c.worker == bindparam("by"))
    return update(TASK).where(*mine).values(**values, claimed_until=until)


def _wake(forms: Forms) -> Executable:
    at = bindparam("at", type_=TASK.c.due_at.type)
    later = (TASK.c.state == TaskState.PARKED.value) | (TASK.c.due_at > at)
    asleep = TASK.c.state.in_([TaskState.DUE.value, TaskState.PARKED.value])
    wanted = (
        select(TASK.c.id)
        .where(forms.among(TASK.c.id, "ids"), asleep, later)
        .order_by(TASK.c.id)
        .with_for_update()
        .cte("asleep")
    )
    woken = update(TASK).where(TASK.c.id.in_(select(wanted.c.id)))
    return woken.values(state=TaskState.DUE.value, due_at=at, ready_at=at)


def _by_id(forms: Forms) -> Executable:
    return select(TASK).where(forms.among(TASK.c.id, "ids"))


@cache
def _unfinished(sought: Shape, *columns: str) -> Form:
    """The oldest open tasks that have these values in these columns."""

    def form(_forms: Forms) -> Executable:
        named = [TASK.c[name] == bindparam(name) for name in columns]
        mine = select(TASK).where(OPEN, *named, *sought.on(TASK.c.voucher_id))
        return mine.order_by(TASK.c.since, TASK.c.id).limit(bindparam("limit"))

    return form


def _end(forms: Forms) -> Executable:
    parked = (forms.among(TASK.c.id, "ids"), TASK.c.state == TaskState.PARKED.value)
    return update(TASK).where(*parked).values(state=TaskState.DONE.value, waiting_for="")


def _intents(forms: Forms) -> Executable:
    return select(INTENT).where(forms.among(INTENT.c.key, "keys"))


def _intents_of(forms: Forms) -> Executable:
    mine = (INTENT.c.party == bindparam("of"), forms.among(INTENT.c.voucher_id, "ids"))
    return select(INTENT).where(*mine).order_by(INTENT.c.voucher_id, INTENT.c.row)


def _refused(_forms: Forms) -> Executable:
    mine = (REFUSED, INTENT.c.party == bindparam("of"), INTENT.c.closed_at >= bindparam("since"))
    return select(INTENT).where(*mine).order_by(INTENT.c.closed_at, INTENT.c.key)


def _close(_forms: Forms) -> Executable:
    names = ("state", "closed_at", "code", "trace", "day")
    values: dict[str, Any] = {name: bindparam(f"to_{name}") for name in names}
    still = (INTENT.c.key == bindparam("of_key"), INTENT.c.state == IntentState.OPEN.value)
    return update(INTENT).where(*still).values(**values)


class DeskTasks(Unit):
    """What is to be done, and what cores were asked."""

    def add_tasks(self, tasks: Sequence[Task]) -> None:
        """Record tasks that are new."""
        self.session.add_new(TASK, sorted(map(_values, tasks)))

    def claim_tasks(
        self, worker: str, until: Instant, limit: int, kinds: Collection[TaskKind]
    ) -> list[Task]:
        """Claim due tasks, oldest due first."""
        assert worker, "a claim needs a name"
        names = sorted(kind.value for kind in kinds)
        due = [_task(r) for r in self.session.rows(_due, now=self.now, kinds=names, limit=limit)]
        self.session.run_among(_claim, "ids", [task.id for task in due], by=worker, until=until)
        return [
            replace(t, state=TaskState.CLAIMED, claimed_until=until, attempt=t.attempt + 1)
            for t in due
        ]

    def claimants(self) -> set[str]:
        """Workers that claim tasks now."""
        return {row[0] for row in self.session.rows(_claimants, now=self.now)}

    def reclaim_tasks(self, workers: Collection[str], parties: Collection[str]) -> int:
        """Tasks of these parties that these workers claim become DUE at once."""
        if not workers or not parties:
            return 0
        given = {"workers": sorted(workers), "of": sorted(parties)}
        return len(self.session.rows(_reclaim, now=self.now, **given))

    def recall_tasks(self, after: Instant, limit: int) -> int:
        """Tasks that wait for a moment after this do so no longer."""
        return len(self.session.rows(_recall, after=after, now=self.now, limit=limit))

    def hold_tasks(self, worker: str, ids: Collection[str], until: Instant) -> set[str]:
        """Which of these this worker still claims."""
        held = [row[0] for row in self.session.rows_among(_held, "ids", sorted(ids), by=worker)]
        self.session.run_among(_hold, "ids", held, until=until)
        return set(held)

    def save_tasks(self, worker: str, tasks: Sequence[Task]) -> None:
        """Write what changed of tasks this worker claims."""
        rows = []
        for task in sorted(tasks, key=attrgetter("id")):
            still = task.state is TaskState.CLAIMED
            rows.append(
                {
                    "of_id": task.id,
                    "by": worker,
                    "to_state": task.state.value,
                    "to_due_at": task.due_at,
                    "to_waiting_for": task.waiting_for,
                    "to_next_action": task.next_action,
                    "to_plan": task.plan,
                    "to_worker": worker if still else "",
                    "to_ready_at": task.claimed_until if still else task.due_at,
                }
            )
        self.session.run_each(_save, rows)

    def wake_tasks(self, ids: Collection[str], at: Instant) -> None:
        """Tasks that wait or are parked become due."""
        self.session.run_among(_wake, "ids", sorted(ids), at=at)

    def tasks(self, ids: Collection[str]) -> Mapping[str, Task]:
        """Tasks by id."""
        return {row[0]: _task(row) for row in self.session.rows_among(_by_id, "ids", ids)}

    def open_tasks(self, limit: int, sought: Sought = ANY) -> list[Task]:
        """Unfinished tasks sought, oldest first."""
        return self._oldest(limit, sought)

    def parked_tasks(self, limit: int, sought: Sought = ANY) -> list[Task]:
        """PARKED tasks sought, oldest first."""
        return self._oldest(limit, sought, state=TaskState.PARKED.value)

    def _oldest(self, limit: int, sought: Sought, **named: str) -> list[Task]:
        form = _unfinished(shape(sought), *named)
        rows = self.session.rows(form, limit=limit, **named, **values(sought))
        return [_task(row) for row in rows]

    def end_parked(self, ids: Collection[str]) -> int:
        """PARKED tasks become DONE."""
        states = {row[0]: row[5] for row in self.session.rows_among(_by_id, "ids", sorted(ids))}
        self.session.run_among(_end, "ids", sorted(ids))
        return sum(state == TaskState.PARKED.value for state in states.values())

    def open_intents(self, intents: Sequence[Intent]) -> set[str]:
        """Write those whose key is new; one that comes up meanwhile is `store_contended`."""
        known = self.intents([intent.key for intent in intents])
        new = [intent for intent in intents if intent.key not in known]
        rows = []
        for intent in sorted(new, key=attrgetter("key")):
            values = list(_INTENT(intent))
            values[5] = intent.state.value
            rows.append(tuple(values))
        self.session.add(INTENT, rows)
        return {intent.key for intent in new}

    def close_intents(self, intents: Sequence[Intent]) -> None:
        """Write outcomes of open ones."""
        assert all(i.state is not IntentState.OPEN for i in intents), "an outcome closes"
        self.session.run_each(
            _close,
            [
                {"of_key": i.key, "to_state": i.state.value, "to_closed_at": i.closed_at,
                 "to_code": i.code, "to_trace": i.trace, "to_day": i.day}
                for i in sorted(intents, key=attrgetter("key"))
            ],
        )  # fmt: skip

    def intents(self, keys: Collection[str]) -> Mapping[str, Intent]:
        """Intents by key."""
        return {row[0]: _intent(row) for row in self.session.rows_among(_intents, "keys", keys)}

    def intents_refused(self, party: str, since: Instant) -> list[Intent]:
        """Intents that were refused then or later, the oldest outcome first."""
        return [_intent(row) for row in self.session.rows(_refused, of=party, since=since)]

    def intents_of(self, party: str, voucher_ids: Collection[str]) -> Mapping[str, list[Intent]]:
        """Intents by voucher, in order of rows."""
        found: dict[str, list[Intent]] = {}
        for row in self.session.rows_among(_intents_of, "ids", voucher_ids, of=party):
            found.setdefault(row[2], []).append(_intent(row))
        return found
