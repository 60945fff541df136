"""What cores refused, by when: they are asked again whether they have paid since."""

from alembic import op
import sqlalchemy as sa

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None

REFUSED = sa.text("state = 'refused'")


def upgrade() -> None:
    op.create_index(
        'desk_intent_refused', 'desk_intent', ['party', 'closed_at', 'key'],
        postgresql_where=REFUSED, sqlite_where=REFUSED,
    )
