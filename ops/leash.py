"""The leash between a keeper and its children: one pipe, one word a line.

The keeper writes `active`, `standby` or `stop`; the end of the pipe means the keeper is gone, and
the child ends too (protocol 6): no child outlives its keeper. The other way the child's standard
output carries what it counts (ops.tally); the keeper reads it without waiting.
"""

import os
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from subprocess import PIPE, Popen, TimeoutExpired
from typing import IO, Final

from ops.bell import Bell
from ops.terminal import out_of_reach

WORDS: Final = ("active", "standby", "stop")
HEAR_BYTES: Final = 1 << 16


class Leash:
    """The child's end: what the keeper said last. Every word rings the bell."""

    def __init__(self, pipe: IO[str], bell: Bell | None = None) -> None:
        """`bell`: the one this process waits for; one of its own unless given."""
        self._bell = bell or Bell()
        self._word = "standby"
        self._let_go = False
        self._pipe = pipe
        threading.Thread(target=self._listen, name="leash", daemon=True).start()

    @property
    def active(self) -> bool:
        """Whether this process may consume and send."""
        return self._word == "active"

    @property
    def stopping(self) -> bool:
        """Whether this process must end."""
        return self._let_go or self._word == "stop"

    def let_go(self) -> None:
        """End this process in order, of its own accord; its keeper begins another."""
        self._let_go = True
        self.wake()

    def wake(self) -> None:
        """End the rest, or the next one; from any thread."""
        self._bell.ring()

    def rest(self, seconds: float) -> bool:
        """Sleep until something wakes or the time is over; whether it was woken."""
        return self._bell.wait(seconds)

    def pause(self, seconds: float) -> None:
        """Sleep whatever happens; for moments. What rings meanwhile ends the next rest."""
        time.sleep(max(0.0, seconds))

    def _listen(self) -> None:
        for line in self._pipe:
            word = line.strip()
            if word in WORDS:
                self._word = word
                self.wake()
        self._word = "stop"
        self.wake()


def held(bell: Bell | None = None) -> Leash:
    """The leash of this process: its standard input."""
    return Leash(sys.stdin, bell)


class Child:
    """The keeper's end: one child process, started by exec."""

    def __init__(self, name: str, arguments: Sequence[str], bells: Sequence[Bell] = ()) -> None:
        """`bells` are inherited, under the same numbers."""
        self.name = name
        handles = [bell.handle for bell in bells]
        with out_of_reach():
            self._process = Popen(  # no shell; arguments are ours
                [sys.executable, *arguments],
                stdin=PIPE,
                stdout=PIPE,
                text=True,
                pass_fds=handles,
            )
        assert self._process.stdout is not None
        os.set_blocking(self._process.stdout.fileno(), False)
        self._unread = b""

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """How it ended: its exit code, a signal as its negative number; None while it runs."""
        return self._process.poll()

    def heard(self) -> list[str]:
        """Whole lines it has said since the last call."""
        pipe = self._process.stdout
        assert pipe is not None
        try:
            self._unread += os.read(pipe.fileno(), HEAR_BYTES)
        except BlockingIOError:
            return []
        *lines, self._unread = self._unread.split(b"\n")
        return [line.decode(errors="replace") for line in lines]

    def say(self, word: str) -> None:
        """Tell it; a child that is gone hears nothing."""
        assert word in WORDS
        pipe = self._process.stdin
        assert pipe is not None
        try:
            pipe.write(word + "\n")
            pipe.flush()
        except BrokenPipeError:
            return

    def kill(self) -> None:
        """End it by force, at once; `alive` tells when it is gone."""
        self._process.kill()

    def end(self, seconds: float) -> None:
        """Stop it in order, then by force."""
        self.say("stop")
        try:
            self._process.wait(seconds)
        except TimeoutExpired:
            self._process.kill()
        self._process.wait()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):  # what it never read goes with it
            self._process.stdin.close()
        self._process.stdout.close()
