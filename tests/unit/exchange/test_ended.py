"""A number that was refused or given up is not missing at its receiver for ever."""

from dataclasses import replace

from adapters.embedded.memory_outbox import OPEN
from hub.clock import MINUTE, Instant
from hub.exchange import packets
from hub.exchange.looking import DISCARDED
from hub.exchange.model import Closing, Mark, MessageClass
from hub.exchange.resync import PeerState, compare
from tests.support.rows import a_beat
from tests.support.simulator.world import BUREAU, HUB, World


def bureau_at_hub(world: World) -> PeerState:
    """The bureau, as `resync list` at the hub tells it."""
    with world.sites[HUB].store.read() as tx:
        peers = tx.peers()
        received = {BUREAU: tx.received(BUREAU, peers[BUREAU].incarnation)}
        (found,) = compare([BUREAU], set(), peers, received, tx.hop_groups(), tx.now)
    return found


def give_up(world: World) -> None:
    """Operators at the bureau discard its open rows."""
    with world.sites[BUREAU].store.begin() as tx:
        for row in [hop.row for hop in tx.rows(OPEN).values()]:
            given_up = Closing(row.delivery_id, row.peer, DISCARDED, tx.now, 0)
            tx.close_hops({given_up: (row.message_digest,)})
        tx.commit()


def test_refused_and_given_up_numbers_are_told_as_ended() -> None:
    world = World(21)
    world.submit("000001")
    world.submit_hopeless()
    world.tail()
    world.submit("000002")
    give_up(world)
    world.submit("000003")
    world.tail()
    found = bureau_at_hub(world)
    assert (0, 2) == (found.missing, found.ended)
    assert all(gap.sent == gap.recorded + gap.ended for gap in found.gaps)


def test_what_is_still_on_its_way_stays_missing() -> None:
    world = World(22)
    world.submit("000001")
    world.tail()
    with world.sites[HUB].store.begin() as tx:
        row = tx.peers()[BUREAU]
        here = tx.received(BUREAU, row.incarnation)[MessageClass.ONLINE].count
        marks = (Mark(MessageClass.ONLINE, here + 3, b"\1" * 32, 1),)
        beat = replace(a_beat(BUREAU, Instant(tx.now + MINUTE)), incarnation=row.incarnation)
        tx.seen([replace(beat, receiver=HUB, marks=marks)])
        tx.commit()
    found = bureau_at_hub(world)
    assert (2, 1) == (found.missing, found.ended)


def test_beats_tell_what_ended_and_are_as_before_where_nothing_did() -> None:
    plain = replace(a_beat(), marks=(Mark(MessageClass.ONLINE, 7, b"\1" * 32),))
    ended = replace(plain, marks=(replace(plain.marks[0], ended=2), *plain.marks[1:]))
    assert (plain, ended) == tuple(packets.decode(packets.encode_beat(b)) for b in (plain, ended))
    assert b"ended" not in packets.encode_beat(plain)
    assert b'"ended":[["online",2]]' in packets.encode_beat(ended)
