"""A limit on a party: counted where it is recorded, over all processes, and nothing is dropped."""

from hypothesis import given
from hypothesis import strategies as st

from adapters.embedded.memory_store import MemoryStore
from hub.clock import MINUTE, Instant
from hub.errors import Held
from hub.exchange import allowance
from hub.exchange.party_orders import PartyOrder
from tests.support.gate import (
    CENTRE,
    DIRECTORY,
    FINANCE,
    HUB,
    KINDS,
    PEER,
    Gate,
    Recorder,
    a_plain,
)
from tests.support.plain import PlainVerifier
from tests.support.stores import TickingClock

BEGIN = 1_790_000_000_000


class Limited:
    """A hub of several workers on one store, its neighbour limited."""

    def __init__(self, per_minute: int) -> None:
        self.clock = TickingClock()
        self.app = Recorder()
        self.store = MemoryStore(self.clock, "life-1")
        self.workers = 0
        self.first = self.worker()
        with self.store.begin() as tx:
            tx.put_party_order(PartyOrder(str(FINANCE), "", per_minute, "ticket-1", tx.now))
            tx.commit()

    def worker(self) -> Gate:
        """One that begins now: nothing but the store tells it what was taken in before."""
        verifier = PlainVerifier(DIRECTORY, KINDS, 1)
        store, self.workers = self.store.attach(), self.workers + 1
        return Gate(
            "sim", HUB, PEER, DIRECTORY, verifier, self.app, self.clock, store,
            slot=str(self.workers),
        )  # fmt: skip

    @property
    def recorded(self) -> int:
        """How many vouchers took effect."""
        return len(self.app.numbers)


def numbered(first: int, count: int) -> list[bytes]:
    return [a_plain(f"n-{number}") for number in range(first, first + count)]


def test_no_more_than_the_limit_is_recorded_and_the_rest_is_not_answered() -> None:
    limited = Limited(3)
    packet = limited.first.packet(numbered(1, 5), CENTRE)
    limited.first.receive(packet)
    assert ["n-1", "n-2", "n-3"] == limited.app.numbers
    assert {f"claimed/{n}": "recorded" for n in (1, 2, 3)} == limited.first.codes()
    held = [fact.fields["code"] for fact in limited.first.told("party_held")]
    assert ["party_limited"] * 2 == held


def test_what_was_held_is_taken_in_as_allowance_gathers_and_nothing_is_dropped() -> None:
    limited = Limited(3)
    packet = limited.first.packet(numbered(1, 5), CENTRE)
    found = []
    for _ in range(4):  # as its sender does: what has no notice is sent again
        limited.first.receive(packet)
        found.append(limited.recorded)
        limited.clock.at += 20_000
    assert [3, 4, 5, 5] == found


def test_workers_share_a_limit_and_one_that_begins_later_knows_what_was_used() -> None:
    limited = Limited(7)
    other = limited.worker()
    for place in range(4):
        limited.first.receive(limited.first.packet(numbered(1 + place, 1), CENTRE))
        other.receive(other.packet(numbered(11 + place, 1), CENTRE))
    assert 7 == limited.recorded
    late = limited.worker()  # a new process, or the other node after a takeover
    late.receive(late.packet(numbered(21, 9), CENTRE))
    assert 7 == limited.recorded


def test_a_voucher_counts_once_however_often_it_comes() -> None:
    limited = Limited(3)
    (one,) = numbered(1, 1)
    twice = limited.first.packet([one, one], CENTRE)
    limited.first.receive(twice, twice)
    limited.clock.at += 1000
    limited.first.receive(limited.first.packet([one, *numbered(2, 3)], CENTRE))
    assert ["n-1", "n-2", "n-3"] == limited.app.numbers


def test_what_is_not_recorded_uses_nothing_up() -> None:
    limited = Limited(2)
    limited.app.failing["n-1"] = Held("quota_awaited")
    limited.first.receive(limited.first.packet(numbered(1, 3), CENTRE))
    assert ["n-2", "n-3"] == limited.app.numbers


def test_a_raised_limit_goes_on_from_what_was_used() -> None:
    limited = Limited(2)
    limited.first.receive(limited.first.packet(numbered(1, 9), CENTRE))
    with limited.store.begin() as tx:
        tx.put_party_order(PartyOrder(str(FINANCE), "", 600, "ticket-2", tx.now))
        tx.commit()
    limited.clock.at += 1000
    limited.first.receive(limited.first.packet(numbered(11, 25), CENTRE))
    assert 2 + 10 == limited.recorded


def test_without_a_limit_the_store_is_asked_nothing_more() -> None:
    limited = Limited(0)
    verbs: list[str] = []
    store = limited.first.store
    store.hook = verbs.append
    limited.first.receive(limited.first.packet(numbered(1, 5), CENTRE))
    assert 5 == limited.recorded
    assert [] == [verb for verb in verbs if "allowance" in verb]


def test_a_clock_that_went_back_holds_a_party_for_a_minute_at_most() -> None:
    full_at = allowance.after(60, 0, 60, Instant(BEGIN))
    owed = allowance.owed_ns(full_at, Instant(BEGIN - 3_600_000))
    assert (allowance.MINUTE_NS, 0) == (owed, allowance.room(60, owed))
    assert 60 == allowance.room(60, allowance.owed_ns(full_at, Instant(BEGIN + MINUTE)))


@given(
    per_minute=st.integers(1, 200_000),
    asked=st.lists(st.tuples(st.integers(0, 90_000), st.integers(0, 3_000)), max_size=40),
)
def test_in_no_time_more_is_taken_in_than_a_minutes_worth_and_what_gathers_in_it(
    per_minute: int, asked: list[tuple[int, int]]
) -> None:
    full_at, now, taken = allowance.NEVER_TAKEN, BEGIN, 0
    for later, count in asked:
        now += later
        owed = allowance.owed_ns(full_at, Instant(now))
        some = min(count, allowance.room(per_minute, owed))
        full_at = allowance.after(per_minute, owed, some, Instant(now))
        taken += some
        gathered = per_minute * (MINUTE + now - BEGIN) / MINUTE
        assert taken <= gathered + per_minute**2 / allowance.MINUTE_NS
