"""The specification's "same voucher, sent back with the X fields filled in", as a projection.

`merge` is for people and systems that know only that form; the wire never carries it.
It sets fields that the catalogue marks receipt-only, and VoucherFlag, and nothing else.
"""

from collections.abc import Mapping

from hub.errors import RuleBroken
from hub.voucher.catalogue import FieldRule, Kind, Presence
from hub.voucher.forms import FLAG
from hub.voucher.model import Body

_RECEIPT = (Presence.RECEIPT, Presence.RECEIPT_OPTIONAL)


def merge(original: Body, receipt: Body, kind: Kind) -> Body:
    """The original with the receipt's fields, in the catalogue's order; VoucherFlag is 1.

    Rows are joined by Id; attachments of both stand one after the other. For people and older
    systems only: what it gives was sealed by nobody and is never sent.

    Raises:
        RuleBroken: `receipt_field_not_allowed` (field, row) when the receipt holds a field that is
            not receipt-only; `receipt_rows_differ` when it names rows the original has not.

    Source: protocol rule 2.2; voucher message specification; DA/T 95-2022, B.1
    """
    rows = {row.get("Id", ""): row for row in receipt.details}
    if not set(rows) <= {row.get("Id", "") for row in original.details}:
        raise RuleBroken("receipt_rows_differ", rows=len(rows))
    answered = {name: value for name, value in receipt.fields.items() if name != FLAG}
    return Body(
        fields={FLAG: "1", **_merged(kind.header, original.fields, answered, 0)},
        details=tuple(
            _merged(kind.detail, row, rows.get(row.get("Id", ""), {}), at)
            for at, row in enumerate(original.details, 1)
        ),
        attachments=(*original.attachments, *receipt.attachments),
    )


def _merged(
    rules: tuple[FieldRule, ...], asked: Mapping[str, str], answered: Mapping[str, str], row: int
) -> dict[str, str]:
    receipt_only = {rule.name for rule in rules if rule.presence in _RECEIPT}
    for name in answered:
        if name not in receipt_only and name != "Id":
            raise RuleBroken("receipt_field_not_allowed", field=name, row=row or None)
    merged: dict[str, str] = {}
    for rule in rules:
        value = (answered if rule.name in receipt_only else asked).get(rule.name)
        if value is not None:
            merged[rule.name] = value
    return merged
