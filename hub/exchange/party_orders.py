"""Standing orders about parties: suspended, drained, or limited to so many vouchers a minute.

An order stands in the node's store until it is replaced, so every process of the node follows it
within a second, also after a restart. It drops nothing and refuses nothing: what may not come in is
held, which is no record and no notice, so its sender keeps it and sends it again; what may not go
out waits in the outbox.
- *Suspended*: nothing of the party is taken in, nothing goes out to it.
- *Draining*: no new originals of it are taken in, nor new ones sent to it; answers, recalls and
  statements go on, so that what was begun comes to its end.
- *Limited*: of what it acts in, no more is taken in than the limit; a minute's worth may gather.
"""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final, Protocol

from hub.clock import Clock, Instant
from hub.errors import StoreDown
from hub.observer import Fact, Observer
from hub.parties import Party
from hub.voucher.model import LayerType

OPEN: Final = ""
DRAINING: Final = "draining"
SUSPENDED: Final = "suspended"
STATES: Final = (OPEN, DRAINING, SUSPENDED)
UNLIMITED: Final = 0
REFRESH_SECONDS: Final = 0.5
MINUTE_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class PartyOrder:
    """What is ordered of a party, since when and why."""

    party: str
    state: str
    per_minute: int
    """Vouchers taken in; 0: any number."""
    reason: str
    at: Instant

    @property
    def says(self) -> bool:
        """Whether anything is ordered."""
        return bool(self.state or self.per_minute)


class PartyOrdering(Protocol):
    """The verbs of a transaction that these orders rest on."""

    def put_party_order(self, order: PartyOrder) -> None:
        """Record an order; it replaces the party's earlier one."""
        ...

    def party_orders(self) -> Mapping[str, PartyOrder]:
        """The newest order of every party that ever had one."""
        ...


@dataclass(frozen=True, slots=True)
class Shut:
    """Receivers to whom rows of the outbox do not go now."""

    receivers: tuple[str, ...] = ()
    """Nothing."""
    originals: tuple[str, ...] = ()
    """No originals."""


NOBODY: Final = Shut()


class Reading(Protocol):
    """A read view of a node's store, as far as these orders are concerned."""

    def party_orders(self) -> Mapping[str, PartyOrder]:
        """The newest order of every party that ever had one."""
        ...


class Readable(Protocol):
    """A node's store, as far as these orders are concerned."""

    def read(self) -> AbstractContextManager[Reading]:
        """A read-only view of one moment."""
        ...


class PartyOrders:
    """What is ordered now, as one process sees it: read from the store twice a second.

    A store that is away changes nothing. Every change this process notices is a fact. `share`: how
    many processes take in side by side; each takes its part of a limit.
    """

    def __init__(self, store: Readable, clock: Clock, observe: Observer, share: int = 1) -> None:
        self._store = store
        self._clock = clock
        self._observe = observe
        self._share = share
        self._known: Mapping[str, PartyOrder] = {}
        self._read_at = float("-inf")
        self._left: dict[str, tuple[float, float]] = {}
        """By party: how many may be taken in, at which moment."""

    def holds(self, party: Party, layer: LayerType) -> str:
        """Why a verified layer of this party is not taken in now; empty: it is, and counts."""
        order = self._orders().get(str(party))
        if order is None:
            return ""
        if order.state == SUSPENDED:
            return "party_suspended"
        if order.state == DRAINING and layer is LayerType.ORIGINAL:
            return "party_draining"
        if order.per_minute and not self._take(order):
            return "party_limited"
        return ""

    def holds_all(self, parties: Iterable[Party]) -> str:
        """Why nothing at all of these parties is taken in now: known before anything is opened."""
        orders = self._orders()
        codes = {self._shut_in(orders.get(str(party))) for party in parties} if orders else {""}
        return "" if "" in codes else min(codes, default="")

    def shut(self) -> Shut:
        """To whom nothing, or nothing new, goes out now."""
        orders = self._orders()
        if not orders:
            return NOBODY
        states = [(name, order.state) for name, order in sorted(orders.items())]
        return Shut(
            tuple(name for name, state in states if state == SUSPENDED),
            tuple(name for name, state in states if state == DRAINING),
        )

    def _shut_in(self, order: PartyOrder | None) -> str:
        if order is None:
            return ""
        if order.state == SUSPENDED:
            return "party_suspended"
        return "party_limited" if order.per_minute and self._gathered(order) < 1 else ""

    def _gathered(self, order: PartyOrder) -> float:
        """How many may be taken in now; a minute's worth at most, and at first."""
        now, most = self._clock.monotonic(), max(1.0, order.per_minute / self._share)
        left, at = self._left.get(order.party, (most, now))
        pace = order.per_minute / self._share / MINUTE_SECONDS
        gathered = min(most, left + (now - at) * pace)
        self._left[order.party] = gathered, now
        return gathered

    def _take(self, order: PartyOrder) -> bool:
        gathered = self._gathered(order)
        if gathered < 1:
            return False
        self._left[order.party] = gathered - 1, self._left[order.party][1]
        return True

    def _orders(self) -> Mapping[str, PartyOrder]:
        now = self._clock.monotonic()
        if now - self._read_at >= REFRESH_SECONDS:
            self._read_at = now
            self._refresh()
        return self._known

    def _refresh(self) -> None:
        try:
            with self._store.read() as tx:
                found = tx.party_orders()
        except StoreDown:
            return
        known = {name: order for name, order in found.items() if order.says}
        for name in sorted(known.keys() | self._known.keys()):
            if known.get(name) != self._known.get(name):
                self._tell(found[name])
                self._left.pop(name, None)
        self._known = known

    def _tell(self, order: PartyOrder) -> None:
        fields = {"party": order.party, "state": order.state or "open", "reason": order.reason}
        self._observe(Fact("party_ordered", {**fields, "count": order.per_minute}))
