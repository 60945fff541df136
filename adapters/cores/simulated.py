"""Simulated core systems that fail as real ones do, over a book of their own.

What happens to a key is drawn from (seed, key), so it is the same whoever asks and in whatever
order. Kinds of trouble:
- refused: with a reason, for ever;
- silent: moved, but the answer is lost; inquiring helps, sometimes only the second time;
- slow: taken, the answer is lost, the first inquiry says "not known", and then it moves;
- lost: the order never came; inquiring says "not known";
- twice: the order is handed over twice; the key is known the second time and nothing moves.
Each key moves money at most once in the core's book. A core with `refuses_repeated_keys=False`
would move again: it exists to show that a desk never asks it twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from adapters.cores.book import Book, Fate, Known
from hub.desks.ports import (
    Bounce,
    Done,
    ExecuteAnswer,
    InquireAnswer,
    KeyKnown,
    NotKnown,
    Order,
    Refused,
    Unclear,
)

REASONS: Final = ("account_unknown", "account_closed", "name_differs")


@dataclass(frozen=True, slots=True)
class Trouble:
    """How likely each kind of trouble is; the rest goes well."""

    refused: float = 0.0
    silent: float = 0.0
    slow: float = 0.0
    lost: float = 0.0
    twice: float = 0.0
    bounced: float = 0.0
    """Of movements that were made: comes back (退票) on the same business day."""


@dataclass(frozen=True, slots=True)
class Named:
    """Accounts for which chance is not asked; empty: none."""

    refused_to: str = ""
    """What goes to it is refused."""
    bounced_to: str = ""
    """What goes to it is moved, and comes back."""


class SimulatedCore:
    """Core banking and treasury core alike: `hub.desks.ports.CoreBanking`."""

    def __init__(
        self, book: Book, seed: str = "", trouble: Trouble | None = None, *,
        refuses_repeated_keys: bool = True, named: Named | None = None,
    ) -> None:  # fmt: skip
        self.book = book
        self._named = named or Named()
        self._seed = seed
        self._trouble = trouble or Trouble()
        self._refuses = refuses_repeated_keys
        self._lost: set[str] = set()
        """Keys whose first order of this process was lost; the next one comes through."""

    @property
    def refuses_repeated_keys(self) -> bool:
        """Whether a repeated key can never move money again."""
        return self._refuses

    def execute(self, orders: Sequence[Order]) -> list[ExecuteAnswer]:
        """Move money, or show one kind of trouble."""
        known = dict(self.book.find([order.key for order in orders]))
        rows: dict[str, Known] = {}
        moves: list[tuple[str, Order]] = []
        answers: list[ExecuteAnswer] = []
        for order in orders:
            before = rows.get(order.key) or known.get(order.key)
            if before is not None and self._refuses:
                answers.append(KeyKnown())
                continue
            row, moved, answer = self._one(order, again=before is not None)
            if row is not None:
                rows[order.key] = row
            if moved:
                moves.append((order.key, order))
            answers.append(answer)
        self.book.write(rows, moves)
        return answers

    def _one(self, order: Order, *, again: bool) -> tuple[Known | None, bool, ExecuteAnswer]:
        trouble = self._fate(order)
        done = Done(trace(order.key), order.day)
        if trouble == "refused":
            code = self._draw(order.key, "reason").choice(REASONS)
            return Known(order, Fate.REFUSED, code), False, Refused(code)
        if trouble == "lost" and order.key not in self._lost:
            self._lost.add(order.key)
            return None, False, Unclear()
        if trouble == "slow" and not again:
            return Known(order, Fate.PENDING), False, Unclear()
        if trouble == "silent":
            return Known(order, Fate.MOVED), True, Unclear()
        if trouble == "twice":
            # The second of the two meets its own key: the caller hears that answer.
            return Known(order, Fate.MOVED), True, KeyKnown()
        return Known(order, Fate.MOVED), True, done

    def inquire(self, keys: Sequence[str]) -> list[InquireAnswer]:
        """What became of these keys."""
        known = self.book.find(keys)
        rows: dict[str, Known] = {}
        moves: list[tuple[str, Order]] = []
        answers: list[InquireAnswer] = []
        for key in keys:
            row = known.get(key)
            if row is None:
                answers.append(NotKnown())
                continue
            rows[key] = replace(row, asked=row.asked + 1)
            if row.fate is Fate.PENDING:
                rows[key] = replace(rows[key], fate=Fate.MOVED)
                moves.append((key, row.order))
                answers.append(NotKnown())
            else:
                answers.append(self._told(key, row))
        self.book.write(rows, moves)
        return answers

    def _told(self, key: str, row: Known) -> InquireAnswer:
        if row.fate is Fate.REFUSED:
            return Refused(row.code)
        unclear = self._draw(key, "patience").randrange(2)
        if self._fate(row.order) == "silent" and row.asked < unclear:
            return Unclear()
        return Done(trace(key), row.order.day)

    def bounces(self, day: str) -> list[Bounce]:
        """Movements of this business day that came back; their money is put back once."""
        found: list[Bounce] = []
        rows: dict[str, Known] = {}
        moves: list[tuple[str, Order]] = []
        for known in self.book.on(day):
            order = known.order
            if not self._comes_back(order):
                continue
            code = self._draw(order.key, "reason").choice(REASONS)
            found.append(Bounce(order.key, code, day))
            if known.fate is not Fate.BOUNCED:
                rows[order.key] = replace(known, fate=Fate.BOUNCED, code=code)
                moves.append((f"{order.key}:back", _back(order)))
        self.book.write(rows, moves)
        return found

    def _fate(self, order: Order) -> str:
        named = {self._named.refused_to: "refused", self._named.bounced_to: ""}
        if order.to_account and order.to_account in named:
            return named[order.to_account]
        point = self._draw(order.key, "fate").random()
        for name in ("refused", "silent", "slow", "lost", "twice"):
            point -= float(getattr(self._trouble, name))
            if point < 0:
                return name
        return ""

    def _comes_back(self, order: Order) -> bool:
        if order.to_account and order.to_account == self._named.bounced_to:
            return True
        return self._draw(order.key, "bounce").random() < self._trouble.bounced

    def _draw(self, key: str, what: str) -> Random:
        return Random(f"{self._seed}/{key}/{what}")


def trace(key: str) -> str:
    """The core's own number of a movement."""
    return f"T{key[:24]}"


def _back(order: Order) -> Order:
    return replace(
        order, from_account=order.to_account, to_account=order.from_account,
        from_name=order.to_name, to_name=order.from_name,
    )  # fmt: skip
