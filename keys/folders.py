"""Folders and files of keys and trust: new, whole, and only what belongs there.

Rules of this file: a public file is written beside its place and renamed into it, so that nobody
ever reads half of one; folders with keys are 0700.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from hub.errors import Misconfigured
from keys.pem import from_pem

_BEGIN: Final = b"-----BEGIN CERTIFICATE-----"


def new_folder(path: Path) -> Path:
    """Make a folder, mode 0700, with its parents.

    Raises:
        Misconfigured: `folder_exists`.

    Source: protocol rule 14.3; protocol rule 14.5
    """
    try:
        path.mkdir(parents=True, mode=0o700)
    except FileExistsError as error:
        raise Misconfigured("folder_exists") from error
    return path


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """The place to fill a new folder in: it stands at `path` when all went well, else not at all.

    What an earlier filling left when its process was killed is removed first.

    Raises:
        Misconfigured: `folder_exists`.
        OSError: it cannot be made there.

    Source: protocol rule 14.3; protocol rule 14.5
    """
    if os.path.lexists(path):
        raise Misconfigured("folder_exists")
    beside = path.with_name(f".{path.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    try:
        yield beside
        beside.rename(path)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def write_public(path: Path, content: bytes) -> None:
    """Write a file anybody may read, atomically: afterwards the old or the new one stands there.

    Source: protocol rule 14.5
    """
    beside = path.with_name(f".{path.name}.new")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        with suppress(OSError):  # where nothing can be made, nothing can be removed either
            beside.unlink(missing_ok=True)
        raise


def read(path: Path, code: str) -> bytes:
    """The file's octets; a missing one is told by the code that the caller gives.

    Raises:
        Misconfigured: the given code, when it cannot be read.

    Source: protocol rule 14.5
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise Misconfigured(code, file=str(path)) from error


def certificate_file(path: Path) -> bytes:
    """DER octets of a certificate file, PEM or DER; nothing is judged.

    Raises:
        Misconfigured: `certificate_file_missing`.
        Malformed: `pem_form`.

    Source: RFC 7468, 2; protocol rule 14.5
    """
    content = read(path, "certificate_file_missing")
    return content if content[:1] == b"\x30" else from_pem(content)


def certificates_file(path: Path) -> list[bytes]:
    """DER octets of every certificate in a file: one in DER, or a bundle of any length in PEM.

    Raises:
        Misconfigured: `certificate_file_missing`.
        Malformed: `pem_form`.

    Source: RFC 7468, 2; protocol rule 14.5
    """
    content = read(path, "certificate_file_missing")
    if content[:1] == b"\x30":
        return [content]
    first, *blocks = content.split(_BEGIN)
    return [from_pem(_BEGIN + block) for block in blocks] or [from_pem(first)]
