"""Until when, by a neighbour's own clock, what it recorded is known here."""

from alembic import op
import sqlalchemy as sa

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.add_column('peer', sa.Column('known_until', NUMBER, nullable=False, server_default='0'))
