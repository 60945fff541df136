"""Rules that a schema cannot say: each with a body that passes and one that fails."""

from collections.abc import Callable, Mapping

import pytest

from hub.errors import RuleBroken
from hub.voucher import rules
from hub.voucher.body_codes import BODY_CODES
from hub.voucher.catalogue import Kind
from hub.voucher.merge import merge
from hub.voucher.model import Body, LayerType
from tests.support.samples import a_body, a_layer
from tests.support.sealed import schemas

KINDS = schemas().catalogue.kinds
ORIGINAL = LayerType.ORIGINAL


def with_header(body: Body, **fields: str) -> Body:
    return Body({**body.fields, **fields}, body.details, body.attachments)


def with_row(body: Body, at: int, **fields: str) -> Body:
    details = [dict(row) for row in body.details]
    details[at].update(fields)
    return Body(body.fields, tuple(details), body.attachments)


def without(body: Body, at: int, name: str) -> Body:
    details = [dict(row) for row in body.details]
    del details[at][name]
    return Body(body.fields, tuple(details), body.attachments)


def refusal(kind: Kind, layer: LayerType, body: Body, below: Body | None = None) -> RuleBroken:
    with pytest.raises(RuleBroken) as refused:
        rules.check(kind, layer, body, below, "2026")
    return refused.value


BROKEN: Mapping[str, tuple[str, Callable[[Body], Body], Mapping[str, object]]] = {
    "amount_format": ("5201", lambda b: with_header(b, PayAmt="-0.00"), {"field": "PayAmt"}),
    "amount_sign": ("5201", lambda b: with_header(b, PayAmt="-1.00"), {"field": "PayAmt"}),
    "amount_sum": ("5201", lambda b: with_header(b, PayAmt="0.01"), {"field": "PayAmt", "rows": 3}),
    "amount_equation": ("2206", lambda b: with_header(b, PosAmt="0.01"), {"field": "PayAmt"}),
    "date_unreal": ("5201", lambda b: with_header(b, VouDate="20260230"), {"field": "VouDate"}),
    "year_later": ("5201", lambda b: with_header(b, StYear="2027"), {"field": "StYear"}),
    "text_blank": ("5201", lambda b: with_row(b, 1, AgencyName="　 "), {"row": 2}),
    "id_twice": ("5201", lambda b: with_row(b, 2, Id=b.details[0]["Id"]), {"row": 3}),
    "header_detail_differ": (
        "5201",
        lambda b: with_row(b, 1, VoucherBillNo="x"),
        {"field": "VoucherBillNo", "row": 2},
    ),
    "count_differs": ("3501", lambda b: with_header(b, AllNum="2"), {"field": "AllNum"}),
    "pack_number": (
        "3501",
        lambda b: with_header(b, ChildPackNum="2", CurPackNo="3"),
        {"field": "CurPackNo"},
    ),
}


@pytest.mark.parametrize("code", BROKEN)
def test_a_rule_lets_the_good_body_pass_and_names_what_breaks_it(code: str) -> None:
    name, spoil, where = BROKEN[code]
    kind = KINDS[name]
    good = a_body(kind, 1, rows=3)
    rules.check(kind, ORIGINAL, good, None, "2026")
    broken = refusal(kind, ORIGINAL, spoil(good))
    assert code == broken.code
    assert where == {k: v for k, v in broken.context.items() if v is not None and k in where}


@pytest.mark.parametrize(
    ("code", "amount"),
    [
        ("2301", "0.00"),
        ("2301", "-5.00"),
        ("2302", "5.00"),
        ("2302", "0.00"),
        ("2252", "5.00"),
        ("5207", "-5.00"),
        ("5267", "0.00"),
        ("5253", "0.01"),
        ("5351", "-0.01"),
        ("5106", "0.00"),
        ("5108", "0.00"),
    ],
)
def test_the_sign_rule_of_the_standard_holds_for(code: str, amount: str) -> None:
    kind = KINDS[code]
    body = with_header(a_body(kind, 1), **{kind.amount: amount})
    assert "amount_sign" == refusal(kind, ORIGINAL, body).code


def test_a_quota_notice_may_lower_the_quota() -> None:
    kind = KINDS["5106"]
    body = with_row(with_header(a_body(kind, 1, rows=1), PlanAmt="-7.00"), 0, PlanAmt="-7.00")
    rules.check(kind, ORIGINAL, body)


def test_the_header_repeats_where_it_is_filled_and_only_there() -> None:
    kind = KINDS["5201"]
    good = a_body(kind, 1, rows=2)
    spoilt = with_row(good, 0, GovExpEcoCode="59999")
    assert "header_detail_differ" == refusal(kind, ORIGINAL, spoilt).code


