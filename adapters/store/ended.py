"""Numbers of a sequence that ended without being recorded at the other end: refused, or given up.

They are counted when their rows are closed, in a small table of its own, so that closing what was
recorded costs nothing more. A restored store sends rows of before under their old numbers; those
are counted under the new life, too.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import ColumnElement, Executable, and_, bindparam, func, select

from adapters.store.outbox_tables import COUNTER, ENDED
from adapters.store.session import Forms, Row, Session
from hub.exchange.model import Mark, MessageClass
from hub.parties import NodeId

CLASSES: Final = tuple(MessageClass)
RECORDED: Final = "recorded"


def _add(forms: Forms) -> Executable:
    new = forms.insert(ENDED)
    more: ColumnElement[Any] = ENDED.c.count + new.excluded["count"]
    return new.on_conflict_do_update(
        index_elements=["incarnation", "peer", "rank"], set_={"count": more}
    )


def _marks(_forms: Forms) -> Executable:
    same = and_(
        ENDED.c.incarnation == COUNTER.c.incarnation,
        ENDED.c.peer == COUNTER.c.peer,
        ENDED.c.rank == COUNTER.c.rank,
    )
    mine = (COUNTER.c.incarnation == bindparam("life"), COUNTER.c.peer == bindparam("peer"))
    told = (COUNTER.c.rank, COUNTER.c.n, COUNTER.c.digest, func.coalesce(ENDED.c.count, 0))
    return select(*told).select_from(COUNTER.outerjoin(ENDED, same)).where(*mine).order_by("rank")


def count(session: Session, life: str, closed: Iterable[tuple[Row, str]]) -> None:
    """Count rows, as the outbox has them, that were closed with these codes."""
    found = Counter((row[1], row[3]) for row, code in closed if code != RECORDED)
    values = [
        {"incarnation": life, "peer": peer, "rank": rank, "count": many}
        for (peer, rank), many in sorted(found.items())
    ]
    if values:
        session.run_each(_add, values)


def marks(session: Session, life: str, peer: NodeId) -> list[Mark]:
    """Marks of the sequences towards this peer, by class."""
    rows = session.rows(_marks, life=life, peer=peer)
    return [Mark(CLASSES[rank], n, digest, ended) for rank, n, digest, ended in rows]
