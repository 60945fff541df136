"""Copy and recover a PostgreSQL store through Barman.

A copy is a base backup; rolling it forward fetches WAL from Barman, the unfinished segment
included. Recovery runs on a private server of ours over the new data folder, never on a live one;
afterwards the folder holds no trace of the recovery's settings and can be started by anybody.
"""

import contextlib
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from hub.clock import Clock, Instant, instant, moment
from hub.errors import RuleBroken, StoreDown
from ops.backup.barman import Barman
from ops.backup.manifest import Position
from ops.backup.ports import Recovered
from ops.deploy.ports import free_port
from ops.deploy.postgres import PrivatePostgres

REPLAY_SECONDS: Final = 1800.0
_TOO_SHORT: Final = "recovery ended before configured recovery target was reached"
_LEFT_BEHIND: Final = (
    "restore_command",
    "recovery_target_time",
    "recovery_target_action",
    "recovery_target_timeline",
    "synchronous_standby_names",
)


class BarmanDatabase:
    """One PostgreSQL database, its base backups and its WAL at Barman."""

    def __init__(self, barman: Barman, database: str, clock: Clock) -> None:
        self._barman = barman
        self._database = database
        self._clock = clock

    def copy(self, set_id: str) -> Position:
        """Take a base backup and wait until it is consistent by itself."""
        base = self._barman.backup()
        return {
            "kind": "postgresql", "set": set_id, "made_at": self._clock.now(),
            "backup": base.backup, "end_wal": base.end_wal, "end_lsn": base.end_lsn,
            "timeline": base.timeline,
        }  # fmt: skip

    def check(self, position: Position) -> None:
        """Hold the base backup against its manifest.

        Raises:
            Damaged: `copy_damaged`.
        """
        self._barman.verify(str(position["backup"]))

    @contextlib.contextmanager
    def recover(self, position: Position, to: Path, until: Instant | None) -> Iterator[Recovered]:
        """Lay the base backup into a new folder and replay up to a moment or to the end.

        Raises:
            RuleBroken: `set_too_new` when the moment lies before the end of the base backup.
            StoreDown: `postgres_not_ready` when replay fails; its log says why.
        """
        if until is not None and until < int(position["made_at"]):
            raise RuleBroken("set_too_new")
        settings = {
            "restore_command": self._barman.restore_command(),
            "synchronous_standby_names": "",
            "hot_standby": "on",
        }
        server = PrivatePostgres(to, free_port(), settings)
        server.account.make_folder(to)
        target = None if until is None else _spell(until)
        self._barman.recover(str(position["backup"]), server.data, target)
        self._replay(server)
        try:
            reached = server.sql(
                "SELECT coalesce(pg_last_xact_replay_timestamp(), pg_postmaster_start_time())"
            )
            server.adopt()
            for name in _LEFT_BEHIND:
                server.sql(f"ALTER SYSTEM RESET {name}")
            yield Recovered(server.url(self._database), to, _read(reached))
        finally:
            server.stop()

    def forget(self, position: Position) -> None:
        """Delete the base backup."""
        self._barman.delete(str(position["backup"]))

    def tidy(self, stay: Sequence[Position]) -> None:
        """Nothing: Barman deletes WAL together with the base backup that needed it."""

    def _replay(self, server: PrivatePostgres) -> None:
        """Start and wait until replay has ended and the copy takes writes."""
        try:
            server.start(REPLAY_SECONDS)
            self._wait_promoted(server)
        except StoreDown:
            if _TOO_SHORT not in server.log.read_text():
                raise
            # Nothing was committed after the wanted moment: then the end is that moment.
            server.stop()
            server.settings["recovery_target_time"] = ""
            server.start(REPLAY_SECONDS)
            self._wait_promoted(server)

    def _wait_promoted(self, server: PrivatePostgres) -> None:
        deadline = time.monotonic() + REPLAY_SECONDS
        while server.sql("SELECT pg_is_in_recovery()") != "f":
            if time.monotonic() > deadline:
                raise StoreDown("postgres_not_ready")
            time.sleep(0.05)


def _spell(at: Instant) -> str:
    return moment(at).strftime("%Y-%m-%d %H:%M:%S.%f+00")


def _read(spelt: str) -> Instant:
    return instant(datetime.fromisoformat(spelt))
