"""What must hold in the books of the town of desks, whatever carried the vouchers."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final, Protocol

from adapters.cores.book import balances, moved_more_than_once
from hub.clearing.quota import book_of
from tests.support.town_map import DIVISION, PAYER, PEOPLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.cores.simulated import SimulatedCore
    from adapters.embedded.memory_store import MemoryStore

PAID: Final = {
    "paid", "summed", "cleared", "bounced", "refund_due", "refunding", "refunded",
}  # fmt: skip
CLEARED: Final = {"cleared", "refunding", "refunded"}


def out(core: SimulatedCore) -> dict[str, int]:
    """What left each account, bounced money not counted back."""
    sums: dict[str, int] = {}
    for movement, account, amount in core.book.entries():
        if not movement.endswith(":back"):
            sums[account] = sums.get(account, 0) + amount
    return sums


class Holder(Protocol):
    """A node with books."""

    @property
    def store(self) -> MemoryStore: ...

    @property
    def core(self) -> SimulatedCore | None: ...


class Books(ABC):
    """The books of bureau, two banks and treasury."""

    @property
    @abstractmethod
    def holders(self) -> Mapping[str, Holder]:
        """By name."""

    def problems(self) -> list[str]:
        """What must never be: money made, lost or moved twice, books that disagree, work left."""
        found: list[str] = []
        for name, node in self.holders.items():
            if node.core is not None:
                found += [f"{name} moved {m}" for m in moved_more_than_once(node.core.book)]
                if sum(balances(node.core.book).values()):
                    found.append(f"{name}'s core does not balance")
            with node.store.read() as tx:
                found += [f"{name} {t.id} {t.state} {t.next_action}" for t in tx.open_tasks(99)]
                found += [f"{name} break {b.kind} {b.subject}" for b in tx.breaks()]
                kept = tx.book(str(PEOPLES), book_of(DIVISION))
                found += [f"{name} book {k}" for k, (a, b) in kept.items() if a != b or a < 0]
        return found + self._disagreements()

    def _disagreements(self) -> list[str]:
        bureau, treasury = self.totals("bureau"), self.totals("treasury")
        banks = [self.totals(b) for b in ("bank-a", "bank-b")]
        paid = sum(v[1] for b in banks for (k, st), v in b.items()
                   if k in {"5201", "8202"} and st in PAID)  # fmt: skip
        told = sum(bureau.get((kind, "paid"), (0, 0))[1] for kind in ("5201", "8202"))
        found = [] if paid == told else [f"banks paid {paid}, the bureau knows {told}"]
        cores = [self.holders[b].core for b in ("bank-a", "bank-b")]
        moved = sum(-v for c in cores if c for a, v in out(c).items() if a in PAYER.values())
        if moved != paid:
            found.append(f"cores moved {moved}, banks say {paid}")
        for kind in ("2301", "2302"):
            sums = {
                n: sum(v[1] for (k, st), v in self.totals(n).items() if k == kind and st in CLEARED)
                for n in ("bureau", "treasury")
            }
            sums["banks"] = sum(v[1] for b in banks for (k, st), v in b.items()
                                if k == kind and st in CLEARED)  # fmt: skip
            if len(set(sums.values())) > 1:
                found.append(f"{kind} {sums}")
        differs = [k for t in (bureau, treasury, *banks) for k, st in t if st == "differs"]
        return found + [f"{kind} differs" for kind in differs]

    def totals(self, where: str) -> dict[tuple[str, str], tuple[int, int]]:
        """(kind, state) → (count, fen) of a node's lines."""
        with self.holders[where].store.read() as tx:
            sums: dict[tuple[str, str], tuple[int, int]] = {}
            for (_, _, kind, state), total in tx.line_totals().items():
                count, amount = sums.get((kind, state), (0, 0))
                sums[kind, state] = (count + total.count, amount + total.amount_fen)
            return sums

    def digest(self) -> str:
        """A digest over all books, for comparing ends."""
        text = [f"{name} {sorted(self.totals(name).items())}" for name in sorted(self.holders)]
        return hashlib.sha256("\n".join(text).encode()).hexdigest()
