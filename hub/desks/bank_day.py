"""The agent bank's day: bounced payments, transfer and refund requests, daily lists.

A plan is made in one transaction (which rows, under which new number) and drafted from the books
afterwards, so that a crash between the two makes the same voucher. One 2301 or 2302 holds rows of
one division, treasury, fund, pay type and budget type.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from hub.clearing.model import BANK, DIRECT, DUE, Line, LineState, move
from hub.desks import bank_request
from hub.desks.bank_quota import UnitQuota
from hub.desks.bank_request import REFUND
from hub.desks.bank_rules import BankProfile
from hub.desks.elements import (
    PAYMENTS,
    REFUND_NOTICES,
    REQUESTS,
    identity,
    total,
)
from hub.desks.model import Task, TaskKind, TaskState, task_id
from hub.desks.ports import Bounce, DeskTransaction
from hub.desks.step import Means, Step, next_identity, original
from hub.errors import Damaged, TargetDown
from hub.exchange.recovery import NEVER_RESTORED
from hub.money import Fen, yuan
from hub.voucher.model import Body, Draft, Voucher, VoucherId

REQUEST_ROWS: Final = 50
"""So many fit into a body of 64 KB with all that explains them."""
LIST_ROWS: Final = 1000
SWEEP: Final = 5000
"""Lines planned in one transaction; the phase goes on until nothing is left."""
_DAY_STATES: Final = frozenset(
    {LineState.PAID, LineState.SUMMED, LineState.CLEARED, LineState.BOUNCED, LineState.REFUND_DUE,
     LineState.REFUNDING, LineState.REFUNDED}
)  # fmt: skip
_BEFORE_CLEARING: Final = "1"
"""RefundType: one payment."""


class BankDay:
    """What an agent bank does by the clock."""

    def __init__(self, profile: BankProfile, means: Means, quota: UnitQuota) -> None:
        self.profile = profile
        self.means = means
        self.quota = quota
        self.party = str(profile.party)

    def phase(self, tx: DeskTransaction, name: str, day: str) -> int:
        """Plan what the phase sends."""
        if name == "sum_up":
            return self._transfers(tx, day) + self._refunds(tx, day)
        if name == "daily_lists":
            return self._lists(tx, day)
        return 0

    def draft(self, tx: DeskTransaction, step: Step) -> None:
        """The draft of a planned voucher, from the books."""
        name = identity(step.task.voucher_id)
        if name.kind in REQUESTS:
            body = self._request(tx, name)
            to = self.means.directory.treasuries[body.fields["TreCode"]]
        elif name.kind in REFUND_NOTICES:
            body = self._notice(tx, step, name)
            to = step.message.id.issuer
        else:
            body = self._list(tx, step, name)
            to = self.means.directory.finances[name.division]
        step.drafts = [Draft(original(name), self.means.release(), (str(to),), body)]

    # --- transfer and refund requests ------------------------------------------------------------

    def _transfers(self, tx: DeskTransaction, day: str) -> int:
        paid = tx.lines_in(self.party, PAYMENTS, {LineState.PAID}, SWEEP)
        back = [line for line in paid if line.refund == DUE]
        tx.put_lines([replace(move(BANK, line, LineState.BOUNCED), refund="") for line in back])
        return self._plan(tx, [line for line in paid if line.refund != DUE], "2301", day)

    def _refunds(self, tx: DeskTransaction, day: str) -> int:
        due = tx.lines_in(self.party, PAYMENTS, {LineState.REFUND_DUE}, SWEEP)
        return self._plan(tx, due, "2302", day)

    def adopt(self, tx: DeskTransaction, payments: Sequence[Line], kind: str) -> list[Line]:
        """Name payments by the request of a life before in which they stand; the others."""
        about = tx.lines_about(self.party, {line.payment for line in payments}) if payments else {}
        named = {
            (row.payment, row.payment_row): row
            for rows in about.values()
            for row in rows
            if row.kind == kind and row.state is not LineState.RETURNED
        }
        mine = [(line, named.get((line.payment, line.detail))) for line in payments]
        tx.put_lines([_settled(_named(line, row), row) for line, row in mine if row is not None])
        return [line for line, row in mine if row is None]

    def _plan(self, tx: DeskTransaction, payments: Sequence[Line], kind: str, day: str) -> int:
        planned = 0
        if tx.restore() != NEVER_RESTORED:
            payments = self.adopt(tx, payments, kind)
        for chunk in _chunks(_grouped(payments, _clearing_group), REQUEST_ROWS):
            first = chunk[0]
            name = next_identity(
                tx, self.means.directory.env, first.division, kind, self.profile.party, day
            )
            rows = [_request_row(name, n, p, day) for n, p in enumerate(chunk, 1)]
            assert abs(total(rows)) == total(list(chunk)), "a request lost money"
            tx.add_lines(rows)
            tx.put_lines([_named(p, row) for p, row in zip(chunk, rows, strict=True)])
            tx.add_tasks([self._send(tx, name, day)])
            planned += 1
        return planned

    def _request(self, tx: DeskTransaction, name: VoucherId) -> Body:
        rows = tx.lines_of(self.party, [str(name)])[str(name)]
        first = rows[0]
        accounts = self.profile.clearing[first.quota.treasury]
        fields = self._head(name, first) | {
            "BgtTypeCode": first.quota.budget,
            "PayTypeCode": first.quota.pay_type,
            "AgentAcctNo": accounts.agent_no,
            "AgentAcctName": accounts.agent_name,
            "AgentAcctBankName": accounts.agent_bank,
            "ClearAcctNo": accounts.clear_no,
            "ClearAcctName": accounts.clear_name,
            "ClearAcctBankName": accounts.clear_bank,
            "PayAmt": yuan(total(list(rows))),
        }
        about = tx.lines_about(self.party, {line.payment for line in rows})
        held = [line for found in about.values() for line in found if line.kind in PAYMENTS]
        payments = {line.refund if name.kind == REFUND else line.clearing: line for line in held}
        ids = {payments[line.link].voucher_id for line in rows if line.link in payments}
        vouchers = self._explaining(tx, name, ids)
        return Body(fields, bank_request.rows(name.kind, rows, payments, vouchers))

    def _explaining(
        self, tx: DeskTransaction, name: VoucherId, payments: Collection[str]
    ) -> Mapping[str, Voucher]:
        """The payments' vouchers; none where one cannot be read: clearing waits for no reasons."""
        try:
            return self.means.originals(tx, payments)
        except (Damaged, TargetDown):
            if tx.layers([str(original(name))]):
                raise  # it went out in a life before: drafted again it must be the same
            return {}

    def _head(self, name: VoucherId, first: Line) -> dict[str, str]:
        return {
            "Id": name.number[:60],
            "AdmDivCode": name.division,
            "StYear": name.year,
            "VtCode": name.kind,
            "VouDate": name.number[:8],
            "VoucherNo": name.number,
            "TreCode": first.quota.treasury,
            "FinOrgCode": self.means.directory.finances[name.division].code,
            "FundTypeCode": first.fund,
            "PayBankCode": self.profile.code,
            "PayBankName": self.profile.name,
            "PayBankNo": self.profile.line_no,
        }

    def _send(
        self, tx: DeskTransaction, name: VoucherId, day: str, digest: bytes = b"", plan: str = "",
        about: str = "",
    ) -> Task:  # fmt: skip
        return Task(
            task_id(TaskKind.SEND, self.party, about or str(name)), self.party, TaskKind.SEND,
            str(name), digest, TaskState.DUE, tx.now, tx.now, day, plan=plan,
        )  # fmt: skip

    # --- bounced payments ------------------------------------------------------------------------

    def bounced(self, tx: DeskTransaction, bounces: Sequence[Bounce], day: str) -> int:
        """Mark the payments, and plan a 2203 or 2204 for each; known ones change nothing."""
        why = {bounce.key: bounce.code for bounce in bounces}
        intents = tx.intents(why.keys())
        held = tx.lines_of(self.party, {intent.voucher_id for intent in intents.values()})
        by_row = {(line.voucher_id, line.row): line for rows in held.values() for line in rows}
        new = 0
        for key, intent in sorted(intents.items()):
            line = by_row[intent.voucher_id, intent.row]
            after = _came_back(line, why[key])
            about = f"refund/{line.link}"
            if after is None:
                continue
            tx.put_lines([after])
            if tx.tasks([task_id(TaskKind.SEND, self.party, about)]):
                continue  # told before this store was restored
            self.quota.give_back(tx, [after])
            self._plan_notice(tx, line, about, day)
            new += 1
        return new

    def _plan_notice(self, tx: DeskTransaction, line: Line, about: str, day: str) -> None:
        kind = "2203" if line.kind == "5201" else "2204"
        env = self.means.directory.env
        name = next_identity(tx, env, line.division, kind, self.profile.party, day)
        notice = replace(
            line, voucher_id=str(name), row=1, detail="1", kind=kind, day=day,
            amount_fen=Fen(-line.amount_fen), state=LineState.NEW, clearing="", refund="",
        )  # fmt: skip
        tx.add_lines([notice])
        voucher = self.means.originals(tx, [line.voucher_id])[line.voucher_id]
        tx.add_tasks([self._send(tx, name, day, voucher.digest, line.link, about)])

    def _notice(self, tx: DeskTransaction, step: Step, name: VoucherId) -> Body:
        voucher, row_id = step.message, step.task.plan.rpartition("#")[2]
        line = tx.lines_of(self.party, [str(name)])[str(name)][0]
        main = voucher.original.content.fields
        row = next(r for r in voucher.original.content.details if r["Id"] == row_id)
        elements = {
            key: row[key] for key in ("AgencyCode", "AgencyName", "ExpFuncCode", "SupDepCode")
            if key in row
        }  # fmt: skip
        people = {
            key: source[key]
            for source, start in ((main, "PayAcct"), (row, "PayeeAcct"))
            for key in source
            if key.startswith(start)
        }
        amount = yuan(line.amount_fen)
        fields = self._head(name, line) | elements | people | {
            "PayTypeCode": line.quota.pay_type,
            "AgentBusinessNo": line.trace,
            "OriBillNo": voucher.id.number,
            "OriVouDate": main["VouDate"],
            "RefundType": _BEFORE_CLEARING,
            "PayAmt": amount,
            "PayDate": line.day,
        }  # fmt: skip
        return Body(fields, ({"Id": "1", "OriDetailId": row_id, **elements, "PayAmt": amount},))

    # --- daily lists -----------------------------------------------------------------------------

    def _lists(self, tx: DeskTransaction, day: str) -> int:
        rows = [
            line
            for line in tx.lines_on(self.party, (*PAYMENTS, *REFUND_NOTICES), day)
            if line.state in _DAY_STATES or line.kind in REFUND_NOTICES
        ]
        planned = 0
        for group, members in _grouped(rows, _list_group).items():
            kind, division, fund, treasury = group
            about = f"{kind}/{day}/{division}/{treasury}/{fund}"
            n, listed = self._listed(tx, about)
            rest = [line for line in members if (line.voucher_id, line.row) not in listed]
            for chunk in _chunks({group: rest}, LIST_ROWS):
                env = self.means.directory.env
                name = next_identity(tx, env, division, kind, self.profile.party, day)
                plan = json.dumps([(line.voucher_id, line.row) for line in chunk])
                tx.add_tasks([self._send(tx, name, day, b"", plan, f"{about}/{n}")])
                n, planned = n + 1, planned + 1
        return planned

    def _listed(self, tx: DeskTransaction, about: str) -> tuple[int, set[tuple[str, int]]]:
        listed: set[tuple[str, int]] = set()
        n = 0
        while True:
            name = task_id(TaskKind.SEND, self.party, f"{about}/{n}")
            task = tx.tasks([name]).get(name)
            if task is None:
                return n, listed
            listed |= {(str(v), int(r)) for v, r in json.loads(task.plan)}
            n += 1

    def _list(self, tx: DeskTransaction, step: Step, name: VoucherId) -> Body:
        keys = [(str(v), int(r)) for v, r in json.loads(step.task.plan)]
        held = tx.lines_of(self.party, {v for v, _ in keys})
        found = {(line.voucher_id, line.row): line for rows in held.values() for line in rows}
        rows = [found[key] for key in keys]
        plus = Fen(sum(line.amount_fen for line in rows if line.amount_fen > 0))
        minus = Fen(sum(line.amount_fen for line in rows if line.amount_fen < 0))
        fields = self._head(name, rows[0]) | {
            "PayTypeCode": rows[0].quota.pay_type,
            "PayAmt": yuan(plus + minus),
            "PosAmt": yuan(plus),
            "NegAmt": yuan(minus),
            "AllNum": str(len(rows)),
        }
        return Body(fields, tuple(_list_row(n, line) for n, line in enumerate(rows, 1)))


