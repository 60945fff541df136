"""Proof lists of neighbours, in memory."""

from collections.abc import Collection, Sequence
from typing import Final

from adapters.embedded.memory_tables import Table, Work
from hub.clock import Instant
from hub.exchange.proofs import ProofList

PROOFS: Final = Table[tuple[Instant, bytes], ProofList]("proof_list")


class Proofs(Work):
    """What proves when a voucher was there."""

    def add_proof_lists(self, rows: Sequence[ProofList]) -> None:
        """Keep them; one that is there already stays as it is."""
        self.before("add_proof_lists")
        for row in rows:
            if (row.recorded_at, row.digest) not in self.rows(PROOFS):
                self.put(PROOFS, (row.recorded_at, row.digest), row)

    def proof_lists(self, recorded_at: Collection[Instant]) -> list[ProofList]:
        """What came with vouchers that were recorded at these moments, in order."""
        self.before("proof_lists")
        moments = set(recorded_at)
        return sorted(row for row in self.rows(PROOFS).values() if row.recorded_at in moments)
