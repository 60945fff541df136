"""Archives of whole days."""

from alembic import op
import sqlalchemy as sa

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
WORDS = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')


def upgrade() -> None:
    op.create_table('archive_day',
    sa.Column('day', WORDS, nullable=False),
    sa.Column('proof', sa.LargeBinary(), nullable=False),
    sa.Column('messages', NUMBER, autoincrement=False, nullable=False),
    sa.Column('body_bytes', NUMBER, autoincrement=False, nullable=False),
    sa.Column('keep_until', WORDS, nullable=False),
    sa.Column('state', WORDS, nullable=False),
    sa.Column('at', NUMBER, autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('day')
    )
    op.create_table('archived',
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('day', WORDS, nullable=False),
    sa.PrimaryKeyConstraint('digest')
    )
