"""The agent bank's clerk: from a payment voucher to its receipt.

- 5105 grants units what they may draw (`hub.desks.bank_quota`).
- 5201 and 8202 are checked, paid row by row through the core, and answered: a receipt when at
  least one row moved, a return when none did. A batch waits for its 8207 until the cut-off.
- A recall is obeyed while no intent is open (the answer is a return, `recalled`); after that the
  answer is a statement `already_executing`. A recall seen first forbids the later original.
- The treasury's answer to a 2301 or 2302 moves the payments that stand in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hub.clearing.model import BANK, DUE, ISSUED, Line, LineState, move
from hub.desks import answers, bank_rules, base_answers, base_data
from hub.desks.bank_day import BankDay
from hub.desks.bank_detail import DETAIL, answer_detail
from hub.desks.bank_outside import statement
from hub.desks.bank_quota import UnitQuota
from hub.desks.bank_rules import BankProfile
from hub.desks.base_answers import BASE
from hub.desks.checks import answer_check
from hub.desks.codes import CODES
from hub.desks.elements import (
    BATCH_DETAIL,
    PAYMENTS,
    REQUESTS,
    UNIT_QUOTA,
    lines,
    main_of,
    whole,
)
from hub.desks.model import (
    Intent,
    IntentState,
    Task,
    TaskKind,
    TaskState,
    intent_key,
    task_id,
)
from hub.desks.outside import OutsideRow
from hub.desks.ports import Bounce, DeskTransaction, Order
from hub.desks.recovery import carried_out
from hub.desks.step import CUTOFF, Means, Step, over
from hub.exchange.model import Arrival, Role, StatementEntry
from hub.voucher.model import LayerType, Voucher

_CHECKS = frozenset({"3502", "3507"})
_OVER = frozenset({LineState.RETURNED, LineState.RECALLED})


class BankClerk:
    """One agent bank."""

    def __init__(self, profile: BankProfile, means: Means) -> None:
        self.profile = profile
        self.means = means
        self.party = str(profile.party)
        self.quota = UnitQuota(profile, means)
        self.day = BankDay(profile, means, self.quota)

    # --- what arrives ----------------------------------------------------------------------------

    def recorded(self, tx: DeskTransaction, arrivals: Sequence[Arrival]) -> None:
        """Originals first, then the layers upon them; copies have no effect."""
        day = self.means.day(tx, self.party)
        mine = [a for a in arrivals if a.delivery.role is Role.TO]
        said = self._outside(tx, mine)
        rows: list[Line] = []
        tasks: list[Task] = []
        for arrival in mine:
            voucher, kind = arrival.voucher, arrival.voucher.id.kind
            if voucher.top.id.layer is not LayerType.ORIGINAL:
                continue
            if kind in PAYMENTS and str(voucher.id) in said:
                rows += lines(voucher, self.party, LineState.OUTSIDE, day)
                row = said[str(voucher.id)]
                tx.add_statements([statement(row.voucher_id, voucher.digest, row, day)])
            elif kind in (*PAYMENTS, UNIT_QUOTA):
                rows += lines(voucher, self.party, LineState.NEW, day)
                work = TaskKind.GRANT if kind == UNIT_QUOTA else TaskKind.PAY
                tasks.append(self._task(tx, work, voucher, day))
            elif kind == BATCH_DETAIL:
                rows.append(whole(voucher, self.party, LineState.NEW, day, "SumAmt"))
                tasks.append(self._task(tx, TaskKind.ANSWER, voucher, day, DETAIL))
            elif kind in _CHECKS:
                rows.append(whole(voucher, self.party, LineState.NEW, day, "AllAmt"))
                tasks.append(self._task(tx, TaskKind.CHECK, voucher, day))
        base = [a.voucher for a in mine if base_data.is_base(a.voucher)]
        tasks += [self._task(tx, TaskKind.ANSWER, voucher, day, BASE) for voucher in base]
        tx.add_lines(rows)
        tx.add_tasks(tasks)
        tx.wake_tasks(self._woken(mine), tx.now)
        for arrival in mine:
            layer, kind = arrival.voucher.top.id.layer, arrival.voucher.id.kind
            if layer is LayerType.RECALL and kind in (*PAYMENTS, BATCH_DETAIL, UNIT_QUOTA):
                self._recall(tx, arrival, day)
            elif kind in REQUESTS and layer in {LayerType.RECEIPT, LayerType.RETURN}:
                self._answered(tx, arrival.voucher, day)

    def _outside(
        self, tx: DeskTransaction, arrivals: Sequence[Arrival]
    ) -> Mapping[str, OutsideRow]:
        """What operators have said of payments before they came."""
        names = {str(a.voucher.id) for a in arrivals if a.voucher.id.kind in PAYMENTS}
        return tx.outside(self.party, names) if names else {}

    def _woken(self, arrivals: Sequence[Arrival]) -> list[str]:
        return [
            task_id(TaskKind.PAY, self.party, str(main_of(a.voucher)))
            for a in arrivals
            if a.voucher.id.kind == BATCH_DETAIL
        ]

    def _task(
        self, tx: DeskTransaction, kind: TaskKind, voucher: Voucher, day: str, about: str = ""
    ) -> Task:
        name = str(voucher.id)
        return Task(
            task_id(kind, self.party, name, about), self.party, kind, name, voucher.digest,
            TaskState.DUE, tx.now, tx.now, day, plan=about,
        )  # fmt: skip

    def _recall(self, tx: DeskTransaction, arrival: Arrival, day: str) -> None:
        voucher, name = arrival.voucher, str(arrival.voucher.id)
        detail = voucher.id.kind == BATCH_DETAIL
        held = tx.lines_of(self.party, [name]).get(name, [])
        if carried_out(tx, voucher, self.party):
            tx.add_statements([self._too_late(arrival, day)])
            return
        if not held:
            blank = (
                [whole(voucher, self.party, LineState.RECALLED, day, "SumAmt")]
                if detail
                else lines(voucher, self.party, LineState.RECALLED, day)
            )
            tx.add_lines(blank)
        elif all(line.state is LineState.NEW for line in held):
            tx.put_lines([move(BANK, line, LineState.RECALLED, day) for line in held])
        elif any(line.state is not LineState.RECALLED for line in held):
            tx.add_statements([self._too_late(arrival, day)])
            return
        tx.add_tasks([self._task(tx, TaskKind.ANSWER, voucher, day, "recalled")])

    def _too_late(self, arrival: Arrival, day: str) -> StatementEntry:
        top = arrival.voucher.top
        return StatementEntry(
            str(top.id), arrival.voucher.digest, "sign_failed", "already_executing",
            arrival.proof_at, day, str(arrival.voucher.id.issuer), self.party,
        )  # fmt: skip

    # --- paying ----------------------------------------------------------------------------------

    def prepare(self, tx: DeskTransaction, step: Step) -> None:
        """Decide a task of this bank."""
        kind = step.task.kind
        if kind is TaskKind.PAY:
            self._pay(tx, step)
        elif kind is TaskKind.GRANT:
            self.quota.grant(tx, step)
        elif kind is TaskKind.CHECK:
            answer_check(tx, step, self.profile.party, self.means)
        elif kind is TaskKind.ANSWER and step.task.plan == DETAIL:
            answer_detail(tx, step, self.means)
        elif kind is TaskKind.ANSWER and step.task.plan == BASE:
            base_answers.answer(tx, step, self.means)
        elif kind is TaskKind.ANSWER:
            code = step.task.plan
            step.drafts = [
                answers.returned(step.message, self.profile.party, self._cat, code, CODES)
            ]
        else:
            self.day.draft(tx, step)

    @property
    def _cat(self) -> int:
        return self.means.release()

    def _pay(self, tx: DeskTransaction, step: Step) -> None:
        voucher, name = step.message, step.task.voucher_id
        held = tx.lines_of(self.party, [name])[name]
        state = held[0].state
        if state in {LineState.RECALLED, LineState.OUTSIDE}:
            step.finish()
        elif state is LineState.NEW and step.returned:
            after = [replace(move(BANK, x, LineState.RETURNED), code=step.returned) for x in held]
            tx.put_lines(after)
            step.finish()
        elif state is LineState.NEW and step.accepted:
            self._execute(tx, step, voucher, held)
        elif state is LineState.NEW:
            self._decide(tx, step, voucher, held)
        elif state is LineState.EXECUTING:
            step.orders = self._orders(voucher, held, step.task.day)
        else:
            self._answer(tx, step, held)

    def _decide(
        self, tx: DeskTransaction, step: Step, voucher: Voucher, held: Sequence[Line]
    ) -> None:
        about = tx.lines_about(self.party, [held[0].payment]).get(held[0].payment, [])
        detail = bank_rules.detail_of(about)
        code = bank_rules.check(self.profile, voucher, held, about)
        found = None if code else base_data.fault(tx, voucher.id, voucher.original.content)
        code, at = (found.code, found.where) if found is not None else (code, "")
        if not code and bank_rules.is_batch(voucher):
            if detail is None and not over(tx, self.party, CUTOFF, step.task.day):
                step.back_off(tx.now, str(voucher.id.issuer), "batch_detail_missing")
                return
            code, at = self._compare(tx, voucher, held, detail)
        if not code and not self.quota.take(tx, held):
            code = "unit_quota_exceeded"
            if not over(tx, self.party, CUTOFF, step.task.day):
                finance = self.means.directory.finances.get(voucher.id.division, "")
                step.back_off(tx.now, str(finance), code)
                return
        if code:
            lines_ = [
                replace(move(BANK, line, LineState.RETURNED), code=code, trace=at) for line in held
            ]
            tx.put_lines(lines_)
            self._answer(tx, step, lines_)
            return
        self._begin(tx, step, voucher, held)

    def _execute(
        self, tx: DeskTransaction, step: Step, voucher: Voucher, held: Sequence[Line]
    ) -> None:
        """What was accepted before this store was restored: only its quota has to be here."""
        if not self.quota.take(tx, held):
            step.back_off(tx.now, "", "unit_quota_exceeded")
            return
        self._begin(tx, step, voucher, held)

    def _begin(
        self, tx: DeskTransaction, step: Step, voucher: Voucher, held: Sequence[Line]
    ) -> None:
        tx.put_lines([move(BANK, line, LineState.EXECUTING) for line in held])
        step.fresh = tx.open_intents([self._intent(tx, line) for line in held])
        step.orders = self._orders(voucher, held, step.task.day)

    def _compare(
        self, tx: DeskTransaction, voucher: Voucher, held: Sequence[Line], detail: Line | None
    ) -> tuple[str, str]:
        """Code and place: a batch and its 8207 say the same, and both fit base data."""
        if detail is None:
            return "batch_detail_missing", ""
        batch = self.means.originals(tx, [detail.voucher_id])[detail.voucher_id]
        code = bank_rules.check_detail(voucher, batch, held)
        found = None if code else base_data.fault(tx, batch.id, batch.original.content)
        return (found.code, f"{BATCH_DETAIL} {found.where}") if found is not None else (code, "")

    def _intent(self, tx: DeskTransaction, line: Line) -> Intent:
        key = intent_key(line.voucher_id, line.row)
        return Intent(
            key, self.party, line.voucher_id, line.row, line.amount_fen, IntentState.OPEN, tx.now
        )

    def _orders(self, voucher: Voucher, held: Sequence[Line], day: str) -> list[Order]:
        content = voucher.original.content
        return [
            Order(
                intent_key(line.voucher_id, line.row),
                content.fields["PayAcctNo"], content.fields["PayAcctName"],
                row["PayeeAcctNo"], row["PayeeAcctName"], row.get("PayeeAcctBankNo", ""),
                line.amount_fen, day,
            )
            for line, row in zip(held, content.details, strict=True)
        ]  # fmt: skip

    def conclude(self, tx: DeskTransaction, step: Step) -> None:
        """Every row has moved or was refused."""
        name = step.task.voucher_id
        intents = {i.row: i for i in tx.intents_of(self.party, [name])[name]}
        held = tx.lines_of(self.party, [name])[name]
        if held[0].state is LineState.EXECUTING:
            none = all(i.state is IntentState.REFUSED for i in intents.values())
            told = step.earlier.days if step.earlier is not None else {}
            held = [
                self._outcome(line, intents[line.row], told.get(line.detail, ""), none=none)
                for line in held
            ]
            tx.put_lines(held)
            paid = [line for line in held if line.state is LineState.PAID]
            if step.earlier is not None:
                self.day.adopt(tx, paid, "2301")
            self.quota.give_back(tx, [line for line in held if line.state is not LineState.PAID])
        self._answer(tx, step, held)

    def _outcome(self, line: Line, intent: Intent, failed_on: str, *, none: bool) -> Line:
        if intent.state is IntentState.DONE:
            paid = move(BANK, line, LineState.PAID, intent.day)
            return replace(paid, trace=intent.trace)
        state = LineState.RETURNED if none else LineState.FAILED
        return replace(move(BANK, line, state, failed_on), code=intent.code)

    def _answer(self, tx: DeskTransaction, step: Step, held: Sequence[Line]) -> None:
        voucher, party = step.message, self.profile.party
        over = held[0].state in _OVER
        if over:
            code, at = held[0].code, held[0].trace
            step.drafts = [answers.returned(voucher, party, self._cat, code, CODES, at)]
        else:
            step.drafts = [answers.payment_receipt(voucher, party, self._cat, held, CODES)]
        about = tx.lines_about(self.party, [held[0].payment]).get(held[0].payment, [])
        detail = bank_rules.detail_of(about, None) if bank_rules.is_batch(voucher) else None
        if detail is None or detail.state is LineState.RECALLED:
            return
        batch = self.means.originals(tx, [detail.voucher_id])[detail.voucher_id]
        if over:
            step.drafts.append(answers.returned(batch, party, self._cat, held[0].code, CODES))
        else:
            step.drafts.append(answers.batch_receipt(batch, party, self._cat, held, CODES))
        if detail.state is LineState.NEW:
            state = LineState.RETURNED if over else LineState.PAID
            tx.put_lines([replace(move(ISSUED, detail, state), code=held[0].code if over else "")])

    # --- clearing --------------------------------------------------------------------------------

    def _answered(self, tx: DeskTransaction, voucher: Voucher, day: str) -> None:
        top, name = voucher.top, str(voucher.id)
        requests = [
            line
            for line in tx.lines_of(self.party, [name]).get(name, [])
            if line.state is LineState.NEW
        ]
        settled = top.id.layer is LayerType.RECEIPT
        day = top.content.fields.get("XClearDate", day)
        state = LineState.CLEARED if settled else LineState.RETURNED
        tx.put_lines([move(ISSUED, line, state, day) for line in requests])
        about = tx.lines_about(self.party, {line.payment for line in requests})
        links = {line.link for line in requests}
        payments = [line for rows in about.values() for line in rows if line.kind in PAYMENTS]
        if voucher.id.kind == "2301":
            changed = [_transferred(p, settled=settled) for p in payments if p.clearing in links]
        else:
            changed = [_refunded(p, settled=settled) for p in payments if p.refund in links]
        tx.put_lines(changed)

    def phase(self, tx: DeskTransaction, name: str, day: str) -> int:
        """Sum up, daily lists."""
        return self.day.phase(tx, name, day)

    def bounced(self, tx: DeskTransaction, bounces: Sequence[Bounce], day: str) -> int:
        """Transfers that came back."""
        return self.day.bounced(tx, bounces, day)


def _transferred(line: Line, *, settled: bool) -> Line:
    if not settled:
        return replace(move(BANK, line, LineState.PAID), clearing="")
    cleared = move(BANK, line, LineState.CLEARED)
    if line.refund == DUE:
        return replace(move(BANK, cleared, LineState.REFUND_DUE), refund="")
    return cleared


def _refunded(line: Line, *, settled: bool) -> Line:
    if settled:
        return move(BANK, line, LineState.REFUNDED)
    return replace(move(BANK, line, LineState.REFUND_DUE), refund="")
