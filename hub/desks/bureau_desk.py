"""The bureau's clerk: what it issued, and every answer to it. Finance and its units share it.

Answers may come in any order and from several copies: payment state, clearing link and refund link
of a line are set apart from each other, so that the end is the same whatever came first.
- A receipt gives each row paid or failed; a return, returned or recalled.
- A copy of a settled 2301 gives the clearing link; a 2203 or 2204 the refund link.
- A statement that says `settled_outside` closes a payment as that: neither paid nor returned.
- A refund notice counts only from the bank the payment was addressed to, unless it said unpaid.
- Quota notices that were granted and requests that were settled are entered into an own quota book.
- Day lists and statements are compared with own books; differences become breaks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hub.clearing.model import ISSUED, Line, LineState, move
from hub.clearing.quota import grants, uses
from hub.clearing.reconciliation import Item, compare
from hub.desks import base_answers, base_data
from hub.desks.base_answers import BASE
from hub.desks.checks import answer_check, breaks_of
from hub.desks.elements import (
    NOTICES,
    PAYMENTS,
    REFUND_NOTICES,
    REQUESTS,
    UNIT_QUOTA,
    lines,
    payment_name,
    whole,
)
from hub.desks.model import Task, TaskKind, TaskState, task_id
from hub.desks.outside import CODE
from hub.desks.ports import Bounce, DeskTransaction
from hub.desks.quota_book import enter
from hub.desks.step import Means, Step, original_layer, over
from hub.errors import RuleBroken
from hub.exchange import statements
from hub.exchange.model import Arrival, Role
from hub.money import Fen, fen
from hub.parties import FINANCE, party
from hub.voucher.model import LayerType, Voucher

_LISTS = frozenset({"2206", "2207"})
_CHECKS = frozenset({"3501", "3507", "3510"})
ISSUES = (*PAYMENTS, *NOTICES, UNIT_QUOTA)
"""What a bureau or a unit keeps lines of when it issues it."""
_AMOUNT = {"2206": "PayAmt", "2207": "PayAmt", "3510": "CurDateMoney"}
_UNPAID = frozenset({LineState.FAILED, LineState.RETURNED, LineState.RECALLED})


class BureauClerk:
    """A finance bureau and its units."""

    def __init__(self, means: Means) -> None:
        self.means = means

    def issued(self, tx: DeskTransaction, vouchers: Sequence[Voucher]) -> None:
        """Own vouchers, in the transaction that posts them."""
        day = self.means.calendar.business_day(tx.now)
        tx.add_lines(
            [
                line
                for voucher in vouchers
                if voucher.id.kind in ISSUES
                for line in lines(voucher, str(voucher.id.issuer), LineState.NEW, day)
            ]
        )

    def recorded(self, tx: DeskTransaction, arrivals: Sequence[Arrival]) -> None:
        """Answers, refunds, lists, statements; copies of what the treasury has settled."""
        day = self.means.calendar.business_day(tx.now)
        mine: list[Arrival] = []
        counted: list[Line] = []
        for arrival in arrivals:
            voucher, kind = arrival.voucher, arrival.voucher.id.kind
            layer = voucher.top.id.layer
            to = arrival.delivery.role is Role.TO
            if kind in REQUESTS and layer is LayerType.RECEIPT:
                counted += self._cleared(tx, voucher, arrival.delivery.receiver)
            elif to and kind in REFUND_NOTICES and layer is LayerType.ORIGINAL:
                self._refund(tx, voucher, arrival.delivery.receiver)
            elif to and kind in (_LISTS | _CHECKS) and layer is LayerType.ORIGINAL:
                self._statement(tx, arrival, day)
            elif to and base_data.is_base(voucher):
                self._base(tx, arrival, day)
            elif to and kind == statements.KIND:
                self._outside(tx, voucher, arrival.delivery.receiver, day)
            elif to and layer in {LayerType.RECEIPT, LayerType.RETURN}:
                mine.append(arrival)
        counted += self._answered(tx, mine, day)
        self._enter(tx, counted)

    def _enter(self, tx: DeskTransaction, lines_: Sequence[Line]) -> None:
        """Into the quota books, all at once: rows of the books are locked in one order."""
        for holder, division in sorted({(line.party, line.division) for line in lines_}):
            mine = [line for line in lines_ if (line.party, line.division) == (holder, division)]
            noticed = [line for line in mine if line.kind in NOTICES]
            settled = [line for line in mine if line.kind in REQUESTS]
            enter(tx, holder, division, [*grants(noticed), *uses(settled)])

    def _outside(self, tx: DeskTransaction, voucher: Voucher, holder: str, day: str) -> None:
        """A receiver has said that it settled own vouchers by other means."""
        rows = voucher.top.content.details
        names = {_voucher_of(row["LayerId"]) for row in rows if row.get("Code") == CODE}
        held = tx.lines_of(holder, names) if names else {}
        tx.put_lines(
            [
                move(ISSUED, line, LineState.OUTSIDE, day)
                for found in held.values()
                for line in found
                if line.state is LineState.NEW
            ]
        )

    def _answered(self, tx: DeskTransaction, arrivals: Sequence[Arrival], day: str) -> list[Line]:
        counted: list[Line] = []
        by_party: dict[str, list[Arrival]] = {}
        for arrival in arrivals:
            by_party.setdefault(arrival.delivery.receiver, []).append(arrival)
        for holder, group in sorted(by_party.items()):
            held = tx.lines_of(holder, {str(a.voucher.id) for a in group})
            changed = [
                after
                for arrival in group
                for after in _after(arrival.voucher, held.get(str(arrival.voucher.id), []), day)
            ]
            tx.put_lines(changed)
            counted += [line for line in changed if line.state is LineState.GRANTED]
        return counted

    def _cleared(self, tx: DeskTransaction, voucher: Voucher, holder: str) -> list[Line]:
        day = voucher.top.content.fields["XClearDate"]
        rows = lines(voucher, holder, LineState.CLEARED, day)
        tx.add_lines(rows)
        if voucher.id.kind != "2301":
            return rows
        about = tx.lines_about("", {row.payment for row in rows})
        wanted = {(row.payment, row.payment_row): row.link for row in rows}
        tx.put_lines(
            [
                replace(line, clearing=wanted[line.payment, line.detail])
                for found in about.values()
                for line in found
                if line.kind in PAYMENTS and (line.payment, line.detail) in wanted
            ]
        )
        return rows

    def _refund(self, tx: DeskTransaction, voucher: Voucher, holder: str) -> None:
        day = voucher.original.content.fields["PayDate"]
        rows = lines(voucher, holder, LineState.NEW, day)
        tx.add_lines(rows)
        about = tx.lines_about(holder, {row.payment for row in rows})
        wanted = {(row.payment, row.payment_row): row for row in rows}
        named = [
            (line, row)
            for found in about.values()
            for line in found
            if line.kind in PAYMENTS and (row := wanted.get((line.payment, line.detail)))
        ]
        _require_payer(tx, voucher, [line for line, _ in named])
        changed = []
        for line, row in named:
            if not line.refund:
                if row.amount_fen != -line.amount_fen:
                    raise RuleBroken("refund_row_differs", row=row.row)
                changed.append(replace(line, refund=row.link))
        tx.put_lines(changed)

    def _statement(self, tx: DeskTransaction, arrival: Arrival, day: str) -> None:
        voucher, holder, name = arrival.voucher, arrival.delivery.receiver, str(arrival.voucher.id)
        amount = _AMOUNT.get(voucher.id.kind, "AllAmt")
        tx.add_lines([whole(voucher, holder, LineState.NEW, day, amount)])
        task = Task(
            task_id(TaskKind.CHECK, holder, name), holder, TaskKind.CHECK, name, voucher.digest,
            TaskState.DUE, tx.now, tx.now, day,
        )  # fmt: skip
        tx.add_tasks([task])

    def _base(self, tx: DeskTransaction, arrival: Arrival, day: str) -> None:
        """Another bureau's base data; a unit's node is the bureau's, and answers once."""
        holder, name = arrival.delivery.receiver, str(arrival.voucher.id)
        if party(holder).org_type != FINANCE:
            return
        kind, digest = TaskKind.ANSWER, arrival.voucher.digest
        task = Task(
            task_id(kind, holder, name, BASE), holder, kind, name, digest, TaskState.DUE,
            tx.now, tx.now, day, plan=BASE,
        )  # fmt: skip
        tx.add_tasks([task])

    # --- tasks -----------------------------------------------------------------------------------

    def prepare(self, tx: DeskTransaction, step: Step) -> None:
        """Compare a statement or a day list with own books; answer base data."""
        if step.task.kind is TaskKind.ANSWER:
            base_answers.answer(tx, step, self.means)
        elif step.message.id.kind in _CHECKS:
            answer_check(tx, step, party(step.task.party), self.means)
        else:
            self._compare_list(tx, step)

    def _compare_list(self, tx: DeskTransaction, step: Step) -> None:
        voucher, holder = step.message, step.task.party
        theirs = [
            Item(_list_key(_payment(voucher, row), row["PayDate"], fen(row["PayAmt"])),
                 fen(row["PayAmt"]))
            for row in voucher.original.content.details
        ]  # fmt: skip
        payments = {_payment(voucher, row) for row in voucher.original.content.details}
        ours = [
            Item(_list_key(line.payment, line.day, line.amount_fen), line.amount_fen)
            for rows in tx.lines_about("", payments).values()
            for line in rows
            if line.state is LineState.PAID or line.kind in REFUND_NOTICES
        ]
        said = {item.key for item in theirs}
        result = compare(_sums([item for item in ours if item.key in said]), _sums(theirs))
        if result.differences and not over(tx, holder, "checks", step.task.day):
            step.back_off(tx.now, str(voucher.id.issuer), "payment_not_noticed")
            return
        issuer = str(voucher.id.issuer)
        tx.put_breaks(breaks_of(result.differences, holder, issuer, voucher.id.kind, step.task.day))
        held = tx.lines_of(holder, [step.task.voucher_id])[step.task.voucher_id]
        state = LineState.DIFFERS if result.differences else LineState.AGREED
        tx.put_lines([move(ISSUED, line, state) for line in held if line.state is LineState.NEW])
        step.finish()

    def conclude(self, _tx: DeskTransaction, _step: Step) -> None:
        """A bureau has no core."""
        raise AssertionError("a bureau asks no core")

    def phase(self, _tx: DeskTransaction, _name: str, _day: str) -> int:
        """A bureau's phases belong to its finance system."""
        return 0

    def bounced(self, _tx: DeskTransaction, _bounces: Sequence[Bounce], _day: str) -> int:
        """A bureau has no core."""
        raise AssertionError("a bureau asks no core")


