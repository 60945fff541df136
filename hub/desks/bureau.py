"""The bureau's vouchers: payment requests in, drafts out. Pure.

Numbers are the finance system's own and come with the request; a number is never used again.
A request with several payees is one voucher; with `batch` an 8207 repeats its rows and the bank
compares the two.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from hub.clearing.model import AUTHORISED, DIRECT
from hub.money import Fen, yuan
from hub.parties import UNIT, Party
from hub.voucher.model import Body, Draft, LayerId, LayerType, VoucherId

SINGLE: Final = "1"
BATCH: Final = "4"
"""BusinessTypeCode."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The budget elements a payment is charged to; codes as the code lists spell them."""

    treasury: str
    finance_org: str
    fund: str
    budget_type: str
    category: str
    upper_unit: str
    agency: str
    agency_name: str
    subject: str
    economy: str
    spending: str = "1"
    """PayKindCode."""


@dataclass(frozen=True, slots=True)
class Bank:
    """The agent bank as vouchers name it."""

    party: Party
    code: str
    name: str
    line_no: str


@dataclass(frozen=True, slots=True)
class Account:
    """An account: whose, and where."""

    number: str
    name: str
    bank_name: str
    bank_no: str = ""


@dataclass(frozen=True, slots=True)
class Payee:
    """One row of a payment."""

    account: Account
    amount_fen: Fen


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """One approved payment."""

    division: str
    year: str
    number: str
    day: str
    issuer: Party
    """A finance bureau (5201) or a budget unit (8202)."""
    bank: Bank
    payer: Account
    budget: Budget
    payees: tuple[Payee, ...]
    batch: bool = False
    extra: Mapping[str, str] = field(default_factory=dict)
    """Optional header fields: names, purpose, remark."""

    @property
    def kind(self) -> str:
        """5201 from finance, 8202 from a unit."""
        return "8202" if self.issuer.org_type == UNIT else "5201"

    @property
    def amount_fen(self) -> Fen:
        """The whole payment."""
        return Fen(sum(payee.amount_fen for payee in self.payees))


def _head(
    division: str, year: str, kind: str, number: str, day: str, budget: Budget
) -> dict[str, str]:
    return {
        "Id": f"{kind}-{number}"[:60],
        "AdmDivCode": division,
        "StYear": year,
        "VtCode": kind,
        "VouDate": day,
        "VoucherNo": number,
        "TreCode": budget.treasury,
        "FinOrgCode": budget.finance_org,
        "FundTypeCode": budget.fund,
    }


def _elements(budget: Budget) -> dict[str, str]:
    return {
        "SupDepCode": budget.upper_unit,
        "AgencyCode": budget.agency,
        "AgencyName": budget.agency_name,
        "ExpFuncCode": budget.subject,
    }


def _payer(account: Account) -> dict[str, str]:
    return {
        "PayAcctNo": account.number,
        "PayAcctName": account.name,
        "PayAcctBankName": account.bank_name,
    }


def _payee(account: Account) -> dict[str, str]:
    return {
        "PayeeAcctNo": account.number,
        "PayeeAcctName": account.name,
        "PayeeAcctBankName": account.bank_name,
        "PayeeAcctBankNo": account.bank_no,
    }


def _bank(bank: Bank) -> dict[str, str]:
    return {"PayBankCode": bank.code, "PayBankName": bank.name, "PayBankNo": bank.line_no}


def payment(request: PaymentRequest, env: str, cat: int) -> Draft:
    """The 5201 or 8202 of a request."""
    assert request.payees, "a payment pays somebody"
    budget, kind = request.budget, request.kind
    head = _head(request.division, request.year, kind, request.number, request.day, budget)
    shared = {
        "FundTypeCode": budget.fund,
        "BgtTypeCode": budget.budget_type,
        "ProCatCode": budget.category,
        **_elements(budget),
        "GovExpEcoCode": budget.economy,
    }
    fields = head | shared | _payer(request.payer) | _bank(request.bank) | {
        "PayTypeCode": _pay_type(kind),
        "BusinessTypeCode": BATCH if request.batch else SINGLE,
        "PayAmt": yuan(request.amount_fen),
        "Hold1": request.extra.get("Hold1", "0"),
    }  # fmt: skip
    if len(request.payees) == 1:
        fields |= _payee(request.payees[0].account)
    rows = tuple(
        {"Id": str(n), "VoucherBillId": fields["Id"], "VoucherBillNo": request.number,
         "PayKindCode": budget.spending, **shared, **_payee(payee.account),
         "PayAmt": yuan(payee.amount_fen)}
        for n, payee in enumerate(request.payees, 1)
    )  # fmt: skip
    identity = _identity(env, request, kind, request.number)
    return _draft(identity, cat, request.bank.party, Body({**request.extra, **fields}, rows))


