"""What operators have ordered of channels."""

from alembic import op
import sqlalchemy as sa

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
WORDS = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')


def upgrade() -> None:
    op.create_table('channel_order',
    sa.Column('channel', WORDS, nullable=False),
    sa.Column('state', WORDS, nullable=False),
    sa.Column('reason', WORDS, nullable=False),
    sa.Column('at', NUMBER, autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('channel')
    )
