"""Base data."""

from alembic import op
import sqlalchemy as sa

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
WORDS = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')


def upgrade() -> None:
    op.create_table('base_pack',
    sa.Column('division', WORDS, nullable=False),
    sa.Column('category', WORDS, nullable=False),
    sa.Column('version', NUMBER, autoincrement=False, nullable=False),
    sa.Column('number', NUMBER, autoincrement=False, nullable=False),
    sa.Column('count', NUMBER, autoincrement=False, nullable=False),
    sa.Column('since', WORDS, nullable=False),
    sa.Column('voucher_id', WORDS, nullable=False),
    sa.PrimaryKeyConstraint('division', 'category', 'version', 'number')
    )
    op.create_table('base_entry',
    sa.Column('division', WORDS, nullable=False),
    sa.Column('category', WORDS, nullable=False),
    sa.Column('version', NUMBER, autoincrement=False, nullable=False),
    sa.Column('code', WORDS, nullable=False),
    sa.Column('name', WORDS, nullable=False),
    sa.Column('parent', WORDS, nullable=False),
    sa.Column('sort', WORDS, nullable=False),
    sa.Column('leaf', NUMBER, autoincrement=False, nullable=False),
    sa.Column('enabled', NUMBER, autoincrement=False, nullable=False),
    sa.Column('begins', WORDS, nullable=False),
    sa.Column('ends', WORDS, nullable=False),
    sa.PrimaryKeyConstraint('division', 'category', 'version', 'code')
    )