def _clearing_group(line: Line) -> tuple[str, ...]:
    key = line.quota
    return (line.division, key.treasury, line.fund, key.pay_type, key.budget, key.year)


def _list_group(line: Line) -> tuple[str, ...]:
    kind = "2206" if line.quota.pay_type == DIRECT or line.kind == "5201" else "2207"
    return (kind, line.division, line.fund, line.quota.treasury)


def _grouped(
    rows: Iterable[Line], group: Callable[[Line], tuple[str, ...]]
) -> Mapping[tuple[str, ...], list[Line]]:
    found: dict[tuple[str, ...], list[Line]] = defaultdict(list)
    for line in rows:
        found[group(line)].append(line)
    return {key: found[key] for key in sorted(found)}


def _chunks(groups: Mapping[tuple[str, ...], list[Line]], size: int) -> Iterable[list[Line]]:
    for rows in groups.values():
        for at in range(0, len(rows), size):
            yield rows[at : at + size]


def _request_row(name: VoucherId, n: int, payment: Line, day: str) -> Line:
    refund = name.kind == "2302"
    return replace(
        payment, voucher_id=str(name), row=n, detail=str(n), kind=name.kind,
        amount_fen=Fen(-payment.amount_fen) if refund else payment.amount_fen,
        state=LineState.NEW, day=day, clearing=payment.clearing if refund else "", refund="",
        code="", payment_row=payment.detail,
    )  # fmt: skip