def test_a_pack_among_several_may_hold_a_part_of_sum_and_count() -> None:
    kind = KINDS["3501"]
    pack = with_header(
        a_body(kind, 1, rows=2), ChildPackNum="3", CurPackNo="2", AllNum="1200", AllAmt="0.00"
    )
    rules.check(kind, ORIGINAL, pack)
    told_too_few = with_header(pack, AllNum="1")
    assert "count_differs" == refusal(kind, ORIGINAL, told_too_few).code


def test_a_balance_line_must_add_up() -> None:
    kind = KINDS["3510"]
    good = a_body(kind, 2, rows=2)
    rules.check(kind, ORIGINAL, good)
    spoilt = with_row(good, 1, ClearAmt="1.23")
    assert ("amount_equation", 2) == (
        refusal(kind, ORIGINAL, spoilt).code,
        refusal(kind, ORIGINAL, spoilt).context["row"],
    )


class TestReceipts:
    kind = KINDS["5201"]
    below = a_body(KINDS["5201"], 3, rows=3)

    def receipt(self, failed: int = 0) -> Body:
        return a_layer(self.kind, LayerType.RECEIPT, self.below, failed=failed)

    def refused(self, body: Body) -> str:
        return refusal(self.kind, LayerType.RECEIPT, body, self.below).code

    def test_rows_may_fail_one_by_one_with_a_reason(self) -> None:
        for failed in range(4):
            rules.check(self.kind, LayerType.RECEIPT, self.receipt(failed), self.below)
        assert "receipt_reason_missing" == self.refused(without(self.receipt(2), 1, "XAddWord"))

    def test_the_sum_of_what_was_paid_must_be_the_header_amount(self) -> None:
        body = with_header(self.receipt(1), XPayAmt=self.below.fields["PayAmt"])
        assert "amount_sum" == self.refused(body)

    def test_a_row_is_paid_in_full_or_not_at_all(self) -> None:
        body = with_row(with_header(self.receipt(3), XPayAmt="0.01"), 0, XPayAmt="0.01")
        assert "receipt_amount" == self.refused(body)

    def test_it_answers_the_rows_of_its_voucher_and_no_other(self) -> None:
        assert "receipt_rows_differ" == self.refused(with_row(self.receipt(), 0, Id="other"))
        assert "receipt_id_differs" == self.refused(with_header(self.receipt(), Id="other"))

    def test_a_transfer_is_cleared_as_asked_or_returned(self) -> None:
        kind = KINDS["2302"]
        below = a_body(kind, 1)
        receipt = a_layer(kind, LayerType.RECEIPT, below)
        rules.check(kind, LayerType.RECEIPT, receipt, below)
        short = with_header(receipt, XPayAmt="-0.01")
        assert "receipt_amount" == refusal(kind, LayerType.RECEIPT, short, below).code

    def test_a_failed_adjustment_row_says_why(self) -> None:
        kind = KINDS["5351"]
        below = a_body(kind, 1)
        receipt = a_layer(kind, LayerType.RECEIPT, below)
        silent = without(with_row(receipt, 0, XDealResult="0"), 0, "XAddWord")
        assert "receipt_reason_missing" == refusal(kind, LayerType.RECEIPT, silent, below).code


def test_merging_sets_receipt_only_fields_and_nothing_else() -> None:
    for kind in KINDS.values():
        if LayerType.RECEIPT not in kind.replies:
            continue
        original = a_body(kind, 5)
        receipt = a_layer(kind, LayerType.RECEIPT, original, 5)
        merged = merge(original, receipt, kind)
        allowed = {"VoucherFlag"} | {
            r.name for r in kind.header + kind.detail if r.presence.startswith("receipt")
        }
        pairs = [
            (original.fields, merged.fields),
            *zip(original.details, merged.details, strict=True),
        ]
        for before, after in pairs:
            assert {k: v for k, v in before.items() if k not in allowed} == {
                k: v for k, v in after.items() if k not in allowed
            }
        assert "1" == merged.fields["VoucherFlag"]


def test_a_receipt_that_changes_the_voucher_is_not_merged() -> None:
    kind = KINDS["5201"]
    original = a_body(kind, 5, rows=2)
    receipt = with_row(a_layer(kind, LayerType.RECEIPT, original, 5), 1, PayAmt="1.00")
    with pytest.raises(RuleBroken) as refused:
        merge(original, receipt, kind)
    assert ("receipt_field_not_allowed", {"field": "PayAmt", "row": 2}) == (
        refused.value.code,
        refused.value.context,
    )


def test_rows_without_an_id_are_merged_as_they_stand() -> None:
    """A kind whose receipts answer no rows need not number them."""
    kind = KINDS["2301"]
    original = a_body(kind, 5, rows=2)
    rows = tuple({k: v for k, v in row.items() if k != "Id"} for row in original.details)
    unnumbered = Body(original.fields, rows)
    assert rows == merge(unnumbered, a_layer(kind, LayerType.RECEIPT, original, 5), kind).details


def test_every_rule_has_its_advice() -> None:
    assert set(BROKEN) <= set(BODY_CODES)
