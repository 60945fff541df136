"""A node's store in SQL: transactions for the exchange and the desks, and the store's own life.

One `SqlStore` per process: it remembers the heads of this process's journal lanes. It may be used
from several threads; a transaction belongs to one.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Executable, bindparam, update

from adapters.store.ahead import questions
from adapters.store.session import Form, Forms, Opening, Session
from adapters.store.tables import META
from adapters.store.transaction import SqlTransaction
from adapters.store.translation import border
from adapters.store.unit import Archive
from hub.errors import Fenced, HubError, StoreDown
from hub.exchange.ahead import NOTHING, Ahead
from hub.journal import LaneHeads

SessionMaker = Callable[[Connection, dict[Form, Any]], Session]


def _set_incarnation(_forms: Forms) -> Executable:
    return update(META).where(META.c.id == 1).values(incarnation=bindparam("life"))


def _set_token(_forms: Forms) -> Executable:
    return update(META).where(META.c.id == 1).values(token=bindparam("to_token"))


class SqlStore:
    """Promises of `hub.exchange.ports.Store` over an engine; made by `adapters.store.opening`."""

    def __init__(self, engine: Engine, session: SessionMaker) -> None:
        self.engine = engine
        self._session = session
        self._made: dict[Form, Any] = {}
        self._lanes = LaneHeads()
        self.archive: Archive | None = None
        """Reads octets that have moved to a day's file; whoever opens the store sets it."""

    @contextmanager
    def begin(self, ahead: Ahead = NOTHING) -> Iterator[SqlTransaction]:
        """A write transaction; leaves by roll-back unless committed.

        Raises:
            StoreDown: `store_contended`, `store_away`, `store_full`.
        """
        with self._opened(lambda session: session.begin_write(questions(ahead))) as transaction:
            transaction.writing = True
            yield transaction

    @contextmanager
    def alone(self) -> Iterator[SqlTransaction]:
        """A write transaction while no other is open; leaves by roll-back unless committed.

        Raises:
            StoreDown: `store_contended` when the fence was not free within 2 s; do it again.
        """
        with self._opened(lambda session: session.begin_alone()) as transaction:
            transaction.writing = True
            yield transaction

    @contextmanager
    def read(self, ahead: Ahead = NOTHING) -> Iterator[SqlTransaction]:
        """A read-only view of one moment.

        Raises:
            StoreDown: `store_away`.
        """
        asked = questions(ahead)
        with self._opened(lambda one: one.begin_read(asked, only=ahead.only)) as transaction:
            yield transaction

    @contextmanager
    def _opened(self, begin: Callable[[Session], Opening]) -> Iterator[SqlTransaction]:
        """A transaction that is over at the end, whatever happened."""
        session, opening = self._begun(begin)
        try:
            transaction = SqlTransaction(session, *opening, self._lanes)
            if self.archive is not None:
                transaction.archive = self.archive
            yield transaction
        finally:
            _end(session)

    def _begun(self, begin: Callable[[Session], Opening]) -> tuple[Session, Opening]:
        """A session in its transaction.

        A connection from the pool may have died while nobody used it, and then all have: the
        server was started anew. Nothing was done yet, so it is begun once more on a new one.
        """
        try:
            return self._begin(begin)
        except StoreDown as error:
            if error.code != "store_away":
                raise
            self.engine.dispose()
            return self._begin(begin)

    def _begin(self, begin: Callable[[Session], Opening]) -> tuple[Session, Opening]:
        with border():
            session = self._session(self.engine.connect(), self._made)
        try:
            return session, begin(session)
        except BaseException:
            _end(session)
            raise

    def new_incarnation(self, incarnation: str | None = None) -> str:
        """Begin another life, after a restore: sequences, serials and lanes start anew.

        Returns the incarnation, 64 random bits in hex unless one is given.
        """
        life = incarnation or secrets.token_hex(8)
        with self.begin() as transaction:
            transaction.session.run(_set_incarnation, life=life)
            transaction.commit()
        return life

    def take_over(self, token: int) -> None:
        """Note the fencing token of a lease just taken; older holders are fenced from here on.

        Takes the fence exclusively: it waits for the write transactions that are open.

        Raises:
            Fenced: `lease_lost`: this token, or a newer one, has been noted before.
            StoreDown: `store_contended` when the fence was not free within 2 s; do it again.
        """
        with self._opened(lambda session: session.begin_alone()) as transaction:
            if token <= transaction.fence.token:
                raise Fenced("lease_lost", token=transaction.fence.token)
            transaction.session.run(_set_token, to_token=token)
            transaction.commit()

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()


def _end(session: Session) -> None:
    """Roll back what is not committed; a connection that cannot is never used again."""
    try:
        session.roll_back()
    except HubError:
        session.connection.invalidate()
    finally:
        session.connection.close()