def _named(payment: Line, row: Line) -> Line:
    if row.kind == "2302":
        return replace(move(BANK, payment, LineState.REFUNDING), refund=row.link)
    return replace(move(BANK, payment, LineState.SUMMED), clearing=row.link)


def _settled(payment: Line, row: Line) -> Line:
    """A payment after its request, if that was answered already."""
    if row.state is not LineState.CLEARED:
        return payment
    return move(BANK, payment, LineState.REFUNDED if row.kind == "2302" else LineState.CLEARED)


def _came_back(line: Line, code: str) -> Line | None:
    """The payment after its transfer came back; None when there is nothing to do any more."""
    if line.state is LineState.PAID:
        return replace(move(BANK, line, LineState.BOUNCED), code=code)
    if line.state is LineState.CLEARED:
        return replace(move(BANK, line, LineState.REFUND_DUE), code=code)
    if line.state is LineState.SUMMED and line.refund != DUE:
        return replace(line, refund=DUE, code=code)
    return None


def _list_row(n: int, line: Line) -> dict[str, str]:
    return {
        "Id": str(n),
        "VoucherNo": line.payment.rpartition("/")[2],
        "SupDepCode": line.quota.unit,
        "AgencyCode": line.agency,
        "AgencyName": line.agency_name,
        "ExpFuncCode": line.quota.subject,
        "PayDate": line.day,
        "PayAmt": yuan(line.amount_fen),
    }
