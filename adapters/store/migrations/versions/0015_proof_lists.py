"""Proof lists of neighbours, kept as they came."""

from alembic import op
import sqlalchemy as sa

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
WORDS = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')


def upgrade() -> None:
    op.create_table('proof_list',
    sa.Column('recorded_at', NUMBER, autoincrement=False, nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('node', WORDS, nullable=False),
    sa.Column('signer', sa.LargeBinary(), nullable=False),
    sa.Column('signature', sa.LargeBinary(), nullable=False),
    sa.Column('octets', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('recorded_at', 'digest')
    )
