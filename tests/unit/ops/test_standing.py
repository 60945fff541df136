"""Who may take over: not beside the old holder's processes, not before the store knows it."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from adapters.embedded.memory_lease import MemoryLease
from hub.errors import Fenced, HubError, StoreDown
from hub.lease.tenancy import Tenancy
from ops.keep import Guards, Keeper, NoWatch
from ops.leash import Leash
from tests.support.stores import TickingClock

TTL_SECONDS = 3.0


@dataclass
class Others:
    """The old holder's processes."""

    end_at_once: bool
    asked: list[str] = field(default_factory=list)

    def end(self, holder: str) -> bool:
        self.asked.append(holder)
        return self.end_at_once


@dataclass
class Fencing:
    """A store's fence; it fails as it is told."""

    failing: HubError | None = None
    token: int = 0

    def raise_to(self, token: int) -> None:
        if self.failing is not None:
            raise self.failing
        self.token = token


@dataclass
class Phases:
    ticked: list[int] = field(default_factory=list)

    def tick(self, token: int) -> None:
        self.ticked.append(token)


class Pair:
    """An instance that stands by, and the lease of one that has died or stands still."""

    def __init__(self, *, others_end: bool = True, fencing: Fencing | None = None) -> None:
        self.clock = TickingClock()
        self.lease = MemoryLease(self.clock)
        self.lease.renew("node-b", int(TTL_SECONDS * 1000))
        self.others, self.phases = Others(others_end), Phases()
        self.fencing = fencing or Fencing()
        guards = Guards(self.lease, self.fencing, self.others, NoWatch())
        tenancy = Tenancy("node-a", TTL_SECONDS, 0.5)
        self.keeper = Keeper(tenancy, guards, [], self.phases, self.clock, lambda _fact: None)

    def step(self, later_ms: int = 0) -> str:
        self.clock.at += later_ms
        self.keeper.step()
        return str(self.keeper.standing)


def test_a_lease_that_runs_is_left_to_its_holder() -> None:
    pair = Pair()
    assert "standby" == pair.step(2_900)
    assert ([], "node-b") == (pair.others.asked, pair.lease.read().holder)


def test_a_lease_that_is_over_is_taken_once_the_others_processes_have_ended() -> None:
    pair = Pair()
    assert "active" == pair.step(3_100)
    assert (["node-b"], "node-a") == (pair.others.asked, pair.lease.read().holder)
    token = pair.lease.read().token
    assert (token, [token]) == (pair.fencing.token, pair.phases.ticked)


def test_nobody_takes_over_beside_processes_that_could_not_be_ended() -> None:
    pair = Pair(others_end=False)
    assert "standby" == pair.step(3_100)
    assert ("node-b", 0, []) == (pair.lease.read().holder, pair.fencing.token, pair.phases.ticked)
    pair.others.end_at_once = True
    assert "active" == pair.step()


@pytest.mark.parametrize("error", [StoreDown("store_contended"), Fenced("lease_lost")])
def test_nobody_is_active_before_the_store_knows_his_token(error: HubError) -> None:
    pair = Pair(fencing=Fencing(error))
    assert "standby" == pair.step(3_100)
    assert [] == pair.phases.ticked
    pair.fencing.failing = None
    assert "active" == pair.step()
    assert [pair.lease.read().token] == pair.phases.ticked


def test_a_child_ends_when_its_keeper_is_gone() -> None:
    """No word is said: the end of the pipe is the word."""
    hears, says = os.pipe()
    with os.fdopen(hears) as pipe:
        leash = Leash(pipe)
        os.write(says, b"active\n")
        until(lambda: leash.active)
        os.close(says)
        until(lambda: leash.stopping)
    assert not leash.active


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_one_that_lost_the_lease_has_no_tenure_though_it_has_heard_the_new_token() -> None:
    pair = Pair()
    told = [(pair.step(later_ms=int(TTL_SECONDS * 1000)), pair.keeper.token, pair.keeper.tenure)]
    pair.lease.hand_over("node-b", int(TTL_SECONDS * 1000))
    pair.keeper._renew()  # it has heard who leads, and has not judged yet
    told.append((str(pair.keeper.standing), pair.keeper.token, pair.keeper.tenure))
    assert [("active", 2, 2), ("active", 3, None)] == told


def test_one_that_stood_still_past_its_deadline_has_no_tenure_before_it_has_heard_anything() -> (
    None
):
    pair = Pair()
    pair.step(later_ms=int(TTL_SECONDS * 1000))
    pair.clock.at += int(TTL_SECONDS * 1000)
    assert ("active", None) == (str(pair.keeper.standing), pair.keeper.tenure)
