"""What brokers have given up on."""

from alembic import op
import sqlalchemy as sa

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
WORDS = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')


def upgrade() -> None:
    op.create_table('dead_letter',
    sa.Column('id', WORDS, nullable=False),
    sa.Column('channel', WORDS, nullable=False),
    sa.Column('sender', WORDS, nullable=False),
    sa.Column('message_class', WORDS, nullable=False),
    sa.Column('reason', WORDS, nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('body_bytes', NUMBER, autoincrement=False, nullable=False),
    sa.Column('at', NUMBER, autoincrement=False, nullable=False),
    sa.Column('state', WORDS, nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
