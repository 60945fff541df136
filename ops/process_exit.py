"""How a node's process ends: one JSON line on standard error, and the exit code of the reason."""

import os
import threading
from collections.abc import Callable

from hub.errors import HubError
from ops.exits import Exit, exit_of
from ops.logs import log_end


def exit_code(process: str, run: Callable[[], None]) -> int:
    """Run to the end; 0, or the code of the error, which is told in one line."""
    threading.excepthook = lambda args: _thread_ended(process, args)
    try:
        run()
    except HubError as error:
        log_end(process, error)
        return int(exit_of(error))
    except Exception as error:  # noqa: BLE001 - the top of the process
        log_end(process, error)
        return int(Exit.BUG)
    return int(Exit.DONE)


def _thread_ended(process: str, args: threading.ExceptHookArgs) -> None:
    """A thread that is gone would be missed by nobody: the process goes with it."""
    if args.exc_value is not None:
        log_end(process, args.exc_value)
    os._exit(Exit.BUG)
