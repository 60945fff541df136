"""What can be made to go wrong in a memory channel, and that a seed replays it exactly."""

from random import Random

from adapters.embedded.memory_channel import MemoryBroker, MemoryChannel
from adapters.embedded.memory_weather import Weather
from hub.exchange.model import ChannelState, MessageClass, Outgoing, Publish
from hub.parties import NodeId

HUB, BANK = NodeId("hub"), NodeId("bank-a")
ALL = frozenset(MessageClass)


def messages(count: int) -> list[Outgoing]:
    return [Outgoing(n, BANK, MessageClass.ONLINE, b"%d" % n) for n in range(count)]


def pair(weather: Weather, seed: int = 1) -> tuple[MemoryBroker, MemoryChannel, MemoryChannel]:
    broker = MemoryBroker("one", (HUB, BANK), weather=weather, chance=Random(seed))
    return broker, broker.channel(HUB), broker.channel(BANK)


def received(channel: MemoryChannel) -> list[bytes]:
    return [incoming.octets for incoming in channel.receive(10_000, ALL)]


def told(channel: MemoryChannel) -> set[Publish]:
    return {outcome.publish for outcome in channel.outcomes()}


def test_a_dropped_message_was_confirmed_and_never_arrives() -> None:
    broker, hub, bank = pair(Weather(drop=1))
    hub.publish(messages(5))
    assert {Publish.CONFIRMED} == told(hub)
    broker.tick(100)
    assert [] == received(bank)


def test_a_duplicate_arrives_twice() -> None:
    _, hub, bank = pair(Weather(duplicate=1))
    hub.publish(messages(2))
    assert [b"0", b"0", b"1", b"1"] == received(bank)


def test_a_delayed_message_arrives_with_a_later_tick() -> None:
    broker, hub, bank = pair(Weather(delay=1, delay_ticks=3))
    hub.publish(messages(20))
    assert [] == received(bank)
    assert 20 == broker.waiting()
    broker.tick(3)
    assert 20 == len(received(bank))


def test_reordered_messages_all_arrive_in_another_order() -> None:
    _, hub, bank = pair(Weather(reorder=1))
    hub.publish(messages(50))
    got = received(bank)
    assert [m.octets for m in messages(50)] != got
    assert {m.octets for m in messages(50)} == set(got)


def test_a_lost_confirm_leaves_open_whether_it_was_stored() -> None:
    _, hub, bank = pair(Weather(unknown=1))
    hub.publish(messages(100))
    assert {Publish.UNKNOWN} == told(hub)
    assert 20 < len(received(bank)) < 80


def test_a_refused_message_is_not_stored() -> None:
    _, hub, bank = pair(Weather(refuse=1))
    hub.publish(messages(3))
    assert {Publish.REFUSED} == told(hub)
    assert [] == received(bank)


def test_a_late_confirm_is_outstanding_until_its_tick() -> None:
    broker, hub, _ = pair(Weather(confirm_ticks=2))
    hub.publish(messages(3))
    assert (3, []) == (hub.health().outstanding, hub.outcomes())
    broker.tick(2)
    assert (0, 3) == (hub.health().outstanding, len(hub.outcomes()))


def test_what_is_unconfirmed_when_the_connection_breaks_is_unknown() -> None:
    broker, hub, bank = pair(Weather(confirm_ticks=2))
    hub.publish(messages(3))
    broker.lose_unconfirmed()
    broker.tick(5)
    assert [Publish.UNKNOWN] * 3 == [outcome.publish for outcome in hub.outcomes()]
    assert 3 == len(received(bank))


def test_a_wipe_takes_what_waits_what_is_late_and_what_is_held() -> None:
    broker, hub, bank = pair(Weather(delay=0.5))
    hub.publish(messages(50))
    held = bank.receive(5, ALL)
    broker.wipe()
    broker.tick(50)
    bank.release([incoming.tag for incoming in held])
    assert [] == received(bank)


def test_what_lies_in_a_silent_line_is_outstanding_until_the_line_comes_back() -> None:
    broker, hub, bank = pair(Weather())
    hub.fall_silent(3, doubt=5)
    hub.publish(messages(20))
    broker.tick(2)
    assert (20, [], []) == (hub.health().outstanding, hub.outcomes(), received(bank))
    broker.tick()
    assert (ChannelState.UP, 0) == (hub.health().state, hub.health().outstanding)
    assert [Publish.CONFIRMED] * 20 == [outcome.publish for outcome in hub.outcomes()]
    assert {m.octets for m in messages(20)} == set(received(bank))


def test_a_line_in_doubt_refuses_what_waits_and_brings_later_what_it_leaves_unknown() -> None:
    broker, hub, bank = pair(Weather())
    hub.fall_silent(9, doubt=2)
    hub.publish(messages(2))
    broker.tick(2)
    hub.publish(messages(5)[2:])
    outcomes = {outcome.token: outcome.publish for outcome in hub.outcomes()}
    unknown = {token for token, publish in outcomes.items() if publish is Publish.UNKNOWN}
    assert {0, 1} >= unknown > set()
    assert {Publish.REFUSED} == {outcomes[token] for token in outcomes.keys() - unknown}
    assert (ChannelState.SUSPECT, "channel_silent") == (hub.health().state, hub.health().reason)
    assert (5, 0, []) == (len(outcomes), hub.health().outstanding, received(bank))
    broker.tick(7)
    assert (ChannelState.UP, []) == (hub.health().state, hub.outcomes())
    assert {b"%d" % token for token in unknown} == set(received(bank))


def test_a_silent_line_that_is_cut_brings_some_of_what_lies_in_it_and_nobody_knows_what() -> None:
    broker, hub, bank = pair(Weather())
    broker.fall_silent(9, doubt=20)
    for n in range(100):
        hub.publish(messages(n + 1)[n:])
    broker.lose_unconfirmed()
    assert {Publish.UNKNOWN} == told(hub)
    hub.publish(messages(101)[100:])
    assert ({Publish.CONFIRMED}, [b"100"]) == (told(hub), received(bank))
    broker.tick(9)
    assert 0 < len(received(bank)) < 100


def test_a_silent_line_brings_nothing_to_whoever_fetches_by_it() -> None:
    broker, hub, bank = pair(Weather())
    bank.fall_silent(2, doubt=1)
    hub.publish(messages(3))
    assert [] == received(bank)
    broker.tick(2)
    assert 3 == len(received(bank))


def test_the_same_seed_gives_the_same_run() -> None:
    stormy = Weather(
        drop=0.1, duplicate=0.2, delay=0.3, reorder=0.5, refuse=0.1, unknown=0.2, confirm_ticks=1
    )

    def run(seed: int) -> list[object]:
        broker, hub, bank = pair(stormy, seed)
        history: list[object] = []
        for _ in range(20):
            hub.publish(messages(10))
            hub.fall_silent(3, doubt=1)
            broker.tick()
            history += [received(bank), hub.outcomes()]
        return history

    assert run(5) == run(5)
    assert run(5) != run(6)
