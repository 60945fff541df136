"""The People's Bank's clerk: quota, matching, settlement, and the day's statements.

- 5106 and 5108 are counted into the quota in the order of their tasks; a reduction below what is
  left goes back. A grant wakes the requests that wait for it.
- 2301 and 2302 are decided by `hub.clearing.settlement`. Settling consumes the quota and opens one
  intent for the whole voucher in the same transaction; the core's refusal gives the quota back.
- What is early waits until the cut-off of its day, then goes back with its code.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from hub.clearing.matching import Modes
from hub.clearing.model import TREASURY, Line, LineState, QuotaKey, move, quota_key
from hub.clearing.quota import Quota, book_of, grants, undo, uses
from hub.clearing.settlement import Action, Decision, decide_refund, decide_transfer
from hub.desks import answers, base_answers, base_data
from hub.desks.base_answers import BASE
from hub.desks.checks import told
from hub.desks.codes import CODES
from hub.desks.elements import NOTICES, REQUESTS, lines, total
from hub.desks.model import (
    Intent,
    IntentState,
    Task,
    TaskKind,
    TaskState,
    intent_key,
    task_id,
)
from hub.desks.ports import Bounce, DeskTransaction, Order
from hub.desks.quota_book import enter
from hub.desks.recovery import carried_out
from hub.desks.step import CUTOFF, Means, Step, over
from hub.desks.treasury_day import STATEMENTS, TreasuryDay
from hub.exchange.model import Arrival, Role
from hub.money import Fen, yuan
from hub.parties import Party
from hub.voucher.model import LayerType, Voucher

_ANSWERS = frozenset({"5502", "2502", "5507", "2507", "5510"})
_WOKEN_MAX = 1000


@dataclass(frozen=True, slots=True)
class TreasuryProfile:
    """One treasury of the People's Bank, as its desk is set up."""

    party: Party
    code: str
    """TreCode."""
    name: str
    modes: Modes = field(default_factory=Modes)


