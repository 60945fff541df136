"""Writing a neighbour's open rows into a file: a guarded act (protocol 4, 10)."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hub.exchange.carriage import Carriage, CarriedKind, CarriedWay
from hub.exchange.carried_file import ITEMS_MAX
from hub.exchange.carrying import Written
from hub.exchange.orders import required_reason
from hub.parties import NodeId
from hub.trust.operators import Act
from ops.carry.making import Making
from ops.carry.record import Done, people
from ops.guarded import Consent, require
from ops.resync import require_neighbour
from ops.wiring import Parts
from ops.wiring_carry import carrier, writing

ACT: Final = "packet.export"
Tell = Callable[[int, int], None]
"""How far it is, of how much."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which rows go into a file."""

    limit: int = 100_000
    fresh: bool = False
    """Only those that no file holds yet."""

    def __post_init__(self) -> None:
        """A file has a limit."""
        assert 0 < self.limit <= ITEMS_MAX


def act_of(parts: Parts, peer: NodeId, reason: str) -> Act:
    """The act, bound to this life of the store.

    Raises:
        RuleBroken: `peer_unknown`.
        Misconfigured: `reason_format`.
    """
    require_neighbour(parts, peer)
    place = parts.place
    arguments = {
        "node": str(place.node), "peer": str(peer), "reason": required_reason(reason),
        "incarnation": place.incarnation,
    }  # fmt: skip
    return Act(place.env, ACT, arguments)


def export(parts: Parts, act: Act, consent: Consent, to: Path, chosen: Chosen, tell: Tell) -> Done:
    """Write a new file with open rows for the peer that the act names; rows stay as they are.

    Raises:
        RuleBroken, SealUntrusted, Misconfigured: as `ops.guarded.require` and `Carrier.plan` say;
            `carried_file_exists`, `carried_no_receiver_key`.
        TargetDown: `carried_unwritable`: nothing is left of the file.
        Fenced, StoreDown, CustodyDown: not done.
    """
    line = require(parts, act, consent)
    peer, carries, written = NodeId(act.arguments["peer"]), carrier(parts), Written()
    with writing(to) as medium:
        plan = carries.plan(peer, chosen.limit, fresh=chosen.fresh)
        total, left = len(plan.delivery_ids), plan.left
        making = Making(parts, medium, CarriedKind.PACKETS, plan.number, peer)
        for octets, count in carries.packets(plan, written):
            if not making.add(octets, count):
                left += total - making.count
                break
            tell(making.count, total)
        making.end(plan.marks)
    row = Carriage(
        plan.number, CarriedKind.PACKETS, CarriedWay.OUT, peer, medium.digest, making.count, 0, 0,
        medium.octets, act.digest.hex(), people(consent), parts.clock.now(),
    )  # fmt: skip
    journal = f"{line} carried {row.number} {row.count} {row.digest.hex()}"
    carries.keep(row, journal, written.delivery_ids)
    more = {"left": left, "withheld": written.withheld, "damaged": written.damaged}
    return Done(row, to.name, making.header.at, making.frames, more)
