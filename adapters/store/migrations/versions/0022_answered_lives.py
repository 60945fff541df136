"""Which life of a neighbour's store spoke last, and which life of this one it hears."""

from alembic import op
import sqlalchemy as sa

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
WORDS = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')


def upgrade() -> None:
    op.drop_column('peer', 'beat_at')
    op.add_column('peer', sa.Column('last', WORDS, nullable=False, server_default=''))
    op.add_column('peer', sa.Column('said', WORDS, nullable=False, server_default=''))
    op.add_column('peer', sa.Column('last_since', NUMBER, nullable=False, server_default='0'))
