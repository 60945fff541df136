"""Counts of what is open, and of one day: each over an index made for it."""

from collections.abc import Mapping
from functools import cache
from typing import Final

from sqlalchemy import ColumnElement, Executable, bindparam, func, literal_column, select

from adapters.store.desk_lines import read_break, read_line
from adapters.store.desk_tables import BREAK, LINE, TOTAL, UNSETTLED, WAITED_FOR
from adapters.store.session import Form, Forms
from adapters.store.sought import Shape, shape, values
from adapters.store.unit import Unit
from hub.clearing.breaks import Break, BreakKind
from hub.clearing.model import Line, LineState
from hub.desks.model import Stage, Total
from hub.exchange.sought import ANY, Sought

_GROUP: Final = (LINE.c.party, LINE.c.kind, LINE.c.state)
_STAGE: Final = (TOTAL.c.day, TOTAL.c.division, TOTAL.c.party, TOTAL.c.kind, TOTAL.c.stage)


def _unfinished(_forms: Forms) -> Executable:
    return select(*_GROUP, func.count()).where(WAITED_FOR).group_by(*_GROUP).order_by(*_GROUP)


@cache
def _lines(sought: Shape) -> Form:
    def form(_forms: Forms) -> Executable:
        order = (LINE.c.day, LINE.c.party, LINE.c.voucher_id, LINE.c.row)
        mine = select(LINE).where(WAITED_FOR, *sought.on(LINE.c.voucher_id))
        return mine.order_by(*order).limit(bindparam("limit"))

    return form


def _on(_forms: Forms) -> Executable:
    """Grouped by expressions: SQLite would walk all of a party's lines in the order of columns."""
    group: tuple[ColumnElement[str], ...] = (
        literal_column("kind || ''"), literal_column("state || ''"),
    )  # fmt: skip
    mine = (LINE.c.party == bindparam("of"), LINE.c.day == bindparam("on"))
    return select(*group, func.count()).where(*mine).group_by(*group).order_by(*group)


def _totals(_forms: Forms) -> Executable:
    sums = select(*_STAGE, func.sum(TOTAL.c.count), func.sum(TOTAL.c.amount_fen))
    mine = sums.where(TOTAL.c.day == bindparam("on"))
    return mine.group_by(*_STAGE).order_by(*_STAGE)


def _breaks(_forms: Forms) -> Executable:
    group = (BREAK.c.party, BREAK.c.day)
    return select(*group, func.count()).where(UNSETTLED).group_by(*group).order_by(*group)


def _open_of(_forms: Forms) -> Executable:
    mine = select(BREAK).where(UNSETTLED, BREAK.c.kind == bindparam("of_kind"))
    return mine.order_by(BREAK.c.day, BREAK.c.id)


class Counts(Unit):
    """What people and alarms ask; nothing is locked, nothing written."""

    def unfinished_counts(self) -> Mapping[tuple[str, str, LineState], int]:
        """Unfinished lines by party, kind and state."""
        rows = self.session.rows(_unfinished)
        return {(row[0], row[1], LineState(row[2])): row[3] for row in rows}

    def unfinished_lines(self, limit: int, sought: Sought = ANY) -> list[Line]:
        """Unfinished lines of vouchers sought, the oldest day first."""
        rows = self.session.rows(_lines(shape(sought)), limit=limit, **values(sought))
        return [read_line(row) for row in rows]

    def line_counts_on(self, party: str, day: str) -> Mapping[tuple[str, LineState], int]:
        """One party's lines of this business day, by kind and state."""
        rows = self.session.rows(_on, of=party, on=day)
        return {(row[0], LineState(row[1])): row[2] for row in rows}

    def totals_on(self, day: str) -> Mapping[Stage, Total]:
        """Sums of what was added for one business day."""
        rows = self.session.rows(_totals, on=day)
        return {Stage(*row[:5]): Total(int(row[5]), int(row[6])) for row in rows}

    def open_breaks(self) -> Mapping[tuple[str, str], int]:
        """Breaks that nobody has explained or closed, by party and day."""
        return {(row[0], row[1]): row[2] for row in self.session.rows(_breaks)}

    def open_breaks_of(self, kind: BreakKind) -> list[Break]:
        """Breaks of one kind that nobody has explained or closed."""
        return [read_break(row) for row in self.session.rows(_open_of, of_kind=kind.value)]
