"""`hubctl backup now | list | verify | restore`: sets on a target.

Order is what makes a set consistent: first the checkpoint, then the files, then the database, then
the files again (they must not have changed), last the manifest. A set without a manifest is
unfinished and is never restored from. Nothing is restored over something, and what is restored has
a new incarnation before anybody can start it (protocol 9).
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hub.clock import Clock, Instant
from hub.errors import Damaged, HubError, Misconfigured, RuleBroken, StoreDamaged
from ops.backup import manifest
from ops.backup.manifest import Checkpoint, Manifest, Piece, Role
from ops.backup.ports import Database, Recovered, Store, Target
from ops.backup.retention import Kept, Policy, expendable

SETS: Final = "sets"
MANIFEST: Final = "manifest.json"
VERDICT: Final = "verdict.json"
Files = Mapping[Role, Sequence[Path]]


@dataclass(frozen=True, slots=True)
class SetState:
    """A set as listed: state is good, unverified, damaged or unfinished; code says why damaged."""

    set_id: str
    made_at: Instant | None
    kind: str
    state: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Restored:
    """A store that may be started, mute, in its new life; and the set's files beside it."""

    set_id: str
    data: Path
    incarnation: str
    reached_at: Instant
    seconds: float
    pieces: Mapping[str, Path]


