"""How a node's process ends: what its errors mean to whoever started it."""

import sys
from collections.abc import Callable
from typing import Final

from hub.errors import Fenced, HubError, Misconfigured

EXIT_MISCONFIGURED: Final = 3
EXIT_FENCED: Final = 7


def exit_code(run: Callable[[], None]) -> int:
    """Run to the end; 0, or the code of the error, which is told in one line."""
    try:
        run()
    except Misconfigured as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_MISCONFIGURED
    except Fenced as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_FENCED
    except HubError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0
