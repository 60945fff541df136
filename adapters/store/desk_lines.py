"""The desks' money lines, ledger, breaks and totals.

In a write transaction, lines and balances that are read are locked in ascending order, so that a
decision made on them holds until the commit; a read view locks nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Executable, Select, bindparam, func, select, update

from adapters.store.desk_tables import BALANCE, BREAK, ENTRY, LINE, TOTAL
from adapters.store.session import Forms, Row
from adapters.store.unit import Unit
from hub.clearing.breaks import Break, BreakKind, BreakState
from hub.clearing.model import Line, LineState, quota_key
from hub.desks.model import LedgerEntry, Stage, Total
from hub.money import Fen

_FIELDS: Final = tuple(field.name for field in fields(Line))
_QUOTA: Final = _FIELDS.index("quota")
_STATE: Final = _FIELDS.index("state")
_BREAK: Final = attrgetter(*(field.name for field in fields(Break)))
_CHANGING: Final = ("state", "day", "clearing", "refund", "code", "trace")
_ORDER: Final = (LINE.c.party, LINE.c.voucher_id, LINE.c.row)


def _values(line: Line) -> Row:
    plain = [getattr(line, name) for name in _FIELDS]
    plain[_QUOTA], plain[_STATE] = str(line.quota), line.state.value
    return tuple(plain)


def read_break(row: Row) -> Break:
    """A difference as its row holds it."""
    one = Break(*row)
    return replace(one, kind=BreakKind(one.kind), state=BreakState(one.state))


def read_line(row: Row) -> Line:
    """The line in a row of its table."""
    values = list(row)
    values[_QUOTA], values[_STATE] = quota_key(row[_QUOTA]), LineState(row[_STATE])
    return Line(*values)


def _of(forms: Forms) -> Select[Any]:
    mine = (LINE.c.party == bindparam("of"), forms.among(LINE.c.voucher_id, "ids"))
    return select(LINE).where(*mine).order_by(*_ORDER)


def _about(forms: Forms) -> Select[Any]:
    return select(LINE).where(forms.among(LINE.c.payment, "names")).order_by(*_ORDER)


def _in(forms: Forms) -> Select[Any]:
    mine = (
        LINE.c.party == bindparam("of"),
        forms.among(LINE.c.kind, "kinds"),
        LINE.c.state == bindparam("state"),
    )
    return select(LINE).where(*mine).order_by(*_ORDER).limit(bindparam("limit"))


def _of_locked(forms: Forms) -> Executable:
    return _of(forms).with_for_update()


def _about_locked(forms: Forms) -> Executable:
    return _about(forms).with_for_update()


def _in_locked(forms: Forms) -> Executable:
    return _in(forms).with_for_update()


def _on(forms: Forms) -> Executable:
    mine = (LINE.c.party == bindparam("of"), LINE.c.day == bindparam("on"))
    return select(LINE).where(*mine, forms.among(LINE.c.kind, "kinds")).order_by(*_ORDER)


def _put(_forms: Forms) -> Executable:
    own = (
        LINE.c.party == bindparam("of"),
        LINE.c.voucher_id == bindparam("of_voucher"),
        LINE.c.row == bindparam("of_row"),
    )
    return update(LINE).where(*own).values({n: bindparam(f"to_{n}") for n in _CHANGING})


def _sums(_forms: Forms) -> Executable:
    group = (LINE.c.party, LINE.c.division, LINE.c.kind, LINE.c.state)
    return select(*group, func.count(), func.sum(LINE.c.amount_fen)).group_by(*group)


def _sums_of(_forms: Forms) -> Executable:
    group = (LINE.c.party, LINE.c.division, LINE.c.kind, LINE.c.state)
    sums = select(*group, func.count(), func.sum(LINE.c.amount_fen)).group_by(*group)
    return sums.where(LINE.c.party == bindparam("of"))


def _balances(forms: Forms) -> Select[Any]:
    mine = (
        BALANCE.c.party == bindparam("of"),
        BALANCE.c.book == bindparam("in_book"),
        forms.among(BALANCE.c.key, "keys"),
    )
    return select(BALANCE.c.key, BALANCE.c.amount_fen).where(*mine).order_by(BALANCE.c.key)


def _balances_locked(forms: Forms) -> Executable:
    return _balances(forms).with_for_update()


def _entries(forms: Forms) -> Executable:
    return select(ENTRY.c.id).where(forms.among(ENTRY.c.id, "ids"))


def _change(_forms: Forms) -> Executable:
    own = (
        BALANCE.c.party == bindparam("of"),
        BALANCE.c.book == bindparam("in_book"),
        BALANCE.c.key == bindparam("of_key"),
    )
    return update(BALANCE).where(*own).values(amount_fen=BALANCE.c.amount_fen + bindparam("by"))


def _book(_forms: Forms) -> Executable:
    same = (
        (ENTRY.c.party == BALANCE.c.party)
        & (ENTRY.c.book == BALANCE.c.book)
        & (ENTRY.c.key == BALANCE.c.key)
    )
    return (
        select(BALANCE.c.key, BALANCE.c.amount_fen, func.sum(ENTRY.c.amount_fen))
        .join(ENTRY, same)
        .where(BALANCE.c.party == bindparam("of"), BALANCE.c.book == bindparam("in_book"))
        .group_by(BALANCE.c.key, BALANCE.c.amount_fen)
        .order_by(BALANCE.c.key)
    )


def _breaks(_forms: Forms) -> Executable:
    return select(BREAK).order_by(BREAK.c.day, BREAK.c.id)


def _go_on(_forms: Forms) -> Executable:
    own = update(BREAK).where(BREAK.c.id == bindparam("of_id"))
    return own.values(state=bindparam("to_state"), reason=bindparam("to_reason"))


def _totals(_forms: Forms) -> Executable:
    group = (TOTAL.c.day, TOTAL.c.division, TOTAL.c.party, TOTAL.c.kind, TOTAL.c.stage)
    sums = select(*group, func.sum(TOTAL.c.count), func.sum(TOTAL.c.amount_fen))
    return sums.group_by(*group).order_by(*group)


class DeskLines(Unit):
    """Money lines, and what a reconciliation found."""

    def add_lines(self, lines: Sequence[Line]) -> None:
        """Record lines that are new."""
        self.session.add_new(LINE, sorted(map(_values, lines)))

    def put_lines(self, lines: Sequence[Line]) -> None:
        """Write what may change of lines that are there."""
        rows = [
            {"of": line.party, "of_voucher": line.voucher_id, "of_row": line.row,
             **{f"to_{name}": str(getattr(line, name)) for name in _CHANGING}}
            for line in sorted(lines, key=attrgetter("party", "voucher_id", "row"))
        ]  # fmt: skip
        self.session.run_each(_put, rows)

    def lines_of(self, party: str, voucher_ids: Collection[str]) -> Mapping[str, list[Line]]:
        """Lines by voucher, in order of rows."""
        form = _of_locked if self.writing else _of
        found: dict[str, list[Line]] = {}
        for row in self.session.rows_among(form, "ids", sorted(voucher_ids), of=party):
            found.setdefault(row[1], []).append(read_line(row))
        return found

    def lines_about(self, party: str, payments: Collection[str]) -> Mapping[str, list[Line]]:
        """Lines of any kind by the payment they are about."""
        form = _about_locked if self.writing else _about
        found: dict[str, list[Line]] = {}
        for row in self.session.rows_among(form, "names", sorted(payments)):
            line = read_line(row)
            if party in {"", line.party}:
                found.setdefault(line.payment, []).append(line)
        return found

    def lines_in(
        self, party: str, kinds: Collection[str], states: Collection[LineState], limit: int
    ) -> list[Line]:
        """Lines of these kinds in these states, in order of voucher and row."""
        form = _in_locked if self.writing else _in
        found = [
            read_line(row)
            for state in sorted(states)
            for row in self.session.rows(
                form, of=party, kinds=sorted(kinds), state=state.value, limit=limit
            )
        ]
        return sorted(found, key=attrgetter("voucher_id", "row"))[:limit]

    def lines_on(self, party: str, kinds: Collection[str], day: str) -> list[Line]:
        """Lines of these kinds of this business day."""
        return [read_line(r) for r in self.session.rows(_on, of=party, on=day, kinds=sorted(kinds))]

    def line_totals(self, party: str = "") -> Mapping[tuple[str, str, str, str], Total]:
        """Counts and sums by (party, division, kind, state)."""
        rows = self.session.rows(_sums_of, of=party) if party else self.session.rows(_sums)
        return {
            (row[0], row[1], row[2], row[3]): Total(int(row[4]), int(row[5]))
            for row in sorted(rows)
        }

    def balances(self, party: str, book: str, keys: Collection[str]) -> Mapping[str, Fen]:
        """Balances; 0 where nothing was written."""
        wanted = sorted(keys)
        form = _balances_locked if self.writing else _balances
        if self.writing:
            self.session.add_new(BALANCE, [(party, book, key, 0) for key in wanted])
        rows = self.session.rows_among(form, "keys", wanted, of=party, in_book=book)
        found = {row[0]: Fen(row[1]) for row in rows}
        return {key: found.get(key, Fen(0)) for key in wanted}

    def add_entries(self, entries: Sequence[LedgerEntry]) -> int:
        """Append those that are new, balances in step."""
        for party, book in sorted({(e.party, e.book) for e in entries}):
            mine = {e.key for e in entries if (e.party, e.book) == (party, book)}
            self.balances(party, book, mine)
        ids = {f"{e.party} {e.book} {e.key} {e.cause}": e for e in entries}
        known = {row[0] for row in self.session.rows_among(_entries, "ids", sorted(ids))}
        new = [(name, ids[name]) for name in sorted(ids) if name not in known]
        self.session.add(
            ENTRY,
            [(n, e.party, e.book, e.key, e.cause, e.amount_fen, e.at) for n, e in new],
        )
        changes: dict[tuple[str, str, str], int] = {}
        for _, e in new:
            own = (e.party, e.book, e.key)
            changes[own] = changes.get(own, 0) + e.amount_fen
        self.session.run_each(
            _change,
            [{"of": p, "in_book": b, "of_key": k, "by": by}
             for (p, b, k), by in sorted(changes.items())],
        )  # fmt: skip
        return len(new)

    def book(self, party: str, book: str) -> Mapping[str, tuple[Fen, Fen]]:
        """By key: balance, and sum of entries."""
        rows = self.session.rows(_book, of=party, in_book=book)
        return {row[0]: (Fen(int(row[1])), Fen(int(row[2]))) for row in rows}

    def put_breaks(self, breaks: Sequence[Break]) -> None:
        """Record new breaks; of known ones, a state beyond OPEN with its reason."""
        rows = []
        for row in sorted(breaks, key=attrgetter("id")):
            values = list(_BREAK(row))
            values[3], values[8] = row.kind.value, row.state.value
            rows.append(tuple(values))
        self.session.add_new(BREAK, rows)
        later = [b for b in breaks if b.state is not BreakState.OPEN]
        self.session.run_each(
            _go_on,
            [{"of_id": b.id, "to_state": b.state.value, "to_reason": b.reason}
             for b in sorted(later, key=attrgetter("id"))],
        )  # fmt: skip

    def breaks(self, party: str = "") -> list[Break]:
        """All breaks, by day and id."""
        found = [read_break(row) for row in self.session.rows(_breaks)]
        return [one for one in found if party in {"", one.party}]

    def add_totals(self, totals: Mapping[Stage, Total]) -> None:
        """Add counts."""
        self.session.add(
            TOTAL,
            [
                (s.day, s.division, s.party, s.kind, s.stage, totals[s].count, totals[s].amount_fen)
                for s in sorted(totals)
            ],
        )

    def totals(self) -> Mapping[Stage, Total]:
        """Sums of what was added."""
        return {Stage(*r[:5]): Total(int(r[5]), int(r[6])) for r in self.session.rows(_totals)}
