"""A keeper and children that die: begun again ever later, told as an alarm, and outlived."""

import itertools
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from adapters.embedded.memory_lease import MemoryLease
from hub.errors import Misconfigured
from hub.lease.ports import LeaseState
from hub.lease.tenancy import Tenancy
from hub.observer import Fact
from ops.keep import ALARM_COUNT, RESTART_SECONDS, Guards, Keeper, NoWatch
from ops.leash import Child
from ops.members import Elsewhere
from tests.support.stores import TickingClock

UNTIL_TOLD = "next(line for line in sys.stdin if line.strip() == 'stop')"
"""A child's program waits for its keeper's word."""


class NoFence:
    """A store whose fence nobody moves."""

    def raise_to(self, token: int) -> None:
        assert token > 0


class NoPhases:
    def tick(self, token: int) -> None:
        assert token > 0


class LostLease(MemoryLease):
    """A lease whose file is gone."""

    def read(self) -> LeaseState:
        raise Misconfigured("store_missing")


def a_keeper(
    start: Callable[[], Child],
    clock: TickingClock,
    lease: MemoryLease | None = None,
    more: Sequence[Callable[[], Child]] = (),
) -> tuple[Keeper, list[Fact]]:
    facts: list[Fact] = []
    guards = Guards(lease or MemoryLease(clock), NoFence(), Elsewhere(), NoWatch())
    tenancy = Tenancy("node-a", 1000.0, 0.5)
    return Keeper(tenancy, guards, [start, *more], NoPhases(), clock, facts.append), facts


def until_dead(keeper: Keeper) -> None:
    for child in keeper._children:
        if child is not None:
            child._process.wait(30)


def test_a_child_that_dies_at_once_is_begun_ever_later_and_told() -> None:
    clock, begun = TickingClock(), list[float]()

    def start() -> Child:
        begun.append(clock.monotonic())
        return Child("work-w0", ["-c", "raise SystemExit(3)"])

    keeper, facts = a_keeper(start, clock)
    while len(begun) <= ALARM_COUNT:
        keeper.step()
        until_dead(keeper)
        clock.at += 10
    keeper.stop()
    pauses = [round(b - a, 1) for a, b in itertools.pairwise(begun)]
    assert list(RESTART_SECONDS[:ALARM_COUNT]) == pauses
    alarms = [fact.fields for fact in facts if fact.name == "child_fails"]
    assert [("work-w0", "3", ALARM_COUNT)] == [(a["task"], a["state"], a["count"]) for a in alarms]


def test_a_keeper_outlives_a_child_that_cannot_be_begun() -> None:
    def start() -> Child:
        raise BlockingIOError

    clock = TickingClock()
    keeper, facts = a_keeper(start, clock)
    for _ in range(3):
        keeper.step()
    clock.at += int(RESTART_SECONDS[-1] * 1000)
    keeper.step()
    keeper.stop()
    assert 2 == len([fact for fact in facts if fact.name == "child_unstartable"])


def test_a_keeper_whose_lease_is_gone_stands_by_and_lives() -> None:
    def start() -> Child:
        return Child("work-w0", ["-c", f"import sys; {UNTIL_TOLD}"])

    clock = TickingClock()
    keeper, facts = a_keeper(start, clock, LostLease(clock))
    keeper.step()
    keeper.step()
    assert "standby" == keeper.standing
    assert {"store_missing"} == {f.fields["code"] for f in facts if f.name == "lease_unsure"}
    for child in keeper._children:
        assert child is not None
        child.end(5)


def test_a_keeper_hears_whole_lines_of_its_children_and_knows_who_fails() -> None:
    says = f"import sys; print('one'); print('two', end='', flush=True); {UNTIL_TOLD}"

    def start() -> Child:
        return Child("work-w0", ["-c", says])

    clock = TickingClock()
    keeper, _ = a_keeper(start, clock)
    heard: list[tuple[str, str]] = []
    keeper.step()
    deadline = time.monotonic() + 30
    while not heard:
        assert time.monotonic() < deadline, "a line comes"
        keeper.listen(lambda name, line: heard.append((name, line)))
        time.sleep(0.01)
    assert [("work-w0", "one")] == heard
    assert ({"work-w0": True}, {}) == (keeper.children, keeper.failing)
    keeper.stop()


def test_a_child_that_keeps_dying_is_failing_until_it_has_lived_for_a_while() -> None:
    clock = TickingClock()
    keeper, _ = a_keeper(lambda: Child("work-w0", ["-c", "raise SystemExit(3)"]), clock)
    for _ in range(ALARM_COUNT):  # begun in one step, buried in the next
        keeper.step()
        until_dead(keeper)
        clock.at += 5_000
        keeper.step()
        clock.at += 5_000
    assert {"work-w0": ALARM_COUNT} == keeper.failing
    clock.at += 60_000
    assert {} == keeper.failing
    keeper.stop()


def test_the_dispatcher_is_told_to_stop_when_the_workers_have_ended(tmp_path: Path) -> None:
    """What a worker records last, the dispatcher still sends."""
    ended = tmp_path / "ended"
    ended.touch()
    slow = "time.sleep(0.5)"

    def child(name: str, last: str) -> Callable[[], Child]:
        note = f"open({str(ended)!r}, 'a').write('{name} ')"
        return lambda: Child(name, ["-c", f"import sys, time; {UNTIL_TOLD}; {last}; {note}"])

    clock = TickingClock()
    more = [child("w0", slow), child("w1", slow)]
    keeper, _ = a_keeper(child("send", "0"), clock, more=more)
    keeper.step()
    keeper.stop()
    assert "send" == ended.read_text().split()[-1]
    assert {"send", "w0", "w1"} == set(ended.read_text().split())
