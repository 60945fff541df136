"""The quota ledger."""

from hypothesis import given
from hypothesis import strategies as st

from hub.clearing.model import QuotaKey
from hub.clearing.quota import Change, Quota, grants, undo, uses
from hub.money import Fen
from tests.support.lines import KEY, a_line

OTHER = QuotaKey("1506000000", "102451000011", "102", "2050202", "1", "2026", "11")
changes_ = st.lists(
    st.tuples(st.sampled_from([KEY, OTHER]), st.integers(-1_000, 1_000)), max_size=8
).map(lambda rows: [Change(k, Fen(a), str(n)) for n, (k, a) in enumerate(rows)])


def test_a_request_consumes_what_a_notice_has_granted() -> None:
    quota = Quota({})
    assert quota.change(grants([a_line(100, kind="5108")]))
    assert quota.change(uses([a_line(60, kind="2301")]))
    assert 40 == quota.balance(KEY)


def test_a_refund_restores() -> None:
    quota = Quota({KEY: Fen(5)})
    assert quota.change(uses([a_line(-60, kind="2302")]))
    assert 65 == quota.balance(KEY)


def test_no_more_than_the_quota_is_consumed_and_nothing_of_it_in_part() -> None:
    quota = Quota({KEY: Fen(10), OTHER: Fen(10)})
    assert not quota.change([Change(KEY, Fen(-5), "a"), Change(OTHER, Fen(-11), "b")])
    assert (10, 10) == (quota.balance(KEY), quota.balance(OTHER))


def test_rows_of_one_voucher_count_together() -> None:
    assert not Quota({KEY: Fen(10)}).change(uses([a_line(6), a_line(6, row=2)]))


@given(st.lists(changes_, max_size=12))
def test_balances_never_go_below_zero_and_hold_exactly_what_was_applied(
    vouchers: list[list[Change]],
) -> None:
    quota = Quota({KEY: Fen(500), OTHER: Fen(0)})
    applied = [c for changes in vouchers if quota.change(changes) for c in changes]
    for key, start in ((KEY, 500), (OTHER, 0)):
        assert start + sum(c.amount_fen for c in applied if c.key == key) == quota.balance(key)
        assert quota.balance(key) >= 0


@given(changes_)
def test_undoing_brings_back_what_was(changes: list[Change]) -> None:
    quota = Quota({KEY: Fen(10_000), OTHER: Fen(10_000)})
    assert quota.change(changes)
    assert quota.change(undo(changes))
    assert (10_000, 10_000) == (quota.balance(KEY), quota.balance(OTHER))
    assert {f"{c.cause}:undo" for c in changes} == {c.cause for c in undo(changes)}
