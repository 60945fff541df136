"""A server that does not outlive whoever started it, not even when that is killed.

Beside each server runs a watcher: this file as a program. Its standard input is a pipe of the
starter's, and it holds the server by a handle (pidfd) that can never mean another process. The end
of the pipe means that the starter is gone: the watcher kills the server and ends. When the server
ends first, the watcher ends with it.

The kernel's own parent-death signal is no way: it comes when the *thread* that started the server
ends.
"""

import os
import select
import signal
import subprocess
import sys
from typing import Any


class Tied(subprocess.Popen[bytes]):
    """A process as `Popen` makes it, and its watcher; both are gone when `wait` has returned."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - those of Popen
        super().__init__(*arguments, **options)
        handle = os.pidfd_open(self.pid)
        try:
            self._watcher = subprocess.Popen(
                [sys.executable, "-I", "-S", __file__, str(handle)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(handle,),
                cwd="/",
                start_new_session=True,  # what the terminal sends to us is not for it
            )
        except BaseException:
            self.kill()
            super().wait()
            raise
        finally:
            os.close(handle)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the server; its watcher has nothing to do any more."""
        code = super().wait(timeout)
        self._watcher.communicate()
        return code

    def poll(self) -> int | None:
        """Its exit code when it has ended, and then its watcher has too."""
        code = super().poll()
        if code is not None:
            self._watcher.communicate()
        return code


def watch(handle: int) -> None:
    """Until the server ends, or kill it when standard input does."""
    ready, _, _ = select.select([0, handle], [], [])
    if handle not in ready:
        signal.pidfd_send_signal(handle, signal.SIGKILL)


if __name__ == "__main__":
    watch(int(sys.argv[1]))
