"""A row that stands where the peer does not fetch is sent another way once it is overtaken."""

from hub.clock import SECOND, Instant
from hub.exchange import presence
from tests.support.simulator.machine import Machine
from tests.support.simulator.world import BUREAU, HUB, World

NOW = Instant(1_000_000)


class Cut:
    """A hub that fetches nothing from one channel, while the bureau's side of it is well."""

    def __init__(self) -> None:
        self.world = World(3)
        self.bureau, self.hub = self.world.of(BUREAU), self.world.of(HUB)
        self.waits: dict[int, int] = {}
        self._begun: list[int] = []

    def cut(self, name: str) -> None:
        self.hub.channels.pop(name)

    def live(self, seconds: int, *, submitting: bool = True) -> None:
        for tick in range(seconds * 10):
            if submitting:
                self._begun.append(self.world.clock.now())
                self.world.submit(str(len(self._begun)))
            for machine in (self.bureau, self.hub):
                machine.receive(100)
                machine.dispatch()
            if tick % 5 == 0:  # as ops.send does it
                self.hub.beat()
                self.bureau.retransmit()
            self.world.clock.advance(100)
            self._look()

    def _look(self) -> None:
        for n, voucher in enumerate(self.world.submitted):
            if n not in self.waits and self.world.on_record(HUB, voucher):
                self.waits[n] = self.world.clock.now() - self._begun[n]


def told(machine: Machine) -> int:
    return sum(int(f.fields["count"]) for f in machine.site.facts if f.name == "retransmit")


def test_nobody_waits_long_for_a_channel_that_the_peer_does_not_fetch_from() -> None:
    cut = Cut()
    cut.live(1)
    assert 300 >= max(cut.waits.values())
    cut.cut("c2")
    cut.live(24)
    early = {n: cut.waits.get(n, 99 * SECOND) for n in range(200)}
    assert 2 * SECOND < max(early.values()) <= 3 * SECOND
    held = [n for n, wait in early.items() if wait > SECOND]
    assert 200 / 3 / 2 > len(held)  # less than half of what would have gone there


def test_a_row_is_not_overtaken_by_what_was_made_soon_after_it() -> None:
    cut = Cut()
    cut.cut("c2")
    cut.live(2)
    assert 0 == told(cut.bureau)
    cut.live(3, submitting=False)
    assert 0 == told(cut.bureau)
    cut.live(16, submitting=False)
    assert 0 < told(cut.bureau)


def test_without_answers_a_row_has_its_whole_deadline() -> None:
    sent = presence.deadline(NOW, again=False)
    assert 15 * SECOND == sent - NOW
    assert NOW == presence.late_before(NOW, None)
    assert sent >= presence.late_before(Instant(NOW + 14 * SECOND), Instant(NOW + 2 * SECOND))
    assert sent < presence.late_before(Instant(NOW + 3 * SECOND), Instant(NOW + 2 * SECOND + 1))


def test_a_row_sent_again_has_its_whole_deadline_though_it_is_overtaken() -> None:
    again = presence.deadline(NOW, again=True)
    later = Instant(NOW + 15 * SECOND)
    assert again >= presence.late_before(later, later)
    later = Instant(later + 1)
    assert again < presence.late_before(later, later)


def test_a_clock_that_ran_ahead_when_a_row_was_made_makes_nothing_due_at_once() -> None:
    ahead = Instant(NOW + 250 * SECOND)
    assert presence.deadline(NOW, again=False) >= presence.late_before(NOW, ahead)
