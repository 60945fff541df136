"""Payment rows → the bureau desk's payment requests; one row is one payment to one payee. Pure.

A row without a number of its own gets one from its identity: importing the row again gives the same
voucher, which every node takes as the one it has.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hub.desks.bureau import Account, Bank, Budget, Payee, PaymentRequest
from hub.parties import UNIT, Party
from ops.payments_import.columns import BY_NAME
from ops.payments_import.rows import BadCell, PaymentRow

DERIVED_DIGITS: Final = 24
"""Hexadecimal digits of the identity in a derived number: 96 bits."""
AS_THEY_ARE: Final = frozenset(
    {
        "PayTypeName", "ExpFuncName", "GovExpEcoName", "DepExpEcoCode", "DepExpEcoName",
        "DepProCode", "DepProName", "SupDepName", "PaySummaryCode", "PaySummaryName", "TrackingID",
        "Remark",
    }
)  # fmt: skip
"""Header fields that the desk does not make itself."""


@dataclass(frozen=True, slots=True)
class Known:
    """Who this bureau can pay for and through, from the parties' register."""

    finances: Mapping[str, Party]
    """By division."""
    banks: Mapping[str, Party]
    """By PayBankNo."""
    units: frozenset[Party]
    treasuries: Mapping[str, Party]
    """By TreCode."""


def strangers(rows: Sequence[PaymentRow], known: Known) -> list[BadCell]:
    """Cells that name a division, treasury, bank or unit the register does not have."""
    found = []
    for row in rows:
        if row.division not in known.finances:
            found.append(_stranger(row, "AdmDivCode", "a division of this bureau", "本财政区划"))
        if row.fields["TreCode"] not in known.treasuries:
            found.append(_stranger(row, "TreCode", "a registered treasury", "已备案的国库"))
        if row.bank not in known.banks:
            found.append(_stranger(row, "PayBankNo", "a registered bank", "已备案的代理银行"))
        if row.kind == "8202" and unit_of(row) not in known.units:
            found.append(_stranger(row, "AgencyCode", "a registered unit", "已备案的预算单位"))
    return found


def unit_of(row: PaymentRow) -> Party:
    """The budget unit of a row, as a party."""
    return Party(UNIT, f"{row.division}-{row.unit}")


def number_of(row: PaymentRow, year: str) -> str:
    """The voucher's number: the file's, or one that follows from the row."""
    return row.fields.get("VoucherNo") or f"{year}-{row.id[:DERIVED_DIGITS]}"


def request(row: PaymentRow, known: Known, day: str) -> PaymentRequest:
    """The request of a row that names nobody unknown; `day` is today's business day."""
    fields = row.fields
    year = fields.get("StYear", day[:4])
    issuer = unit_of(row) if row.kind == "8202" else known.finances[row.division]
    return PaymentRequest(
        division=row.division,
        year=year,
        number=number_of(row, year),
        day=day,
        issuer=issuer,
        bank=Bank(
            known.banks[row.bank],
            fields["PayBankCode"],
            fields.get("PayBankName", ""),
            row.bank,
        ),
        payer=Account(fields["PayAcctNo"], fields["PayAcctName"], fields["PayAcctBankName"]),
        budget=_budget(fields),
        payees=(Payee(_payee(fields), row.amount_fen),),
        extra={name: value for name, value in fields.items() if name in AS_THEY_ARE},
    )


def _budget(fields: Mapping[str, str]) -> Budget:
    return Budget(
        treasury=fields["TreCode"],
        finance_org=fields["FinOrgCode"],
        fund=fields["FundTypeCode"],
        budget_type=fields["BgtTypeCode"],
        category=fields["ProCatCode"],
        upper_unit=fields["SupDepCode"],
        agency=fields["AgencyCode"],
        agency_name=fields["AgencyName"],
        subject=fields["ExpFuncCode"],
        economy=fields["GovExpEcoCode"],
        spending=fields["PayKindCode"],
    )


def _payee(fields: Mapping[str, str]) -> Account:
    return Account(
        fields["PayeeAcctNo"],
        fields["PayeeAcctName"],
        fields["PayeeAcctBankName"],
        fields.get("PayeeAcctBankNo", ""),
    )


def _stranger(row: PaymentRow, field: str, expected: str, expected_zh: str) -> BadCell:
    header = BY_NAME[field].header_zh
    return BadCell(row.line, header, row.fields[field], expected, expected_zh)
