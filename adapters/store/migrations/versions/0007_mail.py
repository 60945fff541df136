"""What a party's own system reads and says."""

from alembic import op
import sqlalchemy as sa

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
WORDS = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')
WAITING = sa.text("state IN ('new', 'read')")
BOUNCED = sa.text("kind = 'bounce'")


def upgrade() -> None:
    op.create_table('desk_mail',
    sa.Column('id', WORDS, nullable=False),
    sa.Column('party', WORDS, nullable=False),
    sa.Column('kind', WORDS, nullable=False),
    sa.Column('division', WORDS, nullable=False),
    sa.Column('at', NUMBER, autoincrement=False, nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('state', WORDS, nullable=False),
    sa.Column('content', WORDS, nullable=False),
    sa.Column('asked', sa.Boolean(), nullable=False),
    sa.Column('outcome', WORDS, nullable=False),
    sa.Column('code', WORDS, nullable=False),
    sa.Column('trace', WORDS, nullable=False),
    sa.Column('day', WORDS, nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('desk_mail_waiting', 'desk_mail', ['party', 'state', 'at', 'id'], postgresql_where=WAITING, sqlite_where=WAITING)
    op.create_index('desk_mail_bounces', 'desk_mail', ['party', 'day'], postgresql_where=BOUNCED, sqlite_where=BOUNCED)
