"""The treasury's day end: 3501 and 3510 to finance, 3502 to banks, 3507 to both, in packs of 500.

Each statement is planned once: (kind, voucher type, division, bank, day) names it. Its lines are
what the books hold of that day when it is planned; rows go into the plan, so that the draft is the
same after a crash. What their rows tell: `hub.desks.statement_rows`.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from hub.clearing.model import ISSUED, Line, LineState, move
from hub.clearing.movement import COUNTED
from hub.clearing.reconciliation import PACK_MAX, packs
from hub.desks.elements import (
    NOTICES,
    REQUESTS,
    identity,
    statement_name,
    whole_of_body,
)
from hub.desks.model import Task, TaskKind, TaskState, task_id
from hub.desks.ports import DeskTransaction
from hub.desks.quota_book import QuotaDay
from hub.desks.statement_rows import (
    AMOUNT,
    BANK_FIELD,
    SUMMED,
    TOTAL,
    Rows,
    of_clearing,
    of_quota,
    of_vouchers,
)
from hub.desks.step import Means, Step, next_identity, original
from hub.money import yuan
from hub.parties import Party
from hub.voucher.model import Body, Draft, Voucher, VoucherId

STATEMENTS: Final = "checks"
_OPEN: Final = frozenset({LineState.NEW, LineState.EXECUTING})
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
        banks = self.means.directory.banks
        held = [
            line
            for line in tx.lines_on(str(self.party), (*NOTICES, *REQUESTS), day)
            if line.state not in _OPEN
        ]
        groups: dict[Group, list[Line]] = defaultdict(list)
        for line in held:
            for group in _groups(line):
                groups[group].append(line)
        quota = QuotaDay(tx, self.means, str(self.party), day)
        planned = 0
        for group in sorted(groups):
            planned += self._statement(tx, group, _rows(group, groups[group], quota, banks), day)
        return planned

    def _statement(self, tx: DeskTransaction, group: Group, rows: Rows, day: str) -> int:
        kind, checked, division, bank = group
        planned = 0
        for receiver in self._receiver(kind, division, bank):
            about = f"{kind}/{checked}/{division}/{bank}/{day}/{receiver}"
            first = task_id(TaskKind.SEND, str(self.party), f"{about}/1")
            if tx.tasks([first]):
                continue
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
        if kind in {"3501", "3510"}:
            return (finance[division],)
        if kind == "3502":
            return (banks[bank],)
        return (finance[division], banks[bank])

    def _send(self, tx: DeskTransaction, name: VoucherId, day: str, plan: str, about: str) -> None:
        body, _ = self._body(name, day, plan)
        check = statement_name(self.party, body.fields["VoucherCheckNo"])
        tx.add_lines(
            [
                whole_of_body(
                    name, body, str(self.party), LineState.NEW, day, TOTAL[name.kind], check
                )
            ]
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
        }
        for own, of_row in SUMMED[name.kind].items():
            fields[own] = yuan(sum(int(row[of_row]) for row in rows))
        if told["bank"]:  # a statement for the bureau is of no bank
            fields[BANK_FIELD] = told["bank"]
        if name.kind in {"3507", "3510"}:
            fields |= {"BeginDate": day, "EndDate": day}
        else:
            fields |= {"CheckDate": day, "EVoucherType": told["type"]}
        details = tuple(
            {"Id": str(n)} | {k: yuan(int(v)) if k in AMOUNT else v for k, v in row.items()}
            for n, row in enumerate(rows, 1)
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


def _rows(group: Group, held: Sequence[Line], quota: QuotaDay, banks: Mapping[str, Party]) -> Rows:
    kind, _, division, _ = group
    if kind == "3510":
        return of_quota(quota.of(division), banks)
    return of_clearing(held, quota.of(division)) if kind == "3507" else of_vouchers(held)


def _groups(line: Line) -> list[Group]:
    bank = line.quota.bank
    quota = [("3510", "", line.division, "")] if line.state in COUNTED else []
    if line.kind in NOTICES:
        return [("3501", line.kind, line.division, ""), *quota]
    cleared = [("3507", "", line.division, bank)] if line.state in COUNTED else []
    return [("3502", line.kind, line.division, bank), *cleared, *quota]
