"""Every exception of the drivers is translated at the border, or known to be a bug of ours."""

import inspect
import os
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TypeVar

import psycopg
import pytest
from psycopg import errors as postgres_errors
from sqlalchemy import exc

from adapters.store import sqlite
from adapters.store.codes import CODES
from adapters.store.opening import open_store
from adapters.store.translation import border, commit_border, translated
from hub.errors import HubError, Misconfigured, OutcomeUnknown, StoreDamaged, StoreDown

STATES_THAT_ARE_BUGS = (
    "02", "03", "09", "0A", "0B", "0F", "0L", "0P", "0Z", "10", "20", "21", "22", "23", "24", "25",
    "26", "27", "2B", "2D", "2F", "34", "38", "39", "3B", "3D", "3F", "40", "42", "44", "54",
    "55", "57000", "57014", "72", "F0", "HV", "P0", "XX000",
)  # fmt: skip
"""Classes of states that only a wrong statement of ours brings about (unless translated)."""


E = TypeVar("E", bound=BaseException)


def classes(module: ModuleType, parent: type[E]) -> Iterator[type[E]]:
    for _, found in inspect.getmembers(module, inspect.isclass):
        if issubclass(found, parent):
            yield found


def test_every_state_of_postgresql_is_translated_or_a_bug() -> None:
    unknown = []
    for kind in classes(postgres_errors, psycopg.Error):
        state = getattr(kind, "sqlstate", None)
        if state is None or translated(kind()) is not None:
            continue
        if not str(state).startswith(STATES_THAT_ARE_BUGS):
            unknown.append((kind.__name__, state))
    assert [] == unknown


@pytest.mark.parametrize(
    ("kind", "leaf", "code"),
    [
        (postgres_errors.UniqueViolation, StoreDown, "store_contended"),
        (postgres_errors.SerializationFailure, StoreDown, "store_contended"),
        (postgres_errors.DeadlockDetected, StoreDown, "store_contended"),
        (postgres_errors.LockNotAvailable, StoreDown, "store_contended"),
        (postgres_errors.IdleInTransactionSessionTimeout, StoreDown, "store_contended"),
        (postgres_errors.AdminShutdown, StoreDown, "store_away"),
        (postgres_errors.CannotConnectNow, StoreDown, "store_away"),
        (postgres_errors.TooManyConnections, StoreDown, "store_away"),
        (postgres_errors.ReadOnlySqlTransaction, StoreDown, "store_away"),
        (postgres_errors.DiskFull, StoreDown, "store_full"),
        (postgres_errors.DataCorrupted, StoreDamaged, "store_damaged"),
        (postgres_errors.IndexCorrupted, StoreDamaged, "store_damaged"),
        (postgres_errors.UndefinedTable, Misconfigured, "store_schema"),
        (postgres_errors.InvalidPassword, Misconfigured, "store_denied"),
        (postgres_errors.InsufficientPrivilege, Misconfigured, "store_denied"),
        (postgres_errors.InvalidCatalogName, Misconfigured, "store_missing"),
        (psycopg.OperationalError, StoreDown, "store_away"),
        (psycopg.InterfaceError, StoreDown, "store_away"),
    ],
)
def test_a_state_of_postgresql_says_what_to_do(
    kind: type[psycopg.Error], leaf: type[HubError], code: str
) -> None:
    ours = translated(kind())
    assert (leaf, code) == (type(ours), ours.code if ours else None)


SQLITE = {
    name: value
    for name, value in vars(sqlite3).items()
    if name.startswith("SQLITE_") and isinstance(value, int)
}
SQLITE_BUGS = {
    "SQLITE_ABORT", "SQLITE_CONSTRAINT", "SQLITE_EMPTY", "SQLITE_ERROR", "SQLITE_FORMAT",
    "SQLITE_INTERNAL", "SQLITE_INTERRUPT", "SQLITE_MISMATCH", "SQLITE_MISUSE", "SQLITE_NOLFS",
    "SQLITE_NOMEM", "SQLITE_NOTFOUND", "SQLITE_NOTICE", "SQLITE_PROTOCOL", "SQLITE_RANGE",
    "SQLITE_SCHEMA", "SQLITE_TOOBIG", "SQLITE_WARNING",
}  # fmt: skip


def sqlite_error(code: int, message: str = "") -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(message)
    error.sqlite_errorcode = code
    return error


def test_every_result_code_of_sqlite_is_translated_or_a_bug() -> None:
    """Primary result codes are the numbers below 27; others in the module are no results."""
    results = {
        name
        for name, value in SQLITE.items()
        if 1 <= value <= 26 and name.count("_") == 1 and translated(sqlite_error(value)) is None
    }
    actions = {name for name in results if name in SQLITE_ACTIONS}
    assert set() == results - SQLITE_BUGS - actions


