"""The machine's clock: the only place that reads it for the hub."""

import time

from hub.clock import Instant


class SystemClock:
    """Wall and monotonic time of this machine."""

    def now(self) -> Instant:
        """Wall time in milliseconds."""
        return Instant(time.time_ns() // 1_000_000)

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()
