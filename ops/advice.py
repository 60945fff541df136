"""What every error code means and what to do now: all areas' `CODES` tables as one.

Each area keeps `codes.py` with `CODES: Mapping[str, Advice]`. They are found by file name, so that
an area adds codes without touching this file. A code that two areas raise means the same in both;
the words of the lower floor are used.
"""

import importlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from hub.errors import Advice

AREAS: Final = ("hub", "adapters", "keys", "ops")


def advice(code: str) -> Advice | None:
    """The advice for a code, or None for one nobody listed."""
    return everything().get(code)


@cache
def everything() -> Mapping[str, Advice]:
    """Every code of every area; read once, on first need."""
    merged: dict[str, Advice] = {}
    for module in modules():
        codes: Mapping[str, Advice] = importlib.import_module(module).CODES
        for code, meaning in codes.items():
            merged.setdefault(code, meaning)
    return MappingProxyType(merged)


def modules() -> list[str]:
    """Dotted names of all modules with a table, lower floors first."""
    root = Path(__file__).parents[1]
    return [
        ".".join(path.relative_to(root).with_suffix("").parts)
        for area in AREAS
        for path in sorted((root / area).rglob("codes.py"))
    ]
