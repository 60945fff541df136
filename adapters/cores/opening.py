"""A core by its address.

    simulated:///book.sqlite?seed=7&refused=0.01   every kind of `simulated.Trouble` by its chance
    python:///bank_core.py?call=open_core&…        a function of the bank's own file
    folder:///exchange?repeated=refused            files: see `folder`
    http:                                          served to the bank: see `served`

`repeated=refused` (the default) is the bank's promise that a key it has answered never moves money
again; with `repeated=moves` a key it does not know goes to an operator instead.
"""

from collections.abc import Callable
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

from adapters.cores.book import SqliteBook
from adapters.cores.folder import FolderMailbox
from adapters.cores.mailbox import Mailbox, MailboxCore
from adapters.cores.python_core import open_python
from adapters.cores.simulated import Named, SimulatedCore, Trouble
from hub.desks.ports import CoreBanking
from hub.errors import Misconfigured
from hub.observer import Observer, silent

START: Final = "simulated:///"
PYTHON: Final = "python:///"
FOLDER: Final = "folder:///"
SERVED: Final = "http:"
REPEATED: Final = {"refused": True, "moves": False}


def open_core(
    address: str, served: Callable[[], Mailbox] | None = None, observe: Observer = silent
) -> CoreBanking:
    """The core at an address; `served` makes the mailbox of one that is attached by HTTP.

    `observe` is told what is wrong with the code of one that is attached by Python.

    Raises:
        Misconfigured: `core_address`.
        TargetDown: `core_folder_away`.
    """
    for start, opened in (
        (START, _simulated), (PYTHON, partial(_python, observe)), (FOLDER, _folder),
    ):  # fmt: skip
        if address.startswith(start):
            path, _, query = address.removeprefix(start).partition("?")
            if not path:
                raise Misconfigured("core_address", reason=f"{start}FILE?…")
            return opened(path, dict(parse_qsl(query, keep_blank_values=True)))
    head, _, query = address.partition("?")
    if head == SERVED and served is not None:
        given = dict(parse_qsl(query, keep_blank_values=True))
        return MailboxCore(served(), refuses_repeated_keys=_repeated(given))
    raise Misconfigured("core_address", reason="simulated:, python:, folder: or http:")


def _simulated(path: str, settings: dict[str, str]) -> SimulatedCore:
    seed = settings.pop("seed", "")
    known = {field.name for field in fields(Trouble)}
    named = Named(settings.pop("refused_to", ""), settings.pop("bounced_to", ""))
    try:
        trouble = {name: float(value) for name, value in settings.items()}
    except ValueError as error:
        raise Misconfigured("core_address", reason="probabilities are numbers") from error
    if any(not 0 <= chance <= 1 for chance in trouble.values()):
        raise Misconfigured("core_address", reason="probabilities are between 0 and 1")
    if unknown := sorted(trouble.keys() - known):
        raise Misconfigured("core_address", reason=unknown[0])
    return SimulatedCore(SqliteBook(Path(path)), seed, Trouble(**trouble), named=named)


def _python(observe: Observer, path: str, given: dict[str, str]) -> CoreBanking:
    call = given.pop("call", "open_core")
    return open_python(Path(path), call, given, observe)


def _folder(path: str, given: dict[str, str]) -> CoreBanking:
    return MailboxCore(FolderMailbox(Path(path)), refuses_repeated_keys=_repeated(given))


def _repeated(given: dict[str, Any]) -> bool:
    said = given.pop("repeated", "refused")
    if said not in REPEATED or given:
        raise Misconfigured("core_address", reason=next(iter(given), "repeated=refused|moves"))
    return REPEATED[said]
