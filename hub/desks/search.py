"""Finding vouchers by what people remember: payee, end of an account, amount, unit, date, purpose.

One row for each money row of an original, written when it is recorded or issued at an end party;
the hub keeps none. Names and purposes are found by their beginning, accounts by their end (kept
turned round, so that an end is a beginning). The condition that leaves fewest rows leads: its index
answers it, and day, amount, unit and division sift in the index already. How many entries are
walked and how many rows are read is bounded, so that no query costs more; one that would need more
says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from hub.errors import RuleBroken
from hub.money import Fen, fen
from hub.voucher.model import LayerType, Voucher

FOUND_MAX: Final = 200
TAIL_MIN: Final = 4
WALKED_MAX: Final = 100_000
"""Entries of one condition's index that are walked: they lie together."""
SIFTED_MAX: Final = 2_000
"""Rows of one condition that are read: they lie scattered, and each may be a disk read."""
SIFTED_OF_A_DAY_MAX: Final = 50_000
"""Rows of days lie together: a province's day is looked at whole."""
LAST: Final = "\U0010ffff"
"""Behind every character: the end of a range of beginnings."""
AMOUNTS: Final = ("PayAmt", "PlanAmt", "SumAmt")


@dataclass(frozen=True, slots=True)
class Findable:
    """One money row as people look for it."""

    voucher_id: str
    row: int
    division: str
    kind: str
    day: str
    """VouDate, yyyyMMdd."""
    amount_fen: Fen
    unit: str
    account: str
    """The payee's account, turned round."""
    payee: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for; empty means any."""

    account_tail: str = ""
    amount_fen: tuple[Fen, Fen] | None = None
    """From, to; both included."""
    unit: str = ""
    payee: str = ""
    days: tuple[str, str] | None = None
    """From, to; both included."""
    purpose: str = ""
    divisions: frozenset[str] = field(default_factory=frozenset)
    """Whoever asks may see these; empty: every division of the node."""

    def ranges(self) -> dict[str, tuple[str, str] | tuple[Fen, Fen]]:
        """The conditions as ranges of a findable's fields, both ends included.

        Raises:
            RuleBroken: `find_what`: nothing was asked for; `find_tail`: too short an end.
        """
        if self.account_tail and len(self.account_tail) < TAIL_MIN:
            raise RuleBroken("find_tail", n=TAIL_MIN)
        found: dict[str, tuple[str, str] | tuple[Fen, Fen]] = {}
        begins = {
            "account": self.account_tail[::-1], "payee": self.payee, "purpose": self.purpose,
        }  # fmt: skip
        found |= {name: (text, text + LAST) for name, text in begins.items() if text}
        if self.unit:
            found["unit"] = (self.unit, self.unit)
        if self.amount_fen is not None:
            found["amount_fen"] = self.amount_fen
        if self.days is not None:
            found["day"] = self.days
        if not found:
            raise RuleBroken("find_what")
        return found


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to."""

    rows: Sequence[Findable]
    partial: bool
    """There are more: too many rows match any one condition, or too many match all."""


def bound(leading: str) -> int:
    """How many rows a leading condition may give to be read."""
    return SIFTED_OF_A_DAY_MAX if leading == "day" else SIFTED_MAX


class Searching(Protocol):
    """The search verbs of a node's store."""

    def add_findable(self, rows: Sequence[Findable]) -> None:
        """Record rows; one that is there already stays as it is."""
        ...

    def find(self, query: Query, limit: int) -> Found:
        """Rows that match, by day, voucher and row; cost is bounded.

        Raises:
            RuleBroken: `find_what`, `find_tail`.
        """
        ...


def findable(voucher: Voucher) -> list[Findable]:
    """The rows of an original that carries money; of anything else none."""
    top = voucher.top.id
    header = voucher.original.content.fields
    if top.layer is not LayerType.ORIGINAL or _amount(header) is None:
        return []
    own, details = voucher.id, voucher.original.content.details
    return [
        Findable(
            str(own), number, own.division, own.kind, header.get("VouDate", ""),
            fen(_amount(row) or _amount(header) or "0.00"),
            _of(row, header, "AgencyCode", "SupDepCode"),
            _of(row, header, "PayeeAcctNo")[::-1],
            _of(row, header, "PayeeAcctName"),
            _of(row, header, "PaySummaryName", "Remark"),
        )
        for number, row in enumerate(details or [header], 1)
    ]  # fmt: skip


def _amount(fields: Mapping[str, str]) -> str | None:
    return next((fields[name] for name in AMOUNTS if fields.get(name)), None)


def _of(row: Mapping[str, str], header: Mapping[str, str], *names: str) -> str:
    return next((f[name] for name in names for f in (row, header) if f.get(name)), "")
