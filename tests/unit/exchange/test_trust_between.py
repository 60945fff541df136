"""Trust that changes between judging and recording: what was judged before it records nothing."""

from collections.abc import Sequence

import pytest

from adapters.embedded.memory_records import LAYERS
from adapters.embedded.memory_store import MemoryStore
from hub.clock import Instant
from hub.errors import SealUntrusted, StoreDown
from hub.exchange.service import RETRIES
from hub.voucher.batch import Refusal
from hub.voucher.model import Opened, Voucher
from hub.voucher.ports import KnownLayers
from tests.support.gate import CENTRE, DIRECTORY, HUB, KINDS, PEER, Gate, Recorder, a_plain
from tests.support.plain import PlainVerifier
from tests.support.stores import TickingClock

SUSPENDED = "seal_suspended"


class Overtaken(PlainVerifier):
    """While it verifies, somebody else suspends every seal; `changes`: in so many rounds."""

    def __init__(self, store: MemoryStore, changes: int) -> None:
        super().__init__(DIRECTORY, KINDS, 1)
        self._store = store
        self._changes = changes
        self.states: list[int] = []
        """Verdicts were made under these."""

    def verify_many(
        self, messages: Sequence[tuple[Opened, Instant]], known: KnownLayers
    ) -> list[Voucher | Refusal]:
        self.states.append(self.trust_state)
        if len(self.states) <= self._changes:
            with self._store.begin() as tx:
                tx.raise_trust_state()
                tx.commit()
        return super().verify_many(messages, known)

    def one(self, opened: Opened, at: Instant, known: KnownLayers) -> Voucher:
        if len(self.states) > 1:
            raise SealUntrusted(SUSPENDED)
        return super().one(opened, at, known)


def overtaken(changes: int) -> tuple[Gate, Overtaken, Recorder]:
    clock, app = TickingClock(), Recorder()
    store = MemoryStore(clock, "life-1")
    verifier = Overtaken(store, changes)
    return Gate("sim", HUB, PEER, DIRECTORY, verifier, app, clock, store), verifier, app


def layers(gate: Gate) -> list[str]:
    with gate.store.read() as tx:
        return sorted(tx.rows(LAYERS))


def test_what_was_judged_before_a_suspension_is_judged_again_under_it() -> None:
    gate, verifier, app = overtaken(1)
    gate.receive(gate.packet([a_plain("000001")], CENTRE))
    assert [1, 2] == verifier.states
    assert ([], []) == (app.numbers, layers(gate))
    assert {"claimed/1": SUSPENDED} == gate.codes()


def test_trust_that_never_rests_records_nothing_and_is_tried_later() -> None:
    gate, verifier, app = overtaken(RETRIES)
    with pytest.raises(StoreDown, match="trust_state_changed"):
        gate.receive(gate.packet([a_plain("000001")], CENTRE))
    assert list(range(1, RETRIES + 1)) == verifier.states
    assert ([], [], {}) == (app.numbers, layers(gate), gate.codes())
