"""Rows that were sent once and rows that go again, apart: each kind has its share of what is out."""

from alembic import op
import sqlalchemy as sa

revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None

FIRST = sa.text("state = 'sent' AND attempt <= 1")
AGAIN = sa.text("state = 'sent' AND attempt > 1")
GOING = sa.text("state IN ('due', 'claimed') AND channel <> ''")


def upgrade() -> None:
    op.drop_index('outbox_sent', 'outbox')
    op.create_index(
        'outbox_sent', 'outbox', ['peer', 'rank', 'due_at', 'n'],
        postgresql_where=FIRST, sqlite_where=FIRST,
    )
    op.create_index(
        'outbox_sent_again', 'outbox', ['peer', 'rank', 'due_at', 'n'],
        postgresql_where=AGAIN, sqlite_where=AGAIN,
    )
    op.create_index(
        'outbox_going_again', 'outbox', ['peer', 'rank'],
        postgresql_where=GOING, sqlite_where=GOING,
    )
