"""What went by a channel that is wiped or gone is due again in the dispatcher's next step."""

from dataclasses import replace

import pytest

from adapters.embedded.memory_outbox import OPEN
from adapters.embedded.memory_records import MESSAGES
from hub.clock import SECOND
from hub.exchange.model import RowState
from tests.support.simulator.machine import Machine
from tests.support.simulator.mutants import Bent, bent
from tests.support.simulator.world import BUREAU, HUB, World


def posted(world: World, count: int = 5) -> Machine:
    """The bureau has sent vouchers, nobody has received them."""
    for n in range(count):
        world.submit(str(n))
    bureau = world.of(BUREAU)
    for _ in range(3):
        bureau.dispatch()
    return bureau


def sent_by(machine: Machine) -> set[str]:
    with machine.site.store.read() as tx:
        rows = [hop.row for hop in tx.rows(OPEN).values()]
    assert {RowState.SENT} == {row.state for row in rows}
    return {row.channel for row in rows}


@pytest.mark.parametrize("how", ["wipe", "vanish"])
def test_rows_go_another_way_at_once_when_their_channel_lost_them(how: str) -> None:
    world = World(3)
    bureau = posted(world)
    (used,) = sent_by(bureau)
    broker = next(b for b in world.brokers if b.name == used)
    getattr(broker, how)()
    before = world.clock.now()
    for _ in range(3):
        bureau.dispatch()
    assert used not in sent_by(bureau)
    assert before == world.clock.now()
    lost = [fact for fact in bureau.site.facts if fact.name == "channel_lost"]
    assert [(used, 5)] == [(fact.fields["channel"], fact.fields["count"]) for fact in lost]


def test_rows_passed_over_while_they_were_being_closed_go_with_the_next_retransmission() -> None:
    """Their closing was undone: they wait for no notice that cannot come."""
    passed: list[str] = []

    class Closing(Bent):
        """Somebody holds all rows when the loss is first acted upon."""

        def reopen_channel(self, channel: str, incarnation: str) -> int:
            if channel not in passed:
                passed.append(channel)
                return 0
            return int(self._tx.reopen_channel(channel, incarnation))

    world = World(3, machine=bent(Closing))
    bureau = posted(world)
    (used,) = sent_by(bureau)
    passed[:] = [broker.name for broker in world.brokers if broker.name != used]
    next(b for b in world.brokers if b.name == used).wipe()
    before = world.clock.now()
    for _ in range(3):
        bureau.dispatch()
    assert {used} == sent_by(bureau)
    bureau.retransmit()
    for _ in range(3):
        bureau.dispatch()
    assert used not in sent_by(bureau)
    assert before == world.clock.now()


def test_what_a_killed_dispatcher_had_claimed_goes_when_the_next_one_begins() -> None:
    world = World(3)
    for n in range(3):
        world.submit(str(n))
    bureau = world.of(BUREAU)
    bureau.dispatch()
    with bureau.site.store.read() as tx:
        assert {RowState.CLAIMED} == {hop.row.state for hop in tx.rows(OPEN).values()}
    before = world.clock.now()
    bureau.crash()
    for _ in range(3):
        bureau.dispatch()
    assert sent_by(bureau)
    assert before == world.clock.now()
    (told,) = [fact for fact in bureau.site.facts if fact.name == "claims_taken_over"]
    assert 3 == told.fields["count"]


def test_a_channel_that_is_only_away_keeps_its_rows() -> None:
    world = World(3)
    bureau = posted(world)
    (used,) = sent_by(bureau)
    next(b for b in world.brokers if b.name == used).down()
    bureau.dispatch()
    assert {used} == sent_by(bureau)


def test_a_mandatory_return_makes_the_channel_suspect_and_the_row_goes_another_way() -> None:
    world = World(3)
    bureau = posted(world)
    (used,) = sent_by(bureau)
    broker = next(b for b in world.brokers if b.name == used)
    broker.forget_node(HUB)
    for n in range(9):
        world.submit(f"later {n}")
        for _ in range(4):
            world.clock.advance(100)
            bureau.dispatch()
    for _ in range(6):
        world.clock.advance(300)
        bureau.dispatch()
    suspected = [fact for fact in bureau.site.facts if fact.name == "channel_suspected"]
    assert {(used, "unroutable")} == {(f.fields["channel"], f.fields["code"]) for f in suspected}
    assert 1 <= len(suspected) < 5  # and not once a row: its pauses grow
    with bureau.site.store.read() as tx:
        later = [h.row for h in tx.rows(OPEN).values() if "later" in h.row.delivery_id]
    assert {RowState.SENT} == {row.state for row in later}
    assert used not in {row.channel for row in later}


