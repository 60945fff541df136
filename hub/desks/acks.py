"""Two acknowledgements for what a party's system hands over: stored, and safe.

*Stored*: this node has it on record. *Safe*: its neighbour, the hub, has said by a hop notice that
it has it, with the number of copies of its commit. A refusal by the hub is told as what it is.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from hub.clock import Instant
from hub.desks.ports import DeskTransaction
from hub.exchange.looking import HopTrace
from hub.exchange.sought import Sought
from hub.exchange.statements import KIND as STATEMENT

RECORDED: Final = "recorded"


@dataclass(frozen=True, slots=True)
class Ack:
    """What has become of one layer that was handed over."""

    layer_id: str
    voucher_id: str
    stored_at: Instant
    """0: it is not on record here."""
    copies: int
    """Of the commit in this node's store."""
    safe_at: Instant
    """When the last of its hops was recorded at the hub; 0: not yet."""
    safe_copies: int
    """Copies the hub has; the fewest of its hops."""
    refused: str = ""
    """The hub's code, where it refused."""


def acks(tx: DeskTransaction, layer_ids: Sequence[str], copies: int) -> list[Ack]:
    """In the order asked."""
    rows = tx.layers(layer_ids)
    hops = {
        name: [h for h in tx.hops_of(row.voucher_id) if layer_of(h.row.delivery_id) == name]
        for name, row in rows.items()
    }
    nothing = Instant(0)
    return [
        _ack(name, rows[name].voucher_id, rows[name].recorded_at, copies, hops[name])
        if name in rows
        else Ack(name, "", nothing, 0, nothing, 0)
        for name in layer_ids
    ]


def unsafe(
    tx: DeskTransaction, parties: Collection[str], limit: int, copies: int,
    begins: tuple[str, ...] | None,
) -> tuple[list[Ack], bool]:  # fmt: skip
    """Layers of these parties with an open hop whose ids begin so, oldest first; if there are more.

    So many hops are looked at.
    """
    own = Sought(begins, tuple(sorted(parties)), but=STATEMENT)
    rows = tx.oldest_hops(limit + 1, sought=own)
    names = dict.fromkeys(layer_of(row.delivery_id) for row in rows[:limit])
    return acks(tx, list(names), copies), len(rows) > limit


def open_hops(tx: DeskTransaction, layer_ids: Collection[str]) -> set[str]:
    """Deliveries of these layers that are not closed; a name not on record here has none."""
    rows = tx.layers(layer_ids)
    return {
        hop.row.delivery_id
        for voucher_id in {row.voucher_id for row in rows.values()}
        for hop in tx.hops_of(voucher_id)
        if hop.closing is None and layer_of(hop.row.delivery_id) in rows
    }


def _ack(
    name: str, voucher_id: str, at: Instant, copies: int, hops: Sequence[HopTrace]
) -> Ack:  # fmt: skip
    closings = [hop.closing for hop in hops]
    refused = next((c.code for c in closings if c is not None and c.code != RECORDED), "")
    there = [c for c in closings if c is not None and c.code == RECORDED]
    if len(there) < len(hops):
        return Ack(name, voucher_id, at, copies, Instant(0), 0, refused)
    if not hops:  # every receiver is served by this very node
        return Ack(name, voucher_id, at, copies, at, copies)
    last, fewest = max(c.closed_at for c in there), _fewest(c.copies for c in there)
    return Ack(name, voucher_id, at, copies, last, fewest)


def _fewest(counts: Iterable[int]) -> int:
    return min(counts)


def layer_of(delivery_id: str) -> str:
    """The layer of (layer, receiver, role)."""
    return delivery_id.rsplit("/", 2)[0]
