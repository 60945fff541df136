"""A row that stands where the peer does not fetch is sent another way once it is overtaken."""

from hub.clock import SECOND, Instant
from hub.exchange import presence
from hub.exchange.overtaking import SILENT_MS, Silence, silences
from hub.parties import NodeId
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

    def live(self, seconds: int, *, submitting: bool = True, every: int = 1) -> None:
        for tick in range(seconds * 10):
            if submitting and tick % every == 0:
                self._begun.append(self.world.clock.now())
                self.world.submit(str(len(self._begun)))
            for machine in (self.bureau, self.hub):
                machine.receive(100)
                machine.dispatch()
            if tick % 5 == 0:  # as ops.send does it
                self.hub.beat()
                self.bureau.retransmit()
            if tick % 2 == 0:
                self.bureau.dispatcher.overtake()
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
    assert SILENT_MS < max(early.values()) <= 2 * SECOND
    held = [n for n, wait in early.items() if wait > SECOND]
    assert 200 / 3 / 2 > len(held)  # less than half of what would have gone there


def test_a_row_is_not_overtaken_by_what_was_made_soon_after_it() -> None:
    cut = Cut()
    cut.cut("c2")
    cut.live(1)
    assert 0 == told(cut.bureau)
    cut.live(3, submitting=False)
    assert 0 == told(cut.bureau)
    cut.live(16, submitting=False)
    assert 0 < told(cut.bureau)


def test_one_late_row_proves_no_path_silent() -> None:
    cut = Cut()
    cut.cut("c2")
    cut.live(9, every=10)
    first = min(n for n in range(5) if cut.waits[n] > 100)
    assert 4 * SECOND < cut.waits[first] <= 5 * SECOND, "by itself: younger ones were answered"


def test_where_there_is_no_other_way_nothing_is_overtaken() -> None:
    answered = {(NodeId("bank"), "one"): NOW}
    later = Instant(NOW + 60 * SECOND)
    assert [] == list(silences(answered, [NodeId("bank")], ["two"], later))


def test_two_rows_prove_a_path_silent_for_all_that_wait_there() -> None:
    cut = Cut()
    cut.live(1)
    cut.cut("c2")
    cut.live(4)
    waited = sorted((n, wait) for n, wait in cut.waits.items() if wait > 300)
    assert 4 < len(waited)
    begun = [cut._begun[n] for n, _ in waited]
    came = {at + wait for at, (_, wait) in zip(begun, waited, strict=True)}
    assert 200 >= max(came) - min(came)


def test_a_path_that_answers_is_not_silent_though_it_lags() -> None:
    bank, other, at = NodeId("bank"), NodeId("other"), Instant(NOW + 60 * SECOND)
    answered = {
        (bank, "one"): Instant(NOW + 1500), (bank, "two"): Instant(NOW + 501),
        (bank, "three"): Instant(NOW + 499), (bank, ""): NOW, (other, "one"): at,
    }  # fmt: skip
    (found,) = silences(answered, [bank], ["one", "two", "three"], at)
    assert Silence((bank, "three"), Instant(NOW + 499), Instant(NOW + 1500)) == found
    sent = presence.deadline(Instant(NOW + 499), again=False)
    assert found.since == sent < found.proven_before
    assert found.proven_before == presence.deadline(Instant(NOW + 500), again=False)


def test_a_path_without_any_answer_is_silent_and_an_absent_peer_has_no_paths() -> None:
    bank, now = NodeId("bank"), Instant(NOW + 60 * SECOND)
    answered = {(bank, "one"): NOW}
    (found,) = silences(answered, [bank], ["one", "two"], now)
    assert (bank, "two") == found.path
    assert found.since <= presence.deadline(NOW, again=False) - 15 * SECOND
    assert [] == list(silences(answered, [], ["one", "two"], now))


def test_a_clock_that_ran_ahead_proves_no_path_silent() -> None:
    bank, ahead = NodeId("bank"), Instant(NOW + 250 * SECOND)
    answered = {(bank, "one"): ahead, (bank, "two"): Instant(NOW - 500)}
    assert [] == list(silences(answered, [bank], ["one", "two"], NOW))


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
