"""`python -m tests.bench [name…]`: figures as JSON lines, each with its limit from the same run.

A bench module in this folder offers `BENCHES`: names and functions that measure and return
`Figure`s. Without names all run. The exit code is 1 when a figure does not keep its limit.
"""

import importlib
import json
import sys
from dataclasses import asdict
from pathlib import Path

from tests.bench.measure import Bench


def benches() -> dict[str, Bench]:
    """All benches of the folder by name."""
    found: dict[str, Bench] = {}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.stem not in {"__main__", "measure"}:
            module = importlib.import_module(f"tests.bench.{path.stem}")
            found.update(getattr(module, "BENCHES", {}))
    return found


def main(names: list[str]) -> int:
    """Run the named benches, or all."""
    known = benches()
    if unknown := sorted(set(names) - set(known)):
        sys.stderr.write(f"no such bench: {', '.join(unknown)}\nknown: {', '.join(known)}\n")
        return 2
    over = 0
    for name in names or list(known):
        for figure in known[name]():
            over += not figure.holds
            sys.stdout.write(json.dumps(asdict(figure), ensure_ascii=False) + "\n")
            sys.stdout.flush()
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
