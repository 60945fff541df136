"""A store that cannot read its own files is no fault of the voucher that meets it."""

from collections.abc import Collection, Mapping

import pytest

from adapters.embedded.memory_store import MemoryStore, MemoryTransaction
from hub.errors import Damaged, StoreDamaged
from hub.exchange import quarantine
from hub.observer import Fact, silent
from ops import apart
from ops.exits import Exit, exit_of
from ops.tally import Heard
from tests.support.gate import CENTRE, a_plain, plain_gate
from tests.support.rows import a_hop
from tests.support.stores import TickingClock

DAMAGE = StoreDamaged("store_damaged")


def test_vouchers_beside_it_are_recorded_and_none_is_set_aside() -> None:
    gate, app, _ = plain_gate()
    app.failing["2"] = DAMAGE
    batch = gate.incoming(
        gate.packet([a_plain(str(n)) for n in range(1, 4)], CENTRE),
        gate.packet([a_plain("4")], CENTRE),
    )
    with pytest.raises(StoreDamaged):
        apart.record_apart(gate.exchange, batch)
    assert ["1", "3", "4"] == sorted(app.numbers)
    assert [] == gate.told("set_aside")
    app.failing.clear()
    gate.exchange.receive(batch)  # nothing was acknowledged: it comes again
    assert ["1", "2", "3", "4"] == sorted(app.numbers)


def test_a_page_that_cannot_be_read_holds_up_no_other_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = MemoryStore(TickingClock(), "00" * 8)
    with store.begin() as tx:
        lost, whole = tx.add_hops([a_hop("1"), a_hop("2")])

    def messages(_self: MemoryTransaction, digests: Collection[bytes]) -> Mapping[bytes, bytes]:
        if lost.message_digest in digests:
            raise DAMAGE
        return dict.fromkeys(digests, b"octets")

    monkeypatch.setattr(MemoryTransaction, "messages", messages)
    with store.begin() as tx, pytest.raises(StoreDamaged):
        quarantine.sound(tx, [lost, whole])
    with store.begin() as tx:
        octets, damaged = quarantine.singly(tx, [lost, whole])
    assert ([whole.message_digest], [lost]) == (list(octets), damaged)


def test_the_keeper_hears_which_process_ended_of_it() -> None:
    heard = Heard(TickingClock())
    observe = heard.observer("keeper", silent)
    for state in (exit_of(DAMAGE), Exit.BUG, exit_of(DAMAGE)):
        fields: dict[str, str | int] = {
            "node": "hub-a",
            "task": "work-w0",
            "state": str(int(state)),
            "count": 1,
        }
        observe(Fact("child_ended", fields))
    (group,) = heard.recent("store_damaged")
    assert ("work-w0", 2) == (group.subject, group.count)


def test_the_keeper_hears_which_process_set_aside_what_it_could_not_read() -> None:
    heard = Heard(TickingClock())
    heard.hear("send-d", '{"fact": ["store_damaged", "", 1]}')
    (group,) = heard.recent("store_damaged")
    assert ("send-d", 1) == (group.subject, group.count)


def test_who_quarantines_what_is_damaged_does_not_mean_the_store() -> None:
    assert not isinstance(DAMAGE, Damaged)
    assert Exit.DAMAGED is exit_of(DAMAGE)
