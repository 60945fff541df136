"""A node's backups as its settings name them: target, database, files beside it, retention.

What a set holds beside the database: settings and profile, the trust folder, wrapped keys, the
site's own catalogue. TLS keys are not wrapped and therefore left out: they are issued anew.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from hub.clock import MINUTE, SECOND, Clock, Instant
from hub.errors import Misconfigured
from ops import wiring_backup as wiring
from ops.backup.barman import Barman, Source
from ops.backup.manifest import Role
from ops.backup.ports import Database
from ops.backup.retention import Policy
from ops.backup.service import Backups, Files
from ops.deploy.account import Account
from ops.deploy.postgres import binaries
from ops.settings import BackupSettings, NodeSettings

TLS_KEY: Final = "tls-key.pem"
Tick = Callable[[], bool]


def wanted(settings: NodeSettings) -> BackupSettings:
    """The settings' block `[backup]`.

    Raises:
        Misconfigured: `backup_not_set`.
    """
    if settings.backup is None:
        raise Misconfigured("backup_not_set")
    return settings.backup


def policy(settings: NodeSettings) -> Policy:
    """What retention keeps."""
    block = wanted(settings)
    return Policy(block.window_days, block.keep_at_least)


def backups(settings: NodeSettings, config: Path, clock: Clock) -> Backups:
    """The backup sets of a node.

    Raises:
        Misconfigured: `backup_not_set`, `barman_missing`, `postgres_missing`.
    """
    target = wiring.target(wanted(settings).target)
    files = _files(settings, config)
    required = frozenset({Role.SETTINGS, Role.TRUST} | ({Role.WRAPPING} & files.keys()))
    return wiring.backups(
        settings.node, settings.store.url, target, _database(settings, clock), files, required,
        clock,
    )  # fmt: skip


class NodeSets:
    """Making a node's sets by schedule, and letting old ones go."""

    def __init__(self, settings: NodeSettings, config: Path, clock: Clock) -> None:
        self._policy = policy(settings)
        self._backups = backups(settings, config, clock)

    def make(self) -> int:
        """Make a set, apply retention; returns how many sets there are."""
        self._backups.now()
        self._backups.prune(self._policy)
        return len(self._backups.sets())


@contextmanager
def shipping(settings: NodeSettings, clock: Clock) -> Iterator[tuple[Tick, bool]]:
    """What is to be called about once a second, telling whether a new set is due; and at once."""
    if settings.store.url.startswith("sqlite:"):
        target = wiring.target(wanted(settings).target)
        with wiring.shipping(settings.store.url, target, clock) as (shipper, due):
            yield lambda: shipper.tick().new_stream, due
        return
    barman = _barman(settings)
    barman.configure()
    try:
        barman.begin()
        yield _minutely(barman, clock), False
    finally:
        barman.stop()


def _minutely(barman: Barman, clock: Clock) -> Tick:
    """Receiving runs by itself; archiving what was received is due once a minute."""
    due_at = Instant(0)

    def tick() -> bool:
        nonlocal due_at
        if clock.now() >= due_at:
            barman.tick()
            due_at = Instant(clock.now() + MINUTE - SECOND)
        return False

    return tick


def _database(settings: NodeSettings, clock: Clock) -> Database:
    url = settings.store.url
    if url.startswith("sqlite:"):
        return wiring.sqlite_database(url, wiring.target(wanted(settings).target), clock)
    return wiring.barman_database(_barman(settings), urlsplit(url).path.strip("/"), clock)


def _barman(settings: NodeSettings) -> Barman:
    block, programs = wanted(settings), binaries()
    if block.barman is None or not block.conninfo:
        raise Misconfigured("settings_invalid", reason="backup: PostgreSQL needs barman, conninfo")
    if programs is None:
        raise Misconfigured("postgres_missing")
    source = Source(block.conninfo, block.streaming or block.conninfo, programs)
    account = Account.unprivileged("barman", "postgres")
    return Barman(block.barman, settings.node, source, account)


def _files(settings: NodeSettings, config: Path) -> Files:
    own = [config.resolve()]
    if settings.application.profile is not None:
        own.append(settings.application.profile)
    found = {Role.SETTINGS: own, Role.TRUST: _below(settings.trust)}
    if settings.keys is not None:
        node = settings.keys / "nodes" / settings.node
        found[Role.WRAPPING] = _below(node) + _below(settings.keys / "parties")
    if settings.catalogue is not None:
        found[Role.CATALOGUE] = _below(settings.catalogue)
    bare = {channel.key_file for channel in settings.channels}
    return {
        role: [path for path in paths if path not in bare and path.name != TLS_KEY]
        for role, paths in found.items()
    }


def _below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
