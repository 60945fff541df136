"""A schedule on a thread of its own: the keeper goes on while a phase takes its time."""

import threading
from collections.abc import Callable

from ops.beside import Beside

SECONDS = 10.0


class Slow:
    """A schedule whose ticks last until they are let go."""

    def __init__(self) -> None:
        self.tokens: list[int] = []
        self.begun = threading.Semaphore(0)
        self.go = threading.Semaphore(0)
        self.fault: Callable[[], None] = lambda: None

    def tick(self, token: int) -> None:
        self.tokens.append(token)
        self.begun.release()
        assert self.go.acquire(timeout=SECONDS)
        self.fault()


def test_ticks_return_at_once_and_none_begins_while_one_is_under_way() -> None:
    slow = Slow()
    beside = Beside(slow)
    beside.tick(7)
    assert slow.begun.acquire(timeout=SECONDS)
    for token in (7, 8):
        beside.tick(token)
    assert [7] == slow.tokens
    slow.go.release()
    assert beside._idle.wait(SECONDS)
    beside.tick(8)
    assert slow.begun.acquire(timeout=SECONDS)
    slow.go.release()
    beside.close()
    assert [7, 8] == slow.tokens


def test_nothing_begins_after_the_end() -> None:
    slow = Slow()
    beside = Beside(slow)
    beside.close()
    beside.tick(7)
    assert not slow.begun.acquire(timeout=0.05)
    assert [] == slow.tokens
