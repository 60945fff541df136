"""While a clock is in doubt nothing that depends on the time is decided; then all goes on."""

from dataclasses import replace

import pytest

from adapters.embedded.memory_channel import MemoryBroker
from adapters.embedded.memory_store import MemoryStore
from hub.clock import HOUR, MINUTE, SECOND, Instant
from hub.errors import NotActive
from hub.exchange.alarms import Alarm, AlarmState, acknowledge
from hub.exchange.clocks import CODE, TIMED, Clocks
from hub.exchange.dispatch import Dispatcher
from hub.exchange.model import RowState
from hub.exchange.place import Place
from hub.journal import Lane
from hub.observer import silent
from hub.parties import NodeId
from ops.advice import everything
from tests.support.gate import DIRECTORY, HUB
from tests.support.plain import PlainSigner
from tests.support.rows import a_hop
from tests.support.town import Town

BANK_NODE = NodeId("bank")


class Jumping:
    """A wall clock that is set by hand, and a monotonic one that is not."""

    def __init__(self) -> None:
        self.at, self.lived = 1_790_000_000_000, 0.0

    def now(self) -> Instant:
        return Instant(self.at)

    def monotonic(self) -> float:
        return self.lived

    def lives(self, ms: int) -> None:
        self.at += ms
        self.lived += ms / SECOND


class Ground:
    """A store and a process that believes its clocks, or not."""

    def __init__(self) -> None:
        self.clock = Jumping()
        self.store = MemoryStore(self.clock, "life-1")
        self.clocks = Clocks(self.store, self.clock)
        self.clocks.suspect()

    def alarm(self, state: AlarmState) -> None:
        at = self.clock.now()
        row = Alarm(CODE, "store", AlarmState.OPEN, 300, at, at, at, at)
        if state is AlarmState.ACKNOWLEDGED:
            row = acknowledge(row, "li.si", at)
        with self.store.begin() as tx:
            tx.put_alarms([replace(row, state=state)])
            tx.commit()


def test_time_that_passes_is_no_doubt() -> None:
    ground = Ground()
    ground.clock.lives(9 * HOUR)
    assert not ground.clocks.suspect()


@pytest.mark.parametrize("ms", [5 * MINUTE, -5 * MINUTE])
def test_a_clock_that_jumps_is_in_doubt_until_it_is_back(ms: int) -> None:
    ground = Ground()
    ground.clock.at += ms
    assert ground.clocks.suspect()
    ground.clock.at -= ms
    assert not ground.clocks.suspect()


def test_a_clock_in_doubt_is_believed_once_somebody_has_confirmed_it() -> None:
    ground = Ground()
    ground.clock.at += 5 * MINUTE
    ground.alarm(AlarmState.OPEN)
    assert ground.clocks.suspect()
    ground.alarm(AlarmState.ACKNOWLEDGED)
    assert not ground.clocks.suspect()
    ground.clock.at += 5 * MINUTE
    assert ground.clocks.suspect()


def test_a_process_begun_after_the_jump_believes_the_keepers_alarm() -> None:
    ground = Ground()
    ground.clock.at += 5 * MINUTE
    ground.alarm(AlarmState.OPEN)
    late = Clocks(ground.store, ground.clock)
    assert late.suspect()
    ground.alarm(AlarmState.ACKNOWLEDGED)
    assert not late.suspect()


def test_nothing_is_sent_again_for_a_deadline_by_a_clock_in_doubt() -> None:
    ground = Ground()
    place = Place("sim", HUB, "life-1", Lane("life-1", "t", "0", "1"), DIRECTORY)
    broker = MemoryBroker("c1", DIRECTORY.nodes)
    channels = {"c1": broker.channel(HUB)}
    dispatcher = Dispatcher(
        place, ground.store, channels, PlainSigner(HUB), ground.clock, silent, "w"
    )
    dispatcher.clocks = ground.clocks
    hop = a_hop("1", peer=BANK_NODE)
    with ground.store.begin() as tx:
        tx.add_messages({hop.message_digest: b"octets"})
        tx.add_hops([hop])
        tx.claim_hops("w", Instant(tx.now + MINUTE), 9, [BANK_NODE])
        key = (hop.delivery_id, BANK_NODE)
        life = channels["c1"].health().incarnation
        tx.mark_sent("w", [key], ("c1", life), Instant(tx.now + 15 * SECOND))
        tx.commit()
    ground.clock.at += 5 * MINUTE
    present(ground)
    assert 0 == dispatcher.retransmit(ground.clock.now())
    ground.alarm(AlarmState.ACKNOWLEDGED)
    assert 1 == dispatcher.retransmit(ground.clock.now())
    with ground.store.read() as tx:
        assert [RowState.DUE] == [row.state for row in tx.oldest_hops(9)]


def present(ground: Ground) -> None:
    """The bank was heard of just now."""
    from tests.support.gate import a_beat

    with ground.store.begin() as tx:
        tx.seen([a_beat(sender=BANK_NODE, at=tx.now)])
        tx.commit()


def test_no_phase_of_the_day_runs_by_a_clock_in_doubt() -> None:
    town = Town()
    store = town.nodes["bank-a"].store
    at = town.clock.now()
    row = Alarm(CODE, "store", AlarmState.OPEN, 300, at, at, at, at)
    with store.begin() as tx:
        tx.put_alarms([row])
        tx.commit()
    with pytest.raises(NotActive, match=CODE):
        town.phase("cutoff", "bank-a")
    with store.begin() as tx:
        tx.put_alarms([acknowledge(row, "li.si", at)])
        tx.commit()
    assert 0 == town.phase("cutoff", "bank-a")


def test_refusals_that_follow_from_the_time_are_codes_of_the_voucher_library() -> None:
    assert set() == TIMED - everything().keys()
