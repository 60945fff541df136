"""Comparing, packs, breaks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.clearing.breaks import BREAK_STATES, BreakKind, BreakState, found, settle
from hub.clearing.reconciliation import RETURNED, Item, compare, join, packs
from hub.errors import RuleBroken
from hub.money import Fen

items = st.lists(
    st.builds(
        Item, st.sampled_from("abcde"), st.integers(-5, 5).map(Fen), st.sampled_from("01"),
        st.integers(0, 1).map(Fen), st.sampled_from(["", "1", "2"]),
    ),
    max_size=8,
)  # fmt: skip


def an_item(
    key: str = "a", amount: int = 5, state: str = "0", refund: int = 0, day: str = ""
) -> Item:
    return Item(key, Fen(amount), state, Fen(refund), day)


@pytest.mark.parametrize(
    ("ours", "theirs", "kind"),
    [
        ([an_item()], [an_item()], None),
        ([], [an_item()], BreakKind.MISSING_HERE),
        ([an_item()], [], BreakKind.MISSING_THERE),
        ([an_item(), an_item()], [an_item()], BreakKind.SEVERAL_HERE),
        ([an_item(state=RETURNED)], [an_item()], BreakKind.STATE_DIFFERS),
        ([an_item(amount=6)], [an_item()], BreakKind.AMOUNT_DIFFERS),
        ([an_item()], [an_item(), an_item()], BreakKind.SEVERAL_THERE),
        ([an_item(refund=1)], [an_item()], BreakKind.REFUND_DIFFERS),
        ([an_item(day="1")], [an_item(day="2")], BreakKind.DAY_DIFFERS),
        ([an_item(day="1")], [an_item()], None),
    ],
)
def test_each_outcome_has_its_name(
    ours: list[Item], theirs: list[Item], kind: BreakKind | None
) -> None:
    result = compare(ours, theirs)
    assert [kind] == [o.kind for o in result.outcomes]
    assert ("0" if kind is None else "1") == result.verdict


@given(items)
def test_a_statement_agrees_with_itself_when_nothing_stands_twice(rows: list[Item]) -> None:
    once = list({row.key: row for row in rows}.values())
    assert () == compare(once, list(reversed(once))).differences


@given(items, items)
def test_both_sides_find_as_many_differences(ours: list[Item], theirs: list[Item]) -> None:
    assert len(compare(ours, theirs).differences) == len(compare(theirs, ours).differences)


@given(st.lists(st.integers(), max_size=30), st.integers(1, 7))
def test_packs_put_together_are_the_whole(rows: list[int], size: int) -> None:
    parts = packs(rows, size)
    assert all(len(part) <= size for part in parts)
    assert rows == join(dict(enumerate(parts, 1)), len(parts))


def test_a_missing_pack_is_told() -> None:
    with pytest.raises(RuleBroken, match="pack_incomplete"):
        join({1: [1], 3: [3]}, 3)


def test_a_break_found_twice_has_one_id() -> None:
    args = ("011.370100", "001.3701", BreakKind.MISSING_HERE, "2301/1", "20261123")
    assert found(*args, Fen(0), Fen(5)).id == found(*args, Fen(1), Fen(5)).id


@pytest.mark.parametrize("before", list(BreakState))
@pytest.mark.parametrize("after", list(BreakState))
def test_every_break_state_pair_is_legal_or_refused(before: BreakState, after: BreakState) -> None:
    from dataclasses import replace

    row = found("a", "b", BreakKind.MISSING_HERE, "s", "d", Fen(0), Fen(1))
    row = replace(row, state=before)
    if after in BREAK_STATES[before]:
        assert after is settle(row, after, "why").state
    else:
        with pytest.raises(RuleBroken, match="break_state"):
            settle(row, after, "why")