def test_what_lay_in_a_queue_that_is_gone_goes_another_way_though_its_broker_lives_on() -> None:
    """The next packet is returned; what went there before it waits for no notice either."""
    world = World(3)
    bureau = posted(world)
    (used,) = sent_by(bureau)
    next(b for b in world.brokers if b.name == used).forget_node(HUB)
    began = world.clock.now()
    for n in range(3):  # each channel has its turn
        world.submit(f"later {n}")
        for _ in range(4):
            world.clock.advance(100)
            bureau.dispatch()
    for _ in range(3):
        world.clock.advance(300)
        bureau.dispatch()
    assert used not in sent_by(bureau)
    assert 3 * SECOND > world.clock.now() - began
    lost = [fact for fact in bureau.site.facts if fact.name == "channel_lost"]
    assert [(used, 5)] == [(fact.fields["channel"], fact.fields["count"]) for fact in lost]


def test_a_damaged_message_is_parked_and_stops_nothing_else() -> None:
    world = World(3)
    world.submit("bad")
    world.submit("gone")
    store = world.sites[BUREAU].store
    octets = store._data.table(MESSAGES)
    bad, gone = (voucher.digest for voucher in world.submitted)
    octets[bad] = b"something else"
    del octets[gone]
    for n in range(3):
        world.submit(str(n))
    bureau = world.of(BUREAU)
    for _ in range(3):
        bureau.dispatch()
    with store.read() as tx:
        states = sorted((hop.row.delivery_id, hop.row.state) for hop in tx.rows(OPEN).values())
    parked = {name for name, state in states if state is RowState.PARKED}
    assert {True} == {("/bad/" in name) or ("/gone/" in name) for name in parked}
    assert [2, 3] == [len(parked), [state for _, state in states].count(RowState.SENT)]
    told = [fact for fact in bureau.site.facts if fact.name == "message_quarantined"]
    assert {bad.hex(), gone.hex()} == {fact.fields["digest"] for fact in told}


def test_a_parked_row_goes_once_its_octets_are_put_right() -> None:
    world = World(3)
    world.submit("bad")
    store = world.sites[BUREAU].store
    octets = store._data.table(MESSAGES)
    (voucher,) = world.submitted
    octets[voucher.digest] = b"something else"
    world.of(BUREAU).dispatch()
    octets[voucher.digest] = voucher.octets
    with store.begin() as tx:
        (row,) = tx.parked_hops(9)
        assert 1 == tx.hurry_hops([row.delivery_id])
        tx.commit()
    world.tail()
    assert [] == world.problems()


def out_by(machine: Machine) -> set[str]:
    """The channels that hold something unconfirmed."""
    return {name for name, c in machine.channels.items() if c.health().outstanding}


def slow_to_confirm(world: World, ticks: int = 1000) -> None:
    for broker in world.brokers:
        broker.weather = replace(broker.weather, confirm_ticks=ticks)


def test_what_nobody_can_say_of_goes_another_way_in_the_very_next_step() -> None:
    """Its channel died before it confirmed: no pause, no slow round."""
    world = World(3)
    slow_to_confirm(world)
    world.submit("1")
    bureau = world.of(BUREAU)
    bureau.dispatch()
    (used,) = out_by(bureau)
    before = world.clock.now()
    next(b for b in world.brokers if b.name == used).down()
    bureau.dispatcher.step(slow=False)
    assert before == world.clock.now()
    (other,) = out_by(bureau)
    assert used != other


def test_a_channel_that_has_just_come_back_is_used_after_the_others() -> None:
    """Its neighbours are not back yet: what lay there would wait for them."""
    world = World(3)
    bureau = posted(world)
    world.clock.advance(10 * SECOND)
    bureau.dispatch()
    back = world.brokers[0]
    back.down()
    bureau.dispatch()
    back.up()

    def used(first: int) -> set[str]:
        for n in range(first, first + 6):
            world.submit(f"later {n}")
            bureau.dispatch()
            world.clock.advance(100)
            bureau.dispatch()
        with bureau.site.store.read() as tx:
            rows = [hop.row for hop in tx.rows(OPEN).values()]
        return {
            r.channel
            for r in rows
            if any(f"later {n}/" in r.delivery_id for n in range(first, first + 6))
        }

    assert {broker.name for broker in world.brokers[1:]} == used(0)
    world.clock.advance(10 * SECOND)
    assert back.name in used(6)
