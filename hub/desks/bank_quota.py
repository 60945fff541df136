"""The agent bank's book of unit quota: 5105 adds, authorised payments use it. Pure.

- Finance tells the bank by 5105, row by unit and subject, what a unit may draw on its zero-balance
  account; a reduction below what is left goes back. The bank's receipt answers it.
- Where the profile says so, an 8202 takes its quota when it is decided; what did not move, or came
  back, is given back. One that exceeds it waits until the cut-off, then it goes back.
- Where there are no unit quotas (the integrated regime), a 5105 is counted and nothing asks for it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from hub.clearing.model import AUTHORISED, TREASURY, Line, LineState, QuotaKey, move, quota_key
from hub.clearing.quota import Change, Quota
from hub.desks import answers, base_data
from hub.desks.bank_rules import BankProfile
from hub.desks.codes import CODES
from hub.desks.elements import PAYMENTS
from hub.desks.model import LedgerEntry, TaskKind, task_id
from hub.desks.ports import DeskTransaction
from hub.desks.step import Means, Step
from hub.money import Fen
from hub.voucher.model import Voucher

_WOKEN_MAX: Final = 1000
_DONE: Final = "1"
"""XDealResult."""


def unit_key(line: Line) -> QuotaKey:
    """What a unit's quota is kept by: the unit itself, its subject, budget, year, pay type."""
    return replace(line.quota, treasury="", unit=line.agency, pay_type=AUTHORISED)


def _book(division: str) -> str:
    return f"unit_quota/{division}"


class UnitQuota:
    """The book of one agent bank."""

    def __init__(self, profile: BankProfile, means: Means) -> None:
        self.profile = profile
        self.means = means
        self.party = str(profile.party)

    # --- 5105 ------------------------------------------------------------------------------------

    def grant(self, tx: DeskTransaction, step: Step) -> None:
        """Count a 5105, or send it back; draft the answer."""
        name, cat = step.task.voucher_id, self.means.release()
        held = tx.lines_of(self.party, [name])[name]
        if held[0].state is LineState.NEW:
            held = self._count(tx, step, held)
        if held[0].state is LineState.RECALLED:
            step.finish()
        elif held[0].state is LineState.RETURNED:
            code, at = held[0].code, held[0].trace
            step.drafts = [answers.returned(step.message, self.profile.party, cat, code, CODES, at)]
        else:
            result = {"XDealResult": _DONE}
            rows = [{"Id": line.detail, **result} for line in held]
            step.drafts = [answers.receipt(step.message, self.profile.party, cat, result, rows)]

    def _count(self, tx: DeskTransaction, step: Step, held: Sequence[Line]) -> list[Line]:
        """Enter what is granted; no rule is asked of what was answered before a restore."""
        day = step.task.day
        changes = [Change(unit_key(line), line.amount_fen, line.link) for line in held]
        code, at = step.returned, ""
        if not code and not step.accepted:
            code, at = self._unfit(tx, step.message, held, changes)
        state = LineState.RETURNED if code else LineState.GRANTED
        after = [replace(move(TREASURY, line, state, day), code=code, trace=at) for line in held]
        tx.put_lines(after)
        if not code:
            self._enter(tx, held[0].division, changes)
            self._wake(tx, {unit_key(line) for line in held})
        return after

    def _unfit(
        self, tx: DeskTransaction, voucher: Voucher, held: Sequence[Line], changes: Sequence[Change]
    ) -> tuple[str, str]:
        """Code and place; empty when it is for this bank, fits base data, and leaves enough."""
        if code := self._misdirected(voucher):
            return code, ""
        found = base_data.fault(tx, voucher.id, voucher.original.content)
        if found is not None:
            return found.code, found.where
        return "" if self._balances(tx, held).change(changes) else "quota_used", ""

    def _misdirected(self, voucher: Voucher) -> str:
        if voucher.original.content.fields.get("PayBankNo") != self.profile.line_no:
            return "other_bank"
        finance = self.means.directory.finances.get(voucher.id.division)
        return "" if finance == voucher.id.issuer else "finance_not_issuer"

    def _wake(self, tx: DeskTransaction, keys: set[QuotaKey]) -> None:
        waiting = tx.lines_in(self.party, PAYMENTS, {LineState.NEW}, _WOKEN_MAX)
        names = {line.voucher_id for line in waiting if unit_key(line) in keys}
        tx.wake_tasks({task_id(TaskKind.PAY, self.party, name) for name in names}, tx.now)

    # --- payments --------------------------------------------------------------------------------

    def asked(self, line: Line) -> bool:
        """Whether a payment needs unit quota here."""
        return self.profile.unit_quota and line.kind == "8202"

    def take(self, tx: DeskTransaction, held: Sequence[Line]) -> bool:
        """Use the quota of a payment, or nothing of it; whether there was enough."""
        if not self.asked(held[0]):
            return True
        changes = [Change(unit_key(line), Fen(-line.amount_fen), line.link) for line in held]
        if not self._balances(tx, held).change(changes):
            return False
        self._enter(tx, held[0].division, changes)
        return True

    def give_back(self, tx: DeskTransaction, lines: Iterable[Line]) -> None:
        """What did not move, or came back; each row once, however often it is told."""
        for line in lines:
            if self.asked(line):
                change = Change(unit_key(line), line.amount_fen, f"{line.link}:back")
                self._enter(tx, line.division, [change])

    def _balances(self, tx: DeskTransaction, held: Sequence[Line]) -> Quota:
        keys = {str(unit_key(line)) for line in held}
        found = tx.balances(self.party, _book(held[0].division), keys)
        return Quota({quota_key(key): value for key, value in found.items()})

    def _enter(self, tx: DeskTransaction, division: str, changes: Iterable[Change]) -> None:
        book = _book(division)
        tx.add_entries(
            [
                LedgerEntry(self.party, book, str(c.key), c.cause, c.amount_fen, tx.now)
                for c in changes
            ]
        )
