"""What backing up needs from below; adapters are handed in by wiring.

`where` is the address of a store as settings spell it (sqlite:///… or postgresql+psycopg://…).
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from hub.clock import Instant
from ops.backup.manifest import Position


class Target(Protocol):
    """Where backups go: whole files by name, on other ground than the store.

    Every method raises TargetDown `backup_target_down`; asking for a missing file raises
    Damaged `backup_file_missing`.
    """

    def put(self, name: str, content: bytes) -> str:
        """Store a file durably, completely or not at all; returns its SHA-256."""
        ...

    def put_file(self, name: str, source: Path) -> tuple[str, int]:
        """Store a copy of a file; returns SHA-256 and length in octets."""
        ...

    def get(self, name: str) -> bytes:
        """The content of a file."""
        ...

    def fetch(self, name: str, to: Path) -> str:
        """Copy a file out; returns the SHA-256 of what was copied."""
        ...

    def digest(self, name: str) -> str:
        """SHA-256 of a file."""
        ...

    def names(self, folder: str) -> list[str]:
        """The names directly below a folder, sorted."""
        ...

    def remove(self, name: str) -> None:
        """Remove a file, or a folder with all below."""
        ...


@dataclass(frozen=True, slots=True)
class Recovered:
    """A copy that answers at `where` (which may hold a password) and lies at `data`.

    Everything committed before `reached_at` is in it.
    """

    where: str = field(repr=False)
    data: Path
    reached_at: Instant


class Database(Protocol):
    """One way of copying a running database and of making a copy live again."""

    def copy(self, set_id: str) -> Position:
        """Copy what is committed now to the backup's ground; returns where it lies."""
        ...

    def check(self, position: Position) -> None:
        """Hold the copy against its digests.

        Raises:
            Damaged: when it or what must be rolled over it is missing or other than written.
        """
        ...

    def recover(
        self, position: Position, to: Path, until: Instant | None
    ) -> AbstractContextManager[Recovered]:
        """Make the copy live in a new folder, rolled forward to a moment or as far as possible."""
        ...

    def forget(self, position: Position) -> None:
        """Delete the copy."""
        ...

    def tidy(self, stay: Sequence[Position]) -> None:
        """Delete what no remaining copy needs for being rolled forward."""
        ...


class Store(Protocol):
    """What only the store itself can say or do."""

    def checkpoint(self) -> tuple[str, int, bytes]:
        """Incarnation, number and hash of the live store's last checkpoint; 0 before any."""
        ...

    def require(self, where: str, number: int, hash_: bytes) -> None:
        """Walk the journal of a copy and find the checkpoint in it.

        Raises:
            Damaged: when the chain breaks or the checkpoint is not there.
        """
        ...

    def new_incarnation(self, where: str) -> str:
        """Give a copy a new life (protocol 9): new incarnation, state RECOVERING."""
        ...
