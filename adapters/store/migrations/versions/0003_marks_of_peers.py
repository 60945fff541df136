"""What a neighbour's beats say of its sequences."""

from alembic import op
import sqlalchemy as sa

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

WORDS = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')


def upgrade() -> None:
    op.add_column('peer', sa.Column('marks', WORDS, nullable=False, server_default=''))
