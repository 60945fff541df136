"""Time of a simulated world: one wall clock, moved by hand; what runs at a site may be off."""

from hub.clock import Instant

START = Instant(1_800_000_000_000)


class SimClock:
    """Wall and monotonic time that move together."""

    def __init__(self, start: Instant = START) -> None:
        self._now = int(start)

    def advance(self, ms: int) -> None:
        self._now += ms

    def now(self) -> Instant:
        return Instant(self._now)

    def monotonic(self) -> float:
        return self._now / 1000


class SiteClock:
    """The clock of one site's machine."""

    def __init__(self, world: SimClock) -> None:
        self._world = world
        self.behind_ms = 0

    def now(self) -> Instant:
        return Instant(self._world.now() - self.behind_ms)

    def monotonic(self) -> float:
        return self._world.monotonic()
