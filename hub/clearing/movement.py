"""What a day did to quota: opening, added, cleared, left. Pure.

PreDateMoney + ClearAmt - CurReckMoney = CurDateMoney, for each key. The opening is found backwards,
from the balance that stands now and all that moved since, so that its cost follows from the day and
not from the length of the book. A key that did not move is not told.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hub.clearing.breaks import BreakKind
from hub.clearing.model import Line, LineState, QuotaKey
from hub.clearing.reconciliation import NOTHING, Outcome, Result
from hub.money import Fen

COUNTED: Final = frozenset(
    {LineState.GRANTED, LineState.CLEARED, LineState.REFUNDING, LineState.REFUNDED}
)
"""States of a quota line that has changed its key, and of a request that was settled."""
FIELDS: Final = ("PreDateMoney", "ClearAmt", "CurReckMoney")
"""The three that are compared; the fourth follows from them."""


@dataclass(frozen=True, slots=True)
class Movement:
    """One key on one business day."""

    key: QuotaKey
    before_fen: Fen
    added_fen: Fen
    """By quota notices; a reduction is negative."""
    used_fen: Fen
    """Cleared by 2301, less what 2302 brought back."""

    @property
    def there_fen(self) -> Fen:
        """What there was for the day."""
        return Fen(self.before_fen + self.added_fen)

    @property
    def after_fen(self) -> Fen:
        """What is left."""
        return Fen(self.before_fen + self.added_fen - self.used_fen)

    @property
    def told(self) -> tuple[Fen, Fen, Fen]:
        """In the order of FIELDS."""
        return (self.before_fen, self.added_fen, self.used_fen)


def movements(
    today: Sequence[Line], since: Sequence[Line], balances: Mapping[QuotaKey, Fen],
    notices: Collection[str],
) -> list[Movement]:  # fmt: skip
    """The day of every key in `balances`, in order of keys.

    `today` are the lines that counted that day, `since` those that changed their key after it.
    Kinds in `notices` add, others use.
    """
    added: Counter[QuotaKey] = Counter()
    used: Counter[QuotaKey] = Counter()
    for line in today:
        (added if line.kind in notices else used)[line.quota] += line.amount_fen
    later: Counter[QuotaKey] = Counter()
    for line in since:
        later[line.quota] += line.amount_fen if line.kind in notices else -line.amount_fen
    return [
        Movement(
            key, Fen(balances[key] - later[key] - added[key] + used[key]), Fen(added[key]),
            Fen(used[key]),
        )
        for key in sorted(balances)
    ]  # fmt: skip


def compare_quota(ours: Iterable[Movement], theirs: Sequence[Movement]) -> Result:
    """Opening, added and cleared of every key of either side; an outcome for each that differs."""
    mine = {str(one.key): one.told for one in ours}
    other = {str(one.key): one.told for one in theirs}
    times = Counter(str(one.key) for one in theirs)
    nothing = (NOTHING, NOTHING, NOTHING)
    outcomes = []
    for key in sorted(mine | other):
        pairs = zip(FIELDS, mine.get(key, nothing), other.get(key, nothing), strict=True)
        several = BreakKind.SEVERAL_THERE if times[key] > 1 else None
        outcomes += [
            Outcome(f"{key}#{name}", several or (BreakKind.QUOTA_DIFFERS if a != b else None), a, b)
            for name, a, b in pairs
        ]
    return Result(tuple(outcomes))
