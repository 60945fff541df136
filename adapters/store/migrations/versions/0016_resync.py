"""The resync after a restore, and what is told of records by time."""

from alembic import op
import sqlalchemy as sa

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
WORDS = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')


def words(name: str) -> sa.Column[str]:
    return sa.Column(name, WORDS, nullable=False)


def number(name: str) -> sa.Column[int]:
    return sa.Column(name, NUMBER, autoincrement=False, nullable=False)


def upgrade() -> None:
    op.create_table('restore',
    number('id'),
    number('since'),
    number('spoke_at'),
    number('opened_at'),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('resync',
    words('peer'),
    words('way'),
    number('since'),
    number('after_at'),
    words('after_id'),
    number('rounds'),
    number('listed'),
    number('wanted'),
    number('recovered'),
    number('began_at'),
    number('ended_at'),
    sa.PrimaryKeyConstraint('peer')
    )
    op.create_table('resync_wanted',
    words('peer'),
    words('delivery_id'),
    words('way'),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    number('asked_at'),
    sa.PrimaryKeyConstraint('peer', 'delivery_id')
    )
    op.create_table('resync_ask',
    words('peer'),
    words('life'),
    words('way'),
    number('since'),
    number('after_at'),
    words('after_id'),
    sa.Column('answered', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('peer')
    )
    op.create_table('former_life',
    words('peer'),
    words('life'),
    sa.PrimaryKeyConstraint('peer', 'life')
    )
    op.create_index('delivery_by_time', 'delivery', ['recorded_at'], unique=False)
    op.create_index('outbox_history_by_time', 'outbox_history', ['closed_at'], unique=False)
