"""Since when a life of a neighbour's store speaks that is not believed."""

from alembic import op
import sqlalchemy as sa

revision = '0030'
down_revision = '0029'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.add_column('peer', sa.Column('unheard_since', NUMBER, nullable=False, server_default='0'))
