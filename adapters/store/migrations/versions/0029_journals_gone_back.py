"""Since when a neighbour's journal says lower numbers than are held of it, or has gone back."""

from alembic import op
import sqlalchemy as sa

revision = '0029'
down_revision = '0028'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.add_column('peer', sa.Column('behind_since', NUMBER, nullable=False, server_default='0'))
    op.add_column('peer', sa.Column('back_since', NUMBER, nullable=False, server_default='0'))
