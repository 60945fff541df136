"""Lists of what was recorded, under an authority's time stamp."""

from alembic import op
import sqlalchemy as sa

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('stamped_list',
    sa.Column('number', NUMBER, autoincrement=False, nullable=False),
    sa.Column('ends_at', NUMBER, autoincrement=False, nullable=False),
    sa.Column('stamped_at', NUMBER, autoincrement=False, nullable=False),
    sa.Column('octets', sa.LargeBinary(), nullable=False),
    sa.Column('token', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('number')
    )
    op.create_index('stamped_list_by_time', 'stamped_list', ['ends_at'])
