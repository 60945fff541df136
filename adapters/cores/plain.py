"""One entry of a folder that somebody else fills: only a plain file is read, and nothing waits.

A pipe would hold up whoever opens it until somebody writes into it, and a device may never end.
"""

import errno
import os
import stat
from pathlib import Path
from typing import Final

NEVER_READ: Final = frozenset(
    {errno.ELOOP, errno.ENXIO, errno.ENODEV, errno.ENAMETOOLONG, errno.ENOTDIR}
)
"""What a link in a circle, a socket, a device of nobody's, or a link into nowhere says."""


class NotPlainError(OSError):
    """A folder, a pipe, a socket, a device: it has no octets that end."""


UNREADABLE: Final = (FileNotFoundError, PermissionError, NotPlainError)
"""One entry says nothing (gone, somebody else's, no file); the others are read all the same."""


def octets_of(path: Path, bytes_max: int) -> bytes:
    """The octets of a plain file, or of one a link leads to, at most `bytes_max` of them.

    Raises:
        OSError: one of `UNREADABLE` where it is this entry alone.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in NEVER_READ:
            raise NotPlainError(error.errno, "no plain file") from error
        raise
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise NotPlainError(errno.EINVAL, "no plain file")
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(bytes_max)
    finally:
        os.close(handle)
