"""What a node makes itself: a number once, and nothing that its trust does not bear any more."""

from collections.abc import Sequence
from typing import Any

import pytest

from adapters.embedded.memory_journal import ENTRIES
from adapters.embedded.memory_records import LAYERS
from adapters.embedded.memory_store import MemoryStore
from hub.clock import Instant
from hub.errors import Conflict, SealUntrusted
from hub.exchange.model import Verdict
from hub.exchange.place import Place
from hub.exchange.posting import Poster
from hub.journal import Lane
from hub.voucher.model import Body, Draft, LayerId, LayerType, Opened, Voucher, VoucherId
from hub.voucher.ports import KnownLayers
from tests.support.gate import AGENT, DIRECTORY, FINANCE, KINDS, PEER, Recorder
from tests.support.plain import PlainVerifier, sealed
from tests.support.stores import TickingClock

LIFE = "life-1"


class Suspending(PlainVerifier):
    """Every seal is suspended from the second trust state on."""

    def __init__(self) -> None:
        super().__init__(DIRECTORY, KINDS, 1)

    def one(self, opened: Opened, at: Instant, known: KnownLayers) -> Voucher:
        if self.trust_state > 1:
            raise SealUntrusted("seal_suspended")
        return super().one(opened, at, known)


class Office:
    """The bureau's node."""

    def __init__(self) -> None:
        self.store = MemoryStore(TickingClock(), LIFE)
        place = Place("sim", PEER, LIFE, Lane(LIFE, "t", "0", "1"), DIRECTORY)
        self._poster: Poster[Any] = Poster(place, Suspending(), Recorder())

    def post(self, *vouchers: Voucher) -> None:
        with self.store.begin() as tx:
            self._poster.post(tx, vouchers)
            tx.commit()

    def suspend(self) -> None:
        with self.store.begin() as tx:
            tx.raise_trust_state()
            tx.commit()

    def layers(self) -> dict[str, Verdict]:
        with self.store.read() as tx:
            return {row.layer: row.verdict for _, row in sorted(tx.rows(LAYERS).items())}

    def hops(self) -> int:
        with self.store.read() as tx:
            return int(tx.open_hops())

    def lines(self) -> Sequence[str]:
        with self.store.read() as tx:
            return [entry.payload.decode() for _, entry in sorted(tx.rows(ENTRIES).items())]


def original(payee: str = "a") -> Voucher:
    identity = VoucherId("sim", "370100", "2026", "5201", FINANCE, "n-1")
    layer = LayerId(identity, LayerType.ORIGINAL, FINANCE)
    return sealed(Draft(layer, 1, (str(AGENT),), Body({"Payee": payee})))


def recall(of: Voucher) -> Voucher:
    layer = LayerId(of.id, LayerType.RECALL, FINANCE)
    return sealed(Draft(layer, 1, (str(AGENT),), Body({}), below=of))


def test_what_is_posted_is_on_record_under_way_and_in_the_journal() -> None:
    office, voucher = Office(), original()
    office.post(voucher)
    assert ({"original": Verdict.RECORDED}, 1) == (office.layers(), office.hops())
    assert [f"posted {voucher.top.id} {voucher.digest.hex()}"] == office.lines()


def test_the_same_posted_again_is_nothing_new() -> None:
    office, voucher = Office(), original()
    office.post(voucher)
    office.post(voucher)
    assert (1, 1) == (office.hops(), len(office.lines()))


def test_a_number_is_posted_once() -> None:
    office = Office()
    office.post(original("a"))
    with pytest.raises(Conflict, match="number_used"):
        office.post(original("b"))
    assert (1, 1) == (office.hops(), len(office.lines()))


def test_what_stands_below_is_seen_and_not_posted() -> None:
    office, voucher = Office(), original()
    office.post(recall(voucher))
    seen = {"original": Verdict.SEEN_BELOW, "recall": Verdict.RECORDED}
    assert (seen, 1) == (office.layers(), office.hops())
    office.post(voucher)
    assert ({**seen, "original": Verdict.RECORDED}, 2) == (office.layers(), office.hops())


def test_what_was_sealed_before_a_suspension_is_not_posted_after_it() -> None:
    office = Office()
    office.suspend()
    with pytest.raises(SealUntrusted, match="seal_suspended"):
        office.post(original())
    assert ({}, 0, []) == (office.layers(), office.hops(), office.lines())
