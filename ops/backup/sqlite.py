"""Copy and recover a SQLite store: an online snapshot, rolled forward by the shipped segments.

The snapshot is consistent by itself. The segments after the number that was on the target when it
began may hold pages it already has; they are whole pages, so writing them again is harmless, as
long as the row goes at least to where the snapshot ended. A shorter row is not used at all.
"""

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hub.clock import Clock, Instant
from hub.errors import Damaged, RuleBroken
from ops.backup import stream
from ops.backup.manifest import Position
from ops.backup.ports import Recovered, Target
from ops.backup.segment import Place, Segment, reached

FILE = "hub.sqlite"


@dataclass(frozen=True, slots=True)
class SqliteTools:
    """What the store's adapter does for us (adapters.store.sqlite_follow)."""

    snapshot: Callable[[Path, Path], None]
    committed: Callable[[Path], Place]
    check_pages: Callable[[Path], None]
    write_pages: Callable[[Path, int, int, dict[int, bytes]], None]


class SqliteDatabase:
    """One store's file, its copies and its stream on a target."""

    def __init__(self, file: Path, target: Target, tools: SqliteTools, clock: Clock) -> None:
        self._file = file
        self._target = target
        self._tools = tools
        self._clock = clock

    def copy(self, set_id: str) -> Position:
        """Take a snapshot and put it on the target."""
        last = stream.newest(self._target)
        with tempfile.TemporaryDirectory(dir=self._file.parent, prefix=".backup-") as folder:
            taken = Path(folder) / FILE
            self._tools.snapshot(self._file, taken)
            end = self._tools.committed(self._file)
            made_at = self._clock.now()
            name = f"sets/{set_id}/database/{FILE}"
            digest, length = self._target.put_file(name, taken)
        named, after = last or ("", 0)
        return {
            "kind": "sqlite", "name": name, "sha256": digest, "bytes": length, "made_at": made_at,
            "stream": named, "after": after, "salts": end.salts.hex(), "frame": end.frame,
        }  # fmt: skip

    def check(self, position: Position) -> None:
        """Hold the snapshot and the segments after it against their digests.

        Raises:
            Damaged: `copy_damaged`, or what a segment shows.
        """
        if self._target.digest(str(position["name"])) != position["sha256"]:
            raise Damaged("copy_damaged")
        for _ in self._after(position, None):
            pass

    @contextlib.contextmanager
    def recover(self, position: Position, to: Path, until: Instant | None) -> Iterator[Recovered]:
        """Put the snapshot into a new folder and roll it forward.

        Raises:
            RuleBroken: `set_too_new` when the moment lies before the snapshot.
            Damaged: `copy_damaged`, or what a segment shows. StoreDamaged: `store_damaged`.
        """
        made_at = Instant(int(position["made_at"]))
        if until is not None and until < made_at:
            raise RuleBroken("set_too_new")
        to.mkdir(parents=True, exist_ok=True)
        file = to / FILE
        if self._target.fetch(str(position["name"]), file) != position["sha256"]:
            raise Damaged("copy_damaged")
        reached_at = self._roll(position, file, until) or made_at
        self._tools.check_pages(file)
        yield Recovered(f"sqlite:///{file}", file, reached_at)

    def forget(self, position: Position) -> None:
        """Delete the snapshot; `tidy` deletes its segments."""
        self._target.remove(str(position["name"]))

    def tidy(self, stay: Sequence[Position]) -> None:
        """Delete segments before every copy's begin, and old streams that no copy uses."""
        newest = stream.newest(self._target)
        for named in self._target.names(stream.FOLDER):
            begins = [int(one["after"]) for one in stay if one["stream"] == named]
            if begins:
                stream.cut(self._target, named, min(begins))
            elif newest is not None and named != newest[0]:
                self._target.remove(f"{stream.FOLDER}/{named}")

    def _roll(self, position: Position, file: Path, until: Instant | None) -> Instant | None:
        """Write the segments, if they reach what the snapshot holds; two passes, no memory."""
        salts, frame = bytes.fromhex(str(position["salts"])), int(position["frame"])
        last = None
        for one in self._after(position, until):
            last = one
        if last is None or not reached(last.end, salts, frame):
            return None
        for one in self._after(position, last.made_at):
            if one.pages:
                self._tools.write_pages(file, one.page_bytes, one.pages_total, one.pages)
        return last.made_at

    def _after(self, position: Position, until: Instant | None) -> Iterator[Segment]:
        named = str(position["stream"])
        if not named:
            return iter(())
        return stream.segments(self._target, named, int(position["after"]), until)