SQLITE_ACTIONS = {
    "SQLITE_DELETE", "SQLITE_INSERT", "SQLITE_PRAGMA", "SQLITE_READ", "SQLITE_SELECT",
    "SQLITE_TRANSACTION", "SQLITE_UPDATE", "SQLITE_ATTACH", "SQLITE_DETACH", "SQLITE_DENY",
    "SQLITE_IGNORE",
}  # fmt: skip
"""What an authoriser is asked: numbers of another kind in the same module."""


@pytest.mark.parametrize(
    ("code", "message", "leaf", "ours"),
    [
        (sqlite3.SQLITE_BUSY, "", StoreDown, "store_contended"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, "", StoreDown, "store_contended"),
        (sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, "", StoreDown, "store_contended"),
        (sqlite3.SQLITE_CONSTRAINT_UNIQUE, "", StoreDown, "store_contended"),
        (sqlite3.SQLITE_FULL, "", StoreDown, "store_full"),
        (sqlite3.SQLITE_IOERR_FSYNC, "", StoreDown, "store_full"),
        (sqlite3.SQLITE_CORRUPT, "", StoreDamaged, "store_damaged"),
        (sqlite3.SQLITE_NOTADB, "", StoreDamaged, "store_damaged"),
        (sqlite3.SQLITE_CANTOPEN, "", Misconfigured, "store_missing"),
        (sqlite3.SQLITE_PERM, "", Misconfigured, "store_denied"),
        (sqlite3.SQLITE_ERROR, "no such table: meta", Misconfigured, "store_schema"),
    ],
)
def test_a_result_of_sqlite_says_what_to_do(
    code: int, message: str, leaf: type[HubError], ours: str
) -> None:
    found = translated(sqlite_error(code, message))
    assert (leaf, ours) == (type(found), found.code if found else None)


def test_every_exception_of_sqlalchemy_wraps_a_driver_s_or_is_a_bug() -> None:
    away = sqlite_error(sqlite3.SQLITE_BUSY)
    wrapping = set(classes(exc, exc.DBAPIError))
    for kind in wrapping:
        assert translated(kind("sql", {}, away)) is not None
        strange = kind("sql", {}, TypeError())
        assert translated(strange) is None
        strange.connection_invalidated = True
        assert translated(strange) is not None
    others = set(classes(exc, exc.SQLAlchemyError)) - wrapping
    assert translated(exc.TimeoutError()) is not None
    bugs = {k for k in others - {exc.TimeoutError} if translated(k.__new__(k)) is None}
    assert others - {exc.TimeoutError} == bugs


def test_a_bug_passes_the_border_as_it_is() -> None:
    with pytest.raises(sqlite3.ProgrammingError), border():
        raise sqlite3.ProgrammingError


def test_a_connection_lost_in_a_commit_leaves_the_outcome_unknown() -> None:
    with pytest.raises(OutcomeUnknown) as caught, commit_border():
        raise psycopg.OperationalError
    assert "commit_unknown" == caught.value.code
    with pytest.raises(StoreDown) as refused, commit_border():
        raise postgres_errors.SerializationFailure
    assert "store_contended" == refused.value.code


def test_every_code_of_the_border_has_advice() -> None:
    states = [kind() for kind in classes(postgres_errors, psycopg.Error)]
    results = [sqlite_error(value) for value in SQLITE.values()]
    codes = {ours.code for error in states + results if (ours := translated(error))}
    assert set() == codes - CODES.keys()


@contextmanager
def no_file_left() -> Iterator[None]:
    """This process opens nothing more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_where_no_store_is_none_is_closed(tmp_path: Path) -> None:
    (tmp_path / "dangling.db").symlink_to(tmp_path / "none.db")
    for place in (tmp_path, tmp_path / "none.db", tmp_path / "dangling.db", tmp_path / "no/a"):
        with pytest.raises(Misconfigured, match="store_missing"):
            open_store(f"sqlite:///{place}")


def test_a_process_that_has_no_file_left_is_not_refused_by_the_store(tmp_path: Path) -> None:
    sqlite.connect(tmp_path / "a.db", create=True).close()
    with no_file_left(), pytest.raises(StoreDown, match="store_away"):
        sqlite.connect(tmp_path / "a.db")


@pytest.mark.parametrize("closed", ["", "a.db", "a.db-wal", "a.db-shm"])
def test_a_file_that_the_account_may_not_open_is_no_missing_store(
    closed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite.connect(tmp_path / "a.db", create=True).close()
    (tmp_path / "a.db-wal").touch()
    (tmp_path / "a.db-shm").touch()
    monkeypatch.setattr(os, "access", lambda asked, _mode: asked != tmp_path / closed)
    with no_file_left(), pytest.raises(Misconfigured, match="store_denied"):
        sqlite.connect(tmp_path / "a.db")


def test_a_file_in_a_folder_that_the_account_may_not_search_is_no_missing_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(_file: Path) -> None:
        raise PermissionError

    with monkeypatch.context() as folder:
        folder.setattr(Path, "stat", closed)
        with pytest.raises(Misconfigured, match="store_denied"):
            sqlite.connect(tmp_path / "none.db")
