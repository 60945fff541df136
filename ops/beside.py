"""A schedule that ticks on a thread of its own, beside the keeper's loop.

A phase may ask cores, and a core may take a minute; the keeper's lease is renewed every half second
and over after three. Rules: one tick at a time, with the token of the moment it was asked for (a
takeover fences what it writes); what a tick raises ends the process like any thread's fault; a tick
still under way at the end is waited for a moment, then left: the next holder does it anew.
"""

import threading
from typing import Final

from ops.keep import Schedule

END_SECONDS: Final = 2.0


class Beside:
    """Passes ticks on; returns at once."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._token = 0
        self._wanted = threading.Semaphore(0)
        self._idle = threading.Event()
        self._idle.set()
        self._closed = False
        threading.Thread(target=self._run, name="schedule", daemon=True).start()

    def tick(self, token: int) -> None:
        """Start what is due, unless what was due before is still under way."""
        if self._idle.is_set() and not self._closed:
            self._idle.clear()
            self._token = token
            self._wanted.release()

    def close(self) -> None:
        """Begin nothing more; wait a moment for what is under way."""
        self._closed = True
        self._idle.wait(END_SECONDS)

    def _run(self) -> None:
        while True:
            self._wanted.acquire()
            try:
                self._schedule.tick(self._token)
            except Exception:
                if self._closed:  # its store may be gone by now
                    return
                raise
            finally:
                self._idle.set()
