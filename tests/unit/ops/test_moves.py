"""Whose move each unfinished voucher is, from tasks, hops and lines."""

from dataclasses import replace

from adapters.embedded.memory_store import MemoryStore
from hub.clearing.model import LineState, link
from hub.clock import HOUR, Instant
from hub.desks.model import Task, TaskKind, TaskState
from ops.look.moves import Move, moves
from tests.support.lines import a_line
from tests.support.rows import AT, BANK, a_closing, a_hop, a_layer, voucher_id
from tests.support.stores import TickingClock

DAY = "20260921"
END = Instant(AT - AT % (24 * HOUR) + 16 * HOUR)
"""Midnight in Beijing after `DAY`, which AT is on."""


def test_a_task_an_open_hop_and_a_line_each_say_whose_move_it_is() -> None:
    store = MemoryStore(TickingClock(AT), "00" * 8)
    issued = replace(a_line(number="x"), voucher_id=voucher_id("3"), day=DAY, party="011.370100")
    task = Task(
        "t", "102.3701", TaskKind.PAY, voucher_id("1"), b"", TaskState.DUE, Instant(AT + 50),
        Instant(AT - 9), DAY, waiting_for="core", next_action="core_unknown",
    )  # fmt: skip
    with store.begin() as tx:
        tx.add_tasks([task])
        tx.add_hops([a_hop("1"), a_hop("2"), a_hop("3")])
        tx.close_hops({a_closing("3"): (a_hop("3").message_digest,)})
        tx.add_layers([replace(a_layer("3"), receivers="102.370100")])
        tx.add_lines([issued])
        tx.commit()
    with store.read() as tx:
        found = moves(tx, 9)
        assert [
            Move(voucher_id("1"), "core", "102.3701", "pay", "due", Instant(AT - 9),
                 Instant(AT + 50), "core_unknown"),
            Move(voucher_id("2"), BANK, "102.370100", "hop", "due", AT, AT, "hop_notice"),
            Move(voucher_id("3"), "102.370100", "011.370100", "line", "new", AT, END, "answer"),
        ] == found  # fmt: skip
        assert found[:1] == moves(tx, 1)


def test_a_line_that_was_summed_up_waits_for_whoever_got_the_sum() -> None:
    store = MemoryStore(TickingClock(AT), "00" * 8)
    line = replace(a_line(), state=LineState.SUMMED, day=DAY, clearing=link(voucher_id("7"), "1"))
    own = replace(a_line(number="2"), state=LineState.REFUND_DUE, day=DAY)
    with store.begin() as tx:
        tx.add_hops([a_hop("7")])
        tx.close_hops({a_closing("7"): (a_hop("7").message_digest,)})
        tx.add_lines([line, own])
        tx.commit()
    with store.read() as tx:
        told = [(move.waits_for, move.next_action, move.due_at) for move in moves(tx, 9)]
    assert [("102.370100", "clearing", END), (own.party, "refund_notice", END)] == told


def test_at_a_partys_node_a_line_waits_for_whom_it_is_sealed_to_and_not_for_the_hub() -> None:
    store = MemoryStore(TickingClock(AT), "00" * 8)
    issued = replace(a_line(), voucher_id=voucher_id("3"), day=DAY, party="011.370100")
    to_hub = a_hop("3")
    original = replace(a_layer("3"), receivers="102.370100,011.370100")
    with store.begin() as tx:
        tx.add_hops([replace(to_hub, receiver="999.centre")])
        tx.close_hops({a_closing("3"): (to_hub.message_digest,)})
        tx.add_layers([original])
        tx.add_lines([issued])
        tx.commit()
    with store.read() as tx:
        assert ["102.370100"] == [move.waits_for for move in moves(tx, 9)]
