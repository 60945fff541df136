"""The terminal's Ctrl-C: it reaches a whole group, and people press it more than once.

When a node ends is for its keeper to order; and what cleans up is not to be interrupted itself.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, Never

ENDING: Final = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def out_of_reach() -> Iterator[None]:
    """Processes started inside hear no SIGINT, from their first instruction on."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def first_only() -> Iterator[None]:
    """The first SIGINT or SIGTERM interrupts what runs inside; those that follow are let pass.

    So what is left behind after an interruption is left whole. SIGQUIT still ends the process.
    """

    def interrupt(_number: int, _frame: FrameType | None) -> Never:
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = [signal.signal(number, interrupt) for number in ENDING]
    try:
        yield
    finally:
        for number, handler in zip(ENDING, before, strict=True):
            signal.signal(number, handler)
