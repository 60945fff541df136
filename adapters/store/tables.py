"""The exchange's tables. Columns of a row's table stand in the order of the row's fields.

Rules: money is integer fen, instants are integer milliseconds, identities are text compared octet
by octet (collation C), digests and octets are blobs. Other areas add tables of their own to
`METADATA`.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

METADATA: Final = MetaData()

KEY: Final = BigInteger().with_variant(Integer, "sqlite")
"""A row number drawn by the store; never leaves it."""
CLASH: Final = text("code IN ('identity_conflict', 'receipt_and_return')")


def words(
    name: str, *, nullable: bool = False, primary_key: bool = False, default: str | None = None
) -> Column[str]:
    """A text column, compared octet by octet; a default for rows older than the column."""
    kind = Text().with_variant(Text(collation="C"), "postgresql")
    return Column(name, kind, nullable=nullable, primary_key=primary_key, server_default=default)


def octets(name: str, *, primary_key: bool = False) -> Column[bytes]:
    """A column of bytes."""
    return Column(name, LargeBinary, nullable=False, primary_key=primary_key)


def number(
    name: str, *, nullable: bool = False, primary_key: bool = False, default: str | None = None
) -> Column[int]:
    """A column of whole numbers, up to 64 bits; a default for rows older than the column."""
    kind = BigInteger().with_variant(Integer, "sqlite")
    return Column(
        name, kind, nullable=nullable, primary_key=primary_key, autoincrement=False,
        server_default=default,
    )  # fmt: skip


def key(name: str) -> Column[int]:
    """A primary key drawn by the store, ascending."""
    return Column(name, KEY, primary_key=True, autoincrement=True)


def flag(name: str) -> Column[bool]:
    """A column of yes or no."""
    return Column(name, Boolean, nullable=False)


META: Final = Table(
    "meta",
    METADATA,
    number("id", primary_key=True),
    words("incarnation"),
    number("trust_state"),
    number("token"),
)
"""The fence: one row, number 1."""

MESSAGE: Final = Table("message", METADATA, octets("digest", primary_key=True), octets("octets"))

LAYER: Final = Table(
    "layer",
    METADATA,
    words("layer_id", primary_key=True),
    words("voucher_id"),
    words("layer"),
    words("party"),
    words("kind"),
    words("division"),
    octets("body_digest"),
    octets("stack_digest"),
    octets("message_digest"),
    words("verdict"),
    number("cat"),
    number("recorded_at"),
    number("proof_at"),
    words("receivers", default=""),
    Index("layer_by_stack", "stack_digest"),
)

DELIVERY: Final = Table(
    "delivery",
    METADATA,
    words("delivery_id", primary_key=True),
    words("layer_id"),
    words("receiver"),
    words("role"),
    octets("message_digest"),
    words("sender"),
    words("channel"),
    words("message_class"),
    words("incarnation"),
    number("n"),
    number("recorded_at"),
    Index("delivery_by_time", "recorded_at"),
)

REFUSAL: Final = Table(
    "refusal",
    METADATA,
    words("sender"),
    octets("digest"),
    words("code"),
    words("delivery_id"),
    number("refused_at"),
    words("told", default=""),
    PrimaryKeyConstraint("digest", "sender"),
)
Index(
    "refusal_clash", REFUSAL.c.sender, REFUSAL.c.refused_at,
    postgresql_where=CLASH, sqlite_where=CLASH,
)  # fmt: skip


NOTICE: Final = Table(
    "notice",
    METADATA,
    key("id"),
    words("peer"),
    words("delivery_id"),
    octets("digest_received"),
    octets("digest_on_record"),
    words("code"),
    number("recorded_at"),
    number("copies"),
    number("claimed_until"),
    Index("notice_free", "claimed_until", "id"),
)

STATEMENT_ENTRY: Final = Table(
    "statement_entry",
    METADATA,
    key("id"),
    words("layer_id"),
    octets("digest"),
    words("status"),
    words("code"),
    number("proof_at"),
    words("business_day"),
    words("issuer"),
    words("party"),
    Index("statement_entry_group", "party", "issuer", "id"),
)

SERIAL: Final = Table(
    "serial",
    METADATA,
    words("incarnation"),
    words("party"),
    words("kind"),
    number("n"),
    PrimaryKeyConstraint("incarnation", "party", "kind"),
)

STATUS_EVENT: Final = Table(
    "status_event",
    METADATA,
    key("id"),
    words("voucher_id"),
    words("layer_id"),
    words("status"),
    number("at"),
    words("party"),
    words("code"),
    UniqueConstraint("layer_id", "status", "party", name="status_event_once"),
    Index("status_event_by_voucher", "voucher_id"),
)

PEER: Final = Table(
    "peer",
    METADATA,
    words("peer", primary_key=True),
    words("incarnation"),
    number("seen_at"),
    number("checkpoint"),
    octets("checkpoint_hash"),
    number("trust_number"),
    number("catalogue_release"),
    words("state"),
    words("marks", default=""),
    words("last", default=""),
    words("said", default=""),
    number("last_since", default="0"),
    number("known_until", default="0"),
    number("behind_since", default="0"),
    number("back_since", default="0"),
    number("unheard_since", default="0"),
)
"""One row a neighbour; the row `*` holds the state of those that have none."""

JOURNAL: Final = Table(
    "journal",
    METADATA,
    words("lane"),
    number("n"),
    number("at"),
    octets("payload"),
    octets("hash"),
    PrimaryKeyConstraint("lane", "n"),
)

LANE_HEAD: Final = Table(
    "lane_head",
    METADATA,
    words("lane", primary_key=True),
    number("n"),
    octets("hash"),
    number("opened_at"),
    flag("closed"),
)
Index(
    "lane_head_open", LANE_HEAD.c.lane,
    postgresql_where=text("NOT closed"), sqlite_where=text("NOT closed"),
)  # fmt: skip

CHECKPOINT: Final = Table(
    "checkpoint",
    METADATA,
    number("number", primary_key=True),
    number("at"),
    octets("hash"),
    octets("heads"),
)
"""`heads` is one line per lane: lane, n, hash in hex."""

ALARM: Final = Table(
    "alarm",
    METADATA,
    words("code"),
    words("subject"),
    words("state"),
    number("count"),
    number("since"),
    number("seen_at"),
    number("raised_at"),
    number("due_at"),
    number("escalated_at"),
    number("acknowledged_at"),
    words("acknowledged_by"),
    number("cleared_at"),
    words("news"),
    PrimaryKeyConstraint("code", "subject"),
)
"""One row a code and subject, cleared ones too: bounded by what there is to go wrong."""

PROOF_LIST: Final = Table(
    "proof_list",
    METADATA,
    number("recorded_at"),
    octets("digest"),
    words("node"),
    octets("signer"),
    octets("signature"),
    octets("octets"),
    PrimaryKeyConstraint("recorded_at", "digest"),
)
"""As they came, beside what came with them."""

STAMPED_LIST: Final = Table(
    "stamped_list",
    METADATA,
    number("number", primary_key=True),
    number("ends_at"),
    number("stamped_at"),
    octets("octets"),
    octets("token"),
    Index("stamped_list_by_time", "ends_at"),
)
"""One row a closed window in which anything was recorded."""

PROBE: Final = Table(
    "probe",
    METADATA,
    words("number"),
    words("party"),
    words("channel"),
    words("line"),
    number("sent_at"),
    number("answered_at"),
    PrimaryKeyConstraint("number", "party"),
)
"""Questions of the last day."""

DEAD_LETTER: Final = Table(
    "dead_letter",
    METADATA,
    words("id", primary_key=True),
    words("channel"),
    words("sender"),
    words("message_class"),
    words("reason"),
    octets("digest"),
    number("body_bytes"),
    number("at"),
    words("state"),
)

LEASE: Final = Table(
    "lease",
    METADATA,
    number("id", primary_key=True),
    words("holder"),
    number("token"),
    number("expires_at"),
)
"""One row, number 1. A SQLite pair keeps it in a file of its own, so that no writer delays it."""
