"""The project's own source, parsed for the tests that read it.

Trees are large: what is kept of one per process is only what these tests ask for.
"""

import ast
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

KEPT = (ast.Call, ast.Raise)


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Calls and raises of a file, in the order of `ast.walk`."""
    return tuple(node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, KEPT))


def functions(path: Path) -> Iterator[ast.FunctionDef]:
    """All functions of a file, wherever they stand; expressions are not looked into."""
    waiting: list[Sequence[ast.stmt]] = [ast.parse(path.read_text()).body]
    while waiting:
        for statement in waiting.pop():
            if isinstance(statement, ast.FunctionDef):
                yield statement
            waiting += _bodies(statement)


def _bodies(statement: ast.AST) -> Iterator[Sequence[ast.stmt]]:
    for field in ("body", "orelse", "finalbody"):
        yield getattr(statement, field, ())
    for field in ("handlers", "cases"):
        for part in getattr(statement, field, ()):
            yield part.body
