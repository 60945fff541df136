"""The project's own source, parsed once per process for the tests that read it."""

import ast
from functools import cache
from pathlib import Path

KEPT = (ast.Call, ast.Raise, ast.FunctionDef)


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Calls, raises and functions of a file, in the order of `ast.walk`."""
    return tuple(node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, KEPT))
