"""Whoever writes to a store says first for which life or lease it writes (protocol 6)."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
WRITERS: Final = ("hub", "ops", "adapters/store")
UNFENCED: Final = {
    "ops/drill/load.py": "writes into a store made for a drill, which it alone has",
    "adapters/store/restoring.py": "writes into a copy, which no process has yet",
    "adapters/store/store.py": "writes the fence itself",
}
CHECKS: Final = ("fence.require_incarnation(", "fence.require_token(")


def openings(path: Path) -> Iterator[ast.With]:
    """Where write transactions are opened."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.With) and any(map(_writes, node.items)):
            yield node


def _writes(item: ast.withitem) -> bool:
    match item:
        case ast.withitem(
            context_expr=ast.Call(func=ast.Attribute(attr="begin" | "alone")),
            optional_vars=ast.Name(),
        ):
            return True
    return False


def test_every_write_transaction_begins_with_its_fence() -> None:
    unfenced, seen = [], Counter[str]()
    for top in WRITERS:
        for path in sorted((ROOT / top).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            for opening in openings(path):
                seen[name] += 1
                first = ast.unparse(opening.body[0])
                if name not in UNFENCED and not any(check in first for check in CHECKS):
                    unfenced.append(f"{name}:{opening.lineno} {first}")
    assert [] == unfenced
    assert sum(seen.values()) > 50, "transactions are opened in another form: look for that one"
    assert seen.keys() > UNFENCED.keys(), "an exception is none any more"
