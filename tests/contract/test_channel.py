"""The promises of `hub.exchange.ports.Channel`, kept by every kind of channel."""

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.errors import ChannelDown
from hub.exchange.model import ChannelState, Incoming, MessageClass, Publish
from hub.exchange.ports import Channel
from hub.parties import NodeId
from tests.support.channel_harness import (
    ALL,
    BANK,
    HUB,
    EmbeddedHarness,
    Harness,
    MemoryHarness,
    a_message,
    arrivals,
    is_up,
    outcomes,
    send,
    until,
)
from tests.support.rabbit import RabbitHarness

KINDS = ("memory", "embedded", pytest.param("rabbit", marks=pytest.mark.rabbit))


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Harness]:
    made: Harness
    if request.param == "memory":
        made = MemoryHarness()
    elif request.param == "embedded":
        made = EmbeddedHarness(tmp_path)
    else:
        made = RabbitHarness(request.getfixturevalue("broker"))
    yield made
    made.end()


@pytest.fixture
def hub(world: Harness) -> Channel:
    return is_up(world.channel(HUB))


@pytest.fixture
def bank(world: Harness) -> Channel:
    return is_up(world.channel(BANK))


def unusable(channel: Channel) -> bool:
    try:
        channel.publish([])
    except ChannelDown:
        return True
    return False


def test_what_is_published_arrives_with_its_sender_and_class(hub: Channel, bank: Channel) -> None:
    octets = os.urandom(20_000)
    send(hub, a_message(7, octets, message_class=MessageClass.URGENT))
    [got] = arrivals(bank, 1)
    assert (HUB, MessageClass.URGENT, octets, False, bank.name) == (
        got.sender, got.message_class, got.octets, got.redelivered, got.channel,
    )  # fmt: skip


def test_each_token_gets_its_outcome_exactly_once(hub: Channel) -> None:
    hub.publish([a_message(n) for n in range(1000)])
    told = outcomes(hub, 1000)
    assert list(range(1000)) == [outcome.token for outcome in told]
    assert [] == hub.outcomes()
    assert 0 == hub.health().outstanding


def test_many_messages_arrive_in_order_when_nothing_goes_wrong(hub: Channel, bank: Channel) -> None:
    send(hub, *[a_message(n, b"%d" % n) for n in range(500)])
    got: list[Incoming] = []
    while len(got) < 500:  # acking as it goes: a consumer is given only so much unacked
        got += (some := arrivals(bank, 50))
        bank.ack([incoming.tag for incoming in some])
    assert [b"%d" % n for n in range(500)] == [incoming.octets for incoming in got]
    assert 500 == len({incoming.tag for incoming in got})


def test_an_unknown_receiver_is_refused_and_the_others_are_not(hub: Channel, bank: Channel) -> None:
    hub.publish([a_message(1, receiver=NodeId("nobody")), a_message(2)])
    told = outcomes(hub, 2)
    assert [Publish.REFUSED, Publish.CONFIRMED] == [outcome.publish for outcome in told]
    assert "unroutable" == told[0].code
    assert 1 == len(arrivals(bank, 1))


def test_no_more_than_the_limit_is_given(hub: Channel, bank: Channel) -> None:
    send(hub, *[a_message(n) for n in range(10)])
    first = arrivals(bank, 3)
    assert 3 == len(first)
    assert [] == bank.receive(0, ALL)
    assert 7 == len(arrivals(bank, 7))
    assert [] == bank.receive(100, ALL)


def test_classes_are_apart(hub: Channel, bank: Channel) -> None:
    send(hub, *[a_message(n, message_class=c) for n, c in enumerate(MessageClass)])
    assert MessageClass.HOP == arrivals(bank, 1, {MessageClass.HOP})[0].message_class
    assert [] == bank.receive(10, {MessageClass.HOP})
    assert [] == bank.receive(10, ())
    rest = arrivals(bank, 3, ALL - {MessageClass.HOP})
    assert ["batch", "online", "urgent"] == sorted(got.message_class.value for got in rest)


def test_a_full_batch_class_does_not_delay_an_urgent_message(hub: Channel, bank: Channel) -> None:
    send(hub, *[a_message(n, message_class=MessageClass.BATCH) for n in range(600)])
    held = arrivals(bank, 20, {MessageClass.BATCH})
    send(hub, a_message(1000, message_class=MessageClass.URGENT))
    assert 1 == len(arrivals(bank, 1, {MessageClass.URGENT}))
    bank.ack([got.tag for got in held])


def test_what_is_acked_never_comes_again(world: Harness, hub: Channel, bank: Channel) -> None:
    send(hub, *[a_message(n, b"%d" % n) for n in range(4)])
    got = arrivals(bank, 4)
    bank.ack([incoming.tag for incoming in got[:3]])
    bank.close()
    again = arrivals(is_up(world.channel(BANK)), 1)
    assert [(b"3", True)] == [(incoming.octets, incoming.redelivered) for incoming in again]


def test_acks_out_of_order_each_count_for_themselves(
    world: Harness, hub: Channel, bank: Channel
) -> None:
    send(hub, *[a_message(n, b"%d" % n) for n in range(5)])
    got = arrivals(bank, 5)
    bank.ack([got[4].tag])
    bank.ack([got[2].tag, got[1].tag])
    bank.close()
    again = arrivals(is_up(world.channel(BANK)), 2)
    assert {b"0", b"3"} == {incoming.octets for incoming in again}


