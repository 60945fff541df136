"""Indexes of the search table that sift by day, amount, unit and division themselves."""

from alembic import op

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None

INSIDE = ('day', 'amount_fen', 'unit', 'division')


def upgrade() -> None:
    for name in ('account', 'unit', 'payee', 'amount', 'day', 'purpose'):
        own = 'amount_fen' if name == 'amount' else name
        columns = [own, *(other for other in INSIDE if other != own)]
        op.drop_index(f'desk_findable_{name}', 'desk_findable')
        op.create_index(f'desk_findable_{name}', 'desk_findable', columns)
    if op.get_bind().dialect.name == 'postgresql':
        # What vacuum has not seen since must be looked up in the table: no more than so much.
        op.execute(
            'ALTER TABLE desk_findable SET (autovacuum_vacuum_insert_scale_factor = 0,'
            ' autovacuum_vacuum_insert_threshold = 50000)'
        )
