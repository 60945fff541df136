"""What a reconciliation statement tells, row by row, and how it is read back. Pure.

- 3501, 3502: a voucher with its amount, and whether it went back.
- 3507: a settled row. A 2301 row tells what was paid (PayAmt) and what of it came back that day
  (RefundAmt); a 2302 row tells the same refund as a row of its own, in a negative PayAmt, and names
  the 2301 row it gives back (Hold1, Hold2). Both tell the quota of their key: there for the day
  (PlanAmt), left (PlanRemainAmt).
- 3510: a quota key that moved: opening, added, cleared, left; the bank's number stands in Hold1.

In plans amounts are fen, in bodies yuan.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from hub.clearing.model import Line, LineState, QuotaKey
from hub.clearing.movement import FIELDS, Movement
from hub.clearing.reconciliation import NORMAL, RETURNED
from hub.desks.elements import identity, total
from hub.money import Fen, fen
from hub.parties import Party
from hub.voucher.model import Voucher

Rows = list[Mapping[str, str]]
BANK_FIELD: Final = "Hold2"
"""Of a statement about 2301 and 2302: PayBankNo of the bank whose vouchers they are."""
LEFT: Final = "CurDateMoney"
TOTAL: Final = {"3501": "AllAmt", "3502": "AllAmt", "3507": "AllAmt", "3510": LEFT}
"""The header field that stands for the whole statement."""
SUMMED: Final[Mapping[str, Mapping[str, str]]] = {
    "3501": {"AllAmt": "Amt"}, "3502": {"AllAmt": "Amt"}, "3507": {"AllAmt": "PayAmt"},
    "3510": {name: name for name in (*FIELDS, LEFT)},
}  # fmt: skip
"""Header field → the row field it sums, by kind."""
AMOUNT: Final = frozenset({"Amt", "PayAmt", "PlanAmt", "RefundAmt", "PlanRemainAmt", *FIELDS, LEFT})
_REQUEST, _ROW = "Hold1", "Hold2"
"""Of a 2302's row in a 3507: number and row of the 2301 it gives back."""


def of_vouchers(held: Sequence[Line]) -> Rows:
    """Rows of a 3501 or 3502."""
    by_voucher: dict[str, list[Line]] = defaultdict(list)
    for line in held:
        by_voucher[line.voucher_id].append(line)
    return [
        {
            "VoucherNo": identity(name).number,
            "Amt": str(total(rows)),
            "ProState": RETURNED if rows[0].state is LineState.RETURNED else NORMAL,
        }
        for name, rows in sorted(by_voucher.items())
    ]


def of_clearing(held: Sequence[Line], moved: Sequence[Movement]) -> Rows:
    """Rows of a 3507; `held` are all settled rows of a bank's day."""
    back = came_back(held)
    quota = {one.key: one for one in moved}
    rows: Rows = []
    for line in sorted(held, key=lambda each: (each.voucher_id, each.row)):
        refund = -line.amount_fen if line.kind == "2302" else back[line.link]
        row = {
            "PayAgentBillNo": identity(line.voucher_id).number,
            "PayDetailId": line.detail,
            "VoucherNo": line.payment.rpartition("/")[2],
            "SupDepCode": line.quota.unit,
            "FundTypeCode": line.fund,
            "ExpFuncCode": line.quota.subject,
            "PayTypeCode": line.quota.pay_type,
            "PayAmt": str(line.amount_fen),
            "PlanAmt": str(quota[line.quota].there_fen),
            "RefundAmt": str(refund),
            "PlanRemainAmt": str(quota[line.quota].after_fen),
        }
        if line.kind == "2302":
            request, _, detail = line.clearing.rpartition("#")
            row |= {_REQUEST: identity(request).number, _ROW: detail}
        rows.append(row)
    return rows


def came_back(held: Sequence[Line]) -> Counter[str]:
    """What settled 2302 rows among these give back, by the link of the 2301 row."""
    back: Counter[str] = Counter()
    for line in held:
        if line.kind == "2302":
            back[line.clearing] -= line.amount_fen
    return back


def given_back(row: Mapping[str, str]) -> tuple[str, str]:
    """Number and row of the 2301 that a 2302's row of a 3507 gives back; empty: not told."""
    return row.get(_REQUEST, ""), row.get(_ROW, "")


def of_quota(moved: Sequence[Movement], banks: Mapping[str, Party]) -> Rows:
    """Rows of a 3510."""
    rows: Rows = []
    for one in moved:
        key = one.key
        row = {
            "SupDepCode": key.unit, "BgtTypeCode": key.budget, "PayTypeCode": key.pay_type,
            "ExpFuncCode": key.subject, "Hold1": key.bank,
            **dict(zip(FIELDS, map(str, one.told), strict=True)), LEFT: str(one.after_fen),
        }  # fmt: skip
        if key.bank in banks:
            row["PayBankCode"] = banks[key.bank].org_type
        rows.append(row)
    return rows


def quota_told(voucher: Voucher) -> list[Movement]:
    """The rows of a 3510, in their order."""
    content = voucher.original.content
    treasury = content.fields["TreCode"]
    return [
        Movement(
            QuotaKey(
                treasury, row.get("Hold1", ""), row["SupDepCode"], row["ExpFuncCode"],
                row.get("BgtTypeCode", ""), voucher.id.year, row.get("PayTypeCode", ""),
            ),
            *(Fen(fen(row[name])) for name in FIELDS),
        )
        for row in content.details
    ]  # fmt: skip
