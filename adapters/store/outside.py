"""What was settled outside."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Executable, bindparam, select

from adapters.store.desk_tables import OUTSIDE
from adapters.store.session import Forms
from adapters.store.unit import Unit
from hub.desks.outside import OutsideRow


def _of(forms: Forms) -> Executable:
    mine = OUTSIDE.c.party == bindparam("holder")
    return select(OUTSIDE).where(mine, forms.among(OUTSIDE.c.voucher_id, "ids"))


def _all(_forms: Forms) -> Executable:
    return select(OUTSIDE).order_by(OUTSIDE.c.at, OUTSIDE.c.voucher_id)


class Outside(Unit):
    """Vouchers executed by other means."""

    def put_outside(self, rows: Sequence[OutsideRow]) -> None:
        """Record them; the first word about a voucher stands."""
        self.session.add_new(
            OUTSIDE,
            sorted((r.party, r.voucher_id, r.reason, r.evidence, r.act, r.at) for r in rows),
        )

    def outside(self, party: str, voucher_ids: Collection[str]) -> Mapping[str, OutsideRow]:
        """Which of these are settled outside, by voucher."""
        rows = self.session.rows_among(_of, "ids", sorted(voucher_ids), holder=party)
        return {row[1]: OutsideRow(*row) for row in rows}

    def all_outside(self) -> list[OutsideRow]:
        """All of this node, by time and voucher."""
        return [OutsideRow(*row) for row in self.session.rows(_all)]
