"""Reconciliation: voucher by voucher (3501, 3502) and row by row three ways (3507). Pure.

Both are the same comparison: items by key, ours against theirs; outcomes are matched, missing,
several, or differing in state, amount, what came back, day. Statements
travel in packs of 500; they are compared only when all packs are here. The parts add up to the
totals (asserted). What a statement does not tell is not compared.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from hub.clearing.breaks import BreakKind
from hub.errors import RuleBroken
from hub.money import Fen

PACK_MAX: Final = 500
NORMAL: Final = "0"
RETURNED: Final = "1"
NOTHING: Final = Fen(0)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing both sides should hold: a voucher, or a 2301 row."""

    key: str
    amount_fen: Fen
    state: str = NORMAL
    """ProState: 0 normal, 1 returned."""
    refund_fen: Fen = NOTHING
    """What came back of it that day (RefundAmt)."""
    day: str = ""
    """Business day; empty where it is not told, or does not count."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item of their statement, or of ours that theirs lacks."""

    key: str
    kind: BreakKind | None
    """None: matched."""
    ours_fen: Fen
    theirs_fen: Fen


@dataclass(frozen=True, slots=True)
class Result:
    """The comparison of one statement."""

    outcomes: tuple[Outcome, ...]

    @property
    def differences(self) -> tuple[Outcome, ...]:
        """Outcomes that are no match."""
        return tuple(o for o in self.outcomes if o.kind is not None)

    @property
    def verdict(self) -> str:
        """XCheckResult: 0 match, 1 mismatch."""
        return "1" if self.differences else "0"


def compare(ours: Iterable[Item], theirs: Iterable[Item], unpaid: Collection[str] = ()) -> Result:
    """Every key of either side, in order of keys.

    `unpaid` are keys of refunds in theirs of what our books never saw cleared.
    """
    mine, other = _by_key(ours), _by_key(theirs)
    outcomes = tuple(
        _outcome(key, mine.get(key, []), other.get(key, []), unpaid=key in unpaid)
        for key in sorted(mine | other)
    )
    assert sum(o.ours_fen for o in outcomes) == sum(i.amount_fen for v in mine.values() for i in v)
    assert sum(o.theirs_fen for o in outcomes) == sum(
        i.amount_fen for v in other.values() for i in v
    )
    return Result(outcomes)


def _by_key(items: Iterable[Item]) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        found[item.key].append(item)
    return dict(found)


def _outcome(key: str, ours: Sequence[Item], theirs: Sequence[Item], *, unpaid: bool) -> Outcome:
    sums = Fen(sum(i.amount_fen for i in ours)), Fen(sum(i.amount_fen for i in theirs))
    broken = (
        (BreakKind.REFUND_UNPAID, unpaid),
        (BreakKind.MISSING_HERE, not ours),
        (BreakKind.MISSING_THERE, not theirs),
        (BreakKind.SEVERAL_HERE, len(ours) > 1),
        (BreakKind.SEVERAL_THERE, len(theirs) > 1),
    )
    kind = next((kind for kind, found in broken if found), None)
    return Outcome(key, kind or _difference(ours[0], theirs[0]), *sums)


def _difference(ours: Item, theirs: Item) -> BreakKind | None:
    """In what one of ours differs from the one of theirs, first what weighs most."""
    days = {ours.day, theirs.day} - {""}
    differing = (
        (BreakKind.STATE_DIFFERS, ours.state != theirs.state),
        (BreakKind.AMOUNT_DIFFERS, ours.amount_fen != theirs.amount_fen),
        (BreakKind.REFUND_DIFFERS, ours.refund_fen != theirs.refund_fen),
        (BreakKind.DAY_DIFFERS, len(days) > 1),
    )
    return next((kind for kind, found in differing if found), None)


def packs(items: Sequence[T], size: int = PACK_MAX) -> list[Sequence[T]]:
    """Cut into packs; an empty statement is one empty pack."""
    assert size > 0, "a pack holds something"
    return [items[at : at + size] for at in range(0, len(items), size)] or [items]


def join(parts: Mapping[int, Sequence[T]], count: int) -> list[T]:
    """All packs of a statement, by CurPackNo from 1, put together again.

    Raises:
        RuleBroken: `pack_incomplete`.
    """
    if sorted(parts) != list(range(1, count + 1)):
        raise RuleBroken("pack_incomplete", count=count - len(parts))
    return [item for n in range(1, count + 1) for item in parts[n]]
