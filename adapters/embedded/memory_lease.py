"""The lease row in memory: the double of `adapters/store/lease`, for the simulator."""

from hub.clock import Clock, Instant
from hub.lease.ports import LeaseState


class MemoryLease:
    """One row that all instances of a node share; time is the given clock's."""

    def __init__(self, clock: Clock, floor: int = 0) -> None:
        self._clock = clock
        self._holder = ""
        self._token = floor
        self._expires_at = Instant(0)

    def renew(self, holder: str, ttl_ms: int) -> LeaseState:
        """Take it when it is free or expired, extend it when it is already held."""
        assert holder, "a holder needs a name"
        now = self._clock.now()
        if holder != self._holder and (not self._holder or self._expires_at <= now):
            self._holder = holder
            self._token += 1
        if holder == self._holder:
            self._expires_at = Instant(now + ttl_ms)
        return self.read()

    def read(self) -> LeaseState:
        """The row as it is."""
        return LeaseState(self._holder, self._token, self._expires_at, self._clock.now())

    def release(self, holder: str) -> LeaseState:
        """Give it up, if held by this holder."""
        if holder == self._holder:
            self._holder = ""
            self._expires_at = self._clock.now()
        return self.read()

    def hand_over(self, to: str, ttl_ms: int, token: int | None = None) -> LeaseState:
        """Give it to another instance, whoever holds it, or holds it under this token."""
        if to != self._holder and token in {None, self._token}:
            self._holder = to
            self._token += 1
            self._expires_at = Instant(self._clock.now() + ttl_ms)
        return self.read()
