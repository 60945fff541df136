"""The backup target: a folder, usually on another machine's disk.

A file is there completely or not at all: written beside its place, flushed, renamed, and the
folder flushed. A name is a relative path of plain words; nothing outside the folder is touched.
"""

import contextlib
import errno
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from hub.errors import Damaged, Misconfigured, TargetDown

_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*")
_PARTIAL: Final = ".partial"
_CHUNK: Final = 1 << 20


class FolderTarget:
    """Files by name below one folder.

    Every method raises TargetDown `backup_target_down` when the folder cannot be used, and
    Damaged `backup_file_missing` when a file that is asked for is not there.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, name: str, content: bytes) -> str:
        """Store a file; returns its SHA-256."""
        with _translated(name), self._placing(name) as file:
            file.write(content)
        return hashlib.sha256(content).hexdigest()

    def put_file(self, name: str, source: Path) -> tuple[str, int]:
        """Store a copy of a file in pieces of 1 MB; returns SHA-256 and length in octets."""
        digest = hashlib.sha256()
        length = 0
        with _translated(name), source.open("rb") as read, self._placing(name) as file:
            while chunk := read.read(_CHUNK):
                digest.update(chunk)
                length += len(chunk)
                file.write(chunk)
        return digest.hexdigest(), length

    def get(self, name: str) -> bytes:
        """The content of a file."""
        with _translated(name):
            return self._path(name).read_bytes()

    def fetch(self, name: str, to: Path) -> str:
        """Copy a file out; returns the SHA-256 of what was copied."""
        digest = hashlib.sha256()
        with _translated(name), self._path(name).open("rb") as read, to.open("wb") as file:
            while chunk := read.read(_CHUNK):
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        return digest.hexdigest()

    def digest(self, name: str) -> str:
        """SHA-256 of a file."""
        with _translated(name), self._path(name).open("rb") as read:
            return hashlib.file_digest(read, "sha256").hexdigest()

    def names(self, folder: str) -> list[str]:
        """The names directly below a folder, sorted; nothing when it does not exist."""
        with _translated(folder):
            place = self._path(folder)
            if not place.is_dir():
                return []
            return sorted(entry.name for entry in place.iterdir() if entry.suffix != _PARTIAL)

    def remove(self, name: str) -> None:
        """Remove a file, or a folder with all below; nothing happens when it is gone already."""
        with _translated(name):
            place = self._path(name)
            if place.is_dir():
                shutil.rmtree(place)
            else:
                place.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise Misconfigured("backup_name", name=name)
        return self.root / name

    @contextlib.contextmanager
    def _placing(self, name: str) -> Iterator[IO[bytes]]:
        place = self._path(name)
        place.parent.mkdir(parents=True, exist_ok=True)
        partial = place.with_name(place.name + _PARTIAL)
        with partial.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(place)
        folder = os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextlib.contextmanager
def _translated(name: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as gone:
        raise Damaged("backup_file_missing", name=name) from gone
    except OSError as wrong:
        reason = errno.errorcode.get(wrong.errno or 0, "unknown")
        raise TargetDown("backup_target_down", reason=reason) from wrong
