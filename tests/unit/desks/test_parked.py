"""What is parked may be given up only when no voucher can be lost by it."""

from dataclasses import replace

import pytest

from adapters.embedded.memory_store import MemoryStore
from hub.clock import MINUTE, Instant
from hub.desks.model import Intent, IntentState, Task, TaskKind, TaskState, intent_key
from hub.desks.outside import OutsideRow
from hub.desks.parked import NEEDED, Parked, listed, needed
from hub.exchange.model import Closing, Hop, LayerRow, Verdict
from hub.money import Fen
from hub.parties import NodeId
from tests.support.rows import AT, BANK, a_hop, a_layer, delivery_id, digest, layer_id, voucher_id
from tests.support.stores import TickingClock

PARTY = "102.370100"
ISSUER = "011.370100"
NAME = voucher_id("1")


@pytest.fixture(name="store")
def _store() -> MemoryStore:
    return MemoryStore(TickingClock(AT), "00" * 8)


def park_row(store: MemoryStore, hop: Hop) -> Parked:
    with store.begin() as tx:
        tx.add_hops([hop])
        tx.claim_hops("w", Instant(tx.now + MINUTE), 9, [hop.peer])
        tx.park_hops("w", [(hop.delivery_id, hop.peer)])
        tx.commit()
    return only(store)


def park_task(store: MemoryStore, kind: TaskKind = TaskKind.PAY, party: str = PARTY) -> Parked:
    task = Task(
        f"{kind}:{party}:{NAME}", party, kind, NAME, digest("message 1"), TaskState.DUE, AT, AT, "d"
    )
    with store.begin() as tx:
        tx.add_tasks([task])
        (claimed,) = tx.claim_tasks("w", Instant(tx.now + MINUTE), 1, {kind})
        tx.save_tasks("w", [replace(claimed, state=TaskState.PARKED, next_action="task_fault")])
        tx.commit()
    return only(store)


def only(store: MemoryStore) -> Parked:
    with store.read() as tx:
        ((one,), _) = listed(tx)
    return one


def layer(kind: str, party: str, verdict: Verdict = Verdict.RECORDED) -> LayerRow:
    name = layer_id("1", kind, party)
    made = replace(a_layer("1"), layer_id=name, layer=kind, party=party, verdict=verdict)
    return replace(made, stack_digest=digest(name), message_digest=digest(name))


def record(store: MemoryStore, *rows: LayerRow) -> None:
    with store.begin() as tx:
        tx.add_layers(rows)
        tx.commit()


def why(store: MemoryStore, one: Parked) -> str:
    with store.read() as tx:
        return needed(tx, one)


def hop_of(kind: str, party: str, peer: NodeId = BANK, role: str = "to") -> Hop:
    name = layer_id("1", kind, party)
    return replace(a_hop("1", peer=peer), delivery_id=f"{name}/{PARTY}/{role}",
                   message_digest=digest(name))  # fmt: skip


# --- rows -----------------------------------------------------------------------------------------


def test_an_original_that_its_receiver_lacks_is_needed(store: MemoryStore) -> None:
    record(store, a_layer("1"))
    one = park_row(store, a_hop("1"))
    assert (NEEDED, "message_damaged", NAME) == (why(store, one), one.code, one.voucher_id)
    record(store, layer("receipt", "105.370100"), layer("recall", ISSUER))
    assert NEEDED == why(store, one)  # another bank's receipt; a recall that went nowhere


@pytest.mark.parametrize("kind", ["receipt", "return"])
def test_an_original_that_its_receiver_has_answered_is_not_needed(
    store: MemoryStore, kind: str
) -> None:
    one = park_row(store, a_hop("1"))
    record(store, a_layer("1"), layer(kind, PARTY, Verdict.REFUSED))
    assert NEEDED == why(store, one)
    other = MemoryStore(TickingClock(AT), "00" * 8)
    record(other, a_layer("1"), layer(kind, PARTY))
    assert "" == why(other, park_row(other, a_hop("1")))


@pytest.mark.parametrize(
    ("code", "peer", "role", "expected"),
    [
        ("recorded", BANK, "to", ""), ("refused", BANK, "to", NEEDED),
        ("recorded", NodeId("x"), "to", NEEDED), ("recorded", BANK, "copy", NEEDED),
    ],
)  # fmt: skip
def test_a_recall_that_was_recorded_there_has_brought_its_original(
    store: MemoryStore, code: str, peer: NodeId, role: str, expected: str
) -> None:
    record(store, a_layer("1"), layer("recall", ISSUER))
    one = park_row(store, a_hop("1"))
    recall = hop_of("recall", ISSUER, peer, role)
    with store.begin() as tx:
        tx.add_hops([recall])
        tx.commit()
    assert NEEDED == why(store, one)  # on its way, not there
    closing = Closing(recall.delivery_id, peer, code, AT, 1)
    with store.begin() as tx:
        tx.close_hops({closing: (recall.message_digest,)})
        tx.commit()
    assert expected == why(store, one)


def test_a_layer_that_nothing_stands_above_is_always_needed(store: MemoryStore) -> None:
    record(store, a_layer("1"), layer("receipt", PARTY))
    assert NEEDED == why(store, park_row(store, hop_of("receipt", PARTY)))


def test_a_copy_is_not_needed(store: MemoryStore) -> None:
    copy = replace(a_hop("1"), delivery_id=f"{layer_id('1')}/001.370100/copy")
    assert "" == why(store, park_row(store, copy))


# --- tasks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [TaskKind.PAY, TaskKind.GRANT, TaskKind.ANSWER, TaskKind.CHECK])
def test_a_task_is_needed_until_its_party_has_answered(store: MemoryStore, kind: TaskKind) -> None:
    record(store, a_layer("1"), layer("receipt", "105.370100"))
    one = park_task(store, kind)
    assert (NEEDED, "task_fault", NAME) == (why(store, one), one.code, one.voucher_id)
    record(store, layer("return", PARTY))
    assert "" == why(store, one)


def test_a_voucher_to_be_sent_is_needed_until_it_is_on_record(store: MemoryStore) -> None:
    one = park_task(store, TaskKind.SEND, ISSUER)
    assert NEEDED == why(store, one)
    record(store, a_layer("1"))
    assert "" == why(store, one)


def test_a_payment_settled_outside_is_answered(store: MemoryStore) -> None:
    one = park_task(store)
    with store.begin() as tx:
        tx.put_outside([OutsideRow(PARTY, NAME, "paper", b"\1" * 32, "ab", AT)])
        tx.commit()
    assert "" == why(store, one)


def test_nothing_is_given_up_while_a_core_may_be_moving_its_money(store: MemoryStore) -> None:
    record(store, a_layer("1"), layer("return", PARTY))
    one = park_task(store)
    intent = Intent(intent_key(NAME, 1), PARTY, NAME, 1, Fen(5), IntentState.OPEN, AT)
    with store.begin() as tx:
        tx.open_intents([intent])
        tx.commit()
    assert "intent_open" == why(store, one)


def test_ids_tell_rows_to_two_neighbours_apart() -> None:
    with MemoryStore(TickingClock(AT), "00" * 8).begin() as tx:
        rows = tx.add_hops([a_hop("1"), a_hop("1", peer=NodeId("other"))])
    assert 2 == len({Parked(row=row).id for row in rows})
    assert delivery_id("1") in Parked(row=rows[0]).about
