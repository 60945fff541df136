"""What was settled outside, in memory."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from adapters.embedded.memory_tables import Table, Work
from hub.desks.outside import OutsideRow

OUTSIDE: Final = Table[tuple[str, str], OutsideRow]("desk_outside")


class Outside(Work):
    """Vouchers executed by other means."""

    def put_outside(self, rows: Sequence[OutsideRow]) -> None:
        """Record them; the first word about a voucher stands."""
        self.before("put_outside")
        for row in rows:
            if (row.party, row.voucher_id) not in self.rows(OUTSIDE):
                self.put(OUTSIDE, (row.party, row.voucher_id), row)

    def outside(self, party: str, voucher_ids: Collection[str]) -> Mapping[str, OutsideRow]:
        """Which of these are settled outside, by voucher."""
        self.before("outside")
        held = self.rows(OUTSIDE)
        return {name: held[party, name] for name in voucher_ids if (party, name) in held}

    def all_outside(self) -> list[OutsideRow]:
        """All of this node, by time and voucher."""
        self.before("all_outside")
        return sorted(self.rows(OUTSIDE).values(), key=lambda row: (row.at, row.voucher_id))
