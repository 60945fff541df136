"""The desks' tables, in the same METADATA as the exchange's.

A task, line or intent that is finished stays as a row (its identity is its memory); partial
indexes keep what is searched small.
"""

from typing import Final

from sqlalchemy import (
    ColumnElement,
    Index,
    PrimaryKeyConstraint,
    Table,
    and_,
    literal_column,
    text,
)

from adapters.store.tables import METADATA, flag, key, number, octets, words
from hub.desks.elements import REFUND_NOTICES

READY: Final = text("state IN ('due', 'claimed')")
OPEN: Final = text("state IN ('due', 'claimed', 'parked')")

TASK: Final = Table(
    "desk_task",
    METADATA,
    words("id", primary_key=True),
    words("party"),
    words("kind"),
    words("voucher_id"),
    octets("digest"),
    words("state"),
    number("due_at"),
    number("since"),
    words("day"),
    number("attempt"),
    number("claimed_until"),
    words("waiting_for"),
    words("next_action"),
    words("plan"),
    words("worker"),
    number("ready_at"),
)
"""Columns of hub.desks.model.Task, then the claiming worker and when it may be claimed."""
Index(
    "desk_task_ready", TASK.c.ready_at, TASK.c.id, postgresql_where=READY, sqlite_where=READY
)  # fmt: skip
Index("desk_task_open", TASK.c.since, TASK.c.id, postgresql_where=OPEN, sqlite_where=OPEN)

UNSETTLED: Final = text("state = 'open'")
REFUSED: Final = text("state = 'refused'")
UNFINISHED: Final = text("state IN ('new', 'executing', 'summed', 'refund_due', 'refunding')")

INTENT: Final = Table(
    "desk_intent",
    METADATA,
    words("key", primary_key=True),
    words("party"),
    words("voucher_id"),
    number("row"),
    number("amount_fen"),
    words("state"),
    number("opened_at"),
    number("closed_at"),
    words("code"),
    words("trace"),
    words("day"),
    Index("desk_intent_by_voucher", "party", "voucher_id"),
)
Index(
    "desk_intent_refused", INTENT.c.party, INTENT.c.closed_at, INTENT.c.key,
    postgresql_where=REFUSED, sqlite_where=REFUSED,
)  # fmt: skip
Index("desk_intent_open", INTENT.c.key, postgresql_where=UNSETTLED, sqlite_where=UNSETTLED)

LINE: Final = Table(
    "desk_line",
    METADATA,
    words("party"),
    words("voucher_id"),
    number("row"),
    words("detail"),
    words("kind"),
    words("division"),
    words("payment"),
    words("payment_row"),
    number("amount_fen"),
    words("quota"),
    words("fund"),
    words("state"),
    words("day"),
    words("agency"),
    words("agency_name"),
    words("clearing"),
    words("refund"),
    words("code"),
    words("trace"),
    PrimaryKeyConstraint("party", "voucher_id", "row"),
    Index("desk_line_by_payment", "payment"),
    Index("desk_line_by_state", "party", "kind", "state"),
    Index("desk_line_by_day", "party", "day", "kind"),
)
Index(
    "desk_line_unfinished", LINE.c.party, LINE.c.kind, LINE.c.state,
    postgresql_where=UNFINISHED, sqlite_where=UNFINISHED,
)  # fmt: skip
_TOLD: Final[list[ColumnElement[str]]] = [literal_column(f"'{kind}'") for kind in REFUND_NOTICES]
WAITED_FOR: Final = and_(UNFINISHED, LINE.c.kind.not_in(_TOLD))
"""Unfinished lines that wait for somebody: a refund notice needs no answer."""

ENTRY: Final = Table(
    "desk_entry",
    METADATA,
    words("id", primary_key=True),
    words("party"),
    words("book"),
    words("key"),
    words("cause"),
    number("amount_fen"),
    number("at"),
    Index("desk_entry_by_key", "party", "book", "key"),
)
"""`id` is (party, book, key, cause) in one text."""

BALANCE: Final = Table(
    "desk_balance",
    METADATA,
    words("party"),
    words("book"),
    words("key"),
    number("amount_fen"),
    PrimaryKeyConstraint("party", "book", "key"),
)

BREAK: Final = Table(
    "desk_break",
    METADATA,
    words("id", primary_key=True),
    words("party"),
    words("other"),
    words("kind"),
    words("subject"),
    words("day"),
    number("ours_fen"),
    number("theirs_fen"),
    words("state"),
    words("reason"),
)
Index(
    "desk_break_open", BREAK.c.party, BREAK.c.day,
    postgresql_where=UNSETTLED, sqlite_where=UNSETTLED,
)  # fmt: skip

TOTAL: Final = Table(
    "desk_total",
    METADATA,
    key("id"),
    words("day"),
    words("division"),
    words("party"),
    words("kind"),
    words("stage"),
    number("count"),
    number("amount_fen"),
    Index("desk_total_by_day", "day"),
)
"""Only added to: no row is ever locked."""

MAIL_WAITING: Final = text("state IN ('new', 'read')")
MAIL: Final = Table(
    "desk_mail",
    METADATA,
    words("id", primary_key=True),
    words("party"),
    words("kind"),
    words("division"),
    number("at"),
    octets("digest"),
    words("state"),
    words("content"),
    flag("asked"),
    words("outcome"),
    words("code"),
    words("trace"),
    words("day"),
)
"""Columns of hub.desks.mail.Mail."""
Index(
    "desk_mail_waiting", MAIL.c.party, MAIL.c.state, MAIL.c.at, MAIL.c.id,
    postgresql_where=MAIL_WAITING, sqlite_where=MAIL_WAITING,
)  # fmt: skip
BOUNCED: Final = text("kind = 'bounce'")
Index("desk_mail_bounces", MAIL.c.party, MAIL.c.day, postgresql_where=BOUNCED, sqlite_where=BOUNCED)

FINDABLE: Final = Table(
    "desk_findable",
    METADATA,
    words("voucher_id"),
    number("row"),
    words("division"),
    words("kind"),
    words("day"),
    number("amount_fen"),
    words("unit"),
    words("account"),
    words("payee"),
    words("purpose"),
    PrimaryKeyConstraint("voucher_id", "row"),
    Index("desk_findable_account", "account", "day", "amount_fen", "unit", "division"),
    Index("desk_findable_unit", "unit", "day", "amount_fen", "division"),
    Index("desk_findable_payee", "payee", "day", "amount_fen", "unit", "division"),
    Index("desk_findable_amount", "amount_fen", "day", "unit", "division"),
    Index("desk_findable_day", "day", "amount_fen", "unit", "division"),
    Index("desk_findable_purpose", "purpose", "day", "amount_fen", "unit", "division"),
)
"""Columns of hub.desks.search.Findable."""
INSIDE: Final = ("day", "amount_fen", "unit", "division")
"""What every index bears behind its own column, in this order, for `searching`."""

OUTSIDE: Final = Table(
    "desk_outside",
    METADATA,
    words("party"),
    words("voucher_id"),
    words("reason"),
    octets("evidence"),
    words("act"),
    number("at"),
    PrimaryKeyConstraint("party", "voucher_id"),
)
"""Vouchers settled by other means, by who was to execute them; never taken back."""
