"""The terminal's Ctrl-C reaches a whole group; when a node ends is for its keeper to order."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def out_of_reach() -> Iterator[None]:
    """Processes started inside hear no SIGINT, from their first instruction on."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
