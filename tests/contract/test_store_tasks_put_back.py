"""Contract of the store: desks' tasks that wait for a moment too far ahead wait no longer."""

from typing import Final, cast

from hub.clock import DAY, MINUTE, Instant
from hub.desks.model import NEVER, Task, TaskKind, TaskState
from hub.desks.ports import DeskTransaction
from hub.exchange.ports import Store
from tests.support.rows import AT
from tests.support.stores import Site

PAY: Final = {TaskKind.PAY}


class Tasks:
    """Of a store; moments are as far from its own clock as said."""

    def __init__(self, site: Site) -> None:
        self._store = cast("Store[DeskTransaction]", site.store)

    def add(self, name: str, ahead: int, state: TaskState = TaskState.DUE) -> None:
        with self._store.begin() as tx:
            due = Instant(tx.now + ahead)
            tx.add_tasks([Task(name, "p", TaskKind.PAY, name, b"", state, due, AT, "20261123")])
            tx.commit()

    def claim(self, ahead: int, worker: str = "w") -> list[str]:
        with self._store.begin() as tx:
            tasks = tx.claim_tasks(worker, Instant(tx.now + ahead), 9, PAY)
            tx.commit()
        return [task.id for task in tasks]

    def recall(self, ahead: int = 2 * MINUTE, limit: int = 9) -> int:
        with self._store.begin() as tx:
            count = tx.recall_tasks(Instant(tx.now + ahead), limit)
            tx.commit()
        return count

    def __getitem__(self, name: str) -> Task:
        with self._store.read() as tx:
            return tx.tasks([name])[name]


def test_a_task_that_waits_for_a_moment_too_far_ahead_is_due_at_once(site: Site) -> None:
    tasks = Tasks(site)
    tasks.add("far", DAY)
    tasks.add("soon", MINUTE)
    assert [] == tasks.claim(MINUTE)
    assert 1 == tasks.recall()
    assert ["far"] == tasks.claim(MINUTE)
    assert 0 == tasks.recall()


def test_a_claim_too_far_ahead_ends_then_and_is_its_worker_s_until_then(site: Site) -> None:
    tasks = Tasks(site)
    tasks.add("one", -MINUTE)
    assert ["one"] == tasks.claim(DAY)
    assert 1 == tasks.recall()
    assert [] == tasks.claim(MINUTE, "other")
    assert TaskState.CLAIMED is tasks["one"].state
    assert 0 == tasks.recall()
    assert 1 == tasks.recall(ahead=-1)  # as if that time were over
    assert ["one"] == tasks.claim(MINUTE, "other")


def test_so_many_tasks_are_due_at_once_at_most(site: Site) -> None:
    tasks = Tasks(site)
    for name in "abc":
        tasks.add(name, DAY)
    assert [2, 1, 0] == [tasks.recall(limit=2) for _ in range(3)]
    assert ["a", "b", "c"] == sorted(tasks.claim(MINUTE))


def test_parked_and_finished_tasks_stay_as_they_are(site: Site) -> None:
    tasks = Tasks(site)
    for state in (TaskState.PARKED, TaskState.DONE):
        tasks.add(str(state), DAY, state)
    before = [tasks["parked"], tasks["done"]]
    assert 0 == tasks.recall()
    assert before == [tasks["parked"], tasks["done"]]
    assert NEVER == before[0].claimed_until
