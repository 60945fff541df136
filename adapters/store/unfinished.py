"""What of a day's vouchers is not finished: whatever waits for anybody. Costs what is open."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import Executable, bindparam, func, select

from adapters.store.desk_tables import (
    BREAK,
    INTENT,
    LINE,
    MAIL,
    MAIL_WAITING,
    OPEN,
    TASK,
    UNSETTLED,
    WAITED_FOR,
)
from adapters.store.outbox_tables import OUTBOX
from adapters.store.session import Form, Forms
from adapters.store.tables import NOTICE, STATEMENT_ENTRY
from adapters.store.transaction import SqlTransaction
from hub.desks.elements import PAYMENTS
from hub.parties import party


def _hops(_forms: Forms) -> Executable:
    return select(OUTBOX.c.hop)


def _notices(_forms: Forms) -> Executable:
    return select(NOTICE.c.delivery_id)


def _statements(_forms: Forms) -> Executable:
    return select(STATEMENT_ENTRY.c.layer_id)


def _mail(_forms: Forms) -> Executable:
    return select(MAIL.c.id).where(MAIL_WAITING)


def _tasks(_forms: Forms) -> Executable:
    return select(TASK.c.voucher_id).where(OPEN)


def _intents(_forms: Forms) -> Executable:
    return select(INTENT.c.voucher_id).where(UNSETTLED)


def _lines(_forms: Forms) -> Executable:
    return select(LINE.c.voucher_id).where(WAITED_FOR).distinct()


def _paid(forms: Forms) -> Executable:
    """Payments that a bank has made and not been refunded for."""
    mine = (LINE.c.party == bindparam("of"), LINE.c.state == "paid")
    return select(LINE.c.voucher_id).where(*mine, forms.among(LINE.c.kind, "kinds")).distinct()


def _breaks(_forms: Forms) -> Executable:
    on = BREAK.c.day == bindparam("on")
    return select(func.count()).select_from(BREAK).where(UNSETTLED, on)


def _voucher(name: str) -> str:
    """Of a layer, a delivery or a hop."""
    return "/".join(name.split("/")[:6])


_OF_LAYERS: Final[tuple[Form, ...]] = (_hops, _notices, _statements, _mail)
"""What names a layer or a delivery, which begin with the voucher's id."""


def unfinished(
    tx: SqlTransaction, voucher_ids: Collection[str], holders: Collection[str], day: str
) -> tuple[set[str], int]:
    """Which of these vouchers wait for anybody, and how many breaks of the day are open."""
    rows = tx.session.rows
    found = {row[0] for form in (_tasks, _intents) for row in rows(form)}
    found |= {row[0] for row in rows(_lines)}
    for holder in sorted(holders):
        if party(holder).is_bank:
            found |= {row[0] for row in rows(_paid, of=holder, kinds=sorted(PAYMENTS))}
    for form in _OF_LAYERS:
        found |= {_voucher(row[0]) for row in rows(form)}
    return found & set(voucher_ids), rows(_breaks, on=day)[0][0]
