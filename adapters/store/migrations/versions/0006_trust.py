"""What trust keeps: lists, CRLs, local suspensions."""

from alembic import op
import sqlalchemy as sa

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
WORDS = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')


def upgrade() -> None:
    op.create_table('trust_list',
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
    op.create_index('trust_list_by_number', 'trust_list', ['number'], unique=False)
    op.create_table('trust_crl',
    sa.Column('issuer', sa.LargeBinary(), nullable=False),
    sa.Column('number', NUMBER, autoincrement=False, nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('this_update', NUMBER, autoincrement=False, nullable=False),
    sa.Column('next_update', NUMBER, autoincrement=False, nullable=False),
    sa.Column('kept_at', NUMBER, autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('issuer', 'number')
    )
    op.create_table('trust_suspension',
    sa.Column('subject', WORDS, nullable=False),
    sa.Column('since', NUMBER, autoincrement=False, nullable=False),
    sa.Column('reason', WORDS, nullable=False),
    sa.PrimaryKeyConstraint('subject')
    )