class TreasuryClerk:
    """One treasury."""

    def __init__(self, profile: TreasuryProfile, means: Means) -> None:
        self.profile = profile
        self.means = means
        self.party = str(profile.party)
        self.day = TreasuryDay(profile.party, profile.code, means)

    def recorded(self, tx: DeskTransaction, arrivals: Sequence[Arrival]) -> None:
        """Lines and tasks for originals; answers to own statements."""
        day = self.means.day(tx, self.party)
        rows: list[Line] = []
        tasks: list[Task] = []
        for arrival in arrivals:
            voucher, kind = arrival.voucher, arrival.voucher.id.kind
            layer = voucher.top.id.layer
            if arrival.delivery.role is not Role.TO:
                continue
            if layer is LayerType.ORIGINAL and kind in (*NOTICES, *REQUESTS):
                rows += lines(voucher, self.party, LineState.NEW, day)
                work = TaskKind.GRANT if kind in NOTICES else TaskKind.CLEAR
                tasks.append(self._task(tx, work, voucher, day))
            elif layer is LayerType.RECALL and kind in (*NOTICES, *REQUESTS):
                self._recall(tx, voucher, day)
            elif layer is LayerType.ORIGINAL and kind in _ANSWERS:
                self._statement_answered(tx, voucher)
            elif base_data.is_base(voucher):
                tasks.append(self._task(tx, TaskKind.ANSWER, voucher, day, BASE))
        tx.add_lines(rows)
        tx.add_tasks(tasks)

    def _task(
        self, tx: DeskTransaction, kind: TaskKind, voucher: Voucher, day: str, plan: str = ""
    ) -> Task:
        name = str(voucher.id)
        return Task(
            task_id(kind, self.party, name, plan), self.party, kind, name, voucher.digest,
            TaskState.DUE, tx.now, tx.now, day, plan=plan,
        )  # fmt: skip

    def _recall(self, tx: DeskTransaction, voucher: Voucher, day: str) -> None:
        """A recall before anything was decided is obeyed; the return answers it."""
        name = str(voucher.id)
        held = tx.lines_of(self.party, [name]).get(name, [])
        if carried_out(tx, voucher, self.party) or any(
            line.state is not LineState.NEW for line in held
        ):
            return
        gone = [
            replace(line, state=LineState.RETURNED, code="recalled", day=day)
            for line in held or lines(voucher, self.party, LineState.NEW, day)
        ]
        tx.add_lines(gone)
        tx.put_lines(gone)
        tx.add_tasks([self._task(tx, TaskKind.ANSWER, voucher, day, "recalled")])

    def _statement_answered(self, tx: DeskTransaction, voucher: Voucher) -> None:
        tx.put_breaks(told(voucher, self.party))
        self.day.answered(tx, voucher)

    # --- tasks -----------------------------------------------------------------------------------

    def prepare(self, tx: DeskTransaction, step: Step) -> None:
        """Decide a task of this treasury."""
        kind = step.task.kind
        if kind is TaskKind.SEND:
            self.day.draft(tx, step)
        elif kind is TaskKind.ANSWER and step.task.plan == BASE:
            base_answers.answer(tx, step, self.means)
        elif kind is TaskKind.ANSWER:
            self._return(step, step.task.plan)
        else:
            name = step.task.voucher_id
            held = tx.lines_of(self.party, [name])[name]
            if kind is TaskKind.GRANT:
                self._grant(tx, step, held)
            else:
                self._clear(tx, step, held)

    def _return(self, step: Step, code: str, at: str = "") -> None:
        cat = self.means.release()
        step.drafts = [answers.returned(step.message, self.profile.party, cat, code, CODES, at)]

    def _quota(self, tx: DeskTransaction, held: Sequence[Line]) -> Quota:
        keys = {str(line.quota) for line in held}
        found = tx.balances(self.party, book_of(held[0].division), keys)
        return Quota({quota_key(key): value for key, value in found.items()})

    def _grant(self, tx: DeskTransaction, step: Step, held: Sequence[Line]) -> None:
        state = held[0].state
        if state is LineState.NEW:
            held = self._count(tx, step, held)
            state = held[0].state
        if held[0].code == "recalled":
            step.finish()
        elif state is LineState.RETURNED:
            self._return(step, held[0].code, held[0].trace)
        else:
            fields = {"XAcctDate": held[0].day}
            draft = answers.receipt(step.message, self.profile.party, self.means.release(), fields)
            step.drafts = [draft]

    def _count(self, tx: DeskTransaction, step: Step, held: Sequence[Line]) -> list[Line]:
        day = step.task.day
        code, at = step.returned, ""
        if not code and not step.accepted:
            code, at = self._unfit(tx, step.message)
        changes = grants(held)
        enough = step.accepted or self._quota(tx, held).change(changes)
        if not code and not enough:
            code = "quota_used"
        if step.earlier is not None and step.earlier.answer is not None:
            day = step.earlier.answer.top.content.fields.get("XAcctDate", day)
        if code:
            after = [
                replace(move(TREASURY, line, LineState.RETURNED, day), code=code, trace=at)
                for line in held
            ]
        else:
            enter(tx, self.party, held[0].division, changes)
            after = [move(TREASURY, line, LineState.GRANTED, day) for line in held]
            self._wake(tx, {line.quota for line in held})
        tx.put_lines(after)
        return after

    def _wake(self, tx: DeskTransaction, keys: set[QuotaKey]) -> None:
        waiting = tx.lines_in(self.party, REQUESTS, {LineState.NEW}, _WOKEN_MAX)
        names = {line.voucher_id for line in waiting if line.quota in keys}
        tx.wake_tasks({task_id(TaskKind.CLEAR, self.party, name) for name in names}, tx.now)

    def _unfit(self, tx: DeskTransaction, voucher: Voucher) -> tuple[str, str]:
        """Code and place; empty when it is for this treasury and fits base data."""
        code = self._misdirected(voucher)
        found = None if code else base_data.fault(tx, voucher.id, voucher.original.content)
        return (found.code, found.where) if found is not None else (code, "")

    def _misdirected(self, voucher: Voucher) -> str:
        fields = voucher.original.content.fields
        bank = self.means.directory.banks.get(fields.get("PayBankNo", ""))
        if fields.get("TreCode") != self.profile.code:
            return "other_treasury"
        if voucher.id.kind in REQUESTS and bank != voucher.id.issuer:
            return "bank_not_issuer"
        finance = self.means.directory.finances.get(voucher.id.division)
        if voucher.id.kind in NOTICES and finance != voucher.id.issuer:
            return "finance_not_issuer"
        return ""

    # --- settlement ------------------------------------------------------------------------------

    def _clear(self, tx: DeskTransaction, step: Step, held: Sequence[Line]) -> None:
        state = held[0].state
        if state is LineState.EXECUTING:
            step.orders = [self._order(step, held)]
        elif held[0].code == "recalled":
            step.finish()
        elif state is not LineState.NEW:
            self._answer(step, held)
        else:
            self._decide(tx, step, held)

    def _decide(self, tx: DeskTransaction, step: Step, held: Sequence[Line]) -> None:
        decision = self._decided_before(tx, step, held) or self._decision(tx, step, held)
        if decision.action is Action.WAIT:
            step.back_off(tx.now, _missing_from(step.message, decision.code, self.means),
                          decision.code)  # fmt: skip
            return
        if decision.action is Action.REFUSE:
            day = step.task.day
            at = "" if step.returned else self._unfit(tx, step.message)[1]
            after = [
                replace(move(TREASURY, line, LineState.RETURNED, day), code=decision.code, trace=at)
                for line in held
            ]
            tx.put_lines(after)
            self._answer(step, after)
            return
        enter(tx, self.party, held[0].division, uses(held))
        after = [move(TREASURY, line, LineState.EXECUTING) for line in held]
        tx.put_lines(after)
        self._originals(tx, held, LineState.REFUNDING)
        name, amount = step.task.voucher_id, Fen(abs(total(list(held))))
        step.fresh = tx.open_intents(
            [Intent(intent_key(name, 0), self.party, name, 0, amount, IntentState.OPEN, tx.now)]
        )
        step.orders = [self._order(step, held)]

    def _decided_before(
        self, tx: DeskTransaction, step: Step, held: Sequence[Line]
    ) -> Decision | None:
        """What was decided before this store was restored, once what it rests on is here again."""
        if step.returned:
            return Decision(Action.REFUSE, step.returned)
        if not step.accepted:
            return None
        named = self._named(tx, held) if held[0].kind == "2302" else held
        there = len(named) == len(held) and all(
            line.state is LineState.CLEARED for line in named if line.kind == "2301"
        )
        settled = held[0].kind == "2301" or there
        return Decision(Action.SETTLE) if settled else Decision(Action.WAIT, "original_not_settled")

    def _decision(self, tx: DeskTransaction, step: Step, held: Sequence[Line]) -> Decision:
        code, _ = self._unfit(tx, step.message)
        if code:
            return Decision(Action.REFUSE, code)
        late = over(tx, self.party, CUTOFF, step.task.day)
        if held[0].kind == "2301":
            about = tx.lines_about(self.party, {line.payment for line in held})
            quota = self._quota(tx, held)
            return decide_transfer(held, about, quota, self.profile.modes, past_cutoff=late)
        originals = {line.link: line for line in self._named(tx, held)}
        return decide_refund(held, originals, self._quota(tx, held), past_cutoff=late)

    def _named(self, tx: DeskTransaction, held: Sequence[Line]) -> list[Line]:
        names = {line.clearing.rpartition("#")[0] for line in held if line.kind == "2302"}
        links = {line.clearing for line in held}
        found = tx.lines_of(self.party, names) if names else {}
        return [line for rows in found.values() for line in rows if line.link in links]

    def _originals(self, tx: DeskTransaction, held: Sequence[Line], state: LineState) -> None:
        by_link = {line.clearing: line.link for line in held if line.kind == "2302"}
        back = state is LineState.CLEARED
        tx.put_lines(
            [
                replace(move(TREASURY, line, state), refund="" if back else by_link[line.link])
                for line in self._named(tx, held)
            ]
        )

    def _order(self, step: Step, held: Sequence[Line]) -> Order:
        fields = step.message.original.content.fields
        agent = (fields["AgentAcctNo"], fields["AgentAcctName"])
        clear = (fields["ClearAcctNo"], fields["ClearAcctName"])
        payer, payee = (clear, agent) if held[0].kind == "2301" else (agent, clear)
        return Order(
            intent_key(step.task.voucher_id, 0), *payer, *payee, fields["PayBankNo"],
            Fen(abs(total(list(held)))), step.task.day,
        )  # fmt: skip

    def conclude(self, tx: DeskTransaction, step: Step) -> None:
        """The core has moved it, or never will."""
        name = step.task.voucher_id
        intent = tx.intents_of(self.party, [name])[name][0]
        held = tx.lines_of(self.party, [name])[name]
        if held[0].state is LineState.EXECUTING:
            done = intent.state is IntentState.DONE
            day = intent.day or step.task.day
            state = LineState.CLEARED if done else LineState.RETURNED
            held = [
                replace(move(TREASURY, line, state, day), code=intent.code, trace=intent.trace)
                for line in held
            ]
            tx.put_lines(held)
            if not done:
                enter(tx, self.party, held[0].division, undo(uses(held)))
            self._originals(tx, held, LineState.REFUNDED if done else LineState.CLEARED)
        self._answer(step, held)

    def _answer(self, step: Step, held: Sequence[Line]) -> None:
        if held[0].state is LineState.RETURNED:
            self._return(step, held[0].code, held[0].trace)
            return
        fields = {"XClearDate": held[0].day, "XPayAmt": yuan(total(list(held)))}
        cat = self.means.release()
        step.drafts = [answers.receipt(step.message, self.profile.party, cat, fields)]

    def phase(self, tx: DeskTransaction, name: str, day: str) -> int:
        """Statements of the day."""
        return self.day.plan(tx, day) if name == STATEMENTS else 0

    def bounced(self, _tx: DeskTransaction, bounces: Sequence[Bounce], _day: str) -> int:
        """A treasury's core settles between accounts it holds: nothing comes back."""
        assert not bounces, "a treasury core does not bounce"
        return 0


def _missing_from(voucher: Voucher, code: str, means: Means) -> str:
    """Whose move it is: finance owes a notice or quota, the bank the original request."""
    if code in {"payment_not_noticed", "quota_exceeded"}:
        return str(means.directory.finances.get(voucher.id.division, ""))
    return str(voucher.id.issuer)
