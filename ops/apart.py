"""What the top of a worker does when a batch brings out a fault of this program.

A programming error ends the process (the keeper starts another). Before it does, the batch is gone
through piece by piece, so that the next process does not fall over the same thing: what holds is
recorded, what fails by itself is set aside. Content decides, never a count: a piece fails alone or
it does not. An error that no content can bring out (memory, disk, a foreign library) is not caught.

A store that cannot read its own files is nobody's fault of those that meet it: what holds is
recorded and worked, the rest is neither set aside nor parked nor forgotten, and comes again.
"""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from hub.desks.model import Task
from hub.errors import Damaged, StoreDamaged, TargetDown
from hub.exchange.model import Incoming

FAULTS: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    Damaged,
    LookupError,
    RecursionError,
    StoreDamaged,
    TypeError,
    ValueError,
)
"""What content can bring out; `Damaged` is a stored row that contradicts its digest.

`StoreDamaged` is among them for the sake of what is beside it, never to set anything aside.
"""

AWAY: Final = frozenset({"archive_away", "archive_unset"})
"""Codes of `TargetDown` which only those tasks meet that read what was archived."""


class Receiver(Protocol):
    """The exchange, as a worker uses it."""

    def receive(self, batch: Sequence[Incoming]) -> None:
        """Record a batch."""
        ...

    def items(self, incoming: Incoming) -> int:
        """How many items a channel message holds."""
        ...

    def receive_item(self, incoming: Incoming, index: int) -> None:
        """Record one of them."""
        ...

    def set_aside(self, incoming: Incoming, index: int | None) -> None:
        """Keep octets that fail by themselves, and look away for a while."""
        ...


class Desk(Protocol):
    """A party's desk, as a worker uses it."""

    def take_over(self) -> int:
        """Free the tasks of workers that are gone; returns how many."""
        ...

    def work(self, limit: int) -> int:
        """Do due tasks; returns how many were done."""
        ...

    @property
    def under_way(self) -> Sequence[Task]:
        """Tasks that `work` has claimed and was broken off with."""
        ...

    def again(self, task: Task) -> None:
        """Work one of them by itself."""
        ...

    def set_aside(self, task: Task, code: str) -> None:
        """Park one that fails by itself."""
        ...


def record_apart(receiver: Receiver, batch: Sequence[Incoming]) -> None:
    """Record what holds of a batch, set aside what fails alone; then all may be acknowledged.

    Raises:
        StoreDamaged: what holds is recorded, something else could not be: acknowledge nothing.
    """
    damage = None
    for incoming in batch:
        try:
            whole = not _fails(lambda incoming=incoming: receiver.receive([incoming]))  # type: ignore[misc]
        except StoreDamaged as error:
            damage, whole = error, False
        if not whole:
            damage = _record_items(receiver, incoming) or damage
    if damage is not None:
        raise damage


def _record_items(receiver: Receiver, incoming: Incoming) -> StoreDamaged | None:
    """Item by item; damage of the store that one of them met."""
    try:
        count = receiver.items(incoming)
    except StoreDamaged as error:
        return error
    except FAULTS:
        receiver.set_aside(incoming, None)
        return None
    damage = None
    for index in range(count):
        try:
            if _fails(lambda i=index: receiver.receive_item(incoming, i)):  # type: ignore[misc]
                receiver.set_aside(incoming, index)
        except StoreDamaged as error:
            damage = error
    return damage


def work_apart(desk: Desk) -> None:
    """Work the tasks that are under way one by one; park what fails alone.

    What an archive that is away or a damaged store holds up is left: it comes again when its claim
    expires.
    """
    for task in tuple(desk.under_way):
        try:
            if _fails(lambda task=task: desk.again(task)):  # type: ignore[misc]
                desk.set_aside(task, "task_fault")
        except StoreDamaged:
            continue
        except TargetDown as error:
            if error.code not in AWAY:
                raise


def _fails(act: Callable[[], None]) -> bool:
    try:
        act()
    except StoreDamaged:
        raise
    except FAULTS:
        return True
    return False
