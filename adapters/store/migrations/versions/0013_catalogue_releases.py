"""Catalogue releases."""

from alembic import op
import sqlalchemy as sa

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
WORDS = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')


def upgrade() -> None:
    op.create_table('catalogue_release',
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('number', NUMBER, autoincrement=False, nullable=False),
    sa.Column('state', WORDS, nullable=False),
    sa.Column('code', WORDS, nullable=False),
    sa.Column('sealed_at', NUMBER, autoincrement=False, nullable=False),
    sa.Column('effective_at', NUMBER, autoincrement=False, nullable=False),
    sa.Column('expires_at', NUMBER, autoincrement=False, nullable=False),
    sa.Column('kept_at', NUMBER, autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('digest')
    )
    op.create_index('catalogue_release_by_number', 'catalogue_release', ['number'], unique=False)
