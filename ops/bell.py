"""A bell: how whoever has something wakes whoever waits, in this process or another.

An event counter of the kernel. Ringing never waits, and rung often it is heard once. It says
"look", never what: whoever waits looks from time to time anyway, so a ring that is lost costs a
moment and nothing else. A child gets a bell of its keeper's by its number; nothing is shared but
the bell, so any process may be killed at any instant.
"""

import os
import select
from contextlib import suppress


class Bell:
    """One waits, anybody rings, from any thread."""

    def __init__(self, handle: int | None = None) -> None:
        """A new bell, or the one inherited under a number."""
        if handle is None:
            handle = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        else:
            os.set_inheritable(handle, False)
        self.handle = handle
        """What a child is started with."""
        self._poll = select.poll()
        self._poll.register(handle, select.POLLIN)

    def ring(self) -> None:
        """Wake whoever waits, or whoever comes to wait next."""
        with suppress(BlockingIOError):  # rung more often than anybody can count
            os.eventfd_write(self.handle, 1)

    def wait(self, seconds: float) -> bool:
        """Wait for a ring, at most so long; whether it has rung since the last wait."""
        if not self._poll.poll(seconds * 1000):
            return False
        with suppress(BlockingIOError):  # two waited
            os.eventfd_read(self.handle)
        return True
