"""The desks' tables."""

from alembic import op
import sqlalchemy as sa

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
WORDS = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')


def upgrade() -> None:
    op.create_table('desk_balance',
    sa.Column('party', WORDS, nullable=False),
    sa.Column('book', WORDS, nullable=False),
    sa.Column('key', WORDS, nullable=False),
    sa.Column('amount_fen', NUMBER, autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('party', 'book', 'key')
    )
    op.create_table('desk_break',
    sa.Column('id', WORDS, nullable=False),
    sa.Column('party', WORDS, nullable=False),
    sa.Column('other', WORDS, nullable=False),
    sa.Column('kind', WORDS, nullable=False),
    sa.Column('subject', WORDS, nullable=False),
    sa.Column('day', WORDS, nullable=False),
    sa.Column('ours_fen', NUMBER, autoincrement=False, nullable=False),
    sa.Column('theirs_fen', NUMBER, autoincrement=False, nullable=False),
    sa.Column('state', WORDS, nullable=False),
    sa.Column('reason', WORDS, nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('desk_entry',
    sa.Column('id', WORDS, nullable=False),
    sa.Column('party', WORDS, nullable=False),
    sa.Column('book', WORDS, nullable=False),
    sa.Column('key', WORDS, nullable=False),
    sa.Column('cause', WORDS, nullable=False),
    sa.Column('amount_fen', NUMBER, autoincrement=False, nullable=False),
    sa.Column('at', NUMBER, autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('desk_entry_by_key', 'desk_entry', ['party', 'book', 'key'], unique=False)
    op.create_table('desk_intent',
    sa.Column('key', WORDS, nullable=False),
    sa.Column('party', WORDS, nullable=False),
    sa.Column('voucher_id', WORDS, nullable=False),
    sa.Column('row', NUMBER, autoincrement=False, nullable=False),
    sa.Column('amount_fen', NUMBER, autoincrement=False, nullable=False),
    sa.Column('state', WORDS, nullable=False),
    sa.Column('opened_at', NUMBER, autoincrement=False, nullable=False),
    sa.Column('closed_at', NUMBER, autoincrement=False, nullable=False),
    sa.Column('code', WORDS, nullable=False),
    sa.Column('trace', WORDS, nullable=False),
    sa.Column('day', WORDS, nullable=False),
    sa.PrimaryKeyConstraint('key')
    )
    op.create_index('desk_intent_by_voucher', 'desk_intent', ['party', 'voucher_id'], unique=False)
    op.create_table('desk_line',
    sa.Column('party', WORDS, nullable=False),
    sa.Column('voucher_id', WORDS, nullable=False),
    sa.Column('row', NUMBER, autoincrement=False, nullable=False),
    sa.Column('detail', WORDS, nullable=False),
    sa.Column('kind', WORDS, nullable=False),
    sa.Column('division', WORDS, nullable=False),
    sa.Column('payment', WORDS, nullable=False),
    sa.Column('payment_row', WORDS, nullable=False),
    sa.Column('amount_fen', NUMBER, autoincrement=False, nullable=False),
    sa.Column('quota', WORDS, nullable=False),
    sa.Column('fund', WORDS, nullable=False),
    sa.Column('state', WORDS, nullable=False),
    sa.Column('day', WORDS, nullable=False),
    sa.Column('agency', WORDS, nullable=False),
    sa.Column('agency_name', WORDS, nullable=False),
    sa.Column('clearing', WORDS, nullable=False),
    sa.Column('refund', WORDS, nullable=False),
    sa.Column('code', WORDS, nullable=False),
    sa.Column('trace', WORDS, nullable=False),
    sa.PrimaryKeyConstraint('party', 'voucher_id', 'row')
    )
    op.create_index('desk_line_by_day', 'desk_line', ['party', 'day', 'kind'], unique=False)
    op.create_index('desk_line_by_payment', 'desk_line', ['payment'], unique=False)
    op.create_index('desk_line_by_state', 'desk_line', ['party', 'kind', 'state'], unique=False)
    op.create_table('desk_task',
    sa.Column('id', WORDS, nullable=False),
    sa.Column('party', WORDS, nullable=False),
    sa.Column('kind', WORDS, nullable=False),
    sa.Column('voucher_id', WORDS, nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('state', WORDS, nullable=False),
    sa.Column('due_at', NUMBER, autoincrement=False, nullable=False),
    sa.Column('since', NUMBER, autoincrement=False, nullable=False),
    sa.Column('day', WORDS, nullable=False),
    sa.Column('attempt', NUMBER, autoincrement=False, nullable=False),
    sa.Column('claimed_until', NUMBER, autoincrement=False, nullable=False),
    sa.Column('waiting_for', WORDS, nullable=False),
    sa.Column('next_action', WORDS, nullable=False),
    sa.Column('plan', WORDS, nullable=False),
    sa.Column('worker', WORDS, nullable=False),
    sa.Column('ready_at', NUMBER, autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('desk_task_open', 'desk_task', ['since', 'id'], unique=False, postgresql_where=sa.text("state IN ('due', 'claimed', 'parked')"), sqlite_where=sa.text("state IN ('due', 'claimed', 'parked')"))
    op.create_index('desk_task_ready', 'desk_task', ['ready_at', 'id'], unique=False, postgresql_where=sa.text("state IN ('due', 'claimed')"), sqlite_where=sa.text("state IN ('due', 'claimed')"))
    op.create_table('desk_total',
    sa.Column('id', NUMBER, autoincrement=True, nullable=False),
    sa.Column('day', WORDS, nullable=False),
    sa.Column('division', WORDS, nullable=False),
    sa.Column('party', WORDS, nullable=False),
    sa.Column('kind', WORDS, nullable=False),
    sa.Column('stage', WORDS, nullable=False),
    sa.Column('count', NUMBER, autoincrement=False, nullable=False),
    sa.Column('amount_fen', NUMBER, autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('id')
    )


def downgrade() -> None:
    op.drop_table('desk_total')
    op.drop_table('desk_task')
    op.drop_table('desk_line')
    op.drop_table('desk_intent')
    op.drop_table('desk_entry')
    op.drop_table('desk_break')
    op.drop_table('desk_balance')
