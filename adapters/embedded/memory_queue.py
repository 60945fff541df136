"""A queue of a memory broker: what can be fetched now, and what comes late."""

from collections import deque
from dataclasses import dataclass, field
from random import Random

from adapters.embedded.memory_weather import Weather
from hub.parties import NodeId


@dataclass(slots=True)
class Stored:
    """One message."""

    sender: NodeId
    octets: bytes
    redelivered: bool = False


@dataclass(slots=True)
class Queue:
    """Of one node and class."""

    ready: deque[Stored] = field(default_factory=deque)
    late: list[tuple[int, Stored]] = field(default_factory=list)
    """From which tick on it can be fetched."""

    def store(self, stored: Stored, weather: Weather, chance: Random, tick: int) -> None:
        """Keep it at its end, or as the weather has it."""
        if weather.delay and chance.random() < weather.delay:
            self.late.append((tick + chance.randint(1, weather.delay_ticks), stored))
        elif weather.reorder and chance.random() < weather.reorder:
            self.ready.insert(chance.randint(0, len(self.ready)), stored)
        else:
            self.ready.append(stored)

    def ripen(self, tick: int) -> bool:
        """What was late until now can be fetched; whether there is any."""
        due = [stored for at, stored in self.late if at <= tick]
        self.late = [(at, stored) for at, stored in self.late if at > tick]
        self.ready.extend(due)
        return bool(due)
