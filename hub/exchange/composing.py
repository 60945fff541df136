"""Composing packets: due rows of one peer and class, up to what a packet holds. Pure.

Urgent first. What travels alone is alone. Rows that are sent again stand only with rows that went
by the same channel, so that a whole packet can take another one.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from hub.exchange import packets
from hub.exchange.model import Item, MessageClass, OutboxRow, Packet
from hub.exchange.place import Place
from hub.exchange.ports import NodeSigner
from hub.parties import NodeId, party

_ORDER: Final = (MessageClass.URGENT, MessageClass.ONLINE, MessageClass.BATCH)


@dataclass(frozen=True, slots=True)
class Load:
    """What goes into one packet."""

    peer: NodeId
    message_class: MessageClass
    avoid: str
    """The channel these rows went by before; empty: none."""
    rows: tuple[OutboxRow, ...]
    items: tuple[Item, ...]


def compose(rows: Sequence[OutboxRow], octets: Mapping[bytes, bytes]) -> Iterator[Load]:
    """Rows as packets."""
    groups: dict[tuple[int, NodeId, str], list[OutboxRow]] = defaultdict(list)
    for row in rows:
        avoid = row.channel if row.attempt > 1 else ""
        groups[_ORDER.index(row.message_class), row.peer, avoid].append(row)
    for (rank, peer, avoid), members in sorted(groups.items()):
        for chosen, items in _filled(members, octets):
            yield Load(peer, _ORDER[rank], avoid, tuple(chosen), tuple(items))


def packed(
    load: Load, place: Place, trust_number: int, signer: NodeSigner, certificate: bytes
) -> Packet:
    """A load as a packet, its proof list sealed; `certificate`: SHA-256 of the signer's.

    Only what has a proof time is sealed: an issuer's node has nothing to prove.

    Raises:
        CustodyDown: the key cannot be used now.
    """
    packet = Packet(
        place.env, place.node, load.peer, load.message_class, place.incarnation, load.items,
        trust_number=trust_number,
    )  # fmt: skip
    if all(item.proof_at is None for item in packet.items):
        return packet
    signature = signer.sign(packets.proof_list(packet))
    return replace(packet, signer=certificate, signature=signature)


def _filled(
    members: Sequence[OutboxRow], octets: Mapping[bytes, bytes]
) -> Iterator[tuple[list[OutboxRow], list[Item]]]:
    chosen: list[OutboxRow] = []
    items: list[Item] = []
    for row in members:
        item = _item(row, octets[row.message_digest])
        if items and (row.alone or chosen[0].alone or not packets.fits(items, item)):
            yield chosen, items
            chosen, items = [], []
        chosen.append(row)
        items.append(item)
    yield chosen, items


def _item(row: OutboxRow, octets: bytes) -> Item:
    return Item(
        row.delivery_id,
        party(row.receiver),
        row.n,
        row.attempt,
        row.attempt > 1,
        row.proof_at,
        octets,
        row.message_digest,
    )