def batch_detail(request: PaymentRequest, env: str, cat: int) -> Draft:
    """The 8207 that repeats the rows of a batch payment, under a number of its own."""
    number = f"{request.number}-B"
    budget = request.budget
    fields = _head(request.division, request.year, "8207", number, request.day, budget) | {
        "PayVoucherNo": request.number,
        "PayTypeCode": _pay_type(request.kind),
        **_elements(budget),
        **_payer(request.payer),
        **_bank(request.bank),
        "SumAmt": yuan(request.amount_fen),
    }
    rows = tuple(
        {"Id": str(n), **_payee(payee.account), "PayAmt": yuan(payee.amount_fen)}
        for n, payee in enumerate(request.payees, 1)
    )
    identity = _identity(env, request, "8207", number)
    return _draft(identity, cat, request.bank.party, Body(fields, rows))


def payment_drafts(requests: Sequence[PaymentRequest], env: str, cat: int) -> list[Draft]:
    """Every request's voucher, and the batch detail before it where it has one."""
    drafts = []
    for request in requests:
        if request.batch:
            drafts.append(batch_detail(request, env, cat))
        drafts.append(payment(request, env, cat))
    return drafts


@dataclass(frozen=True, slots=True)
class QuotaRow:
    """One row of a quota notice; 5108 names the payment, 5106 does not."""

    budget: Budget
    amount_fen: Fen
    payment_number: str = ""


@dataclass(frozen=True, slots=True)
class QuotaNotice:
    """A clearing-quota notice for one treasury, bank, fund and budget type."""

    division: str
    year: str
    number: str
    day: str
    issuer: Party
    treasury: Party
    bank: Bank
    rows: tuple[QuotaRow, ...]


def direct_notice(notice: QuotaNotice, env: str, cat: int) -> Draft:
    """A 5108: quota for direct payments, row by payment."""
    return _notice(notice, "5108", "PayAmt", DIRECT, {}, env, cat)


def authorised_notice(notice: QuotaNotice, month: str, env: str, cat: int) -> Draft:
    """A 5106: quota for authorised payments of a month."""
    return _notice(notice, "5106", "PlanAmt", AUTHORISED, {"SetMonth": month}, env, cat)


def unit_notice(notice: QuotaNotice, month: str, env: str, cat: int) -> Draft:
    """A 5105: what units may draw in a month, for their agent bank."""
    draft = _notice(notice, "5105", "PlanAmt", AUTHORISED, {"SetMonth": month}, env, cat)
    return replace(draft, to=(str(notice.bank.party),))


def _notice(
    notice: QuotaNotice, kind: str, amount: str, pay_type: str, more: Mapping[str, str], env: str,
    cat: int,
) -> Draft:  # fmt: skip
    first = notice.rows[0].budget
    same = {(r.budget.treasury, r.budget.fund, r.budget.budget_type) for r in notice.rows}
    assert len(same) == 1, "a quota notice is for one treasury, fund and budget type"
    fields = _head(notice.division, notice.year, kind, notice.number, notice.day, first) | {
        "BgtTypeCode": first.budget_type,
        "PayTypeCode": pay_type,
        **_bank(notice.bank),
        amount: yuan(sum(row.amount_fen for row in notice.rows)),
        **more,
    }
    rows = tuple(
        {"Id": str(n), **_elements(row.budget), "PayVoucherNo": row.payment_number,
         amount: yuan(row.amount_fen)}
        for n, row in enumerate(notice.rows, 1)
    )  # fmt: skip
    if kind != "5108":
        rows = tuple({k: v for k, v in row.items() if k != "PayVoucherNo"} for row in rows)
    identity = VoucherId(env, notice.division, notice.year, kind, notice.issuer, notice.number)
    return _draft(identity, cat, notice.treasury, Body(fields, rows))


def direct_rows(requests: Sequence[PaymentRequest]) -> tuple[QuotaRow, ...]:
    """The 5108 rows for direct payments of one treasury, bank, fund and budget type."""
    assert all(request.kind == "5201" for request in requests), "5108 is for direct payments"
    return tuple(QuotaRow(r.budget, r.amount_fen, r.number) for r in requests)


def _identity(env: str, request: PaymentRequest, kind: str, number: str) -> VoucherId:
    return VoucherId(env, request.division, request.year, kind, request.issuer, number)


def _draft(identity: VoucherId, cat: int, to: Party, body: Body) -> Draft:
    layer = LayerId(identity, LayerType.ORIGINAL, identity.issuer)
    return Draft(layer, cat, (str(to),), body)


def _pay_type(kind: str) -> str:
    return AUTHORISED if kind == "8202" else DIRECT
