"""What a peer leaves unanswered is sent again slowly: so many rows at once, whatever waits."""

import dataclasses

from hub.clock import SECOND
from hub.exchange.dispatch import Dispatcher
from hub.exchange.model import Closing, MessageClass, OutboxRow, Packet, RowState
from hub.exchange.packets import ITEMS_MAX, decode
from tests.support.plain import PlainSigner, sealed
from tests.support.simulator.world import BUREAU, HUB, World

ROWS = 300
WINDOW = ITEMS_MAX
"""Rows in a window of one packet."""
DEADLINE_SECONDS = 28
"""Of rows that nobody answers; the first time, too, as it takes 15 seconds to be late."""


class Deaf:
    """A hub that is present and answers nothing, and a bureau with much for it."""

    def __init__(self) -> None:
        self.world = World(3)
        self.bureau, self.hub = self.world.of(BUREAU), self.world.of(HUB)
        self.dispatcher = Dispatcher(
            self.bureau.place, self.bureau.store, self.bureau.channels, PlainSigner(BUREAU),
            self.world.clock, self.bureau.site.facts.append, "d", window=1,
        )  # fmt: skip
        self.posted = 0
        self.ticks = 0
        self.post(ROWS)

    def post(self, count: int) -> None:
        drafts = [self.world.draft(str(self.posted + n)) for n in range(count)]
        self.posted += count
        with self.bureau.store.begin() as tx:
            self.bureau.poster.post(tx, [sealed(draft) for draft in drafts])
            tx.commit()

    def confirms_take(self, ticks: int) -> None:
        for broker in self.world.brokers:
            broker.weather = dataclasses.replace(broker.weather, confirm_ticks=ticks)

    def tick(self) -> None:
        """A tenth of a second; beats and looks for what is late come twice a second."""
        for broker in self.world.brokers:
            broker.tick()
        if self.ticks % 5 == 0:
            self.hub.beat()
            self.bureau.receive(100)
            self.dispatcher.retransmit(self.world.clock.now())
        self.dispatcher.step()
        self.world.clock.advance(SECOND // 10)
        self.ticks += 1

    def live(self, seconds: int) -> int:
        """How many rows were handed to channels again."""
        before = len(self.bureau.site.said)
        for _ in range(seconds * 10):
            self.tick()
        packets = [decode(one.outgoing.octets) for one in self.bureau.site.said[before:]
                   if one.outgoing.message_class is not MessageClass.HOP]  # fmt: skip
        return sum(
            len(p.items) for p in packets if isinstance(p, Packet) and p.items[0].possible_duplicate
        )

    def rows(self) -> list[OutboxRow]:
        with self.bureau.store.read() as tx:
            return list(tx.oldest_hops(100_000))

    def answer(self, rows: list[OutboxRow]) -> None:
        with self.bureau.store.begin() as tx:
            now = tx.now
            tx.close_hops({
                Closing(row.delivery_id, row.peer, "recorded", now, 1): [row.message_digest]
                for row in rows
            })  # fmt: skip
            tx.commit()


def test_what_nobody_answers_is_sent_again_no_faster_than_two_windows_in_a_deadline() -> None:
    deaf = Deaf()
    assert 0 == deaf.live(14)
    assert WINDOW == deaf.live(DEADLINE_SECONDS - 1)
    assert 2 * WINDOW == deaf.live(DEADLINE_SECONDS)
    assert 2 * WINDOW == deaf.live(DEADLINE_SECONDS)


def test_no_more_than_two_windows_are_on_their_way_again_where_confirms_are_slow() -> None:
    deaf = Deaf()
    deaf.confirms_take(20)
    deaf.live(30)
    most = 0
    for _ in range(560):
        deaf.tick()
        going = sum(row.channel != "" and row.state is not RowState.SENT for row in deaf.rows())
        most = max(most, going)
    assert WINDOW < most <= 2 * WINDOW


def test_what_is_answered_makes_room_for_more() -> None:
    deaf = Deaf()
    deaf.live(14)
    deaf.live(2)
    for _ in range(10):
        deaf.hub.receive(1000)
        deaf.hub.dispatch()
        deaf.live(1)
    assert [] == deaf.rows()


def test_a_row_that_was_lost_goes_again_though_the_peer_holds_others_for_ever() -> None:
    deaf = Deaf()
    deaf.live(14)
    deaf.live(ROWS // WINDOW * DEADLINE_SECONDS)
    assert all(row.attempt > 1 for row in deaf.rows())
    held = len(deaf.rows())
    deaf.post(1)
    (lost,) = {row.delivery_id for row in deaf.rows() if row.attempt == 0}
    deaf.live(17)
    assert [2] == [row.attempt for row in deaf.rows() if row.delivery_id == lost]
    assert held + 1 == len(deaf.rows())


def test_a_row_that_was_lost_goes_again_while_windows_are_full_and_others_are_answered_late() -> (
    None
):
    deaf = Deaf()
    deaf.confirms_take(5)
    sent_at: dict[str, int] = {}
    lost = ""
    for second in range(60):
        deaf.post(140)
        deaf.live(1)
        sent = [row for row in deaf.rows() if row.state is RowState.SENT]
        for row in sent:
            sent_at.setdefault(row.delivery_id, second)
        lost = lost or min(sent, key=lambda row: row.n).delivery_id
        (left,) = [row for row in deaf.rows() if row.delivery_id == lost]
        if left.attempt > 1:
            break
        deaf.answer([
            row for row in sent
            if second - sent_at[row.delivery_id] >= 12 and row.delivery_id != lost
        ])  # fmt: skip
    assert second < 20
