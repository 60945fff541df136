"""Every rule of every kind: the sample that passes, and the one that breaks exactly this rule."""

from collections.abc import Iterator

import pytest

from hub.errors import RuleBroken
from hub.voucher import rules
from hub.voucher.catalogue import Kind, Sign
from hub.voucher.model import Body, LayerType
from tests.support.samples import a_body, a_layer
from tests.support.sealed import schemas

KINDS = schemas().catalogue.kinds
Broken = tuple[str, Body]
WRONG = {
    Sign.POSITIVE: "-1.00", Sign.NEGATIVE: "1.00", Sign.ZERO: "1.00", Sign.NONZERO: "0.00",
}  # fmt: skip


def with_header(body: Body, **fields: str) -> Body:
    return Body({**body.fields, **fields}, body.details, body.attachments)


def with_row(body: Body, at: int, **fields: str) -> Body:
    rows = [dict(row) for row in body.details]
    rows[at].update(fields)
    return Body(body.fields, tuple(rows), body.attachments)


def more(text: str) -> str:
    """An amount greater by ten million yuan: no sign changes by accident."""
    return f"{(int(text.replace('.', '')) + 10**9) / 100:.2f}"


def amounts(kind: Kind, good: Body) -> Iterator[Broken]:
    """For each rule of amounts, the body that breaks it."""
    if kind.sign in WRONG and kind.amount:
        yield "amount_sign", with_header(good, **{kind.amount: WRONG[kind.sign]})
    if kind.detail_amount and kind.amount and good.details:
        name = kind.detail_amount
        if kind.detail_sign in {Sign.POSITIVE, Sign.ANY}:
            yield "amount_sum", with_row(good, 0, **{name: more(good.details[0][name])})
        if kind.detail_sign in WRONG:
            yield "amount_sign", with_row(good, 0, **{name: WRONG[kind.detail_sign]})
    for rule in kind.equations:
        changed = rule.plus[0]
        if rule.on_detail:
            yield "amount_equation", with_row(good, 0, **{changed: more(good.details[0][changed])})
        else:
            yield "amount_equation", with_header(good, **{changed: more(good.fields[changed])})


def others(kind: Kind, good: Body) -> Iterator[Broken]:
    """For each other rule, the body that breaks it."""
    for same in kind.equal:
        if same.header in good.fields and same.detail in good.details[0]:
            yield "header_detail_differ", with_row(good, 0, **{same.detail: "0000"})
    if kind.count in good.fields:
        yield "count_differs", with_header(good, **{kind.count: "9"})
    if kind.pack:
        yield "pack_number", with_header(good, **{kind.pack[0]: "2", kind.pack[1]: "3"})
    if good.details and "Id" in good.details[0]:
        yield "id_twice", with_row(good, 1, Id=good.details[0]["Id"])
    if "StYear" in good.fields:
        yield "year_later", with_header(good, StYear="2027")
    if "VouDate" in good.fields:
        yield "date_unreal", with_header(good, VouDate="20260230")


@pytest.mark.parametrize("code", sorted(KINDS))
def test_each_rule_of_a_kind_passes_its_sample_and_refuses_the_broken_one(code: str) -> None:
    kind = KINDS[code]
    lowest = LayerType.DOCUMENT if kind.document else LayerType.ORIGINAL
    good = a_body(kind, 7, rows=2 if kind.detail else 0, full=True)
    rules.check(kind, lowest, good, None, "2026")
    for expected, body in (*amounts(kind, good), *others(kind, good)):
        with pytest.raises(RuleBroken) as refused:
            rules.check(kind, lowest, body, None, "2026")
        assert expected == refused.value.code, (code, expected)


RECEIPTS = sorted(code for code, kind in KINDS.items() if LayerType.RECEIPT in kind.replies)


@pytest.mark.parametrize("code", RECEIPTS)
def test_a_receipt_that_says_another_sum_or_answers_other_rows_is_refused(code: str) -> None:
    kind = KINDS[code]
    asked = a_body(kind, 7, rows=2 if kind.detail else 0)
    good = a_layer(kind, LayerType.RECEIPT, asked)
    rules.check(kind, LayerType.RECEIPT, good, asked)
    wrong = [with_header(good, Id="other")]
    if kind.receipt_amount:
        total = good.fields[kind.receipt_amount]
        wrong.append(with_header(good, **{kind.receipt_amount: more(total)}))
    if good.details:
        wrong.append(with_row(good, 0, Id="other"))
    if "XDealResult" in good.fields:
        silent = {k: v for k, v in good.fields.items() if k != "XAddWord"} | {"XDealResult": "0"}
        wrong.append(Body(silent, good.details))
    for body in wrong:
        with pytest.raises(RuleBroken):
            rules.check(kind, LayerType.RECEIPT, body, asked)
