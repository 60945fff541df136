"""A bank's book for trying out: it moves money once for each key, whatever happens.

This is the part that your core banking does. Two rules are all the node relies on:
1. a payment and its key are written in one transaction, so a key that is known never pays again;
2. what was answered for a key is answered for ever.
Standard library only: copy it, change `decide`.
"""

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NOT_KNOWN = {"outcome": "not_known"}


class Ledger:
    """Payments by key, in one SQLite file."""

    def __init__(self, path: Path) -> None:
        self._book = sqlite3.connect(path, isolation_level=None, timeout=10)
        self._book.execute("PRAGMA journal_mode=WAL")
        self._book.execute(
            "CREATE TABLE IF NOT EXISTS payment (key TEXT PRIMARY KEY, answer TEXT,"
            " from_account TEXT, to_account TEXT, amount_fen INTEGER, day TEXT)"
        )

    def pay(self, order: Mapping[str, Any]) -> dict[str, str]:
        """Move the money of an order, or say what became of its key before."""
        self._book.execute("BEGIN IMMEDIATE")
        try:
            answer = self.fate(order["key"])
            if answer == NOT_KNOWN:
                answer = self.decide(order)
                paid = order["amount_fen"] if answer["outcome"] == "done" else 0
                self._book.execute(
                    "INSERT INTO payment VALUES (?, ?, ?, ?, ?, ?)",
                    (order["key"], json.dumps(answer), order["from_account"],
                     order["to_account"], paid, order["day"]),
                )  # fmt: skip
            self._book.execute("COMMIT")
        except BaseException:
            self._book.execute("ROLLBACK")
            raise
        return answer

    def fate(self, key: str) -> dict[str, str]:
        """What became of a key."""
        row = self._book.execute("SELECT answer FROM payment WHERE key = ?", (key,)).fetchone()
        return json.loads(row[0]) if row else NOT_KNOWN

    def decide(self, order: Mapping[str, Any]) -> dict[str, str]:
        """Here your core pays. Accounts that end with 0000 are closed, for trying out."""
        if order["to_account"].endswith("0000"):
            return {"outcome": "refused", "code": "account_closed"}
        return {"outcome": "done", "trace": f"T{order['key'][:20]}", "day": order["day"]}

    def moved(self) -> list[tuple[str, int]]:
        """(key, fen) of everything that moved."""
        rows = self._book.execute("SELECT key, amount_fen FROM payment WHERE amount_fen > 0")
        return [(str(key), int(fen)) for key, fen in rows]

    def close(self) -> None:
        """Give the file back."""
        self._book.close()
