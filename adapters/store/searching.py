"""The search table: ranges on plain b-trees, the same on SQLite and PostgreSQL.

Every index bears, behind the condition it is for, the narrow columns (`INSIDE`), so that day,
amount, unit and division are sifted in the index and only rows that pass are read from the table,
where they lie scattered. A condition leads the search when its entries are few, or may be walked
within the bound; among those the one that leaves fewest rows. Bounds stand inside inner selects, so
no planner, with or without statistics, takes more.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from functools import cache
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import ColumnElement, Executable, Select, bindparam, func, select

from adapters.store.desk_tables import FINDABLE, INSIDE
from adapters.store.session import Form, Forms
from adapters.store.unit import Unit
from hub.desks.search import WALKED_MAX, Findable, Found, Query, bound

_VALUES: Final = attrgetter(*(field.name for field in fields(Findable)))
_MOST_TELLING_FIRST: Final[Sequence[str]] = (
    "account",
    "amount_fen",
    "unit",
    "payee",
    "purpose",
    "day",
)
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A query's conditions, as statements are made for them."""

    names: frozenset[str]
    """Columns with a range; of `division` it is the span of those allowed."""
    exact: frozenset[str]
    """Those whose range is one value."""

    def within(self, columns: Any, names: Collection[str]) -> list[ColumnElement[bool]]:  # noqa: ANN401 - a table's or a select's
        """Conditions on the columns of a table or of an inner select."""
        found = []
        for name in sorted(self.names.intersection(names)):
            column = columns[name]
            if name in self.exact:
                found.append(column == bindparam(f"{name}_from"))
            else:
                found.append(column >= bindparam(f"{name}_from"))
                found.append(column <= bindparam(f"{name}_to"))
        return found

    def leads(self, leading: str) -> set[str]:
        """What bounds the entries to be walked: behind one value the days stand in order."""
        return {leading, "day"} if leading in self.exact else {leading}


def _ordered(chosen: Select[Any], leading: str) -> Select[Any]:
    """As the index of the condition has it."""
    columns = FINDABLE.c
    return chosen.order_by(columns[leading], *(columns[n] for n in INSIDE if n != leading))


@cache
def _walked(asked: Asked, leading: str) -> Form:
    """How many entries of the index there are to walk, and how many of them pass."""

    def form(_forms: Forms) -> Executable:
        columns = [FINDABLE.c[name] for name in INSIDE]
        inner = select(*columns).where(*asked.within(FINDABLE.c, asked.leads(leading)))
        entries = _ordered(inner, leading).limit(bindparam("walked")).subquery()
        others = set(INSIDE) - asked.leads(leading)
        passing = asked.within(entries.c, others)
        count = func.count()
        return select(count, count.filter(*passing) if passing else count).select_from(entries)

    return form


@cache
def _sifted(asked: Asked, leading: str, *, inside: bool) -> Form:
    """Rows of the leading condition, sifted in its index or, where that takes too long, after."""

    def form(forms: Forms) -> Executable:
        first = asked.leads(leading) | (set(INSIDE) if inside else set())
        chosen = select(FINDABLE).where(*asked.within(FINDABLE.c, first))
        inner = _ordered(chosen, leading).limit(bindparam("sifted")).subquery()
        wanted = asked.within(inner.c, asked.names - first)
        if "division" in asked.names:
            wanted.append(forms.among(inner.c.division, "divisions"))
        order = (inner.c.day, inner.c.voucher_id, inner.c.row)
        return select(inner).where(*wanted).order_by(*order).limit(bindparam("limit"))

    return form


class Search(Unit):
    """Finding rows."""

    def add_findable(self, rows: Sequence[Findable]) -> None:
        """Record rows that are new."""
        self.session.add_new(FINDABLE, sorted(map(_VALUES, rows)))

    def find(self, query: Query, limit: int) -> Found:
        """Rows that match."""
        ranges: dict[str, tuple[Any, Any]] = {**query.ranges()}
        if query.divisions:
            ranges["division"] = (min(query.divisions), max(query.divisions))
        exact = frozenset(name for name, (first, last) in ranges.items() if first == last)
        asked = Asked(frozenset(ranges), exact)
        values: Values = {"limit": limit + 1, "divisions": sorted(query.divisions)}
        for name, (first, last) in ranges.items():
            values |= {f"{name}_from": first, f"{name}_to": last}
        leads = [name for name in _MOST_TELLING_FIRST if name in ranges]
        if len(ranges) == 1:
            found = self._rows(_sifted(asked, leads[0], inside=True), values, limit + 1)
            return Found(found[:limit], len(found) > limit)
        passing = self._passing(asked, leads, values)
        if not passing:
            leading = leads[-1]  # rows of days lie together
            form = _sifted(asked, leading, inside=False)
            return Found(self._rows(form, values, bound(leading))[:limit], partial=True)
        leading = min(passing, key=lambda name: (passing[name] > bound(name), passing[name]))
        found = self._rows(_sifted(asked, leading, inside=True), values, bound(leading))
        return Found(found[:limit], len(found) > limit or passing[leading] > bound(leading))

    def _passing(self, asked: Asked, leads: Sequence[str], values: Values) -> dict[str, int]:
        """How many rows each condition leaves whose entries may be walked to the end.

        First of those with few entries; when there is none, of the others until one leaves few.
        """
        passing: dict[str, int] = {}
        for name in leads:
            entries, left = self._walk(asked, name, values, bound(name))
            if entries <= bound(name):
                passing[name] = left
        if passing:
            return passing
        for name in leads:
            entries, left = self._walk(asked, name, values, WALKED_MAX)
            if entries <= WALKED_MAX:
                passing[name] = left
                if left <= bound(name):
                    break
        return passing

    def _walk(self, asked: Asked, name: str, values: Values, most: int) -> tuple[int, int]:
        [(entries, left)] = self.session.rows(_walked(asked, name), **values, walked=most + 1)
        return entries, left

    def _rows(self, form: Form, values: Values, most: int) -> list[Findable]:
        return [Findable(*row) for row in self.session.rows(form, **values, sifted=most)]
