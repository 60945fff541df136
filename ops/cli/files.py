"""Files named on the command line: read with a limit, written whole or not at all."""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from hub.errors import Malformed, Misconfigured, TargetDown
from hub.voucher.attached import Given


def read(path: Path, bytes_max: int) -> bytes:
    """The octets of a file, at most `bytes_max` of them.

    Raises:
        Misconfigured: `file_missing`, `file_is_folder`.
        Malformed: `file_too_large`.
        TargetDown: `file_unreadable`.
    """
    try:
        with path.open("rb") as stream:
            octets = stream.read(bytes_max + 1)
    except FileNotFoundError:
        raise Misconfigured("file_missing", file=str(path)) from None
    except IsADirectoryError:
        raise Misconfigured("file_is_folder", file=str(path)) from None
    except (OSError, ValueError):
        raise TargetDown("file_unreadable", file=str(path)) from None
    if len(octets) > bytes_max:
        raise Malformed("file_too_large", bytes_max=bytes_max)
    return octets


def given(path: Path) -> Given:
    """Digest and length of a file of any size.

    Raises:
        Misconfigured, TargetDown: as `read`.
    """
    try:
        with path.open("rb") as stream:
            return Given(hashlib.file_digest(stream, "sha256").hexdigest(), stream.tell())
    except FileNotFoundError:
        raise Misconfigured("file_missing", file=str(path)) from None
    except IsADirectoryError:
        raise Misconfigured("file_is_folder", file=str(path)) from None
    except (OSError, ValueError):
        raise TargetDown("file_unreadable", file=str(path)) from None


def write(path: Path, octets: bytes) -> None:
    """Write a new file through a neighbour of it, so that no half file ever bears the name.

    What is no plain file (a device, a pipe, a folder) is never put aside for one.

    Raises:
        TargetDown: `file_unwritable`.
    """
    if not path.name or not _replaceable(path):
        raise TargetDown("file_unwritable", file=str(path))
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("xb") as stream:
            stream.write(octets)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    except (OSError, ValueError):
        with suppress(OSError):  # where nothing can be made, nothing can be removed either
            beside.unlink(missing_ok=True)
        raise TargetDown("file_unwritable", file=str(path)) from None


def _replaceable(path: Path) -> bool:
    try:
        return not path.exists() or path.is_file()
    except OSError:  # in a folder nobody may look into
        return False
