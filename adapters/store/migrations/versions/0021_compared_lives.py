"""Which life of a neighbour a restored store is compared with."""

from alembic import op
import sqlalchemy as sa

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None

WORDS = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')


def upgrade() -> None:
    op.add_column('resync', sa.Column('told_by', WORDS, nullable=False, server_default=''))
