"""Sealing for the parties a node serves: which makers stand at which positions, whole batches.

Drafts of one party, kind and layer are sealed together: each key is asked once a batch.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence

from hub.clock import Clock
from hub.errors import Misconfigured
from hub.exchange.verifying import Verification
from hub.parties import Party
from hub.voucher import seal_many
from hub.voucher.catalogue import Kind
from hub.voucher.ground import NothingKnown
from hub.voucher.model import Draft, Voucher
from hub.voucher.ports import Catalogues, SealMaker

MakerOf = Callable[[Party, str], SealMaker]
"""The maker of a party for a position's name; raises Misconfigured when there is none."""


class PartySealer:
    """Seals drafts at all positions their kind requires (hub.exchange.ports.Sealer)."""

    def __init__(
        self, verification: Verification, catalogues: Catalogues, maker_of: MakerOf, clock: Clock
    ) -> None:
        self._verification = verification
        self._catalogues = catalogues
        self._maker_of = maker_of
        self._clock = clock

    def seal(self, drafts: Sequence[Draft]) -> list[Voucher]:
        """The sealed vouchers in the drafts' order.

        Raises:
            CustodyDown: a key cannot be used now; nothing is sealed.
            Misconfigured: `no_seal_maker`, with party and position.
            Rejection: a draft does not hold.
        """
        groups: dict[tuple[Party, tuple[str, ...]], list[int]] = defaultdict(list)
        for index, draft in enumerate(drafts):
            groups[draft.id.party, self._positions(draft)].append(index)
        ground = self._verification.ground(NothingKnown())
        sealed: dict[int, Voucher] = {}
        for (party, positions), indices in groups.items():
            makers = [(position, self._maker_of(party, position)) for position in positions]
            batch = [drafts[index] for index in indices]
            made = seal_many(batch, makers, ground, at=self._clock.now())
            sealed.update(zip(indices, made, strict=True))
        return [sealed[index] for index in range(len(drafts))]

    def _positions(self, draft: Draft) -> tuple[str, ...]:
        kind = self._kind(draft)
        return tuple(p.name for p in kind.positions[draft.id.layer] if p.required)

    def _kind(self, draft: Draft) -> Kind:
        release = self._catalogues.release(draft.cat)
        if release is None:
            raise Misconfigured("catalogue_missing", n=draft.cat)
        voucher = draft.id.voucher
        return release.kind(voucher.kind, voucher.division, voucher.year)
