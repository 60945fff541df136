"""A small store of numbered rows and everything around it, to back up and to restore."""

import contextlib
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from hub.errors import Damaged
from ops.backup.barman import program

# Writers of their own process: connections of one process would share SQLite's locks.
WRITER: Final = """
import sqlite3, sys, random
path, name, seconds, journal, largest = sys.argv[1:]
import time
end = time.monotonic() + float(seconds)
c = sqlite3.connect(path, isolation_level=None, timeout=10)
c.execute("PRAGMA synchronous=FULL")
out = open(journal, "w")
n = 0
draw = random.Random(name)
while time.monotonic() < end:
    c.execute("BEGIN IMMEDIATE")
    first = n
    for _ in range(draw.choice((1, 3, 40))):
        n += 1
        c.execute("INSERT INTO row VALUES (?, ?, ?)", (name, n, draw.randbytes(draw.choice((10, 300, int(largest))))))
    if draw.random() < 0.1:
        c.execute("DELETE FROM row WHERE writer = ? AND n % 7 = 0 AND n < ?", (name, n - 100))
    if draw.random() < 0.1:
        c.execute("ROLLBACK")
        n = first
        continue
    c.execute("COMMIT")
    out.write(f"{n}\\n"); out.flush()
    if draw.random() < 0.02:
        c.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
"""  # noqa: E501


def make_store(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as store:
        store.execute("PRAGMA journal_mode=WAL")
        store.executescript(
            "CREATE TABLE row (writer TEXT, n INT, content BLOB, PRIMARY KEY (writer, n));"
            "CREATE TABLE life (incarnation TEXT, state TEXT);"
            "INSERT INTO life VALUES ('1111111111111111', 'open');"
        )


def write_from_outside(
    path: Path, name: str, seconds: float, largest: int = 9000
) -> tuple["Writer", Path]:
    journal = path.with_name(f"acknowledged-{name}")
    command = [
        sys.executable,
        "-c",
        WRITER,
        str(path),
        name,
        str(seconds),
        str(journal),
        str(largest),
    ]
    return subprocess.Popen(command), journal


Writer = subprocess.Popen[bytes]


def content(path: Path) -> list[tuple[str, int, bytes]]:
    with contextlib.closing(sqlite3.connect(path)) as store:
        return store.execute("SELECT * FROM row ORDER BY writer, n").fetchall()


def add(path: Path, *numbers: int) -> None:
    with contextlib.closing(sqlite3.connect(path)) as store, store:
        store.executemany(
            "INSERT INTO row VALUES ('here', ?, ?)", [(n, b"x" * 600) for n in numbers]
        )


class RowStore:
    """The store's part in a backup, over the table of lives; the checkpoint counts rows."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def checkpoint(self) -> tuple[str, int, bytes]:
        return "1111111111111111", len(content(self.path)), bytes(32)

    def require(self, where: str, number: int, hash_: bytes) -> None:
        if len(content(_file(where))) < number or hash_ != bytes(32):
            raise Damaged("journal_head")

    def new_incarnation(self, where: str) -> str:
        with contextlib.closing(sqlite3.connect(_file(where))) as store, store:
            store.execute("UPDATE life SET incarnation = '2222222222222222', state = 'recovering'")
        return "2222222222222222"


def _file(where: str) -> Path:
    return Path(where.removeprefix("sqlite:///"))


def require_barman() -> None:
    """Skip, or fail in CI, when Barman is not installed."""
    if program() is None:
        reason = "Barman is not installed: run ops/deploy/install-servers"
        if os.environ.get("CI"):  # noqa: TID251
            pytest.fail(reason)
        pytest.skip(reason)
