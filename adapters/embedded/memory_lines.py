"""The desks' money lines and breaks in memory (hub.desks.ports.DeskTables, second half)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from adapters.embedded.memory_tables import Table, Work
from hub.clearing.breaks import Break, BreakState
from hub.clearing.model import Line, LineState
from hub.desks.model import Total

Key = tuple[str, str, int]
"""Party, voucher, row."""

LINES: Final = Table[Key, Line]("desk_line")
OF_VOUCHER: Final = Table[tuple[str, str], tuple[Key, ...]]("desk_line_by_voucher")
ABOUT: Final = Table[str, tuple[Key, ...]]("desk_line_by_payment")
BREAKS: Final = Table[str, Break]("desk_break")


def _in(party: str, kind: str, what: str) -> Table[Key, None]:
    """Keys of a party's lines of a kind, by state or by day."""
    return Table[Key, None](f"desk_line/{party}/{kind}/{what}")


def _key(line: Line) -> Key:
    return (line.party, line.voucher_id, line.row)


class DeskLines(Work):
    """Money lines, and what a reconciliation found."""

    def add_lines(self, lines: Sequence[Line]) -> None:
        """Record lines that are new."""
        self.before("add_lines")
        for line in lines:
            key = _key(line)
            if key in self.rows(LINES):
                continue
            self.put(LINES, key, line)
            of = (line.party, line.voucher_id)
            self.put(OF_VOUCHER, of, (*self.rows(OF_VOUCHER).get(of, ()), key))
            if line.payment:
                self.put(ABOUT, line.payment, (*self.rows(ABOUT).get(line.payment, ()), key))
            for what in (line.state, line.day):
                self.put(_in(line.party, line.kind, what), key, None)

    def put_lines(self, lines: Sequence[Line]) -> None:
        """Write what may change of lines that are there."""
        self.before("put_lines")
        for line in lines:
            key = _key(line)
            old = self.rows(LINES)[key]
            new = replace(
                old, state=line.state, day=line.day, clearing=line.clearing, refund=line.refund,
                code=line.code, trace=line.trace,
            )  # fmt: skip
            self.put(LINES, key, new)
            for before, after in ((old.state, new.state), (old.day, new.day)):
                if before != after:
                    self.drop(_in(line.party, line.kind, before), key)
                    self.put(_in(line.party, line.kind, after), key, None)

    def lines_of(self, party: str, voucher_ids: Collection[str]) -> Mapping[str, list[Line]]:
        """Lines by voucher, in order of rows."""
        self.before("lines_of")
        index = self.rows(OF_VOUCHER)
        found = {v: self._lines(index.get((party, v), ())) for v in voucher_ids}
        return {v: rows for v, rows in found.items() if rows}

    def lines_about(self, party: str, payments: Collection[str]) -> Mapping[str, list[Line]]:
        """Lines of any kind by the payment they are about."""
        self.before("lines_about")
        index = self.rows(ABOUT)
        found = {
            payment: self._lines(k for k in index.get(payment, ()) if party in {"", k[0]})
            for payment in payments
        }
        return {payment: rows for payment, rows in found.items() if rows}

    def _lines(self, keys: Iterable[Key]) -> list[Line]:
        rows = self.rows(LINES)
        return [rows[key] for key in sorted(keys)]

    def lines_in(
        self, party: str, kinds: Collection[str], states: Collection[LineState], limit: int
    ) -> list[Line]:
        """Lines of these kinds in these states, in order of voucher and row."""
        self.before("lines_in")
        keys = [
            key for kind in kinds for state in states for key in self.rows(_in(party, kind, state))
        ]
        return self._lines(keys)[:limit]

    def lines_on(self, party: str, kinds: Collection[str], day: str) -> list[Line]:
        """Lines of these kinds of this business day."""
        self.before("lines_on")
        return self._lines(key for kind in kinds for key in self.rows(_in(party, kind, day)))

    def line_totals(self, party: str = "") -> Mapping[tuple[str, str, str, str], Total]:
        """Counts and sums by (party, division, kind, state)."""
        self.before("line_totals")
        sums: dict[tuple[str, str, str, str], Total] = {}
        for line in self.rows(LINES).values():
            if party in {"", line.party}:
                group = (line.party, line.division, line.kind, str(line.state))
                old = sums.get(group, Total(0, 0))
                sums[group] = Total(old.count + 1, old.amount_fen + line.amount_fen)
        return {group: sums[group] for group in sorted(sums)}

    def put_breaks(self, breaks: Sequence[Break]) -> None:
        """Record new breaks, and new states of known ones."""
        self.before("put_breaks")
        for row in breaks:
            old = self.rows(BREAKS).get(row.id)
            if old is None:
                self.put(BREAKS, row.id, row)
            elif row.state is not BreakState.OPEN:
                self.put(BREAKS, row.id, replace(old, state=row.state, reason=row.reason))

    def breaks(self, party: str = "") -> list[Break]:
        """All breaks, by day and id."""
        self.before("breaks")
        found = [b for b in self.rows(BREAKS).values() if party in {"", b.party}]
        return sorted(found, key=lambda b: (b.day, b.id))
