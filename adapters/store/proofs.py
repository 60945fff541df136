"""Proof lists of neighbours, as they came; their octets may lie in a day's file."""

from collections.abc import Collection, Sequence
from dataclasses import astuple, replace

from sqlalchemy import Executable, select

from adapters.store.session import Forms
from adapters.store.tables import PROOF_LIST
from adapters.store.unit import Unit
from hub.clock import Instant
from hub.exchange.proofs import ProofList


def _found(forms: Forms) -> Executable:
    return select(PROOF_LIST).where(forms.among(PROOF_LIST.c.recorded_at, "moments"))


class Proofs(Unit):
    """What proves when a voucher was there."""

    def add_proof_lists(self, rows: Sequence[ProofList]) -> None:
        """Keep them; one that is there already stays as it is."""
        self.session.add_new(PROOF_LIST, sorted(map(astuple, rows)))

    def proof_lists(self, recorded_at: Collection[Instant]) -> list[ProofList]:
        """What came with vouchers that were recorded at these moments, in order.

        Raises:
            TargetDown: `archive_away`, `archive_unset`.
            Damaged: `archive_damaged`, `archive_incomplete`.
        """
        found = self.session.rows_among(_found, "moments", sorted(set(recorded_at)))
        lists = sorted(ProofList(*row) for row in found)
        moved = self.moved({one.octets: one.recorded_at for one in lists})
        return [replace(one, octets=moved.get(one.octets, one.octets)) for one in lists]
