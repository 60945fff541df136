"""What a carried row costs a store, in every step: the same in a large file as in a small one.

Counted in instructions of SQLite's machine, which are the same on every run: whoever goes over all
rows again for each portion is found by a few thousand rows.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import event

from adapters.store.opening import open_store
from adapters.store.store import SqlStore
from hub.exchange.carriage import Carriage, CarriedKind, CarriedWay
from hub.exchange.carried_file import Header
from hub.exchange.carried_intake import BATCH, Intake, Taken
from hub.exchange.carrying import PORTION, Carrier, Written
from hub.exchange.judging import Stacks
from hub.exchange.model import Hop, MessageClass, Role
from hub.exchange.packets import NOTICES_MAX
from hub.exchange.place import Place
from hub.exchange.routing import delivery_id
from hub.exchange.service import Exchange
from hub.journal import Lane
from hub.observer import silent
from hub.parties import NodeId
from hub.voucher.model import Voucher
from tests.support.gate import CENTRE, DIRECTORY, HUB, KINDS, PEER, Recorder, a_plain
from tests.support.made import LIFE, on_sqlite
from tests.support.plain import PlainSigner, PlainVerifier
from tests.support.rows import AT, digest
from tests.support.stores import TickingClock

STEP: Final = 20
GROWTH: Final = 1.2
"""Trees become deeper; one pass over all rows for each portion would be far above."""
SMALL, LARGE = PORTION, 8 * PORTION


class Counted:
    """A node on a store of its own, whose work is counted by step."""

    def __init__(self, folder: Path, name: NodeId) -> None:
        self.store: SqlStore = open_store(on_sqlite(folder / f"{name}.db"))
        self.place = Place("sim", name, LIFE, Lane(LIFE, "m", "0", "1"), DIRECTORY)
        self.verifier = PlainVerifier(DIRECTORY, KINDS, 1)
        self.exchange: Exchange[Any] = Exchange(
            self.place, self.store, self.verifier, Recorder(), TickingClock(), silent
        )
        self.carrier: Carrier[Any] = Carrier(self.place, self.store, PlainSigner(name), silent)
        self.spent: dict[str, int] = {}
        self._step = ""
        self.store.engine.dispose()
        event.listen(self.store.engine, "checkout", self._watch)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """What the block asks of the store counts for this step."""
        self._step = name
        yield
        self._step = ""

    def header(self, kind: CarriedKind, receiver: NodeId) -> Header:
        return Header("sim", kind, "f1", self.place.node, receiver, LIFE, AT)

    def take(self, header: Header, messages: Sequence[bytes], taken: Taken) -> None:
        """Receive a file's messages as an import does."""
        intake = Intake(self.place, self.store, self.verifier, self.exchange.receive)
        some = BATCH[header.kind]
        for start in range(0, len(messages), some):
            intake.take(header, messages[start : start + some], taken)

    def keep(self, kind: CarriedKind, way: CarriedWay, peer: NodeId, names: list[str]) -> None:
        row = Carriage("f1", kind, way, peer, digest("f"), len(names), 0, 0, 1, "", "", AT)
        self.carrier.keep(row, "carried f1", names)

    def _watch(self, connection: Any, *_: object) -> None:
        connection.set_progress_handler(self._more, STEP)

    def _more(self) -> int:
        self.spent[self._step] = self.spent.get(self._step, 0) + STEP
        return 0

    def close(self) -> None:
        event.remove(self.store.engine, "checkout", self._watch)
        self.store.close()


def post(sender: Counted, count: int) -> None:
    """Rows that wait for the hub."""
    made = [sender.verifier.open(a_plain(f"{n:06d}")) for n in range(count)]
    whole = sender.verifier.verify_many([(one, AT) for one in made], Stacks(frozenset()))
    vouchers = [one for one in whole if isinstance(one, Voucher)]
    hops = [
        Hop(
            delivery_id(one.top.id, CENTRE, Role.RELAY), HUB, str(CENTRE), MessageClass.ONLINE,
            one.digest, len(one.octets), None,
        )
        for one in vouchers
    ]  # fmt: skip
    with sender.store.begin() as tx:
        tx.add_messages({one.digest: one.octets for one in vouchers})
        tx.add_hops(hops)
        tx.commit()


def spent_per_row(folder: Path, count: int) -> dict[str, float]:
    """Carry so many rows out, in, and their answer back; what each step took a row."""
    folder.mkdir()
    bureau, hub = Counted(folder, PEER), Counted(folder, HUB)
    post(bureau, count)
    written, taken, closed = Written(), Taken(), Taken()
    with bureau.step("plan"):
        plan = bureau.carrier.plan(HUB, count)
    with bureau.step("packets"):
        messages = [octets for octets, _ in bureau.carrier.packets(plan, written)]
    with bureau.step("keep"):
        bureau.keep(CarriedKind.PACKETS, CarriedWay.OUT, HUB, written.delivery_ids)
    with hub.step("take"):
        hub.take(bureau.header(CarriedKind.PACKETS, HUB), messages, taken)
    entries = taken.entries
    answers = [
        hub.carrier.notices(PEER, entries[start : start + NOTICES_MAX])
        for start in range(0, len(entries), NOTICES_MAX)
    ]
    with bureau.step("answer"):
        bureau.take(hub.header(CarriedKind.ANSWER, PEER), answers, closed)
    with bureau.step("end"):
        bureau.keep(CarriedKind.ANSWER, CarriedWay.IN, HUB, [])
    with bureau.store.read() as tx:
        assert {} == tx.carried_open()
    assert (count, 0, 0) == (taken.count, taken.refused, taken.waiting)
    assert count == closed.count
    bureau.close()
    hub.close()
    return {name: steps / count for name, steps in (bureau.spent | hub.spent).items()}


def test_a_row_of_a_large_file_costs_no_more_than_one_of_a_small_file(tmp_path: Path) -> None:
    small, large = (spent_per_row(tmp_path / f"{n}", n) for n in (SMALL, LARGE))
    steps = ("plan", "packets", "keep", "take", "answer", "end")
    assert [] == [step for step in steps if not small[step] > 0]
    assert {} == {
        step: (small[step], large[step])
        for step in steps
        if large[step] > GROWTH * small[step]
    }  # fmt: skip