def test_what_a_killed_consumer_held_comes_again_marked(
    world: Harness, hub: Channel, bank: Channel
) -> None:
    send(hub, *[a_message(n, b"%d" % n) for n in range(3)])
    assert not any(incoming.redelivered for incoming in arrivals(bank, 3))
    world.kill(bank)
    again = arrivals(is_up(world.channel(BANK)), 3)
    assert {b"0", b"1", b"2"} == {incoming.octets for incoming in again}
    assert all(incoming.redelivered for incoming in again)


def test_what_is_released_comes_again_marked(hub: Channel, bank: Channel) -> None:
    send(hub, a_message(1, b"kept"), a_message(2, b"given back"))
    got = {incoming.octets: incoming for incoming in arrivals(bank, 2)}
    bank.release([got[b"given back"].tag])
    [again] = arrivals(bank, 1)
    assert (b"given back", True) == (again.octets, again.redelivered)
    bank.ack([again.tag, got[b"kept"].tag])


def test_an_ack_after_a_release_has_no_effect(hub: Channel, bank: Channel) -> None:
    send(hub, a_message(1))
    [got] = arrivals(bank, 1)
    bank.release([got.tag])
    bank.ack([got.tag])
    assert 1 == len(arrivals(bank, 1))


def test_an_ack_from_before_the_connection_broke_has_no_effect(
    world: Harness, hub: Channel, bank: Channel
) -> None:
    if isinstance(world, EmbeddedHarness):
        pytest.skip("a file has no connection that breaks and keeps its content")
    send(hub, a_message(1))
    [got] = arrivals(bank, 1)
    world.away()
    until(lambda: unusable(bank))
    world.back()
    is_up(bank)
    bank.ack([got.tag])
    bank.release([got.tag])
    [again] = arrivals(bank, 1, seconds=30)
    assert again.redelivered
    assert got.tag != again.tag


def test_two_consumers_of_a_node_share_and_never_both_get(world: Harness, hub: Channel) -> None:
    one, two = is_up(world.channel(BANK)), is_up(world.channel(BANK))
    send(hub, *[a_message(n, b"%d" % n) for n in range(100)])
    got: list[bytes] = []

    def enough() -> bool:
        for consumer in (one, two):
            taken = consumer.receive(10, ALL)
            got.extend(incoming.octets for incoming in taken)
            consumer.ack([incoming.tag for incoming in taken])
        return len(got) >= 100

    until(enough)
    assert 100 == len(set(got)) == len(got)


def test_closing_gives_back_and_ends(world: Harness, hub: Channel, bank: Channel) -> None:
    send(hub, a_message(1))
    arrivals(bank, 1)
    bank.close()
    assert ChannelState.OPEN == bank.health().state
    with pytest.raises(ChannelDown):
        bank.publish([a_message(2)])
    assert arrivals(is_up(world.channel(BANK)), 1)[0].redelivered


def test_a_channel_that_is_away_says_so_and_carries_on_by_itself(
    world: Harness, hub: Channel, bank: Channel
) -> None:
    world.away()
    until(lambda: unusable(hub) and unusable(bank))
    with pytest.raises(ChannelDown):
        bank.receive(10, ALL)
    bank.ack([1, 2])
    health = hub.health()
    assert (ChannelState.OPEN, "") == (health.state, health.incarnation)
    assert health.reason
    world.back()
    send(is_up(hub), a_message(1))
    assert 1 == len(arrivals(is_up(bank), 1))


def test_confirms_nobody_read_become_unknown_when_the_channel_goes(
    world: Harness, hub: Channel
) -> None:
    hub.publish([a_message(n) for n in range(3)])
    world.away()
    until(lambda: hub.health().state is not ChannelState.UP)
    told = outcomes(hub, 3)
    assert [Publish.UNKNOWN] * 3 == [outcome.publish for outcome in told]


def test_a_wiped_channel_has_another_incarnation_and_nothing_in_it(
    world: Harness, hub: Channel, bank: Channel
) -> None:
    send(hub, a_message(1, b"lost with the disk"))
    before = hub.health().incarnation
    assert before
    assert before == bank.health().incarnation
    world.wipe()
    until(lambda: hub.health().incarnation not in {"", before}, 30)
    until(lambda: bank.health().incarnation == hub.health().incarnation, 30)
    assert [] == bank.receive(10, ALL)
    send(hub, a_message(2, b"new"))
    assert b"new" == arrivals(bank, 1)[0].octets


def test_the_owner_is_woken_by_arrivals_and_outcomes(world: Harness) -> None:
    sent, came = threading.Event(), threading.Event()
    hub, bank = is_up(world.channel(HUB, sent.set)), is_up(world.channel(BANK, came.set))
    assert [] == bank.receive(10, ALL)  # whoever asks for a class once is told of arrivals
    sent.clear()
    came.clear()
    hub.publish([a_message(1)])
    assert sent.wait(10)
    if not isinstance(world, EmbeddedHarness):  # a file wakes nobody; its reader polls
        assert came.wait(10)
    assert 1 == len(arrivals(bank, 1))


@pytest.mark.parametrize("part", [0, 1])
def test_a_file_taken_away_in_the_middle_is_noticed(tmp_path: Path, part: int) -> None:
    """Also when only its log is gone: SQLite itself would go on and confirm."""
    world = EmbeddedHarness(tmp_path)
    hub = is_up(world.channel(HUB))
    hub.publish([a_message(1)])
    shutil.move(world.parts()[part], tmp_path / "elsewhere")
    with pytest.raises(ChannelDown, match="channel_taken_away"):
        hub.publish([a_message(2)])
    assert [(1, Publish.UNKNOWN)] == [(o.token, o.publish) for o in hub.outcomes()]
    world.end()
