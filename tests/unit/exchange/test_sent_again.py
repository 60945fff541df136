"""What a peer leaves unanswered is sent again slowly: so many rows at once, whatever waits."""

from hub.clock import SECOND
from hub.exchange.dispatch import Dispatcher
from hub.exchange.model import MessageClass, Packet
from hub.exchange.packets import ITEMS_MAX, decode
from tests.support.plain import PlainSigner, sealed
from tests.support.simulator.world import BUREAU, HUB, World

ROWS = 300
LIMIT = 2 * ITEMS_MAX
"""Two windows of one packet each."""
DEADLINES_SECONDS = 28


class Deaf:
    """A hub that is present and answers nothing, and a bureau with much for it."""

    def __init__(self) -> None:
        self.world = World(3)
        self.bureau, self.hub = self.world.of(BUREAU), self.world.of(HUB)
        self.dispatcher = Dispatcher(
            self.bureau.place, self.bureau.store, self.bureau.channels, PlainSigner(BUREAU),
            self.world.clock, self.bureau.site.facts.append, "d", window=1,
        )  # fmt: skip
        with self.bureau.store.begin() as tx:
            drafts = (self.world.draft(str(n)) for n in range(ROWS))
            self.bureau.poster.post(tx, [sealed(draft) for draft in drafts])
            tx.commit()

    def live(self, seconds: int) -> int:
        """How many rows were handed to channels again."""
        before = len(self.bureau.site.said)
        for tick in range(seconds * 10):
            if tick % 5 == 0:
                self.hub.beat()
                self.bureau.receive(100)
                self.dispatcher.retransmit(self.world.clock.now())
            self.dispatcher.step()
            self.world.clock.advance(SECOND // 10)
        packets = [decode(one.outgoing.octets) for one in self.bureau.site.said[before:]
                   if one.outgoing.message_class is not MessageClass.HOP]  # fmt: skip
        return sum(
            len(p.items) for p in packets if isinstance(p, Packet) and p.items[0].possible_duplicate
        )


def test_what_nobody_answers_is_sent_again_no_faster_than_two_windows_in_a_deadline() -> None:
    deaf = Deaf()
    assert 0 == deaf.live(14)
    assert LIMIT == deaf.live(DEADLINES_SECONDS - 1)
    assert LIMIT == deaf.live(DEADLINES_SECONDS)


def test_what_is_answered_makes_room_for_more() -> None:
    deaf = Deaf()
    deaf.live(14)
    deaf.live(2)
    for _ in range(10):
        deaf.hub.receive(1000)
        deaf.hub.dispatch()
        deaf.live(1)
    with deaf.bureau.store.read() as tx:
        assert 0 == tx.open_hops()
