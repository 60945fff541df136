"""The tables that migrations make are the tables the code speaks of, on each database."""

import re

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from adapters.store.making import MIGRATIONS, create
from adapters.store.opening import REVISION
from adapters.store.tables import METADATA

INDEXES = {
    "sqlite": "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name <> :skip",
    "postgresql": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' "
    "AND tablename <> :skip",
}
COLUMNS = (
    "SELECT table_name, column_name, data_type, collation_name, is_nullable, identity_generation, "
    "column_default FROM information_schema.columns WHERE table_schema = 'public' "
    "AND table_name <> 'alembic_version'"
)


def shape(connection: Connection) -> list[str]:
    """Everything the database itself says of tables and indexes (partial ones too)."""
    dialect = connection.dialect.name
    found = connection.execute(text(INDEXES[dialect]), {"skip": "alembic_version"}).scalars()
    lines = [re.sub(r"\s+", "", line) for line in found]
    if dialect == "postgresql":
        lines += [str(row) for row in connection.execute(text(COLUMNS))]
    return sorted(lines)


def test_migrations_make_the_tables_that_the_code_names(store_url: str) -> None:
    store = create(store_url)
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert [] == compare_metadata(context, METADATA)
        migrated = shape(connection)
        METADATA.drop_all(connection)
        METADATA.create_all(connection)
        assert shape(connection) == migrated
    store.close()


@pytest.mark.postgres
def test_message_octets_are_stored_uncompressed(postgres_url: str) -> None:
    store = create(postgres_url)
    with store.engine.connect() as connection:
        storage = "SELECT attstorage FROM pg_attribute WHERE attrelid = 'message'::regclass "
        assert "e" == connection.execute(text(storage + "AND attname = 'octets'")).scalar_one()
    store.close()


def test_the_revision_that_opening_asks_for_is_the_newest_migration() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == REVISION
