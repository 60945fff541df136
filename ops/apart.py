"""What the top of a worker does when a batch brings out a fault of this program.

A programming error ends the process (the keeper starts another). Before it does, the batch is gone
through piece by piece, so that the next process does not fall over the same thing: what holds is
recorded, what fails by itself is set aside. Content decides, never a count: a piece fails alone or
it does not. An error that no content can bring out (memory, disk, a foreign library) is not caught.
"""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from hub.desks.model import Task
from hub.errors import Damaged, TargetDown
from hub.exchange.model import Incoming

FAULTS: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    Damaged,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What content can bring out; `Damaged` is a stored row that contradicts its digest."""

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
    """Record what holds of a batch, set aside what fails alone; then all may be acknowledged."""
    for incoming in batch:
        if not _fails(lambda incoming=incoming: receiver.receive([incoming])):  # type: ignore[misc]
            continue
        try:
            count = receiver.items(incoming)
        except FAULTS:
            receiver.set_aside(incoming, None)
            continue
        for index in range(count):
            if _fails(lambda i=index, one=incoming: receiver.receive_item(one, i)):  # type: ignore[misc]
                receiver.set_aside(incoming, index)


def work_apart(desk: Desk) -> None:
    """Work the tasks that are under way one by one; park what fails alone.

    What an archive that is away holds up is left: it comes again when its claim expires.
    """
    for task in tuple(desk.under_way):
        try:
            if _fails(lambda task=task: desk.again(task)):  # type: ignore[misc]
                desk.set_aside(task, "task_fault")
        except TargetDown as error:
            if error.code not in AWAY:
                raise


def _fails(act: Callable[[], None]) -> bool:
    try:
        act()
    except FAULTS:
        return True
    return False
