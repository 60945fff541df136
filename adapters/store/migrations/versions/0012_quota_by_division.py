"""A quota book for each division: what one book held is told apart by the vouchers that moved it."""

from alembic import op
import sqlalchemy as sa

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

ROWS = 5000


def upgrade() -> None:
    bind = op.get_bind()
    names = ('id', 'party', 'book', 'key', 'cause', 'amount_fen')
    entry = sa.table('desk_entry', *map(sa.column, names))
    balance = sa.table('desk_balance', *map(sa.column, ('party', 'book', 'key', 'amount_fen')))
    old = sa.select(entry.c.id, entry.c.party, entry.c.key, entry.c.cause)
    while rows := bind.execute(old.where(entry.c.book == 'quota').limit(ROWS)).all():
        bind.execute(
            sa.update(entry).where(entry.c.id == sa.bindparam('old')).values(
                id=sa.bindparam('new'), book=sa.bindparam('of')
            ),
            [changed(*row) for row in rows],
        )
    bind.execute(sa.delete(balance).where(balance.c.book == 'quota'))
    group = (entry.c.party, entry.c.book, entry.c.key)
    sums = sa.select(*group, sa.func.sum(entry.c.amount_fen)).group_by(*group)
    bind.execute(
        sa.insert(balance).from_select(
            ['party', 'book', 'key', 'amount_fen'], sums.where(entry.c.book.like('quota/%'))
        )
    )


def changed(name: str, party: str, key: str, cause: str) -> dict[str, str]:
    """The row's new name: the division stands second in the voucher that caused it."""
    book = f"quota/{cause.split('/')[1]}"
    return {'old': name, 'new': f'{party} {book} {key} {cause}', 'of': book}
