"""Standard streams as the process was given them: closed, full, or with a reader that went away.

None of these is a fault of the program, so none ends in a traceback, and none changes what a
command has done.
"""

import os
import sys
from pathlib import Path
from typing import TextIO


def standard() -> tuple[TextIO, TextIO]:
    """Output and error. A closed one leads nowhere, and no file opened later takes its number."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    return sys.stdout or _nowhere(), sys.stderr or _nowhere()


def discard(stream: TextIO) -> None:
    """Let what is still to be written to a stream go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def emptied(stream: TextIO) -> None:
    """Have everything go out now; a reader that has seen enough is none of our business.

    Raises:
        OSError: it cannot be written.
    """
    try:
        stream.flush()
    except BrokenPipeError:
        discard(stream)


def file_of(stream: TextIO) -> Path | None:
    """The file a stream is written to; none: a terminal, a pipe, or what is no file at all."""
    try:
        path = Path(f"/proc/self/fd/{stream.fileno()}").readlink()
    except (OSError, ValueError):
        return None
    return path if path.is_file() else None


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")
