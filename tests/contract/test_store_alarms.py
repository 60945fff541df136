"""Alarms on record, and the counts that alarms and people ask, over every store."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hub.clearing.breaks import BreakKind, BreakState, found, settle
from hub.clearing.model import LineState
from hub.clock import MINUTE, Instant
from hub.desks.model import Stage, Total
from hub.exchange.alarms import Alarm, AlarmState, News, acknowledge
from hub.exchange.looking import Clashes
from hub.money import Fen
from tests.contract.test_store_looking import look, write
from tests.support.lines import a_line
from tests.support.rows import AT, BANK, HUB, a_hop, a_notice, a_refusal, delivery_id

if TYPE_CHECKING:
    from tests.support.stores import Site

DOWN = Alarm("channel_down", "one", AlarmState.OPEN, 3, AT, AT, AT, Instant(AT + 5))


def test_an_alarm_is_kept_whole_and_replaced_by_code_and_subject(site: Site) -> None:
    other = replace(DOWN, subject="two", news=News.RAISED)
    write(site, lambda tx: tx.put_alarms([other, DOWN]))
    assert [DOWN, other] == look(site, lambda tx: tx.alarms())
    taken = acknowledge(DOWN, "operator-1", Instant(AT + 9))
    write(site, lambda tx: tx.put_alarms([taken]))
    assert [taken, other] == write(site, lambda tx: tx.alarms())


def test_conflicts_on_record_are_counted_by_sender(site: Site) -> None:
    rows = [
        a_refusal("a", "identity_conflict"),
        replace(a_refusal("b", "receipt_and_return"), refused_at=Instant(AT + 7)),
        a_refusal("c"),
        a_refusal("d", "identity_conflict", "bank-a"),
    ]
    write(site, lambda tx: tx.add_refusals(rows))
    expected = [Clashes("bank-a", 1, AT), Clashes("hub", 2, Instant(AT + 7))]
    assert expected == look(site, lambda tx: tx.clashes())


def test_conflicts_on_record_are_told_the_newest_first(site: Site) -> None:
    old = a_refusal("a", "identity_conflict")
    new = replace(a_refusal("b", "receipt_and_return"), refused_at=Instant(AT + 7))
    other = replace(a_refusal("d", "identity_conflict", "bank-a"), refused_at=Instant(AT + 3))
    write(site, lambda tx: tx.add_refusals([old, a_refusal("c"), other, new]))
    assert [new, other, old] == look(site, lambda tx: tx.conflicts(9))
    assert [new, other] == look(site, lambda tx: tx.conflicts(2))
    assert [new, old] == look(site, lambda tx: tx.conflicts(9, "hub"))
    assert [new] == look(site, lambda tx: tx.conflicts(1, "hub"))


def test_the_oldest_open_rows_come_first_and_closed_ones_not_at_all(site: Site) -> None:
    write(site, lambda tx: tx.add_hops([a_hop("2"), a_hop("1"), a_hop("3", peer=HUB)]))
    assert [delivery_id("1")] == [
        row.delivery_id for row in look(site, lambda tx: tx.oldest_hops(1))
    ]
    assert [delivery_id("1"), delivery_id("2")] == [
        row.delivery_id for row in look(site, lambda tx: tx.oldest_hops(9, BANK))
    ]


def test_a_claimed_notice_is_owed_until_it_is_dropped(site: Site) -> None:
    write(site, lambda tx: tx.add_notices(BANK, [a_notice("1"), a_notice("2")]))
    taken = write(site, lambda tx: tx.take_notices("w", Instant(tx.now + MINUTE), 9))
    assert not look(site, lambda tx: tx.backlog()).notices
    assert 2 == look(site, lambda tx: tx.open_notices())
    write(site, lambda tx: tx.drop_notices([taken[0][1]]))
    assert 1 == look(site, lambda tx: tx.open_notices())


def test_lines_are_counted_while_they_wait_and_on_their_day(site: Site) -> None:
    lines = [
        replace(a_line(number="1", state=LineState.NEW), day="20261121"),
        replace(a_line(number="2", state=LineState.SUMMED), day="20261120"),
        replace(a_line(number="3", state=LineState.CLEARED), day="20261121"),
        replace(a_line(number="4", state=LineState.NEW), day="20261121"),
        replace(a_line(number="5", state=LineState.NEW), kind="2203", day="20261119"),  # told: over
    ]
    write(site, lambda tx: tx.add_lines(lines))
    party, kind = lines[0].party, lines[0].kind
    assert {
        (party, kind, LineState.NEW): 2,
        (party, kind, LineState.SUMMED): 1,
    } == look(site, lambda tx: tx.unfinished_counts())
    assert [lines[1], lines[0]] == look(site, lambda tx: tx.unfinished_lines(2))
    assert {(kind, LineState.NEW): 2, (kind, LineState.CLEARED): 1} == look(
        site, lambda tx: tx.line_counts_on(party, "20261121")
    )


def test_totals_are_summed_for_one_day(site: Site) -> None:
    stage = Stage("20261121", "370100", "102.370100", "5201", "recorded")
    write(site, lambda tx: tx.add_totals({stage: Total(2, 100)}))
    write(site, lambda tx: tx.add_totals({stage: Total(3, 100)}))
    write(site, lambda tx: tx.add_totals({replace(stage, day="20261120"): Total(9, 9)}))
    assert {stage: Total(5, 200)} == look(site, lambda tx: tx.totals_on("20261121"))


def test_breaks_are_counted_until_somebody_has_explained_them(site: Site) -> None:
    rows = [
        found("102.3701", "011.3701", BreakKind.MISSING_HERE, name, "20261121", Fen(1), Fen(0))
        for name in ("a", "b", "c")
    ]
    write(site, lambda tx: tx.put_breaks(rows))
    write(site, lambda tx: tx.put_breaks([settle(rows[0], BreakState.EXPLAINED, "late")]))
    assert {("102.3701", "20261121"): 2} == look(site, lambda tx: tx.open_breaks())


def test_open_breaks_of_one_kind_are_read_alone(site: Site) -> None:
    rows = [
        found("102.3701", "core", kind, name, "20261121", Fen(0), Fen(5))
        for kind, name in [
            (BreakKind.CORE_DIFFERS, "a"), (BreakKind.CORE_DIFFERS, "b"),
            (BreakKind.STATE_DIFFERS, "a"),
        ]
    ]  # fmt: skip
    write(site, lambda tx: tx.put_breaks(rows))
    write(site, lambda tx: tx.put_breaks([settle(rows[0], BreakState.EXPLAINED, "late")]))
    assert [rows[1]] == look(site, lambda tx: tx.open_breaks_of(BreakKind.CORE_DIFFERS))
