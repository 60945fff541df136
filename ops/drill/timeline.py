"""The timeline of a drill, on the clock that never goes back."""

from hub.clock import Clock
from ops.drill.report import Event


class Timeline:
    """Marks steps as they happen."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began = clock.monotonic()
        self.events: list[Event] = []

    def mark(self, name: str) -> float:
        """Note a step; returns the clock's reading."""
        now = self._clock.monotonic()
        self.events.append(Event(name, now - self._began))
        return now
