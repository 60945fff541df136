"""What people and alarms ask of the desks' tables. Read only; cost follows from what is open.

What is finished is counted for one day only: a store of many years answers as fast as a new one.
"""

from collections.abc import Mapping
from typing import Final, Protocol

from hub.clearing.breaks import Break, BreakKind
from hub.clearing.model import Line, LineState
from hub.desks.model import Stage, Total
from hub.exchange.sought import ANY, Sought

UNFINISHED: Final = (
    LineState.NEW,
    LineState.EXECUTING,
    LineState.SUMMED,
    LineState.REFUND_DUE,
    LineState.REFUNDING,
)
"""States in which a line waits for somebody, whoever holds it. PAID is counted by its day: at the
bank such a line is summed up the same evening, at an issuer it is the end. A refund notice (2203,
2204) stays NEW and waits for nobody: it needs no answer."""


class Counting(Protocol):
    """Read verbs over indexes made for them."""

    def unfinished_counts(self) -> Mapping[tuple[str, str, LineState], int]:
        """Unfinished lines by (party, kind, state)."""
        ...

    def unfinished_lines(self, limit: int, sought: Sought = ANY) -> list[Line]:
        """Unfinished lines of vouchers sought, the oldest day first, then party, voucher, row."""
        ...

    def line_counts_on(self, party: str, day: str) -> Mapping[tuple[str, LineState], int]:
        """One party's lines whose state is of this business day, by (kind, state)."""
        ...

    def totals_on(self, day: str) -> Mapping[Stage, Total]:
        """Sums of what was added for one business day."""
        ...

    def open_breaks(self) -> Mapping[tuple[str, str], int]:
        """Breaks that nobody has explained or closed, by (party, day)."""
        ...

    def open_breaks_of(self, kind: BreakKind) -> list[Break]:
        """Breaks of one kind that nobody has explained or closed, by day and id."""
        ...
