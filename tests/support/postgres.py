"""A real PostgreSQL for the tests: one a session, a database of its own for each test that asks.

Import the fixtures in a conftest.py. Without the server's programs a test is skipped on a laptop
and fails where CI is set.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.deploy.ports import free_port
from ops.deploy.postgres import PrivatePostgres, binaries


def require_postgres() -> None:
    """Skip, or fail in CI, when PostgreSQL is not installed."""
    if binaries() is None:
        reason = "PostgreSQL is not installed: run ops/deploy/install-servers"
        if os.environ.get("CI"):  # noqa: TID251
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PrivatePostgres]:
    """A started server; it keeps what it promises, but does not wait for the disk."""
    require_postgres()
    # pytest's own folders are closed to other accounts, and PostgreSQL does not run as root.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    folder.chmod(0o755)
    try:
        with PrivatePostgres(folder / "pg", free_port(), {"fsync": "off"}) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres: PrivatePostgres, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a fresh, empty database, dropped afterwards."""
    name = f"t{abs(hash((request.node.nodeid, os.getpid()))):x}"
    postgres.sql(f"CREATE DATABASE {name}")
    yield postgres.url(name)
    postgres.sql(f"DROP DATABASE {name} WITH (FORCE)")
