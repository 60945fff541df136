"""Files that people carried."""

from alembic import op
import sqlalchemy as sa

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
WORDS = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')


def words(name: str) -> sa.Column[str]:
    return sa.Column(name, WORDS, nullable=False)


def number(name: str) -> sa.Column[int]:
    return sa.Column(name, NUMBER, autoincrement=False, nullable=False)


def upgrade() -> None:
    op.create_table('carried_hop',
    words('hop'),
    words('number'),
    sa.PrimaryKeyConstraint('hop')
    )
    op.create_table('carriage',
    words('number'),
    words('kind'),
    words('way'),
    words('peer'),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    number('count'),
    number('refused'),
    number('waiting'),
    number('body_bytes'),
    words('act'),
    words('who'),
    number('at'),
    sa.PrimaryKeyConstraint('number', 'kind', 'way')
    )
