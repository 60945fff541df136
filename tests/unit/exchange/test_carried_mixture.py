"""Any mixture of carried files and channels, in any order and number, leads to one record."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.embedded.memory_records import MESSAGES
from hub.exchange.carriage import CarriedKind
from hub.exchange.carried_intake import Intake, Taken
from hub.exchange.inbox import RECORDED
from hub.exchange.model import Incoming
from hub.exchange.packets import encode_packet
from hub.observer import Fact
from hub.parties import Party
from hub.voucher.model import Voucher
from tests.support.plain import sealed
from tests.support.simulator.carrying import Medium, header
from tests.support.simulator.world import BUREAU, HUB, World

MOVES = ("channels", "out", "in", "in_twice", "answer", "lose")


def _oldest(world: World, receiver: str) -> Medium | None:
    return next((m for m in world.media.shelf if m.header.receiver == receiver), None)


def _take(world: World, receiver: str, times: int = 1, *, drop: bool = False) -> None:
    medium = _oldest(world, receiver)
    if medium is None:
        return
    for _ in range(times):
        world.media.take(world.of(medium.header.receiver), medium)
    if drop:
        world.media.shelf.remove(medium)


def _live(world: World) -> None:
    for _ in range(5):
        world.step()


@settings(max_examples=25, deadline=None)
@given(
    moves=st.lists(st.sampled_from(MOVES), max_size=24),
    channels=st.booleans(),
    seed=st.integers(0, 99),
)
def test_any_mixture_of_carried_and_channel_copies_leads_to_one_record(
    moves: list[str],
    channels: bool,  # noqa: FBT001 - hypothesis hands it over by name
    seed: int,
) -> None:
    world = World(seed)
    if not channels:
        for broker in world.brokers:
            broker.down()
    for number in range(4):
        world.submit(f"{number:06d}")
    acts: dict[str, Callable[[], object]] = {
        "channels": lambda: _live(world),
        "out": lambda: world.media.write(world.of(BUREAU), HUB),
        "in": lambda: _take(world, HUB, drop=True),
        "in_twice": lambda: _take(world, HUB, 2),
        "answer": lambda: _take(world, BUREAU, drop=True),
        "lose": lambda: world.media.shelf and world.media.shelf.pop(0),
    }
    for move in moves:
        acts[move]()
    world.tail()
    assert [] == world.problems()


def test_without_any_channel_carried_files_close_every_row_of_the_bureau() -> None:
    world = World(7)
    for broker in world.brokers:
        broker.down()
    for number in range(4):
        world.submit(f"{number:06d}")
    world.media.write(world.of(BUREAU), HUB)
    _take(world, HUB, 2, drop=True)
    assert len(world.media.shelf) == 2, "each time it is answered"
    _take(world, BUREAU, drop=True)
    with world.sites[BUREAU].store.read() as tx:
        assert 0 == tx.open_hops(HUB)


def carried(world: World, *vouchers: Voucher) -> Medium:
    """A file of the bureau's with these, not of its rows."""
    packet = world.packet(vouchers[0], BUREAU, HUB)
    more = [world.packet(voucher, BUREAU, HUB).items[0] for voucher in vouchers[1:]]
    octets = encode_packet(replace(packet, items=(*packet.items, *more)))
    return Medium(header(world.of(BUREAU), CarriedKind.PACKETS, "file", HUB), (octets,))


def test_other_valid_seals_over_a_body_on_record_are_answered_by_what_is_on_record() -> None:
    world = World(11)
    world.submit("000001")
    world.tail()
    resealed = sealed(world.draft("000001"), nonce=b"again")
    forged = sealed(world.draft("000001"), nonce=b"never", forged=True)
    hub, medium, taken = world.of(HUB), carried(world, resealed, forged), Taken()
    intake = Intake(hub.place, hub.store, hub.verifier, hub.exchange.receive)
    for _ in range(2):  # answers are made again as they were
        taken = Taken()
        intake.take(medium.header, medium.messages, taken)
        assert (2, 1, 0) == (taken.count, taken.refused, taken.waiting)
    told = {entry.digest_received: entry for entry in taken.entries}
    again, never = (told[hashlib.sha256(v.octets).digest()] for v in (resealed, forged))
    assert (RECORDED, world.submitted[0].digest) == (again.code, again.digest_on_record)
    assert (never.digest_received, True) == (never.digest_on_record, never.code != RECORDED)


