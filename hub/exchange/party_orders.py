"""Standing orders about parties: suspended, drained, or limited to so many vouchers a minute.

An order stands in the node's store until it is replaced, so every process of the node follows it
within a second, also after a restart. It drops nothing and refuses nothing: what may not come in is
held, which is no record and no notice, so its sender keeps it and sends it again; what may not go
out waits in the outbox.
- *Suspended*: nothing of the party is taken in, nothing goes out to it.
- *Draining*: no new originals of it are taken in, nor new ones sent to it; answers, recalls and
  statements go on, so that what was begun comes to its end.
- *Limited*: of what it acts in, no more is taken in than the limit; a minute's worth may gather.
  It is counted in the store, by the transaction that records (hub.exchange.limiting); what stands
  here only keeps a flood from being opened.
"""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final, Protocol

from hub.clock import Clock, Instant
from hub.errors import StoreDown
from hub.exchange import allowance
from hub.observer import Fact, Observer
from hub.parties import Party
from hub.voucher.model import LayerType

OPEN: Final = ""
DRAINING: Final = "draining"
SUSPENDED: Final = "suspended"
STATES: Final = (OPEN, DRAINING, SUSPENDED)
UNLIMITED: Final = 0
REFRESH_SECONDS: Final = 0.5


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

    def lock_allowance(self, party: str) -> int:
        """When a minute's worth of a limited party will have gathered (hub.exchange.allowance).

        0: nothing was ever counted. Nobody else is told until this transaction is over.
        """
        ...

    def put_allowance(self, party: str, full_at: int) -> None:
        """Write it."""
        ...

    def allowances(self) -> Mapping[str, int]:
        """The same of every party that was ever limited, as it stands."""
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

    @property
    def now(self) -> Instant:
        """The store's clock."""
        ...

    def party_orders(self) -> Mapping[str, PartyOrder]:
        """The newest order of every party that ever had one."""
        ...

    def allowances(self) -> Mapping[str, int]:
        """When a minute's worth of each limited party will have gathered."""
        ...


class Readable(Protocol):
    """A node's store, as far as these orders are concerned."""

    def read(self) -> AbstractContextManager[Reading]:
        """A read-only view of one moment."""
        ...


class PartyOrders:
    """What is ordered now, as one process sees it: read from the store twice a second.

    A store that is away changes nothing. Every change this process notices is a fact.
    """

    def __init__(self, store: Readable, clock: Clock, observe: Observer) -> None:
        self._store = store
        self._clock = clock
        self._observe = observe
        self._known: Mapping[str, PartyOrder] = {}
        self._limits: Mapping[str, int] = {}
        self._read_at = float("-inf")
        self._owed: dict[str, tuple[int, float]] = {}
        """By limited party: nanoseconds until a minute's worth has gathered, at which moment."""

    def holds(self, party: Party, layer: LayerType) -> str:
        """Why a verified layer of this party is not taken in now; empty: none known."""
        order = self._orders().get(str(party))
        if order is None:
            return ""
        if order.state == SUSPENDED:
            return "party_suspended"
        if order.state == DRAINING and layer is LayerType.ORIGINAL:
            return "party_draining"
        return self._limited(order)

    def limits(self) -> Mapping[str, int]:
        """By party: how many a minute, as last read; asks no store: a transaction may be open."""
        return self._limits

    def counted(self, party: str, owed_ns: int) -> None:
        """A transaction has counted: so long until a minute's worth has gathered."""
        self._owed[party] = owed_ns, self._clock.monotonic()

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
        return self._limited(order)

    def _limited(self, order: PartyOrder) -> str:
        if not order.per_minute:
            return ""
        owed, at = self._owed.get(order.party, (0, 0.0))
        passed = int((self._clock.monotonic() - at) * 1_000_000_000)
        return "" if allowance.room(order.per_minute, max(0, owed - passed)) else "party_limited"

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
                limited = {name: o.per_minute for name, o in found.items() if o.per_minute}
                full_at = tx.allowances() if limited else {}
                now, moment = tx.now, self._clock.monotonic()
        except StoreDown:
            return
        self._limits = limited
        self._owed = {
            name: (allowance.owed_ns(full_at.get(name, 0), now), moment) for name in limited
        }
        known = {name: order for name, order in found.items() if order.says}
        for name in sorted(known.keys() | self._known.keys()):
            if known.get(name) != self._known.get(name):
                self._tell(found[name])
        self._known = known

    def _tell(self, order: PartyOrder) -> None:
        fields = {"party": order.party, "state": order.state or "open", "reason": order.reason}
        self._observe(Fact("party_ordered", {**fields, "count": order.per_minute}))
