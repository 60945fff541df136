"""A PostgreSQL of our own."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from hub.errors import StoreDown
from ops.deploy.ports import HIGHEST, is_free
from ops.deploy.postgres import PrivatePostgres, binaries
from tests.support.postgres import private_postgres

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def frail() -> Iterator[PrivatePostgres]:
    """A server that these tests kill and freeze."""
    with private_postgres() as server:
        yield server


@pytest.fixture
def own(frail: PrivatePostgres) -> Iterator[PrivatePostgres]:
    """That server; whatever a test has done to it, it runs again."""
    yield frail
    frail.settings.clear()
    if frail.pid is None:
        frail.start()
    frail.freeze(thaw=True)


def plain(url: str) -> str:
    return url.replace("+psycopg", "")


def test_it_answers_over_tcp_with_its_password_only(postgres: PrivatePostgres) -> None:
    with psycopg.connect(plain(postgres.url())) as connection:
        row = connection.execute("show data_checksums").fetchone()
    assert ("on",) == row
    wrong = plain(postgres.url()).replace(postgres.password, "wrong")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(wrong)


def test_it_listens_on_the_loopback_only(postgres: PrivatePostgres) -> None:
    assert postgres.port <= HIGHEST
    assert "127.0.0.1" == postgres.sql("show listen_addresses")
    assert not is_free(postgres.port)


def test_it_never_runs_as_root(postgres: PrivatePostgres) -> None:
    assert postgres.pid is not None
    assert Path(f"/proc/{postgres.pid}").stat().st_uid != 0


def test_what_was_committed_survives_a_kill(own: PrivatePostgres) -> None:
    own.sql("create table t (n int); insert into t values (7)")
    own.kill()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(plain(own.url()))
    own.start()
    assert "7" == own.sql("select n from t")


def test_a_wrong_statement_is_told(own: PrivatePostgres) -> None:
    with pytest.raises(StoreDown) as told:
        own.sql("select nonsense")
    assert "program_failed" == told.value.code


def test_a_frozen_server_goes_on_when_thawed(own: PrivatePostgres) -> None:
    own.freeze()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(plain(own.url()), connect_timeout=2)
    own.freeze(thaw=True)
    assert "1" == own.sql("select 1")


def test_a_server_that_cannot_start_is_told_and_ended(own: PrivatePostgres) -> None:
    own.stop()
    own.settings["shared_buffers"] = "nonsense"
    with pytest.raises(StoreDown) as told:
        own.start()
    assert "postgres_not_ready" == told.value.code
    assert own.pid is None


def test_the_newest_installed_version_is_used(tmp_path: Path) -> None:
    for version in ("9", "15", "17", "common"):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / "postgres").touch()
    assert tmp_path / "17" / "bin" == binaries(tmp_path)


def test_each_test_gets_an_empty_database(postgres_url: str) -> None:
    with psycopg.connect(plain(postgres_url)) as connection:
        row = connection.execute(
            "select count(*) from information_schema.tables where table_schema = 'public'"
        ).fetchone()
    assert (0,) == row
