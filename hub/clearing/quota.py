"""The quota ledger: 5106 and 5108 add, 2301 consumes, 2302 restores. Pure.

Rules: no balance is lowered below zero; a voucher changes all its keys or none; what changes is
exactly what is asked (asserted). The books themselves are append-only entries kept by the desk;
this module says what to append. A division's quota is its own: each has a book.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hub.clearing.model import Line, QuotaKey
from hub.money import Fen


def book_of(division: str) -> str:
    """The name of a division's quota book."""
    return f"quota/{division}"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one key, with its cause."""

    key: QuotaKey
    amount_fen: Fen
    cause: str


def grants(lines: Iterable[Line]) -> list[Change]:
    """What the lines of a 5106 or 5108 add; a reduction is negative."""
    return [Change(line.quota, line.amount_fen, line.link) for line in lines]


def uses(lines: Iterable[Line]) -> list[Change]:
    """What the lines of a 2301 consume; the negative lines of a 2302 restore."""
    return [Change(line.quota, Fen(-line.amount_fen), line.link) for line in lines]


def undo(changes: Iterable[Change]) -> list[Change]:
    """The opposite of changes whose voucher came to nothing in the core."""
    return [Change(c.key, Fen(-c.amount_fen), f"{c.cause}:undo") for c in changes]


class Quota:
    """Balances inside one transaction, in the order in which vouchers are decided."""

    def __init__(self, balances: Mapping[QuotaKey, Fen]) -> None:
        self._balances = dict(balances)

    def balance(self, key: QuotaKey) -> Fen:
        """What is left."""
        return self._balances.get(key, Fen(0))

    def change(self, changes: Sequence[Change]) -> bool:
        """Apply all changes, or none when a key would be lowered below zero; whether they were.

        A key that stands below zero (its book was taken over from elsewhere) can still be raised.
        """
        after: dict[QuotaKey, Fen] = {}
        for change in changes:
            before = after.get(change.key, self.balance(change.key))
            after[change.key] = Fen(before + change.amount_fen)
        if any(value < min(0, self.balance(key)) for key, value in after.items()):
            return False
        moved = sum(after.values()) - sum(self.balance(key) for key in after)
        assert moved == sum(c.amount_fen for c in changes), "quota was not conserved"
        self._balances.update(after)
        return True
