"""How much of a limited party's minute is used, counted in the store."""

from alembic import op
import sqlalchemy as sa

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
WORDS = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')


def upgrade() -> None:
    op.create_table(
        'party_allowance',
        sa.Column('party', WORDS, nullable=False),
        sa.Column('full_at', NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint('party'),
    )
