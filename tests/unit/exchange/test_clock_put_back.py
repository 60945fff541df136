"""A clock that ran ahead and was put back: what waits for a moment of that time waits no longer."""

from collections.abc import Callable

import pytest

from adapters.embedded.memory_weather import Weather
from hub.clock import DAY, SECOND, Instant
from hub.desks.desk import CLAIM
from hub.desks.model import Task, TaskKind, TaskState
from hub.desks.step import BACKOFF_MAX
from hub.exchange.clocks import Clocks
from hub.exchange.dispatch import CLAIM_MS
from hub.exchange.reclaiming import AHEAD_MS, TASKS_AHEAD_MS
from tests.support.simulator.machine import Machine
from tests.support.simulator.world import BUREAU, HUB, World


class Ahead:
    """A bureau that posts and sends something while its store's clock is a day ahead."""

    def __init__(self, weather: Weather) -> None:
        self.world = World(3)
        self.bureau, self.hub = self.world.of(BUREAU), self.world.of(HUB)
        self.clock = self.bureau.site.clock
        self.clock.behind_ms = -DAY
        for broker in self.world.brokers:
            broker.weather = weather
        self.bureau.dispatch()  # it begins, and takes over what others have claimed
        self.world.submit("1")

    def put_back(self) -> None:
        self.clock.behind_ms = 0
        self.world.heal()

    def live(self, seconds: int) -> None:
        for _ in range(seconds):
            for machine in (self.bureau, self.hub):
                for act in (machine.beat, machine.retransmit, machine.dispatch):
                    act()
                machine.receive(100)
            self.world.clock.advance(SECOND)

    @property
    def arrived(self) -> bool:
        return self.world.on_record(HUB, self.world.submitted[0])


def posted(_bureau: Machine) -> None:
    """Not even looked at."""


def sent(bureau: Machine) -> None:
    for _ in range(4):
        bureau.dispatch()


def claimed(bureau: Machine) -> None:
    """By a dispatcher that is frozen."""
    with bureau.store.begin() as tx:
        assert tx.claim_hops("frozen", Instant(tx.now + CLAIM_MS), 9, [HUB])
        tx.commit()


@pytest.mark.parametrize(
    ("weather", "was"),
    [(Weather(), posted), (Weather(drop=1), sent), (Weather(refuse=1), sent),
     (Weather(), claimed)],
    ids=["posted", "lost", "refused", "claimed"],
)  # fmt: skip
def test_a_row_of_that_time_is_sent(weather: Weather, was: Callable[[Machine], None]) -> None:
    ahead = Ahead(weather)
    was(ahead.bureau)
    ahead.put_back()
    ahead.live(3)
    assert ahead.arrived


def test_while_the_clock_is_in_doubt_no_moment_is_called_wrong() -> None:
    ahead = Ahead(Weather(refuse=1))
    sent(ahead.bureau)
    dispatcher = ahead.bureau.dispatcher
    dispatcher.clocks = Clocks(ahead.bureau.store, ahead.world.clock)
    with ahead.bureau.store.read() as tx:
        dispatcher.clocks.note(tx.now, ahead.world.clock.monotonic())
    ahead.put_back()
    ahead.live(3)
    assert not ahead.arrived


def test_a_claim_of_just_now_is_not_called_wrong() -> None:
    ahead = Ahead(Weather())
    ahead.put_back()
    ahead.live(3)
    ahead.world.submit("2")
    claimed(ahead.bureau)
    ahead.world.clock.advance(CLAIM_MS - AHEAD_MS)
    assert 0 == ahead.bureau.dispatcher.retransmit(ahead.clock.now())
    ahead.world.clock.advance(-1)
    assert 1 == ahead.bureau.dispatcher.retransmit(ahead.clock.now())


@pytest.mark.parametrize("waits", [0, BACKOFF_MAX])
def test_a_desk_s_task_of_that_time_is_due(waits: int) -> None:
    ahead = Ahead(Weather())
    with ahead.bureau.site.store.begin() as tx:
        due = Instant(tx.now + waits)
        tx.add_tasks([Task("one", "p", TaskKind.PAY, "v", b"", TaskState.DUE, due, due, "")])
        tx.commit()
    ahead.live(1)
    with ahead.bureau.site.store.read() as tx:
        assert due == tx.tasks(["one"])["one"].due_at
    ahead.put_back()
    ahead.live(1)
    with ahead.bureau.site.store.begin() as tx:
        assert ["one"] == [t.id for t in tx.claim_tasks("w", tx.now, 9, [TaskKind.PAY])]


def test_no_claim_or_pause_of_a_desk_s_task_is_called_wrong() -> None:
    assert max(CLAIM, BACKOFF_MAX) < TASKS_AHEAD_MS
