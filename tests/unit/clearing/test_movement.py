"""A day of quota: opening, added, cleared, left; and which days may count by now."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from hub.clearing.breaks import BreakKind
from hub.clearing.calendar import Calendar
from hub.clearing.model import Line
from hub.clearing.movement import Movement, compare_quota, movements
from hub.clock import instant
from hub.money import Fen
from tests.support.lines import KEY, a_line

NOTICES = ("5106", "5108")
OTHER = replace(KEY, subject="2050203")
lines = st.lists(
    st.builds(
        lambda amount, kind: a_line(-amount if kind == "2302" else amount, kind=kind),
        st.integers(1, 99), st.sampled_from(["5108", "5106", "2301", "2302"]),
    ),
    max_size=8,
)  # fmt: skip


def net(rows: list[Line]) -> int:
    """What lines change a balance by."""
    return sum(row.amount_fen if row.kind in NOTICES else -row.amount_fen for row in rows)


def a_movement(before: int = 10, added: int = 5, used: int = 3) -> Movement:
    return Movement(KEY, Fen(before), Fen(added), Fen(used))


@given(st.integers(-50, 500), lines, lines)
def test_the_opening_is_found_backwards_from_what_stands_now(
    opening: int, today: list[Line], since: list[Line]
) -> None:
    balance = Fen(opening + net(today) + net(since))
    (one,) = movements(today, since, {KEY: balance}, NOTICES)
    assert opening == one.before_fen
    assert one.after_fen == one.before_fen + one.added_fen - one.used_fen
    assert one.after_fen == opening + net(today)


def test_a_key_that_did_not_move_keeps_its_balance() -> None:
    (one,) = movements([a_line(5, kind="5108")], [], {OTHER: Fen(7)}, NOTICES)
    assert (7, 0, 0, 7) == (*one.told, one.after_fen)


def test_each_figure_that_differs_is_told_by_its_name() -> None:
    result = compare_quota([a_movement(before=11)], [a_movement(used=4)])
    told = {o.key.partition("#")[2]: (o.ours_fen, o.theirs_fen) for o in result.differences}
    assert {"PreDateMoney": (11, 10), "CurReckMoney": (3, 4)} == told
    assert {BreakKind.QUOTA_DIFFERS} == {o.kind for o in result.differences}
    assert "0" == compare_quota([a_movement()], [a_movement()]).verdict


def test_a_key_that_one_side_lacks_is_nothing_there() -> None:
    told = [o.ours_fen for o in compare_quota([a_movement()], []).differences]
    assert [10, 5, 3] == told
    assert 3 == len(compare_quota([], [a_movement()]).differences)


def test_a_key_that_is_told_twice_is_doubled_there() -> None:
    result = compare_quota([a_movement()], [a_movement(), a_movement()])
    assert {BreakKind.SEVERAL_THERE} == {o.kind for o in result.differences}


def test_days_after_reach_over_the_week_end_to_the_next_business_day() -> None:
    calendar = Calendar(frozenset())
    friday = instant(datetime(2026, 11, 20, 4, tzinfo=UTC))
    assert ["20261121", "20261122", "20261123"] == calendar.days_after("20261120", friday)
    assert ["20261120", "20261121", "20261122", "20261123"] == calendar.days_after(
        "20261119", friday
    )
    assert ["20261124"] == calendar.days_after("20261123", friday)
