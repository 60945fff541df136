"""Money rows as people look for them."""

from alembic import op
import sqlalchemy as sa

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
WORDS = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')


def upgrade() -> None:
    op.create_table('desk_findable',
    sa.Column('voucher_id', WORDS, nullable=False),
    sa.Column('row', NUMBER, autoincrement=False, nullable=False),
    sa.Column('division', WORDS, nullable=False),
    sa.Column('kind', WORDS, nullable=False),
    sa.Column('day', WORDS, nullable=False),
    sa.Column('amount_fen', NUMBER, autoincrement=False, nullable=False),
    sa.Column('unit', WORDS, nullable=False),
    sa.Column('account', WORDS, nullable=False),
    sa.Column('payee', WORDS, nullable=False),
    sa.Column('purpose', WORDS, nullable=False),
    sa.PrimaryKeyConstraint('voucher_id', 'row')
    )
    for name in ('account', 'unit', 'payee', 'day', 'purpose'):
        op.create_index(f'desk_findable_{name}', 'desk_findable', [name])
    op.create_index('desk_findable_amount', 'desk_findable', ['amount_fen'])
