"""To whom a layer is addressed: who may state something of it."""

from alembic import op
import sqlalchemy as sa

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

WORDS = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')


def upgrade() -> None:
    op.add_column('layer', sa.Column('receivers', WORDS, nullable=False, server_default=''))
