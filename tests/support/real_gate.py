"""The hub's receiving side with the real voucher library: true seals, and what is made of them.

One store, one gate for each neighbour. Bureau and bank have keys of one suite (`sealed.a_house`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.embedded.memory_store import MemoryStore
from hub.exchange.model import LayerRow
from hub.exchange.verifying import Verification
from hub.parties import NodeId
from hub.voucher import seal
from hub.voucher.model import Draft, LayerType, Voucher
from tests.support import sealed as house
from tests.support.gate import CENTRE, DIRECTORY, HUB, PEER, Gate, Recorder
from tests.support.plain import PlainSigner
from tests.support.stores import TickingClock

SUITES = ("p256-sha256", "sm2-sm3")


@dataclass(frozen=True)
class NodeTrust(house.Trust):
    """The test trust, with node keys of the plain sort, and parties at their own nodes."""

    def verify_node(self, node: NodeId, signer: bytes, data: bytes, signature: bytes) -> bool:
        return bool(signer) and PlainSigner(node).sign(data) == signature


class OwnNodes(NodeTrust):
    """Parties hand in by their own nodes only."""

    def may_submit(self, sender: str, party: Any) -> bool:
        return DIRECTORY.node_of.get(party) == sender


class RealHub:
    """The hub between bureau and bank."""

    def __init__(self, suite: str = "p256-sha256") -> None:
        self.keeper = house.a_house(suite)
        self.app = Recorder()
        self.clock = TickingClock(house.NOW)
        trust = OwnNodes(**vars(self.keeper.trust))
        verifier = Verification(house.ENV, house.suites(), house.Releases(), lambda _: trust, 1)
        self.bureau = self._gate(str(PEER), verifier, None)
        self.bank = self._gate("bank", verifier, self.bureau.store)

    def _gate(self, peer: str, verifier: Verification, store: MemoryStore | None) -> Gate:
        return Gate(house.ENV, HUB, peer, DIRECTORY, verifier, self.app, self.clock, store)

    def seal(self, draft: Draft) -> Voucher:
        """A draft sealed by its party at all its positions."""
        return seal(draft, self.keeper.positions(draft), self.keeper.ground(), at=house.NOW)

    def original(self, number: str = "2026000000001", seed: int = 0) -> Voucher:
        """A payment order of the bureau."""
        return self.seal(house.a_draft(number=number, seed=seed))

    def above(self, below: Voucher, layer: LayerType) -> Voucher:
        """What the bank answers, or the bureau recalls."""
        return self.seal(house.a_draft_above(below, layer))

    def layers(self, voucher: Voucher) -> Mapping[str, LayerRow]:
        """What is on record of a voucher, by layer."""
        with self.bureau.store.read() as tx:
            return {row.layer: row for row in tx.layers_of(str(voucher.id))}

    def kept(self, octets: bytes) -> bool:
        """Whether these octets are kept, whatever became of them."""
        with self.bureau.store.read() as tx:
            return octets in tx.messages([hashlib.sha256(octets).digest()]).values()

    @staticmethod
    def hear(gate: Gate, *octets: bytes) -> None:
        """One packet of the gate's neighbour."""
        gate.receive(gate.packet(octets, CENTRE))

    @staticmethod
    def refusals(gate: Gate) -> list[object]:
        """Codes of what was refused there."""
        return [fact.fields["code"] for fact in gate.told("refused")]
