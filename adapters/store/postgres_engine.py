"""Connections to PostgreSQL: how they are watched, and what they keep between transactions.

The server keeps a statement's plan, for parsing and planning cost as much as running. A plan made
for a table that is small reads it whole, and would go on to when it is large: so plans go by keys.
Where there is no key the server thinks the reading dear, and must not compile it to machine code.
"""

from typing import Any, Final

import psycopg
from sqlalchemy import Engine, create_engine, event

_OPTIONS: Final = (
    "-c idle_in_transaction_session_timeout=1000 -c lock_timeout=2000"
    " -c enable_seqscan=off -c jit=off"
)
PREPARED_MAX: Final = 500
"""Statements that a connection keeps ready: more than a process has."""


def postgres_engine(url: str) -> Engine:
    """An engine; transactions are opened and ended by word."""
    engine = create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_reset_on_return=None,
        hide_parameters=True,
        pool_size=2,
        max_overflow=8,
        connect_args={
            "options": _OPTIONS,
            "connect_timeout": 5,
            "tcp_user_timeout": 10_000,
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "application_name": "hub",
        },
    )
    event.listen(engine, "connect", _keep_plans)
    return engine


def _keep_plans(driver: "psycopg.Connection[Any]", _record: object) -> None:
    driver.prepared_max = PREPARED_MAX
