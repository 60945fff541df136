"""The treasury's day end: 3501 to finance, 3502 to banks, 3507 to both, in packs of 500.

Each statement is planned once: (kind, voucher type, division, bank, day) names it. Its lines are
what the books hold of that day when it is planned; rows go into the plan, so that the draft is the
same after a crash.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from hub.clearing.model import ISSUED, Line, LineState, move
from hub.clearing.reconciliation import NORMAL, PACK_MAX, RETURNED, packs
from hub.desks.checks import BANK_FIELD
from hub.desks.elements import (
    NOTICES,
    REQUESTS,
    identity,
    statement_name,
    total,
    whole_of_body,
)
from hub.desks.model import Task, TaskKind, TaskState, task_id
from hub.desks.ports import DeskTransaction
from hub.desks.step import Means, Step, next_identity, original
from hub.money import yuan
from hub.parties import Party
from hub.voucher.model import Body, Draft, Voucher, VoucherId

STATEMENTS: Final = "checks"
_OPEN: Final = frozenset({LineState.NEW, LineState.EXECUTING})
_CLEARED: Final = frozenset({LineState.CLEARED, LineState.REFUNDING, LineState.REFUNDED})
Group = tuple[str, str, str, str]
"""(statement kind, voucher type, division, PayBankNo)."""


class TreasuryDay:
    """What a treasury sends when its day closes."""

    def __init__(self, party: Party, code: str, means: Means) -> None:
        self.party = party
        self.code = code
        self.means = means

    def plan(self, tx: DeskTransaction, day: str) -> int:
        """Plan every statement of the day that is not planned yet."""
        held = [
            line
            for line in tx.lines_on(str(self.party), (*NOTICES, *REQUESTS), day)
            if line.state not in _OPEN
        ]
        groups: dict[Group, list[Line]] = defaultdict(list)
        for line in held:
            for group in _groups(line):
                groups[group].append(line)
        return sum(self._statement(tx, group, groups[group], day) for group in sorted(groups))

    def _statement(self, tx: DeskTransaction, group: Group, held: Sequence[Line], day: str) -> int:
        kind, checked, division, bank = group
        planned = 0
        for receiver in self._receiver(kind, division, bank):
            about = f"{kind}/{checked}/{division}/{bank}/{day}/{receiver}"
            first = task_id(TaskKind.SEND, str(self.party), f"{about}/1")
            if tx.tasks([first]):
                continue
            rows = _clearing_rows(held) if kind == "3507" else _voucher_rows(held)
            parts = packs(rows, PACK_MAX)
            check_no = ""
            for n, part in enumerate(parts, 1):
                env = self.means.directory.env
                name = next_identity(tx, env, division, kind, self.party, day)
                check_no = check_no or name.number
                plan = json.dumps(
                    {"check": check_no, "n": n, "of": len(parts), "type": checked, "bank": bank,
                     "to": str(receiver), "rows": part}
                )  # fmt: skip
                self._send(tx, name, day, plan, f"{about}/{n}")
                planned += 1
        return planned

    def _receiver(self, kind: str, division: str, bank: str) -> tuple[Party, ...]:
        finance, banks = self.means.directory.finances, self.means.directory.banks
        if kind == "3501":
            return (finance[division],)
        if kind == "3502":
            return (banks[bank],)
        return (finance[division], banks[bank])

    def _send(self, tx: DeskTransaction, name: VoucherId, day: str, plan: str, about: str) -> None:
        body, _ = self._body(name, day, plan)
        check = statement_name(self.party, body.fields["VoucherCheckNo"])
        tx.add_lines(
            [whole_of_body(name, body, str(self.party), LineState.NEW, day, "AllAmt", check)]
        )
        task = Task(
            task_id(TaskKind.SEND, str(self.party), about), str(self.party), TaskKind.SEND,
            str(name), b"", TaskState.DUE, tx.now, tx.now, day, plan=plan,
        )  # fmt: skip
        tx.add_tasks([task])

    def draft(self, _tx: DeskTransaction, step: Step) -> None:
        """The draft of a planned statement."""
        name = identity(step.task.voucher_id)
        body, to = self._body(name, step.task.day, step.task.plan)
        step.drafts = [Draft(original(name), self.means.release(), (to,), body)]

    def _body(self, name: VoucherId, day: str, plan: str) -> tuple[Body, str]:
        told = json.loads(plan)
        rows = told["rows"]
        amount = "PayAmt" if name.kind == "3507" else "Amt"
        fields = {
            "Id": name.number[:60],
            "AdmDivCode": name.division,
            "StYear": name.year,
            "VtCode": name.kind,
            "VouDate": day,
            "VoucherNo": name.number,
            "VoucherCheckNo": told["check"],
            "ChildPackNum": str(told["of"]),
            "CurPackNo": str(told["n"]),
            "TreCode": self.code,
            "FinOrgCode": self.means.directory.finances[name.division].code,
            "AllNum": str(len(rows)),
            "AllAmt": yuan(sum(int(row[amount]) for row in rows)),
        }
        if told["bank"]:  # a statement for the bureau is of no bank
            fields[BANK_FIELD] = told["bank"]
        if name.kind == "3507":
            fields |= {"BeginDate": day, "EndDate": day}
        else:
            fields |= {"CheckDate": day, "EVoucherType": told["type"]}
        details = tuple(
            {"Id": str(n), **row, amount: yuan(int(row[amount]))} for n, row in enumerate(rows, 1)
        )
        return Body(fields, details), told["to"]

    def answered(self, tx: DeskTransaction, voucher: Voucher) -> None:
        """An answer to one of these statements: agreed, or it differs."""
        fields = voucher.original.content.fields
        check = statement_name(self.party, fields["VoucherCheckNo"])
        held = tx.lines_about(str(self.party), [check]).get(check, [])
        agreed = fields["XCheckResult"] == "0"
        state = LineState.AGREED if agreed else LineState.DIFFERS
        tx.put_lines(
            [
                move(ISSUED, line, state)
                for line in held
                if line.state is LineState.NEW
                and identity(line.voucher_id).number == fields["OriBillNo"]
            ]
        )


def _groups(line: Line) -> list[Group]:
    if line.kind in NOTICES:
        return [("3501", line.kind, line.division, "")]
    found = [("3502", line.kind, line.division, line.quota.bank)]
    if line.state in _CLEARED:
        found.append(("3507", "", line.division, line.quota.bank))
    return found


def _voucher_rows(held: Sequence[Line]) -> list[dict[str, str]]:
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


def _clearing_rows(held: Sequence[Line]) -> list[Mapping[str, str]]:
    return [
        {
            "PayAgentBillNo": identity(line.voucher_id).number,
            "PayDetailId": line.detail,
            "VoucherNo": line.payment.rpartition("/")[2],
            "SupDepCode": line.quota.unit,
            "FundTypeCode": line.fund,
            "ExpFuncCode": line.quota.subject,
            "PayTypeCode": line.quota.pay_type,
            "PayAmt": str(line.amount_fen),
        }
        for line in sorted(held, key=lambda each: (each.voucher_id, each.row))
    ]
