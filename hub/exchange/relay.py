"""The hub's application: every recorded layer goes on to its receivers, octets unchanged."""

from collections.abc import Sequence
from typing import Generic

from hub.exchange import routing
from hub.exchange.model import Arrival, Closing, Hop, Role
from hub.exchange.place import Place
from hub.exchange.ports import T, Verifier


class Relay(Generic[T]):
    """Routing as an Application."""

    def __init__(self, place: Place, verifier: Verifier) -> None:
        self._place = place
        self._verifier = verifier

    def recorded(self, tx: T, arrivals: Sequence[Arrival]) -> None:
        """Queue one hop per receiver, with the proof time of this first independent record."""
        hops: list[Hop] = []
        for arrival in arrivals:
            if arrival.delivery.role is Role.RELAY:
                kind = self._verifier.kind(arrival.voucher)
                hops += routing.hops(
                    arrival.voucher,
                    kind,
                    self._place.directory,
                    self._place.node,
                    arrival.proof_at,
                )
        if hops:
            tx.add_hops(sorted(hops, key=lambda h: (h.peer, h.delivery_id)))

    def closed(self, tx: T, closings: Sequence[Closing]) -> None:
        """Nothing: a closed hop is the exchange's own record, and it tells of a refused one."""
