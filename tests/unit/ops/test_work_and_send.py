"""Workers ring for what they leave to be sent; what nobody waits for is done in slow rounds."""

import io
import math
from collections.abc import Sequence

import pytest

from adapters.embedded.memory_channel import MemoryBroker
from hub.clock import Instant
from hub.desks.model import NEVER, Task, TaskKind, TaskState
from hub.errors import TargetDown
from hub.exchange.model import Incoming, MessageClass, Outgoing
from hub.observer import silent
from hub.parties import NodeId
from ops.apart import Desk
from ops.leash import Leash
from ops.send import FINISH_SECONDS, LOOK_SECONDS, PACE_SECONDS, Sender, Sending
from ops.work import SLOW_SECONDS, Worker
from tests.support.stores import TickingClock

HERE, THERE = NodeId("hub"), NodeId("icbc")


class Books:
    """A receiver that notes what it is given."""

    def __init__(self) -> None:
        self.batches: list[list[MessageClass]] = []

    def receive(self, batch: Sequence[Incoming]) -> None:
        self.batches.append([incoming.message_class for incoming in batch])

    def items(self, _incoming: Incoming) -> int:
        return 0

    def receive_item(self, _incoming: Incoming, _index: int) -> None:
        raise AssertionError

    def set_aside(self, _incoming: Incoming, _index: int | None) -> None:
        raise AssertionError


class Chores:
    """A desk with some tasks."""

    def __init__(self) -> None:
        self.tasks = self.taken_over = 0

    def take_over(self) -> int:
        self.taken_over += 1
        return 0

    def work(self, _limit: int) -> int:
        done, self.tasks = self.tasks, 0
        return done

    @property
    def under_way(self) -> Sequence[Task]:
        return ()

    def again(self, task: Task) -> None:
        raise AssertionError(task)

    def set_aside(self, task: Task, code: str) -> None:
        raise AssertionError(task, code)


