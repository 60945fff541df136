"""Runs migrations on the connection it is given (adapters.store.making), never on its own."""

from alembic import context
from sqlalchemy import Connection

from adapters.store import desk_tables
from adapters.store.tables import METADATA

assert desk_tables.TASK.metadata is METADATA, "every area's tables stand in one METADATA"


def _run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=METADATA)
    with context.begin_transaction():
        context.run_migrations()


_run(context.config.attributes["connection"])
