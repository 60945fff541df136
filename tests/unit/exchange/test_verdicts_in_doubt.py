"""By a clock in doubt nothing is refused or withheld for its time; refusals are for ever."""

import pytest

from adapters.embedded.memory_store import MemoryStore
from hub.clock import HOUR, MINUTE, Instant
from hub.errors import Rejection, SealBroken, SealUntrusted
from hub.exchange.alarms import Alarm, AlarmState, acknowledge
from hub.exchange.clocks import CODE, TIMED, Clocks
from hub.voucher.model import Opened, Voucher
from hub.voucher.ports import KnownLayers
from tests.support.gate import CENTRE, DIRECTORY, HUB, KINDS, PEER, Gate, Recorder, a_plain
from tests.support.plain import PlainVerifier
from tests.support.stores import TickingClock

NAME = "claimed/1"


class Refusing(PlainVerifier):
    """Refuses everything, as it is told; nothing when it is told nothing."""

    def __init__(self, why: Rejection | None = None) -> None:
        super().__init__(DIRECTORY, KINDS, 1)
        self._why = why

    def one(self, opened: Opened, at: Instant, known: KnownLayers) -> Voucher:
        if self._why is not None:
            raise self._why
        return super().one(opened, at, known)


class Doubtful:
    """A gate whose keeper doubts the clock until somebody has confirmed it."""

    def __init__(self, verifier: PlainVerifier) -> None:
        self.clock, self.app = TickingClock(), Recorder()
        store = MemoryStore(self.clock, "life-1")
        at = self.clock.now()
        self._alarm = Alarm(CODE, "store", AlarmState.OPEN, 300, at, at, at, at)
        with store.begin() as tx:
            tx.put_alarms([self._alarm])
            tx.commit()
        self.gate = Gate(
            "sim", HUB, PEER, DIRECTORY, verifier, self.app, self.clock, store,
            clocks=Clocks(store, self.clock),
        )  # fmt: skip

    def confirm(self) -> None:
        with self.gate.store.begin() as tx:
            tx.put_alarms([acknowledge(self._alarm, "li.si", tx.now)])
            tx.commit()

    def hear(self) -> dict[str, str]:
        """The same voucher, once more; what is answered."""
        self.clock.at += MINUTE
        self.gate.receive(self.gate.packet([a_plain("1")], CENTRE))
        return self.gate.codes()

    def held(self) -> list[str | int]:
        return [fact.fields["code"] for fact in self.gate.told("held")]


@pytest.mark.parametrize("code", sorted(TIMED))
def test_what_would_be_refused_for_its_time_is_held_until_the_clock_is_confirmed(code: str) -> None:
    doubtful = Doubtful(Refusing(SealUntrusted(code)))
    assert {} == doubtful.hear()
    assert [CODE] == doubtful.held()
    assert [] == doubtful.gate.told("refused")
    doubtful.confirm()
    assert {NAME: code} == doubtful.hear()


def test_what_no_clock_can_mend_is_refused_all_the_same() -> None:
    doubtful = Doubtful(Refusing(SealBroken("signature_broken")))
    assert {NAME: "signature_broken"} == doubtful.hear()
    assert [] == doubtful.held()


def test_nothing_is_withheld_for_a_list_that_is_over_by_a_clock_in_doubt() -> None:
    verifier = Refusing()
    doubtful = Doubtful(verifier)
    verifier.ends_at = Instant(doubtful.clock.now() - HOUR)
    assert {NAME: "recorded"} == doubtful.hear()
    assert ["1"] == doubtful.app.numbers


def test_a_list_that_is_over_withholds_once_the_clock_is_confirmed() -> None:
    verifier = Refusing()
    doubtful = Doubtful(verifier)
    doubtful.confirm()
    verifier.ends_at = Instant(doubtful.clock.now() - HOUR)
    assert {} == doubtful.hear()
    assert [] == doubtful.app.numbers
    assert ["trust_list_over"] == doubtful.held()
