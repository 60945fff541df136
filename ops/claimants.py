"""Who will not come back, of those that have claimed tasks.

They claim by the name of a process start (ops.wiring): `INSTANCE-SLOT-KEEPER-START`. No slot has a
hyphen, keeper and start are numbers. A slot is begun anew only when its process is dead; and one
that becomes active takes over from other instances, whose workers are dead, frozen or stand by.
"""

from collections.abc import Callable
from typing import Final

NUMBERS: Final = 2
"""Parts of a name behind the slot."""


def over(own: str) -> Callable[[str], bool]:
    """For one that begins by its own name: earlier ones of its slot, and other instances'.

    One of the same instance in another slot goes on beside it, or is begun anew and then frees
    what it had. Of a name in another form nothing is known; nor to one that bears such.
    """
    instance, slot = _parted(own)

    def gone(other: str) -> bool:
        its_instance, its_slot = _parted(other)
        if other == own or not slot or not its_slot:
            return False
        return its_instance != instance or its_slot == slot

    return gone


def _parted(worker: str) -> tuple[str, str]:
    """Instance and slot; an empty slot where the name has another form."""
    rest, *numbers = worker.rsplit("-", NUMBERS)
    instance, _, slot = rest.rpartition("-")
    known = len(numbers) == NUMBERS and all(map(str.isdigit, numbers))
    return (instance, slot) if known else (worker, "")
