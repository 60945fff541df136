"""When a neighbour's newest beat was said."""

from alembic import op
import sqlalchemy as sa

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.add_column('peer', sa.Column('beat_at', NUMBER, nullable=False, server_default='0'))
