"""The lease row, kept apart from the data it guards."""

from dataclasses import dataclass
from typing import Protocol

from hub.clock import Instant


@dataclass(frozen=True, slots=True)
class LeaseState:
    """The row after a call, with the store's clock at that moment."""

    holder: str
    """Name of the holding node instance, empty when released."""
    token: int
    """Counts up each time the holder changes."""
    expires_at: Instant
    now: Instant


class LeaseStore(Protocol):
    """Short transactions of its own; expiry is judged by the store's clock."""

    def renew(self, holder: str, ttl_ms: int) -> LeaseState:
        """Take it when it is free or expired (token + 1), extend it when it is already held.

        When another holds it, nothing changes and the row tells who.

        Raises:
            StoreDown: cannot tell.
        """
        ...

    def read(self) -> LeaseState:
        """The row as it is.

        Raises:
            StoreDown: cannot tell.
        """
        ...

    def release(self, holder: str) -> LeaseState:
        """Give it up, if held by this holder: the next `renew` of anybody takes it.

        Raises:
            StoreDown: cannot tell.
        """
        ...

    def hand_over(self, to: str, ttl_ms: int, token: int | None = None) -> LeaseState:
        """Give it to another instance for so long, whoever holds it (token + 1); its own: nothing.

        `token`: only while it bears this one; else nothing changes and the row tells who holds it.
        That instance renews it, or it runs out and is anybody's.

        Raises:
            StoreDown: cannot tell.
        """
        ...
