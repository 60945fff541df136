"""Standing orders of operators: a channel that is drained or disabled.

An order stands in the node's store until it is taken back, so every process of the node follows
it, also after a restart. It never loses anything: what may not go this way goes another, or waits.
A reason is one word of an operator's own (`upgrade`, `ticket-123`): it reaches logs.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from hub.clock import Instant
from hub.errors import Misconfigured
from hub.exchange.model import ChannelState

OPEN: Final = ""
"""No order: the channel is judged by its health alone."""
CHANNEL_ORDERS: Final = (OPEN, ChannelState.DRAINING.value, ChannelState.DISABLED.value)
_REASON: Final = re.compile(r"[0-9A-Za-z_.-]{1,60}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Order:
    """What is ordered of a channel, since when and why."""

    channel: str
    state: str
    """`draining` (receives, does not send), `disabled` (neither), or empty: taken back."""
    reason: str
    at: Instant


class Ordering(Protocol):
    """The verbs of a transaction that standing orders rest on."""

    def put_order(self, order: Order) -> None:
        """Record an order; it replaces the channel's earlier one."""
        ...

    def orders(self) -> Mapping[str, Order]:
        """The newest order of every channel that ever had one."""
        ...


def required_reason(reason: str) -> str:
    """The reason, if it is one word.

    Raises:
        Misconfigured: `reason_format`.
    """
    if _REASON.fullmatch(reason) is None:
        raise Misconfigured("reason_format")
    return reason
