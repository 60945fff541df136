"""Alarms, and indexes over what is open."""

from alembic import op
import sqlalchemy as sa

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
WORDS = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')


def partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(
        name, table, columns, unique=False,
        postgresql_where=sa.text(where), sqlite_where=sa.text(where),
    )


def upgrade() -> None:
    op.create_table('alarm',
    sa.Column('code', WORDS, nullable=False),
    sa.Column('subject', WORDS, nullable=False),
    sa.Column('state', WORDS, nullable=False),
    sa.Column('count', NUMBER, autoincrement=False, nullable=False),
    sa.Column('since', NUMBER, autoincrement=False, nullable=False),
    sa.Column('seen_at', NUMBER, autoincrement=False, nullable=False),
    sa.Column('raised_at', NUMBER, autoincrement=False, nullable=False),
    sa.Column('due_at', NUMBER, autoincrement=False, nullable=False),
    sa.Column('escalated_at', NUMBER, autoincrement=False, nullable=False),
    sa.Column('acknowledged_at', NUMBER, autoincrement=False, nullable=False),
    sa.Column('acknowledged_by', WORDS, nullable=False),
    sa.Column('cleared_at', NUMBER, autoincrement=False, nullable=False),
    sa.Column('news', WORDS, nullable=False),
    sa.PrimaryKeyConstraint('code', 'subject')
    )
    partial('refusal_clash', 'refusal', ['sender', 'refused_at'],
            "code IN ('identity_conflict', 'receipt_and_return')")
    partial('desk_intent_open', 'desk_intent', ['key'], "state = 'open'")
    partial('desk_break_open', 'desk_break', ['party', 'day'], "state = 'open'")
    partial('desk_line_unfinished', 'desk_line', ['party', 'kind', 'state'],
            "state IN ('new', 'executing', 'summed', 'refund_due', 'refunding')")
    op.create_index('desk_total_by_day', 'desk_total', ['day'], unique=False)
