"""A restored node whose clock ran ahead, at its backup or since: it is compared to the end."""

from collections.abc import Sequence

import pytest

from adapters.embedded.memory_weather import Weather
from hub.clock import DAY, SECOND
from hub.exchange.resyncer import AGAIN_MS
from tests.support.simulator.world import BUREAU, HUB, World


def live(world: World, rounds: int) -> None:
    world.rest(rounds, 2 * SECOND, lambda: False)


def test_what_was_recorded_after_a_backup_of_a_clock_that_ran_ahead_is_asked_for() -> None:
    world = World(3)
    clock = world.sites[BUREAU].clock
    clock.behind_ms = -DAY
    world.submit("1")
    live(world, 10)
    snapshot = world.sites[BUREAU].store.snapshot()
    clock.behind_ms = 0
    live(world, 40)
    world.submit("2")
    live(world, 40)
    assert [] == world.problems()
    world.sites[BUREAU].store.restore(snapshot, "bureau-life-2")
    assert not world.on_record(BUREAU, world.submitted[1])
    live(world, 60)
    assert [] == world.problems()


class Forgetful:
    """A bureau that has gone back to before its voucher, its clock a day ahead by turns."""

    def __init__(self) -> None:
        self.world = World(3)
        self.site = self.world.sites[BUREAU]
        self.bureau, self.hub = self.world.of(BUREAU), self.world.of(HUB)
        snapshot = self.site.store.snapshot()
        self.world.submit("1")
        live(self.world, 20)
        self.site.store.restore(snapshot, "bureau-life-2")
        self.bureau.crash()

    def ask(self, *, ahead: bool) -> None:
        """It asks the hub, which does not hear that."""
        self.world.clock.advance(AGAIN_MS)
        self.site.clock.behind_ms = -DAY if ahead else 0
        self.hub.beat()
        self.bureau.receive(100)
        for broker in self.world.brokers:
            broker.weather = Weather(drop=1)
        self.bureau.resync()
        self.world.heal()

    def problems(self) -> list[str]:
        self.site.clock.behind_ms = 0
        live(self.world, 60)
        return self.world.problems()


@pytest.mark.parametrize("was_ahead", [(True,), (False, True)], ids=["begun", "asked"])
def test_a_comparison_begun_or_asked_for_while_the_clock_ran_ahead_goes_on(
    was_ahead: Sequence[bool],
) -> None:
    forgetful = Forgetful()
    for ahead in was_ahead:
        forgetful.ask(ahead=ahead)
    assert [] == forgetful.problems()