class Archived(Chores):
    """A desk with three tasks, which all fail together; by itself the second fails so, too."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self._code = code
        self.done: list[str] = []

    def work(self, _limit: int) -> int:
        raise TargetDown(self._code)

    @property
    def under_way(self) -> Sequence[Task]:
        kind, due = TaskKind.PAY, TaskState.CLAIMED
        return [Task(n, "p", kind, n, b"", due, NEVER, NEVER, "20260601") for n in "123"]

    def again(self, task: Task) -> None:
        if task.id == "2":
            raise TargetDown(self._code)
        self.done.append(task.id)


class Scene:
    """A worker on one channel."""

    def __init__(self, desk: Desk | None = None) -> None:
        self.clock = TickingClock()
        self.broker = MemoryBroker("one", [HERE])
        self.books, self.desk = Books(), Chores()
        self.rung = 0
        mine, self.theirs = self.broker.channel(HERE), self.broker.channel(THERE)
        self.worker = Worker(
            Leash(io.StringIO("")), lambda: {"one": mine}, self.books, desk or self.desk, silent,
            100, self.clock, self.ring,
        )  # fmt: skip

    def ring(self) -> None:
        self.rung += 1

    def send(self, message_class: MessageClass) -> None:
        self.theirs.publish([Outgoing(1, HERE, message_class, b"octets")])


def test_a_worker_rings_once_for_a_batch_of_vouchers() -> None:
    scene = Scene()
    for _ in range(3):
        scene.send(MessageClass.ONLINE)
    scene.worker.step()
    assert [[MessageClass.ONLINE] * 3] == scene.books.batches
    assert 1 == scene.rung


def test_a_worker_takes_over_from_who_is_gone_each_time_it_becomes_active() -> None:
    scene = Scene()
    scene.worker.step()
    scene.worker.step()
    assert 1 == scene.desk.taken_over
    scene.worker._close()  # as it does while it stands by
    scene.worker.step()
    assert 2 == scene.desk.taken_over


def test_a_worker_rings_for_its_desk_and_not_for_notices() -> None:
    scene = Scene()
    scene.send(MessageClass.HOP)
    scene.worker.step()
    assert 0 == scene.rung
    scene.desk.tasks = 1
    scene.worker.step()
    assert 1 == scene.rung


def test_notices_wait_for_the_slow_round_and_vouchers_do_not() -> None:
    scene = Scene()
    scene.worker.step()
    scene.send(MessageClass.HOP)
    scene.send(MessageClass.ONLINE)
    scene.worker.step()
    scene.worker.step()
    scene.clock.at += int(SLOW_SECONDS * 1000)
    scene.worker.step()
    assert [[MessageClass.ONLINE], [MessageClass.HOP]] == scene.books.batches


@pytest.mark.parametrize("code", ["archive_away", "archive_unset"])
def test_tasks_that_read_no_archive_do_not_wait_for_one_that_is_away(code: str) -> None:
    desk = Archived(code)
    scene = Scene(desk)
    with pytest.raises(TargetDown, match=code):
        scene.worker.step()
    assert ["1", "3"] == desk.done
    assert 1 == scene.rung


def test_a_core_that_is_away_is_not_asked_for_each_task() -> None:
    desk = Archived("core_folder_away")
    with pytest.raises(TargetDown, match="core_folder_away"):
        Scene(desk).worker.step()
    assert [] == desk.done


class Rounds:
    """A dispatcher that notes its rounds, and the leash that ends after some."""

    def __init__(self, *, owes: bool, more: int = 0, rounds: int = 4) -> None:
        self.clock = TickingClock()
        self.slow: list[bool] = []
        self.rung: list[bool] = []
        self.rests: list[float] = []
        self._owes, self._more, self.rounds = owes, more, rounds
        self.finished = 0

    @property
    def owes(self) -> bool:
        return self._owes

    def step(self, *, slow: bool, rung: bool) -> bool:
        self.slow.append(slow)
        self.rung.append(rung)
        self._more -= 1
        return self._more >= 0

    def finish(self) -> bool:
        self.finished += 1
        return self._owes

    def settle(self) -> None:
        assert self.finished, "what is owed goes first"

    def retransmit(self, now: Instant) -> int:
        assert now
        return 0

    def overtake(self) -> int:
        return 0


class Nothing:
    """Statements and beats, none of them."""

    def step(self, *, news: bool = False) -> int:
        return 1 if news else 0


class Held(Leash):
    """Active until the rounds are over; time passes while it rests."""

    def __init__(self, rounds: Rounds) -> None:
        self._rounds = rounds
        super().__init__(io.StringIO(""))

    @property
    def active(self) -> bool:
        return True

    @property
    def stopping(self) -> bool:
        return len(self._rounds.slow) >= self._rounds.rounds

    def pause(self, seconds: float) -> None:
        assert seconds > 0
        if self._rounds.finished:
            self._rounds.clock.at += round(seconds * 1000)

    def rest(self, seconds: float) -> bool:
        self._rounds.rests.append(round(seconds, 3))
        self._rounds.clock.at += math.ceil(seconds * 1000)  # never shorter than asked for
        return len(self._rounds.rests) == 2


def run(rounds: Rounds) -> Rounds:
    nothing = Nothing()
    sending = Sending(rounds, nothing, nothing, nothing, nothing, lambda: None, list)
    Sender(Held(rounds), lambda _wake: sending, rounds.clock, silent).run()
    return rounds


def test_a_dispatcher_that_owes_nothing_sleeps_until_it_looks_again() -> None:
    assert [LOOK_SECONDS] * 4 == run(Rounds(owes=False)).rests


def test_a_dispatcher_that_owes_something_is_there_for_its_slow_round() -> None:
    rounds = run(Rounds(owes=True, rounds=5))
    assert SLOW_SECONDS >= sum(rounds.rests[:2])
    assert [True, False, True, False, True] == rounds.slow


def test_a_dispatcher_that_was_rung_for_knows_that_something_is_left() -> None:
    assert [False, False, True, False] == run(Rounds(owes=False)).rung


def test_a_dispatcher_goes_on_while_more_waits_and_is_not_slow_then() -> None:
    rounds = run(Rounds(owes=False, more=3))
    assert [LOOK_SECONDS] == rounds.rests
    assert [True, False, False, False] == rounds.slow[:4]


def test_a_dispatcher_told_to_stop_sends_what_it_owes_and_does_not_wait_for_ever() -> None:
    assert 1 == run(Rounds(owes=False)).finished
    rounds = run(Rounds(owes=True, rounds=1))
    assert 1 >= abs(rounds.finished - FINISH_SECONDS / PACE_SECONDS)


def test_a_standby_owes_nobody_anything() -> None:
    rounds = Rounds(owes=True, rounds=0)
    assert 0 == run(rounds).finished
