"""Looking into a simulated core's book from outside, as an auditor would: sums and doubles."""

from pathlib import Path

from adapters.cores.book import Fate, SqliteBook, balances, moved_more_than_once


class CoreBook:
    """A core's own book, read only."""

    def __init__(self, path: Path) -> None:
        self._book = SqliteBook(path)

    def moved_fen(self, days: tuple[str, ...]) -> int:
        """What moved, bounced or not."""
        return sum(k.order.amount_fen for day in days for k in self._book.on(day))

    def bounced_fen(self, days: tuple[str, ...]) -> int:
        """What came back."""
        return sum(
            known.order.amount_fen
            for day in days
            for known in self._book.on(day)
            if known.fate is Fate.BOUNCED
        )

    def balance_fen(self) -> int:
        """Sum of all accounts: zero, always."""
        return sum(balances(self._book).values())

    def doubled(self) -> list[str]:
        """Movements with more than their two entries: none, always."""
        return moved_more_than_once(self._book)


def open_core_book(path: Path) -> CoreBook:
    """The book in a file."""
    return CoreBook(path)