class Backups:
    """The sets of one node.

    Args:
        node: its name, written into each manifest.
        files: what stands beside the database, by role.
        required: the roles without which no set is made.
    """

    def __init__(
        self,
        node: str,
        target: Target,
        database: Database,
        store: Store,
        files: Files,
        required: frozenset[Role],
        clock: Clock,
    ) -> None:
        self._node = node
        self._target = target
        self._database = database
        self._store = store
        self._files = files
        self._required = required
        self._clock = clock

    def now(self) -> Manifest:
        """Make a set and verify its digests; refused sets leave nothing behind.

        Raises:
            RuleBroken: `set_incomplete`, `plain_key` or `set_moved`.
            TargetDown: the target cannot be written.
        """
        set_id = manifest.set_name(self._clock.now())
        try:
            made = self._make(set_id)
            self._target.put(f"{SETS}/{set_id}/{MANIFEST}", manifest.write(made))
        except HubError:
            with contextlib.suppress(HubError):
                self._target.remove(f"{SETS}/{set_id}")
            raise
        self.verify(set_id)
        return made

    def sets(self) -> list[SetState]:
        """All sets, oldest first."""
        return [self._state(set_id) for set_id in self._target.names(SETS)]

    def verify(self, set_id: str, scratch: Path | None = None) -> Recovered | None:
        """Hold a set against its digests; with a scratch folder also restore it there and check it.

        The verdict is kept beside the set. The copy in the scratch folder is left for a look.

        Raises:
            Damaged, StoreDamaged: what is wrong; also kept as the verdict.
            RuleBroken: `set_unknown`.
        """
        seen: Recovered | None = None
        try:
            found = self._manifest(set_id)
            for one in found.pieces:
                manifest.check_piece(one, self._target.get(f"{SETS}/{set_id}/{one.name}"))
            self._database.check(found.database)
            if scratch is not None:
                with self._database.recover(found.database, _fresh(scratch), None) as seen:
                    _require(self._store, seen, found)
        except (Damaged, StoreDamaged) as wrong:
            self._judge(set_id, wrong.code)
            raise
        self._judge(set_id, "")
        return seen

    def restore(
        self, to: Path, set_id: str | None = None, until: Instant | None = None
    ) -> Restored:
        """Restore the named set, or the newest that reaches, into a new folder.

        Args:
            to: a new folder; the store lands below `data`, the files below `pieces`.
            set_id: a set; without it the newest one made before `until`.
            until: the moment to roll forward to; without it as far as possible.

        Raises:
            RuleBroken: `set_unknown` or `set_too_new`.
            Misconfigured: `folder_in_use`.
            Damaged, StoreDamaged: what is wrong with the set.
        """
        began = self._clock.monotonic()
        found = self._manifest(set_id or self._newest(until))
        _fresh(to)
        with self._database.recover(found.database, to / "data", until) as copy:
            _require(self._store, copy, found)
            incarnation = self._store.new_incarnation(copy.where)
        pieces = {one.name: self._fetch(found.set_id, one, to / "pieces") for one in found.pieces}
        seconds = self._clock.monotonic() - began
        return Restored(found.set_id, copy.data, incarnation, copy.reached_at, seconds, pieces)

    def prune(self, policy: Policy) -> list[str]:
        """Delete what retention no longer needs; returns the ids."""
        kept = [
            Kept(state.set_id, state.made_at, state.state == "good")
            for state in self.sets()
            if state.made_at is not None
        ]
        gone = expendable(kept, policy, self._clock.now())
        stay = [
            self._manifest(one.set_id).database
            for one in kept
            if one.set_id not in gone and one.good
        ]
        for set_id in gone:
            with contextlib.suppress(Damaged):
                self._database.forget(self._manifest(set_id).database)
            self._target.remove(f"{SETS}/{set_id}")
        self._database.tidy(stay)
        return gone

    def _make(self, set_id: str) -> Manifest:
        made_at = self._clock.now()
        life, number, hash_ = self._store.checkpoint()
        checkpoint = Checkpoint(life, number, hash_.hex())
        pieces = []
        for role, name, path in self._each_file():
            content = path.read_bytes()
            one = manifest.piece(role, name, content)
            self._target.put(f"{SETS}/{set_id}/{one.name}", content)
            pieces.append(one)
        manifest.require_roles(pieces, self._required)
        position = self._database.copy(set_id)
        after = [hashlib.sha256(path.read_bytes()).hexdigest() for *_, path in self._each_file()]
        if after != [one.sha256 for one in pieces]:
            raise RuleBroken("set_moved")
        return Manifest(set_id, self._node, made_at, checkpoint, position, tuple(pieces))

    def _each_file(self) -> Iterator[tuple[Role, str, Path]]:
        """Files by role; a name counts from the folder that all files of its role share."""
        for role in sorted(self._files):
            paths = self._files[role]
            shared = os.path.commonpath([path.parent for path in paths]) if paths else ""
            for path in paths:
                if not path.is_file():
                    raise RuleBroken("set_incomplete", role=role)
                yield role, path.relative_to(shared).as_posix(), path

    def _manifest(self, set_id: str) -> Manifest:
        known = set_id in self._target.names(SETS)
        if not known or MANIFEST not in self._target.names(f"{SETS}/{set_id}"):
            raise RuleBroken("set_unknown")
        return manifest.read(self._target.get(f"{SETS}/{set_id}/{MANIFEST}"))

    def _newest(self, until: Instant | None) -> str:
        usable = [
            state.set_id
            for state in self.sets()
            if state.state in {"good", "unverified"}
            and state.made_at is not None
            and (until is None or self._copied_at(state.set_id) <= until)
        ]
        if not usable:
            raise RuleBroken("set_unknown")
        return usable[-1]

    def _copied_at(self, set_id: str) -> int:
        return int(self._manifest(set_id).database["made_at"])

    def _state(self, set_id: str) -> SetState:
        inside = self._target.names(f"{SETS}/{set_id}")
        if MANIFEST not in inside:
            return SetState(set_id, None, "", "unfinished")
        try:
            found = self._manifest(set_id)
        except Damaged as wrong:
            return SetState(set_id, None, "", "damaged", wrong.code)
        kind = str(found.database["kind"])
        if VERDICT not in inside:
            return SetState(set_id, found.made_at, kind, "unverified")
        code = str(json.loads(self._target.get(f"{SETS}/{set_id}/{VERDICT}"))["code"])
        return SetState(set_id, found.made_at, kind, "damaged" if code else "good", code)

    def _judge(self, set_id: str, code: str) -> None:
        verdict = {"at": self._clock.now(), "code": code}
        self._target.put(f"{SETS}/{set_id}/{VERDICT}", json.dumps(verdict).encode())

    def _fetch(self, set_id: str, one: Piece, to: Path) -> Path:
        place = to / one.name
        place.parent.mkdir(parents=True, exist_ok=True)
        if self._target.fetch(f"{SETS}/{set_id}/{one.name}", place) != one.sha256:
            raise Damaged("piece_damaged", piece=one.name)
        return place


def _require(store: Store, copy: Recovered, found: Manifest) -> None:
    store.require(copy.where, found.checkpoint.n, bytes.fromhex(found.checkpoint.hash))


def _fresh(folder: Path) -> Path:
    if folder.exists() and any(folder.iterdir()):
        raise Misconfigured("folder_in_use")
    return folder
