"""A core attached by a folder: run this beside the node, or where the folder is shared to.

    python3 bank_folder.py EXCHANGE-FOLDER LEDGER-FILE [--once]

Standard library only. Kill it whenever you like: an order lies in `requests` until it is answered,
and the ledger never pays a key twice.
"""

import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from bank_ledger import Ledger


def turn(root: Path, ledger: Ledger) -> int:
    """Answer everything that lies there; how many answers were written."""
    written = 0
    for path in sorted((root / "inquiries").glob("*.json")):
        answer(root, path.stem, ledger.fate(path.stem))
        path.unlink(missing_ok=True)
        written += 1
    for path in sorted((root / "requests").glob("*.json")):
        try:
            order = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:  # the node has read our answer meanwhile
            continue
        answer(root, path.stem, ledger.pay(order))
        path.unlink(missing_ok=True)
        written += 1
    return written


def answer(root: Path, key: str, said: Mapping[str, str]) -> None:
    """Write an answer so that nobody ever sees half of it."""
    made = root / ".new" / f"answer-{key}-{os.getpid()}.json"
    with made.open("w", encoding="utf-8") as file:
        json.dump({"key": key, **said}, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    made.replace(root / "answers" / f"{key}.json")


def main(arguments: list[str]) -> None:
    """Look into the folder five times a second."""
    root, ledger = Path(arguments[0]), Ledger(Path(arguments[1]))
    while True:
        done = turn(root, ledger)
        if "--once" in arguments:
            return
        if not done:
            time.sleep(0.2)


if __name__ == "__main__":
    main(sys.argv[1:])
