"""The search table: ranges on plain b-trees, the same on SQLite and PostgreSQL.

Each condition's rows are counted in its index alone, up to the bound; the rarest leads. The others
stand outside a bounded inner select, so no planner, with or without statistics, takes another way.
"""

from collections.abc import Sequence
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import ColumnElement, Executable, bindparam, func, select

from adapters.store.desk_tables import FINDABLE
from adapters.store.session import Form, Forms
from adapters.store.unit import Unit
from hub.desks.search import Findable, Found, Query, bound

_VALUES: Final = attrgetter(*(field.name for field in fields(Findable)))


def _within(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    return (column >= bindparam(f"{name}_from")) & (column <= bindparam(f"{name}_to"))


@cache
def _counted(name: str) -> Form:
    """How many rows a condition alone gives, as far as it matters."""

    def form(_forms: Forms) -> Executable:
        column = FINDABLE.c[name]
        inner = select(column).where(_within(column, name)).order_by(column)  # by its index
        inner = inner.limit(bindparam("sifted"))
        return select(func.count()).select_from(inner.subquery())

    return form


@cache
def _sifted(leading: str, others: tuple[str, ...], *, scoped: bool) -> Form:
    """The rows of the leading condition, sifted by the others."""

    def form(forms: Forms) -> Executable:
        first = FINDABLE.c[leading]
        bounded = select(FINDABLE).where(_within(first, leading)).order_by(first)
        inner = bounded.limit(bindparam("sifted")).subquery()
        wanted = [_within(inner.c[name], name) for name in others]
        if scoped:
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
        ranges = query.ranges()
        counts = {name: self._count(name, *ranges[name]) for name in sorted(ranges)}
        leading = min(counts, key=lambda name: (counts[name] > bound(name), counts[name]))
        others = tuple(name for name in counts if name != leading)
        alone = not (others or query.divisions)
        values: dict[str, Any] = {"limit": limit + 1}
        values["sifted"] = limit + 1 if alone else bound(leading)
        for name, (first, last) in ranges.items():
            values |= {f"{name}_from": first, f"{name}_to": last}
        if query.divisions:
            values["divisions"] = sorted(query.divisions)
        form = _sifted(leading, others, scoped=bool(query.divisions))
        found = [Findable(*row) for row in self.session.rows(form, **values)]
        partial = len(found) > limit or counts[leading] > bound(leading)
        return Found(found[:limit], partial)

    def _count(self, name: str, first: str | int, last: str | int) -> int:
        given: dict[str, Any] = {f"{name}_from": first, f"{name}_to": last}
        counted = self.session.rows(_counted(name), sifted=bound(name) + 1, **given)
        found: int = counted[0][0]
        return found
