"""What may happen by chance to a message in a memory channel."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weather:
    """Probabilities (0 to 1) of what may happen to one message; ticks for what comes late."""

    drop: float = 0.0
    """Confirmed, yet it never arrives."""
    duplicate: float = 0.0
    """It arrives twice."""
    delay: float = 0.0
    """It arrives 1 to `delay_ticks` later."""
    delay_ticks: int = 10
    reorder: float = 0.0
    """It overtakes some of what waits in the queue."""
    refuse: float = 0.0
    """Nacked: not stored."""
    unknown: float = 0.0
    """The confirm is lost: outcome UNKNOWN, stored or not by the toss of a coin."""
    confirm_ticks: int = 0
    """Every confirm comes this much later."""
