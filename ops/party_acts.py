"""Orders about parties: guarded acts of a node; its processes follow within a second."""

from dataclasses import dataclass, replace
from typing import Final

from hub.clock import Instant
from hub.errors import Misconfigured
from hub.exchange import allowance
from hub.exchange.orders import required_reason
from hub.exchange.party_orders import OPEN, UNLIMITED, PartyOrder
from hub.exchange.presence import present
from hub.parties import Party
from hub.trust.operators import Act
from ops.guarded import Consent, require
from ops.wiring import Parts

NOTHING: Final = Instant(0)


@dataclass(frozen=True, slots=True)
class PartySeen:
    """One party of another node, as this node treats it."""

    order: PartyOrder
    node: str
    present: bool
    waiting: int
    """Open rows of the outbox to the neighbour by which it is reached."""
    room: int
    """How many may be taken in at once under its limit, now; 0 also where none is ordered."""


def known(parts: Parts, name: str) -> Party:
    """A party of another node.

    Raises:
        Misconfigured: `party_unknown`.
    """
    own = parts.place.node
    for party, node in parts.directory.node_of.items():
        if str(party) == name and node != own:
            return party
    raise Misconfigured("party_unknown", party=name)


def look(parts: Parts, *, everything: bool) -> list[PartySeen]:
    """Parties of which something is ordered, or all of other nodes."""
    place, directory = parts.place, parts.directory
    with parts.store.read() as tx:
        orders, peers, now = tx.party_orders(), tx.peers(), tx.now
        used = tx.allowances() if any(order.per_minute for order in orders.values()) else {}
        waiting: dict[str, int] = {}
        for group in tx.hop_groups():
            waiting[group.peer] = waiting.get(group.peer, 0) + group.count
    found = []
    for party, node in sorted(directory.node_of.items()):
        order = orders.get(str(party)) or PartyOrder(str(party), OPEN, UNLIMITED, "", NOTHING)
        if node == place.node or not (everything or order.says):
            continue
        peer = node if place.is_hub else directory.hub
        there = present(peers.get(peer), now)
        owed = allowance.owed_ns(used.get(str(party), allowance.NEVER_TAKEN), now)
        room = allowance.room(order.per_minute, owed)
        found.append(PartySeen(order, str(node), there, waiting.get(peer, 0), room))
    return found


def act_of(
    parts: Parts, verb: str, party: str, reason: str, *, state: str | None = None,
    per_minute: int | None = None,
) -> Act:  # fmt: skip
    """The act, bound to this life of the store; what is not named stays as it is ordered.

    Raises:
        Misconfigured: `party_unknown`, `reason_format`.
    """
    name = str(known(parts, party))
    with parts.store.read() as tx:
        before = tx.party_orders().get(name) or PartyOrder(name, OPEN, UNLIMITED, "", NOTHING)
    arguments = {
        "node": str(parts.place.node),
        "party": name,
        "state": before.state if state is None else state,
        "per_minute": str(before.per_minute if per_minute is None else per_minute),
        "reason": required_reason(reason),
        "incarnation": parts.place.incarnation,
    }
    return Act(parts.place.env, f"party.{verb}", arguments)


def order(parts: Parts, act: Act, consent: Consent) -> PartyOrder:
    """Give the order that two operators have signed; it stands until it is replaced.

    Raises:
        RuleBroken, SealUntrusted, Misconfigured: as `ops.guarded.require` says.
        Fenced: `other_incarnation`.
    """
    place, told = parts.place, act.arguments
    line = require(parts, act, consent)
    given = PartyOrder(
        told["party"], told["state"], int(told["per_minute"]), told["reason"], NOTHING
    )
    with parts.store.begin() as tx:
        tx.fence.require_incarnation(place.incarnation)
        given = replace(given, at=tx.now)
        tx.put_party_order(given)
        tx.append_journal(str(place.lane), line.encode())
        tx.commit()
    return given
