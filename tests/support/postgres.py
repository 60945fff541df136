"""A real PostgreSQL for the tests: one a session, a database of its own for each test that asks.

Import the fixtures in a conftest.py. Without the server's programs a test is skipped on a laptop
and fails where CI is set.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from ops.deploy.ports import free_port
from ops.deploy.postgres import PrivatePostgres, binaries

UNSYNCED: Final = {"fsync": "off"}
"""Such a server keeps what it promises, but does not wait for the disk."""


def require_postgres() -> None:
    """Skip, or fail in CI, when PostgreSQL is not installed."""
    if binaries() is None:
        reason = "PostgreSQL is not installed: run ops/deploy/install-servers"
        if os.environ.get("CI"):  # noqa: TID251
            pytest.fail(reason)
        pytest.skip(reason)


@contextmanager
def private_postgres(settings: Mapping[str, str] | None = None) -> Iterator[PrivatePostgres]:
    """A started server in a folder of its own, which is gone afterwards."""
    require_postgres()
    # pytest's own folders are closed to other accounts, and PostgreSQL does not run as root.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    folder.chmod(0o755)
    try:
        with PrivatePostgres(folder / "pg", free_port(), settings) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PrivatePostgres]:
    """A started server."""
    with private_postgres(UNSYNCED) as server:
        yield server


@pytest.fixture
def postgres_url(postgres: PrivatePostgres, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a fresh, empty database, dropped afterwards."""
    name = f"t{abs(hash((request.node.nodeid, os.getpid()))):x}"
    postgres.sql(f"CREATE DATABASE {name}")
    yield postgres.url(name)
    postgres.sql(f"DROP DATABASE {name} WITH (FORCE)")