def test_a_refusal_for_one_receiver_answers_no_other_in_the_same_file() -> None:
    world = World(14)
    voucher = sealed(world.draft("000001"))
    packet = world.packet(voucher, BUREAU, HUB)
    (here,) = packet.items
    there = replace(here, delivery_id="there", receiver=Party("103", "370100"))
    octets = encode_packet(replace(packet, items=(there, here)))
    hub, taken = world.of(HUB), Taken()
    intake = Intake(hub.place, hub.store, hub.verifier, hub.exchange.receive)
    for _ in range(2):  # answers are made again as they were
        taken = Taken()
        intake.take(header(world.of(BUREAU), CarriedKind.PACKETS, "file", HUB), (octets,), taken)
    told = {entry.delivery_id: entry.code for entry in taken.entries}
    assert {"there": "not_served", here.delivery_id: RECORDED} == told


def test_seals_over_a_body_on_record_that_are_only_held_are_not_answered() -> None:
    world = World(12)
    world.submit("000001")
    world.tail()
    resealed = sealed(world.draft("000001"), nonce=b"again")
    hub, medium, taken = world.of(HUB), carried(world, resealed), Taken()
    intake = Intake(hub.place, hub.store, hub.verifier, lambda _batch: None)
    intake.take(medium.header, medium.messages, taken)
    assert (1, []) == (taken.waiting, taken.entries)


def test_one_damaged_message_waits_with_its_code_and_holds_up_no_other() -> None:
    world, facts = World(13), list[Fact]()
    for number in ("000001", "000002"):
        world.submit(number)
    world.tail()
    again = [sealed(world.draft(number), nonce=b"again") for number in ("000001", "000002")]
    hub, medium, taken = world.of(HUB), carried(world, *again), Taken()

    def receive(batch: Sequence[Incoming]) -> None:
        hub.exchange.receive(batch)
        with hub.store.begin() as tx:  # the disk spoils what is kept of the first
            tx.put(MESSAGES, again[0].digest, b"spoilt")
            tx.commit()

    intake = Intake(hub.place, hub.store, hub.verifier, receive, facts.append)
    intake.take(medium.header, medium.messages, taken)
    assert (2, 0, 1) == (taken.count, taken.refused, taken.waiting)
    assert [(again[1].digest, RECORDED)] == [(e.digest_received, e.code) for e in taken.entries]
    fields = {"sender": str(BUREAU), "code": "message_damaged"}
    assert [("held", fields)] == [(fact.name, dict(fact.fields)) for fact in facts]


def test_the_same_octets_claimed_for_two_deliveries_are_answered_each_by_itself() -> None:
    """What is kept beside one delivery says nothing of another one that somebody names with it."""
    world = World(14)
    for number in ("000001", "000002"):
        world.submit(number)
    world.tail()
    resealed = sealed(world.draft("000001"), nonce=b"again")
    hub, packet = world.of(HUB), world.packet(resealed, BUREAU, HUB)
    (own,) = packet.items
    other = replace(own, delivery_id=own.delivery_id.replace("000001", "000002"))
    for items in ((own, other), (other, own)):
        octets = encode_packet(replace(packet, items=items))
        medium = Medium(header(world.of(BUREAU), CarriedKind.PACKETS, "file", HUB), (octets,))
        taken = Taken()
        Intake(hub.place, hub.store, hub.verifier, hub.exchange.receive).take(
            medium.header, medium.messages, taken
        )
        recorded = [entry.delivery_id for entry in taken.entries if entry.code == RECORDED]
        assert [own.delivery_id] == recorded
