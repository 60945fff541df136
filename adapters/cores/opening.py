"""A simulated core by its address: `simulated:///book.sqlite?seed=7&refused=0.01&silent=0.02`.

Every kind of trouble of `simulated.Trouble` may be named with its probability.
"""

from dataclasses import fields
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl

from adapters.cores.book import SqliteBook
from adapters.cores.simulated import SimulatedCore, Trouble
from hub.errors import Misconfigured

START: Final = "simulated:///"


def open_core(address: str) -> SimulatedCore:
    """The core at an address.

    Raises:
        Misconfigured: `core_address`.
    """
    path, _, query = address.removeprefix(START).partition("?")
    if not address.startswith(START) or not path:
        raise Misconfigured("core_address", reason="simulated:///FILE?seed=…")
    settings = dict(parse_qsl(query, keep_blank_values=True))
    seed = settings.pop("seed", "")
    known = {field.name for field in fields(Trouble)}
    try:
        trouble = {name: float(value) for name, value in settings.items()}
    except ValueError as error:
        raise Misconfigured("core_address", reason="probabilities are numbers") from error
    if unknown := sorted(trouble.keys() - known):
        raise Misconfigured("core_address", reason=unknown[0])
    return SimulatedCore(SqliteBook(Path(path)), seed, Trouble(**trouble))
