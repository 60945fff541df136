"""What a transfer or refund request (2301, 2302) says, row by row. Pure.

- A row names its payment as the books have it. What the payment's own voucher says of it (economy,
  category, purpose, payee) and what the core answered (day, amount) stand beside, so that the
  treasury can look at a row without the voucher.
- Everything follows from the books and from vouchers on record: drafted again it is the same.
  Where a payment's voucher cannot be read now, rows say what the books know: no request waits.
- A body has a limit. What explains rows is left out group by group, the longest first and of all
  rows alike, where it would not fit; what clearing needs always stands.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from xml.sax.saxutils import escape

from hub.clearing.model import Line
from hub.desks.elements import ROW_FIELD, identity
from hub.money import yuan
from hub.voucher.model import Voucher

REFUND: Final = "2302"
ROWS_BYTES_MAX: Final = 56 * 1024
"""Octets of all rows with what explains them; a body of 64 KB has its head besides."""
_FROM: Final[Mapping[str, str]] = {"ExpEcoCode": "GovExpEcoCode", "ExpEcoName": "GovExpEcoName"}
"""The treasury books by the government's economy code; other fields have one name everywhere."""
_CODES: Final = ("ExpEcoCode", "ProCatCode", "PaySummaryCode")
_PAYEE: Final = ("PayeeAcctNo", "PayeeAcctName", "PayeeAcctBankName", "PayeeAcctBankNo")
_NAMES: Final = (
    "SupDepName", "ExpFuncName", "ExpEcoName", "ProCatName", "PaySummaryName", "FundTypeName",
)  # fmt: skip
_PAID: Final = ("PayeeAcctNo", "PayeeAcctName", "PayeeAcctBankName")


def rows(
    kind: str, lines: Sequence[Line], payments: Mapping[str, Line], vouchers: Mapping[str, Voucher]
) -> tuple[dict[str, str], ...]:
    """The detail rows of a request.

    `payments`: the payment's line by the request row that names it; `vouchers`: the payments' by
    their ids. A row whose payment is in neither stands with what clearing needs.
    """
    told = [_cleared(kind, line) for line in lines]
    known = [_known(payments.get(line.link), vouchers) for line in lines]
    for group in range(len(known[0]) if known else 0):
        more = [{**row, **groups[group]} for row, groups in zip(told, known, strict=True)]
        if sum(map(_bytes, more)) > ROWS_BYTES_MAX:
            break
        told = more
    return tuple(told)


def _cleared(kind: str, line: Line) -> dict[str, str]:
    row = {
        "Id": line.detail,
        "VoucherNo": line.payment.rpartition("/")[2],
        "FundTypeCode": line.fund,
        "SupDepCode": line.quota.unit,
        "AgencyCode": line.agency,
        "AgencyName": line.agency_name,
        "ExpFuncCode": line.quota.subject,
        "PayAmt": yuan(line.amount_fen),
        "AgentBusinessNo": line.trace,
        ROW_FIELD: line.payment_row,
    }
    if kind == REFUND:
        request, _, detail = line.clearing.rpartition("#")
        row |= {"OriVoucherNo": identity(request).number, "OriDetailId": detail}
    return row


def _known(payment: Line | None, vouchers: Mapping[str, Voucher]) -> list[dict[str, str]]:
    """What explains a row, in groups; the first stands before all others go."""
    if payment is None:
        return [{} for _ in range(5)]
    paid = {"XPayDate": payment.day, "XPayAmt": yuan(payment.amount_fen)}
    said: dict[str, str] = {}
    if voucher := vouchers.get(payment.voucher_id):
        content = voucher.original.content
        own = next((row for row in content.details if row.get("Id") == payment.detail), {})
        said = {**content.fields, **{name: text for name, text in own.items() if text}}
    to_whom = {f"X{name}": said[name] for name in _PAID if said.get(name)}
    return [paid, _of(said, _CODES), _of(said, _PAYEE), _of(said, _NAMES), to_whom]


def _of(said: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    found = {name: said.get(_FROM.get(name, name), "") for name in names}
    return {name: text for name, text in found.items() if text}


def _bytes(row: Mapping[str, str]) -> int:
    return sum(2 * len(name) + 5 + len(escape(text).encode()) for name, text in row.items()) + 20
