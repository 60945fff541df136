"""Probes, orders about parties, what was settled outside, and what a refused sender hears."""

from alembic import op
import sqlalchemy as sa

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
WORDS = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')


def upgrade() -> None:
    op.create_table('probe',
    sa.Column('number', WORDS, nullable=False),
    sa.Column('party', WORDS, nullable=False),
    sa.Column('channel', WORDS, nullable=False),
    sa.Column('line', WORDS, nullable=False),
    sa.Column('sent_at', NUMBER, autoincrement=False, nullable=False),
    sa.Column('answered_at', NUMBER, autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('number', 'party')
    )
    op.create_table('party_order',
    sa.Column('party', WORDS, nullable=False),
    sa.Column('state', WORDS, nullable=False),
    sa.Column('per_minute', NUMBER, autoincrement=False, nullable=False),
    sa.Column('reason', WORDS, nullable=False),
    sa.Column('at', NUMBER, autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('party')
    )
    op.create_table('desk_outside',
    sa.Column('party', WORDS, nullable=False),
    sa.Column('voucher_id', WORDS, nullable=False),
    sa.Column('reason', WORDS, nullable=False),
    sa.Column('evidence', sa.LargeBinary(), nullable=False),
    sa.Column('act', WORDS, nullable=False),
    sa.Column('at', NUMBER, autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('party', 'voucher_id')
    )
    op.add_column('refusal', sa.Column('told', WORDS, nullable=False, server_default=''))
