"""The border: what drivers raise becomes what our callers understand.

Anything that is no state of the world (a wrong statement, a wrong type) is a bug of ours and
passes as it is.
"""

import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from hub.errors import HubError, Misconfigured, OutcomeUnknown, StoreDamaged, StoreDown

_STATES: Final[Sequence[tuple[tuple[str, ...], type[HubError], str]]] = (
    # unique violation, transaction stood still, serialisation, deadlock, lock not free in time
    (("23505", "25P03", "40001", "40P01", "55P03"), StoreDown, "store_contended"),
    (("53100", "58030"), StoreDown, "store_full"),  # no room, input/output error
    (("08", "25006", "53", "57P0", "58"), StoreDown, "store_away"),
    (("XX001", "XX002"), StoreDamaged, "store_damaged"),
    (("3F000", "42703", "42P01"), Misconfigured, "store_schema"),
    (("3D000",), Misconfigured, "store_missing"),
    (("28", "42501"), Misconfigured, "store_denied"),
)
"""PostgreSQL's states by their beginning; the first that fits."""


def translated(error: BaseException) -> HubError | None:
    """The error for our callers, or None where the foreign one is a bug of ours."""
    if isinstance(error, PoolTimeoutError):
        return StoreDown("store_away")
    if isinstance(error, DBAPIError):
        found = translated(error.orig) if error.orig else None
        if found is None and error.connection_invalidated:
            return StoreDown("store_away")
        return found
    if _psycopg(error, "Error"):
        return _from_postgres(error)
    if isinstance(error, sqlite3.Error):
        return _from_sqlite(error)
    return None


def _psycopg(error: BaseException, *names: str) -> bool:
    """Whether the error is of one of the driver's classes; a node on SQLite never loads it."""
    driver = sys.modules.get("psycopg")
    return driver is not None and isinstance(error, tuple(getattr(driver, n) for n in names))


def _from_postgres(error: BaseException) -> HubError | None:
    state: str | None = getattr(error, "sqlstate", None)
    if state is None:
        lost = _psycopg(error, "OperationalError", "InterfaceError")
        return StoreDown("store_away") if lost else None
    for known, leaf, code in _STATES:
        if state.startswith(known):
            return leaf(code)
    return None


def _from_sqlite(error: sqlite3.Error) -> HubError | None:  # noqa: PLR0911 - a table of codes
    code = getattr(error, "sqlite_errorcode", None)
    extended = code or 0
    match extended & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreDown("store_contended")
        case sqlite3.SQLITE_CONSTRAINT:
            once = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
            return StoreDown("store_contended") if extended in once else None
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return StoreDamaged("store_damaged")
        case sqlite3.SQLITE_FULL | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_IOERR:
            return StoreDown("store_full")
        case sqlite3.SQLITE_CANTOPEN:
            return Misconfigured("store_missing")
        case sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            return Misconfigured("store_denied")
        case sqlite3.SQLITE_ERROR if "no such" in str(error):
            return Misconfigured("store_schema")
    return None


@contextmanager
def border() -> Iterator[None]:
    """Translate what passes."""
    try:
        yield
    except Exception as error:
        ours = translated(error)
        if ours is None:
            raise
        raise ours from error


@contextmanager
def commit_border() -> Iterator[None]:
    """Translate what passes out of a commit: a lost connection leaves the outcome unknown."""
    try:
        yield
    except Exception as error:
        ours = translated(error)
        if ours is None:
            raise
        if ours.code in {"store_away", "store_full"}:
            ours = OutcomeUnknown("commit_unknown")
        raise ours from error
