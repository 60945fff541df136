"""Drive Barman: continuous streaming of WAL and base backups of one PostgreSQL.

Barman runs as an ordinary account with its own home, configuration and locks; nothing of the
machine's Barman is touched. Rules:
- the receiver is our child (`receive`), not a daemon of `barman cron`; `tick` does what cron would
  do besides: archive finished segments, start the receiver again when it has ended;
- retention is ours (ops.backup.retention): two owners would delete each other's last good set;
- with `barman_receive_wal` among the server's synchronous standbys no acknowledged commit can be
  missing here. Name it before the receiver starts: Barman looks only once;
- `get-wal -P` hands out the unfinished segment too. Without it everything since the last segment
  switch is missing after a restore.
"""

import json
import shlex
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hub.errors import Damaged, HubError, Misconfigured, StoreDown
from ops.deploy.account import Account

STANDBY: Final = "barman_receive_wal"
READY_SECONDS: Final = 90.0
_ROOT_CONF: Final = """\
[barman]
barman_home = {home}/backups
barman_lock_directory = {home}/lock
barman_user = {user}
configuration_files_directory = {home}/servers
log_file = {home}/barman.log
log_level = INFO
"""
_SERVER_CONF: Final = """\
[{server}]
description = voucher exchange hub
conninfo = {conninfo}
streaming_conninfo = {streaming}
backup_method = postgres
streaming_archiver = on
slot_name = barman_{server}
create_slot = auto
path_prefix = {programs}
minimum_redundancy = 0
archiver = off
"""


@dataclass(frozen=True, slots=True)
class Source:
    """The PostgreSQL to be backed up: libpq addresses without passwords, and its programs.

    Passwords, where needed, stand in the account's own pgpass file.
    """

    conninfo: str
    streaming: str
    programs: Path


@dataclass(frozen=True, slots=True)
class Base:
    """A base backup as Barman describes it."""

    backup: str
    end_wal: str
    end_lsn: str
    timeline: int


def program() -> Path | None:
    """Barman's command, when installed."""
    found = shutil.which("barman", path="/usr/local/bin:/usr/bin")
    return None if found is None else Path(found)


class Barman:
    """One server's backups below `home`; `configure` first, then `begin`, at the end `stop`."""

    def __init__(self, home: Path, server: str, source: Source, account: Account) -> None:
        command = program()
        if command is None:
            raise Misconfigured("barman_missing")
        self._command = command
        self._server = server
        self._source = source
        self.home = home
        self.account = account
        self._receiver: subprocess.Popen[bytes] | None = None

    @property
    def receiver_pid(self) -> int | None:
        """The receiver's process id while it runs."""
        return None if self._receiver is None else self._receiver.pid

    def configure(self) -> None:
        """Write the configuration; the same again changes nothing."""
        for folder in ("", "servers", "lock", "backups"):
            self.account.make_folder(self.home / folder)
        root = _ROOT_CONF.format(home=self.home, user=self.account.name)
        server = _SERVER_CONF.format(
            server=self._server,
            conninfo=self._source.conninfo,
            streaming=self._source.streaming,
            programs=self._source.programs,
        )
        for path, text in (
            (self.home / "barman.conf", root),
            (self.home / "servers" / f"{self._server}.conf", server),
        ):
            path.write_text(text)
            self.account.give(path)

    def begin(self) -> None:
        """Start receiving and wait until Barman's own check is good.

        Raises:
            StoreDown: `backup_not_ready`.
        """
        self.receive()
        deadline = time.monotonic() + READY_SECONDS
        while not self._ready():
            if time.monotonic() > deadline:
                raise StoreDown("backup_not_ready")
            self._call("switch-wal", "--force", self._server, check=False)
            self.tick()
            time.sleep(0.2)

    def receive(self) -> None:
        """Start the receiver when it does not run."""
        if self._receiver is not None and self._receiver.poll() is None:
            return
        with (self.home / "receiver.log").open("ab") as log:
            self._receiver = self.account.start(
                [self._command, "-c", self.home / "barman.conf", "receive-wal", self._server], log
            )

    def tick(self) -> None:
        """Archive what was received; about once a minute.

        Raises:
            StoreDown: `program_failed`.
        """
        self.receive()
        self._call("archive-wal", self._server)

    def stop(self) -> None:
        """End the receiver; the server keeps what comes next in the slot."""
        if self._receiver is None:
            return
        self._receiver.terminate()
        try:
            self._receiver.wait(10)
        except subprocess.TimeoutExpired:
            self._receiver.kill()
            self._receiver.wait()
        self._receiver = None

    def backup(self) -> Base:
        """Take a base backup and wait until the WAL that makes it consistent is archived.

        Raises:
            StoreDown: `program_failed`.
        """
        self._call("backup", "--wait", "--immediate-checkpoint", self._server, seconds=3600)
        return self.show("latest")

    def show(self, backup: str) -> Base:
        """What Barman knows about a base backup.

        Raises:
            Damaged: `copy_damaged` when it is not there or not complete.
        """
        try:
            said = json.loads(self._call("-f", "json", "show-backup", self._server, backup))
            one = said[self._server]
            base = one["base_backup_information"]
            if one["status"] != "DONE":
                raise Damaged("copy_damaged", backup=backup)
            return Base(
                one["backup_id"],
                base["end_wal"],
                base["end_lsn"],
                int(base["timeline"]),
            )
        except (KeyError, ValueError, StoreDown) as wrong:
            raise Damaged("copy_damaged", backup=backup) from wrong

    def verify(self, backup: str) -> None:
        """Hold every file of a base backup against PostgreSQL's own manifest.

        Raises:
            Damaged: `copy_damaged`.
        """
        self.show(backup)
        try:
            self._call("verify-backup", self._server, backup, seconds=3600)
        except HubError as wrong:
            raise Damaged("copy_damaged", backup=backup) from wrong

    def recover(self, backup: str, to: Path, target: str | None) -> None:
        """Lay a base backup into a new folder, ready to fetch WAL by itself when started.

        Args:
            backup: its id.
            to: the data folder; must not exist or be empty.
            target: a moment as `2026-11-21 08:00:00.000+00`, without it the end of what is here.
        """
        wanted = ["--target-time", target, "--target-action", "promote"] if target else []
        self._call("recover", "--get-wal", *wanted, self._server, backup, str(to), seconds=3600)

    def restore_command(self) -> str:
        """What a recovering server runs for each segment: includes the unfinished one."""
        conf = shlex.quote(str(self.home / "barman.conf"))
        return f"{self._command} -c {conf} get-wal -P {self._server} %f > %p"

    def delete(self, backup: str) -> None:
        """Delete a base backup and the WAL that only it needs."""
        self._call("delete", self._server, backup)

    def _ready(self) -> bool:
        try:
            said = json.loads(self._call("-f", "json", "check", self._server, check=False))
            return all(one["status"] == "OK" for one in said[self._server].values())
        except (ValueError, KeyError, AttributeError):
            return False

    def _call(self, *words: str, check: bool = True, seconds: float = 120) -> str:
        done = self.account.run(
            [self._command, "-c", self.home / "barman.conf", *words],
            check=check,
            timeout_seconds=seconds,
        )
        return done.stdout
