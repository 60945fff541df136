"""Who will not come back, of those that have claimed tasks.

They claim by the name of a process start (ops.wiring): `INSTANCE-SLOT-KEEPER-START`. No slot has a
hyphen; keeper and start, in ms, are numbers. A slot is begun anew only when its process is dead;
and one that becomes active takes over from other instances, whose workers are dead, frozen or stand
by.
"""

import re
from collections.abc import Callable
from typing import Final

from ops.settings import WORKER

NUMBERS: Final = 2
"""Parts of a name behind the slot."""
LIVED_MS: Final = 60_000
"""One of the same slot that began less long ago has died young: of what it had claimed, perhaps."""
_WORKER: Final = re.compile(rf"{WORKER}(0|[1-9][0-9]*)", re.ASCII)


def over(own: str, workers: int) -> Callable[[str], bool]:
    """For one of so many workers, that begins by its own name: which others are gone.

    Earlier ones of its slot, and other instances'. One of the same instance in another slot goes on
    beside it, or is begun anew and then frees what it had; but where an earlier keeper led more
    than are set now, those beyond are begun by nobody. Under the same keeper an earlier one of the
    slot is passed over if it began less than a minute before: a task that kills whoever takes it
    up would kill each at its beginning; what it claimed waits until the claim ends, and others are
    served meanwhile. Of a name in another form nothing is known; nor to one that bears such.
    """
    instance, slot, keeper, start = _parted(own)

    def gone(other: str) -> bool:
        its_instance, its_slot, its_keeper, its_start = _parted(other)
        if other == own or not slot or not its_slot:
            return False
        if its_instance != instance:
            return True
        if its_slot == slot:
            return its_keeper != keeper or start - its_start >= LIVED_MS
        number = _WORKER.fullmatch(its_slot)
        left_out = number is not None and int(number[1]) >= workers
        return left_out and its_keeper != keeper and its_start < start

    return gone


def _parted(worker: str) -> tuple[str, str, int, int]:
    """Instance, slot, keeper and start; an empty slot where the name has another form."""
    rest, *numbers = worker.rsplit("-", NUMBERS)
    instance, _, slot = rest.rpartition("-")
    if len(numbers) != NUMBERS or not all(map(str.isdigit, numbers)):
        return worker, "", 0, 0
    keeper, start = map(int, numbers)
    return instance, slot, keeper, start
