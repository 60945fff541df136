"""Several statements in one round trip, ended so that the server goes on watching.

psycopg ends its pipelines with Sync, then asks for a flush. To PostgreSQL any message after Sync
begins a command: it stops the timer of `idle_in_transaction_session_timeout`, and starts it again
only after the next Sync. A process frozen there would hold the fence for as long as it is frozen.
Sync flushes by itself, so nothing follows it here.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg


class _RoundTrip(psycopg.Pipeline):
    """A pipeline whose last word is Sync."""

    def _exit_gen(self) -> Generator[Any, Any, None]:
        try:
            self._enqueue_sync()
            yield from self._communicate_gen()
        finally:
            yield from self._fetch_gen(flush=False)


@contextmanager
def round_trip(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """What is executed inside is sent together; its answers are there at the end.

    Raises:
        psycopg.Error: at the end, the first of the statements'; those after it were not run.
    """
    trip = connection._pipeline = _RoundTrip(connection)  # noqa: SLF001 - psycopg has no other way
    try:
        with trip:
            yield
    finally:
        connection._pipeline = None  # noqa: SLF001 - as above
