"""Files that people carry: written on a medium whole or not at all, read from their beginning.

A file is written beside its place, flushed to the medium, and only then gets its name; the folder
is flushed, too. A file that is there is never written over. Nothing is kept in memory.

Whoever writes holds a lock on what is beside the place: of two commands that name one file the
second is refused, and what a killed one has left is begun anew.
"""

import errno
import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from hub.errors import Misconfigured, TargetDown

PARTIAL: Final = ".partial"


class MediumFile:
    """A file that is being written."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()
        self.octets = 0

    @property
    def digest(self) -> bytes:
        """SHA-256 of what was written so far."""
        return self._hash.digest()

    def write(self, octets: bytes) -> None:
        """Append.

        Raises:
            TargetDown: `carried_unwritable`.
        """
        self._hash.update(octets)
        self.octets += len(octets)
        try:
            self._stream.write(octets)
        except OSError as error:
            raise _unwritable(error) from error


@contextmanager
def writing(path: Path) -> Iterator[MediumFile]:
    """Write a new file; it gets its name when the block ends well, else nothing is left of it.

    Raises:
        Misconfigured: `carried_file_exists`: it is there, or somebody is writing it.
            TargetDown: `carried_unwritable`.
    """
    partial = path.with_name(path.name + PARTIAL)
    try:
        if path.exists():
            raise Misconfigured("carried_file_exists", file=path.name)
        stream = partial.open("ab")
    except OSError as error:
        raise _unwritable(error) from error
    try:
        _seize(stream, partial, path)
        try:
            yield MediumFile(stream)
            _end(stream)
            _place(partial, path)
        finally:
            with suppress(OSError):  # a medium that is gone
                partial.unlink(missing_ok=True)
    finally:
        _let_go(stream)  # the lock with it: last


def _seize(stream: IO[bytes], partial: Path, path: Path) -> None:
    """Lock it, and begin it anew; somebody else's may have got its name meanwhile."""
    try:
        fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        here = os.fstat(stream.fileno())
        if not partial.exists() or not os.path.samestat(here, partial.stat()):
            raise Misconfigured("carried_file_exists", file=path.name)
        if stat.S_ISREG(here.st_mode):
            stream.truncate(0)
    except BlockingIOError:
        raise Misconfigured("carried_file_exists", file=path.name) from None
    except OSError as error:
        raise _unwritable(error) from error


def _end(stream: IO[bytes]) -> None:
    try:
        stream.flush()
        os.fsync(stream.fileno())
    except OSError as error:
        raise _unwritable(error) from error


def _let_go(stream: IO[bytes]) -> None:
    """Closing flushes once more: what could not be written is told of already."""
    with suppress(OSError):
        stream.close()


def _place(partial: Path, path: Path) -> None:
    try:
        if path.exists():
            raise Misconfigured("carried_file_exists", file=path.name)
        partial.replace(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise _unwritable(error) from error


class MediumReading:
    """A file that is being read."""

    def __init__(self, stream: IO[bytes], size: int) -> None:
        self._stream = stream
        self.size = size
        """In octets, as it was opened."""

    def read(self, size: int) -> bytes:
        """At most so many octets; fewer at the end only.

        Raises:
            TargetDown: `carried_unreadable`.
        """
        try:
            return self._stream.read(size)
        except OSError as error:
            raise TargetDown("carried_unreadable", reason=_reason(error)) from error


@contextmanager
def reading(path: Path) -> Iterator[MediumReading]:
    """Read a file from its beginning.

    Raises:
        Misconfigured: `file_missing`. TargetDown: `carried_unreadable`.
    """
    try:
        stream = path.open("rb")
    except FileNotFoundError:
        raise Misconfigured("file_missing", file=str(path)) from None
    except OSError as error:
        raise TargetDown("carried_unreadable", reason=_reason(error)) from error
    with stream:
        yield MediumReading(stream, os.fstat(stream.fileno()).st_size)


def _unwritable(error: OSError) -> TargetDown:
    return TargetDown("carried_unwritable", reason=_reason(error))


def _reason(error: OSError) -> str:
    return errno.errorcode.get(error.errno or 0, "unknown")
