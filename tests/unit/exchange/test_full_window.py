"""What no channel has room for waits as if it had not been claimed: its first attempt is ahead."""

from adapters.embedded.memory_outbox import OPEN
from adapters.embedded.memory_weather import Weather
from hub.exchange.dispatch import RETRY_MS, Dispatcher
from hub.exchange.model import MessageClass, Packet, RowState
from hub.exchange.packets import ITEMS_MAX, decode
from tests.support.plain import PlainSigner, sealed
from tests.support.simulator.world import BUREAU, World

CONFIRMS_AFTER = 5
"""Ticks of a broker."""
ROUNDS = 40


class Full:
    """A bureau with more rows than a window of one packet a channel takes at once."""

    def __init__(self) -> None:
        self.world = World(3)
        for broker in self.world.brokers:
            broker.weather = Weather(confirm_ticks=CONFIRMS_AFTER)
        self.bureau = self.world.of(BUREAU)
        self.dispatcher = Dispatcher(
            self.bureau.place, self.bureau.store, self.bureau.channels, PlainSigner(BUREAU),
            self.world.clock, self.bureau.site.facts.append, "d", window=1,
        )  # fmt: skip
        self.rows = 2 * len(self.world.brokers) * ITEMS_MAX
        with self.bureau.store.begin() as tx:
            drafts = (self.world.draft(str(n)) for n in range(self.rows))
            self.bureau.poster.post(tx, [sealed(draft) for draft in drafts])
            tx.commit()

    def live(self, rounds: int) -> None:
        for _ in range(rounds):
            self.dispatcher.step()
            for broker in self.world.brokers:
                broker.tick()
            self.world.clock.advance(RETRY_MS)

    def attempts(self, state: RowState) -> list[int]:
        with self.bureau.store.read() as tx:
            rows = [hop.row for hop in tx.rows(OPEN).values()]
        return [row.attempt for row in rows if row.state is state]

    def duplicates(self) -> int:
        """How many were sent with the flag that they may have been sent before."""
        sent = [one.outgoing for one in self.bureau.site.said]
        of = [decode(o.octets) for o in sent if o.message_class is not MessageClass.HOP]
        return sum(i.possible_duplicate for p in of if isinstance(p, Packet) for i in p.items)


def test_what_finds_no_room_is_sent_for_the_first_time_when_there_is_some() -> None:
    full = Full()
    full.live(2)
    waiting = full.attempts(RowState.DUE)
    assert full.rows // 2 <= len(waiting)
    assert {0} == set(waiting)
    full.live(ROUNDS)
    assert [1] * full.rows == full.attempts(RowState.SENT)
    assert 0 == full.duplicates()
