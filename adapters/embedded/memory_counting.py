"""Counts of what is open, and of one day, in memory."""

from collections import Counter
from collections.abc import Mapping

from adapters.embedded.memory_desks import TOTALS
from adapters.embedded.memory_lines import BREAKS, LINES
from adapters.embedded.memory_tables import Work
from hub.clearing.breaks import Break, BreakKind, BreakState
from hub.clearing.model import Line, LineState
from hub.desks.counting import UNFINISHED
from hub.desks.elements import REFUND_NOTICES
from hub.desks.model import Stage, Total
from hub.exchange.sought import ANY, Sought


class Counts(Work):
    """What people and alarms ask; nothing is written."""

    def unfinished_counts(self) -> Mapping[tuple[str, str, LineState], int]:
        """Unfinished lines by party, kind and state."""
        self.before("unfinished_counts")
        counts = Counter((x.party, x.kind, x.state) for x in self._unfinished())
        return dict(sorted(counts.items()))

    def unfinished_lines(self, limit: int, sought: Sought = ANY) -> list[Line]:
        """Unfinished lines of vouchers sought, the oldest day first."""
        self.before("unfinished_lines")
        found = [line for line in self._unfinished() if sought.meets(line.voucher_id)]
        found.sort(key=lambda line: (line.day, line.party, line.voucher_id, line.row))
        return found[:limit]

    def _unfinished(self) -> list[Line]:
        """A refund notice needs no answer."""
        lines = self.rows(LINES).values()
        return [x for x in lines if x.state in UNFINISHED and x.kind not in REFUND_NOTICES]

    def line_counts_on(self, party: str, day: str) -> Mapping[tuple[str, LineState], int]:
        """One party's lines of this business day, by kind and state."""
        self.before("line_counts_on")
        lines = self.rows(LINES).values()
        mine = Counter((x.kind, x.state) for x in lines if (x.party, x.day) == (party, day))
        return dict(sorted(mine.items()))

    def totals_on(self, day: str) -> Mapping[Stage, Total]:
        """Sums of what was added for one business day."""
        self.before("totals_on")
        return {s: total for s, total in sorted(self.rows(TOTALS).items()) if s.day == day}

    def open_breaks(self) -> Mapping[tuple[str, str], int]:
        """Breaks that nobody has explained or closed, by party and day."""
        self.before("open_breaks")
        rows = self.rows(BREAKS).values()
        counts = Counter((one.party, one.day) for one in rows if one.state is BreakState.OPEN)
        return dict(sorted(counts.items()))

    def open_breaks_of(self, kind: BreakKind) -> list[Break]:
        """Breaks of one kind that nobody has explained or closed."""
        self.before("open_breaks_of")
        mine = [
            b for b in self.rows(BREAKS).values() if (b.kind, b.state) == (kind, BreakState.OPEN)
        ]
        return sorted(mine, key=lambda one: (one.day, one.id))
