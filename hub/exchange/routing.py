"""Routing: who serves whom, which role a delivery has, and where a message goes next. Pure.

A party's node has one neighbour, the hub; the hub has every node. A role is derived from the
sealed `to=` and the catalogue, never believed from a packet (protocol 1).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hub.clock import Instant
from hub.errors import RuleBroken
from hub.exchange.model import Hop, MessageClass, Role
from hub.parties import HUB, NodeId, Party, party
from hub.voucher.catalogue import Kind, admits
from hub.voucher.model import LayerId, SealedLayer, Voucher


@dataclass(frozen=True, slots=True)
class Directory:
    """Nodes of an environment and the parties each serves, as the trust list registers them.

    What is asked for every voucher is looked up, never searched for: sites have thousands.
    """

    hub: NodeId
    hub_party: Party
    nodes: Mapping[NodeId, frozenset[Party]]
    node_of: Mapping[Party, NodeId] = field(init=False)
    of_division: Mapping[str, tuple[Party, ...]] = field(init=False)
    """Parties whose code is a division's, in order."""
    _others: tuple[NodeId, ...] = field(init=False)

    def __post_init__(self) -> None:
        """A party is served by one node."""
        served = {p: node for node, parties in self.nodes.items() for p in parties}
        assert len(served) == sum(len(p) for p in self.nodes.values()), "a party has two nodes"
        found: dict[str, tuple[Party, ...]] = {}
        for p in sorted(served):
            found[p.code] = (*found.get(p.code, ()), p)
        object.__setattr__(self, "node_of", served)
        object.__setattr__(self, "of_division", found)
        object.__setattr__(self, "_others", tuple(sorted(self.nodes.keys() - {self.hub})))

    def neighbours(self, node: NodeId) -> tuple[NodeId, ...]:
        """Whom a node exchanges packets with."""
        return self._others if node == self.hub else (self.hub,)

    def adjacent(self, node: NodeId, other: NodeId) -> bool:
        """Whether these two exchange packets."""
        if node == self.hub:
            return other in self.nodes and other != node
        return other == self.hub


def delivery_id(layer: LayerId, receiver: Party | str, role: Role) -> str:
    """(layer_id, receiver, role) as text."""
    return f"{layer}/{receiver}/{role}"


def role_of(top: SealedLayer, receiver: Party, copies: Sequence[str]) -> Role | None:
    """The role in which a served party gets a layer; None: it may not have it."""
    if receiver.org_type == HUB:
        return Role.RELAY
    if str(receiver) in top.to or top.to == ("*",):
        return Role.TO
    if receiver.org_type in copies or (receiver.is_bank and "bank" in copies):
        return Role.COPY
    return None


def receivers(voucher: Voucher, kind: Kind, directory: Directory) -> list[tuple[Party, Role]]:
    """Everybody who gets the top layer: executing receivers, then copies of the same division.

    Copies go to parties of the catalogue's copy types that stand in the layer below: its issuer
    and its receivers. So a People's Bank reply reaches the bank as TO and finance as COPY.

    Raises:
        RuleBroken: `no_route` when a receiver is served by nobody.
    """
    top = voucher.top
    if top.to == ("*",):
        everyone = sorted(
            p for p in directory.node_of if p not in {top.id.party, directory.hub_party}
        )
        return [(p, Role.TO) for p in everyone]
    found: dict[Party, Role] = {}
    for text in top.to:
        receiver = party(text)
        if receiver not in directory.node_of:
            raise RuleBroken("no_route")
        found[receiver] = Role.TO
    for copy in _copies(voucher.id.division, kind, directory):
        found.setdefault(copy, Role.COPY)
    found.pop(top.id.party, None)
    return list(found.items())


def _copies(division: str, kind: Kind, directory: Directory) -> list[Party]:
    if not kind.copies:
        return []
    near = directory.of_division.get(division, ())
    return [p for p in near if p.org_type in kind.copies]


@dataclass(frozen=True, slots=True)
class Explained:
    """Who may get an original of a kind, and by which rule."""

    party: Party
    node: NodeId
    role: Role
    rule: str


def explain(kind: Kind, division: str, issuer_type: str, directory: Directory) -> list[Explained]:
    """Everybody who may get originals of a kind in a division: the hub, receivers, copies.

    Raises:
        RuleBroken: `kind_not_issued`: nobody of this organisation type makes this kind.
    """
    if not admits(kind.issuers, Party(issuer_type, division)):
        raise RuleBroken("kind_not_issued", kind=kind.code)
    passes = "every layer passes the hub, which records it and sends it on"
    found = [Explained(directory.hub_party, directory.hub, Role.RELAY, passes)]
    named = f"receivers of {kind.code} are {' '.join(kind.receivers)}; the sealed to= says which"
    copied = f"{kind.code} is copied to {' '.join(kind.copies)} of its division"
    copies = set(_copies(division, kind, directory))
    for party_, node in sorted(directory.node_of.items()):
        if party_ == directory.hub_party:
            continue
        if kind.may_receive(party_):
            found.append(Explained(party_, node, Role.TO, named))
        elif party_ in copies:
            found.append(Explained(party_, node, Role.COPY, copied))
    return found


def hops(
    voucher: Voucher, kind: Kind, directory: Directory, here: NodeId, proof_at: Instant | None
) -> list[Hop]:
    """The outbox rows of a message at this node: one to the hub, or one per receiver from it.

    Receivers that this node serves itself are not among them.

    Raises:
        RuleBroken: `no_route`.
    """
    found = receivers(voucher, kind, directory)
    away = [(p, role) for p, role in found if directory.node_of[p] != here]
    if here != directory.hub and away:
        away = [(directory.hub_party, Role.RELAY)]
    return [
        Hop(
            delivery_id=delivery_id(voucher.top.id, receiver, role),
            peer=directory.hub if role is Role.RELAY else directory.node_of[receiver],
            receiver=str(receiver),
            message_class=MessageClass(kind.message_class),
            message_digest=voucher.digest,
            body_bytes=len(voucher.octets),
            proof_at=proof_at,
            alone=kind.message_class == MessageClass.BATCH,
        )
        for receiver, role in away
    ]