def _require_payer(tx: DeskTransaction, notice: Voucher, named: Sequence[Line]) -> None:
    """Only the bank that was to pay a row, and has not said that it did not, brings it back.

    Raises:
        RuleBroken: `refund_not_payer`.
    """
    originals = {line.voucher_id: original_layer(line.voucher_id) for line in named}
    layers = tx.layers(set(originals.values()))
    bank = str(notice.id.issuer)
    for line in named:
        layer = layers.get(originals[line.voucher_id])
        receivers = layer.receivers.split(",") if layer is not None and layer.receivers else [bank]
        if bank not in receivers or line.state in _UNPAID:
            raise RuleBroken("refund_not_payer", row=line.row)


def _voucher_of(layer_id: str) -> str:
    return layer_id.rsplit("/", 2)[0]


def _after(voucher: Voucher, held: Sequence[Line], day: str) -> list[Line]:
    top = voucher.top
    if top.id.layer is LayerType.RETURN:
        code = top.content.fields["Return_Code"]
        state = LineState.RECALLED if code == "recalled" else LineState.RETURNED
        return [
            replace(move(ISSUED, line, state, day), code=code)
            for line in held
            if line.state is LineState.NEW
        ]
    if voucher.id.kind in (*NOTICES, UNIT_QUOTA):
        return [
            move(ISSUED, line, LineState.GRANTED, top.content.fields.get("XAcctDate", day))
            for line in held
            if line.state is LineState.NEW
        ]
    if voucher.id.kind not in PAYMENTS:
        return []
    rows = {row["Id"]: row for row in top.content.details}
    return [_row_answered(line, rows[line.detail]) for line in held if line.state is LineState.NEW]


def _row_answered(line: Line, row: Mapping[str, str]) -> Line:
    paid = fen(row["XPayAmt"])
    assert paid in {0, line.amount_fen}, "a row is paid whole or not at all"
    state = LineState.PAID if paid else LineState.FAILED
    trace, code = row.get("XAgentBusinessNo", ""), "" if paid else "row_failed"
    return replace(move(ISSUED, line, state, row["XPayDate"]), trace=trace, code=code)


def _payment(voucher: Voucher, row: Mapping[str, str]) -> str:
    return payment_name(
        voucher.id, voucher.original.content.fields["PayTypeCode"], row["AgencyCode"],
        row["VoucherNo"],
    )  # fmt: skip


def _list_key(payment: str, day: str, amount_fen: int) -> str:
    return f"{payment}/{day}/{'in' if amount_fen < 0 else 'out'}"


def _sums(items: Sequence[Item]) -> list[Item]:
    sums: dict[str, int] = {}
    for item in items:
        sums[item.key] = sums.get(item.key, 0) + item.amount_fen
    return [Item(key, Fen(value)) for key, value in sums.items()]
