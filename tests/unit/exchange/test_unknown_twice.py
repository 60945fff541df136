"""What a channel leaves unknown goes another way at once, but once: not as fast as they fail."""

from adapters.embedded.memory_outbox import OPEN
from adapters.embedded.memory_weather import Weather
from hub.exchange.dispatch import RETRY_MS
from tests.support.simulator.machine import Machine
from tests.support.simulator.world import BUREAU, World


def attempts_after(machine: Machine, steps: int) -> set[int]:
    for _ in range(steps):
        machine.dispatch()
    with machine.site.store.read() as tx:
        return {hop.row.attempt for hop in tx.rows(OPEN).values()}


def test_only_the_first_unknown_is_sent_again_without_a_pause() -> None:
    world = World(3)
    for broker in world.brokers:
        broker.weather = Weather(unknown=1.0)
    world.submit("1")
    bureau = world.of(BUREAU)
    assert {2} == attempts_after(bureau, 20)
    world.clock.advance(RETRY_MS - 1)
    assert {2} == attempts_after(bureau, 5)
    world.clock.advance(1)
    assert {3} == attempts_after(bureau, 20)
