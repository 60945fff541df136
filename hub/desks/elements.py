"""From vouchers to lines: which fields mean what, per kind. Pure.

A payment is named alike by everybody: `division/year/pay type/agency/number`, made from fields
that payment vouchers, quota notices and transfer requests all carry. A 2301 row names the
payment's row in Hold1, so that one row can be refunded alone.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from hub.clearing.model import AUTHORISED, DIRECT, Line, LineState, QuotaKey, link
from hub.money import Fen, fen
from hub.parties import FINANCE, UNIT, Party, party
from hub.voucher.model import Body, Voucher, VoucherId

PAYMENTS: Final = ("5201", "8202")
NOTICES: Final = ("5106", "5108")
UNIT_QUOTA: Final = "5105"
"""What a unit may draw on its zero-balance account: finance tells the agent bank."""
REQUESTS: Final = ("2301", "2302")
REFUND_NOTICES: Final = ("2203", "2204")
BATCH_DETAIL: Final = "8207"
ROW_FIELD: Final = "Hold1"
"""Of a 2301 or 2302 row: the Id of the payment's row."""

_PAY_TYPE: Final = {
    "5201": DIRECT, "5108": DIRECT, "8202": AUTHORISED, "5106": AUTHORISED,
    UNIT_QUOTA: AUTHORISED,
}  # fmt: skip
_MAIN: Final = {UNIT: "8202", FINANCE: "5201"}
Fields = Mapping[str, str]


def identity(text: str) -> VoucherId:
    """The identity that `str` of a VoucherId wrote; only for what this node has recorded."""
    env, division, year, kind, issuer, number = text.split("/")
    return VoucherId(env, division, year, kind, party(issuer), number)


def main_of(voucher: Voucher) -> VoucherId:
    """The payment voucher that a batch detail belongs to."""
    own = voucher.id
    return replace(
        own, kind=_MAIN.get(own.issuer.org_type, "5201"),
        number=voucher.original.content.fields["PayVoucherNo"],
    )  # fmt: skip


def pay_type(kind: str, fields: Fields) -> str:
    """PayTypeCode, or what the kind means by itself."""
    return fields.get("PayTypeCode") or _PAY_TYPE.get(kind, "")


def payment_name(own: VoucherId, pay_type_code: str, agency: str, number: str) -> str:
    """How every party names a payment."""
    return f"{own.division}/{own.year}/{pay_type_code}/{agency}/{number}"


def payment_of(voucher: Voucher) -> str:
    """The payment a 5201, 8202 or 8207 is about."""
    fields, own = voucher.original.content.fields, voucher.id
    number = fields.get("PayVoucherNo") if own.kind == BATCH_DETAIL else own.number
    kind = "8202" if own.issuer.org_type == "800" else "5201"
    return payment_name(own, pay_type(kind, fields), fields.get("AgencyCode", ""), number or "")


def lines(voucher: Voucher, holder: str, state: LineState, day: str) -> list[Line]:
    """The money lines of a voucher's original, as `holder` records them."""
    original = voucher.original
    return lines_of_body(original.id.voucher, original.content, holder, state, day)


def lines_of_body(
    own: VoucherId, body: Body, holder: str, state: LineState, day: str
) -> list[Line]:
    """As `lines`, before a body is sealed."""
    return [
        _line(own, body.fields, row, n, holder, state, day) for n, row in enumerate(body.details, 1)
    ]


def _line(
    own: VoucherId, head: Fields, row: Fields, n: int, holder: str, state: LineState, day: str
) -> Line:
    kind = own.kind
    code = pay_type(kind, head)
    agency = row.get("AgencyCode") or head.get("AgencyCode", "")
    amount = row.get("PayAmt") or row.get("PlanAmt") or "0.00"
    return Line(
        party=holder,
        voucher_id=str(own),
        row=n,
        detail=row.get("Id", str(n)),
        kind=kind,
        division=own.division,
        payment=payment_name(own, code, agency, _payment_number(kind, own, head, row)),
        payment_row=_payment_row(kind, row),
        amount_fen=fen(amount),
        quota=QuotaKey(
            treasury=head.get("TreCode", ""),
            bank=head.get("PayBankNo", ""),
            unit=row.get("SupDepCode") or head.get("SupDepCode", ""),
            subject=row.get("ExpFuncCode") or head.get("ExpFuncCode", ""),
            budget=head.get("BgtTypeCode", ""),
            year=own.year,
            pay_type=code,
        ),
        fund=head.get("FundTypeCode", ""),
        state=state,
        day=day,
        agency=agency,
        agency_name=row.get("AgencyName") or head.get("AgencyName", ""),
        clearing=_original_request(own, row),
    )


def _payment_number(kind: str, own: VoucherId, head: Fields, row: Fields) -> str:
    if kind in PAYMENTS:
        return own.number
    if kind in REQUESTS:
        return row.get("VoucherNo", "")
    if kind in REFUND_NOTICES:
        return head.get("OriBillNo", "")
    return row.get("PayVoucherNo", "")


def _payment_row(kind: str, row: Fields) -> str:
    if kind in PAYMENTS:
        return row.get("Id", "")
    if kind in REFUND_NOTICES:
        return row.get("OriDetailId", "")
    return row.get(ROW_FIELD, "") if kind in REQUESTS else ""


def _original_request(own: VoucherId, row: Fields) -> str:
    if own.kind != "2302":
        return ""
    original = VoucherId(
        own.env, own.division, own.year, "2301", own.issuer,
        row.get("OriVoucherNo", ""),
    )  # fmt: skip
    return link(str(original), row.get("OriDetailId", ""))


def statement_name(issuer: Party, check_no: str) -> str:
    """How the packs of one statement are held together."""
    return f"check/{issuer}/{check_no}"


def whole(voucher: Voucher, holder: str, state: LineState, day: str, amount_field: str) -> Line:
    """A voucher held as one line without money elements: a batch detail, a statement."""
    content = voucher.original.content
    if voucher.id.kind == BATCH_DETAIL:
        about = payment_of(voucher)
    else:
        about = statement_name(voucher.id.issuer, content.fields.get("VoucherCheckNo", ""))
    return whole_of_body(voucher.id, content, holder, state, day, amount_field, about)


def whole_of_body(
    own: VoucherId, body: Body, holder: str, state: LineState, day: str, amount_field: str,
    payment: str = "",
) -> Line:  # fmt: skip
    """As `whole`, before a body is sealed."""
    return Line(
        party=holder,
        voucher_id=str(own),
        row=0,
        detail="",
        kind=own.kind,
        division=own.division,
        payment=payment,
        payment_row="",
        amount_fen=fen(body.fields.get(amount_field, "0.00")),
        quota=QuotaKey(body.fields.get("TreCode", ""), "", "", "", "", own.year, ""),
        fund="",
        state=state,
        day=day,
    )


def clearing_elements(line: Line) -> bool:
    """Whether the line can stand in a transfer request: nothing of its quota key is missing."""
    key = line.quota
    return all((key.treasury, key.bank, key.unit, key.subject, key.budget, key.pay_type, line.fund))


def total(rows: list[Line]) -> Fen:
    """Their sum."""
    return Fen(sum(row.amount_fen for row in rows))
