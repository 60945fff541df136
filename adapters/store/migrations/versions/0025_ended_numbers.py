"""How many numbers of a sequence ended without being recorded at the other end."""

from alembic import op
import sqlalchemy as sa

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
WORDS = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')


def upgrade() -> None:
    op.create_table(
        'counter_ended',
        sa.Column('incarnation', WORDS, nullable=False),
        sa.Column('peer', WORDS, nullable=False),
        sa.Column('rank', NUMBER, autoincrement=False, nullable=False),
        sa.Column('count', NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint('incarnation', 'peer', 'rank'),
    )
