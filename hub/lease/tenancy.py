"""One node's view of the lease: mine, theirs, or cannot tell. Pure; time is monotonic seconds.

The deadline is measured from *before* the renewal was sent, so a slow answer never lengthens it.
Cannot tell: the tenant stays until its own deadline less the margin, then stands down by itself.
Another node takes over only when the store says that the lease has expired (protocol 6).
"""

from dataclasses import dataclass
from enum import StrEnum

from hub.lease.ports import LeaseState


class Standing(StrEnum):
    """What a node may do now."""

    ACTIVE = "active"
    STANDBY = "standby"


@dataclass(frozen=True, slots=True)
class Tenancy:
    """What is known; every call returns the next one."""

    me: str
    ttl_seconds: float
    margin_seconds: float
    deadline: float = float("-inf")
    """Monotonic; active before it, less the margin."""
    token: int = 0
    holder: str = ""

    def answered(self, asked_at: float, state: LeaseState) -> "Tenancy":
        """The store has answered a renewal that was sent at `asked_at`."""
        mine = state.holder == self.me
        return Tenancy(
            self.me,
            self.ttl_seconds,
            self.margin_seconds,
            asked_at + self.ttl_seconds if mine else float("-inf"),
            state.token,
            state.holder,
        )

    def standing(self, now: float) -> Standing:
        """Active only while the own deadline is certainly ahead."""
        if self.holder == self.me and now < self.deadline - self.margin_seconds:
            return Standing.ACTIVE
        return Standing.STANDBY
