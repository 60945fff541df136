"""A channel under standing orders: drained it only receives, disabled it does neither.

What it holds stays in it; rows that wait for it go another way by the selector's own rule, because
its health says what is ordered.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final, Generic

from hub.clock import Clock
from hub.errors import ChannelDown, StoreDown
from hub.exchange.model import (
    ChannelHealth,
    ChannelState,
    Incoming,
    MessageClass,
    Outcome,
    Outgoing,
)
from hub.exchange.orders import OPEN, Order
from hub.exchange.ports import Channel, Store, T
from hub.observer import Fact, Observer

REFRESH_SECONDS: Final = 1.0


class StandingOrders(Generic[T]):
    """What is ordered now, as one process sees it: read from the store once a second.

    A store that is away changes nothing. Every change this process notices is a fact.
    """

    def __init__(self, store: Store[T], clock: Clock, observe: Observer) -> None:
        self._store = store
        self._clock = clock
        self._observe = observe
        self._known: Mapping[str, Order] = {}
        self._read_at = float("-inf")

    def of(self, channel: str) -> Order | None:
        """The order for a channel; None: there is none."""
        now = self._clock.monotonic()
        if now - self._read_at >= REFRESH_SECONDS:
            self._read_at = now
            self._refresh()
        order = self._known.get(channel)
        return order if order is not None and order.state != OPEN else None

    def _refresh(self) -> None:
        try:
            with self._store.read() as tx:
                found = tx.orders()
        except StoreDown:
            return
        for name, order in sorted(found.items()):
            if order != self._known.get(name) and (order.state or name in self._known):
                fields = {"channel": name, "state": order.state or "resumed"}
                self._observe(Fact("channel_ordered", {**fields, "reason": order.reason}))
        self._known = found


class OrderedChannel:
    """A channel that does as it is ordered; otherwise the channel itself."""

    def __init__(self, channel: Channel, order: Callable[[str], Order | None]) -> None:
        self._channel = channel
        self._order = order

    @property
    def name(self) -> str:
        """Name of the channel."""
        return self._channel.name

    def publish(self, outgoing: Sequence[Outgoing]) -> None:
        """Hand over for publishing.

        Raises:
            ChannelDown: `channel_ordered_out`, and what the channel itself says.
        """
        if self._order(self.name) is not None:
            raise ChannelDown("channel_ordered_out", channel=self.name)
        self._channel.publish(outgoing)

    def outcomes(self) -> list[Outcome]:
        """Outcomes since the last call; also of what was published before the order."""
        return self._channel.outcomes()

    def receive(self, limit: int, classes: Collection[MessageClass]) -> list[Incoming]:
        """What has arrived; nothing while it is disabled."""
        order = self._order(self.name)
        if order is not None and order.state == ChannelState.DISABLED:
            return []
        return self._channel.receive(limit, classes)

    def ack(self, tags: Collection[int]) -> None:
        """Forget these for good."""
        self._channel.ack(tags)

    def release(self, tags: Collection[int]) -> None:
        """Give these back."""
        self._channel.release(tags)

    def health(self) -> ChannelHealth:
        """Its own, with what is ordered in the place of a state that would be used."""
        health, order = self._channel.health(), self._order(self.name)
        if order is None or health.state is ChannelState.OPEN:
            return health
        return replace(health, state=ChannelState(order.state), reason=order.reason)

    def close(self) -> None:
        """End."""
        self._channel.close()
