"""A PostgreSQL of our own: private folder, private port, loopback only, never as root.

Used by the tests, the demonstration, the drills and the restored copy of a backup. Rules:
- local connections are trusted, and the socket folder is closed to all but the server's account;
  connections over TCP need the password that `initialise` drew;
- nothing is found by default places: data, sockets and log lie below one folder;
- the server is our child and its log ours, so that no process stays behind unseen.
"""

import os
import re
import secrets
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

from hub.errors import Misconfigured, StoreDown
from ops.deploy.account import Account
from ops.deploy.ports import LOOPBACK

ROLE: Final = "hub"
PACKAGES: Final = Path("/usr/lib/postgresql")
# What streaming backup and standby need from the first minute (docs/how-to/backup.md).
SETTINGS: Final[Mapping[str, str]] = {
    "wal_level": "replica",
    "wal_log_hints": "on",
    "max_wal_senders": "10",
    "max_replication_slots": "10",
    "wal_keep_size": "256MB",
    "synchronous_commit": "on",
    "max_connections": "200",
    "log_line_prefix": "%m [%p] ",
    "logging_collector": "off",
    "timezone": "UTC",
}


def binaries(packages: Path = PACKAGES) -> Path | None:
    """The folder of the newest installed server's programs."""
    found = [
        path.parent
        for path in packages.glob("*/bin/postgres")
        if re.fullmatch(r"\d+", path.parents[1].name)
    ]
    return max(found, key=lambda path: int(path.parent.name), default=None)


class PrivatePostgres:
    """One server; a context manager that initialises, starts and stops it.

    Args:
        folder: holds everything; made when missing. With root it must lie below folders that
            the account `postgres` may enter.
        port: a loopback port, see `ops.deploy.ports.free_port`.
        settings: lines for postgresql.conf over `SETTINGS`; read at each start.
    """

    def __init__(self, folder: Path, port: int, settings: Mapping[str, str] | None = None) -> None:
        programs = binaries()
        if programs is None:
            raise Misconfigured("postgres_missing")
        self.folder = folder
        self.port = port
        self.settings = dict(settings or {})
        self.programs = programs
        self.account = Account.unprivileged("postgres")
        self.data = folder / "data"
        self.sockets = folder / "run"
        self.log = folder / "log"
        self._server: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Initialise when the folder is new, then start."""
        if not (self.data / "PG_VERSION").exists():
            self.initialise()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop; nothing stays behind but the folder."""
        self.stop()

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return None if self._server is None else self._server.pid

    @property
    def password(self) -> str:
        """The password of the role for TCP connections."""
        return (self.folder / "password").read_text()

    def url(self, database: str = "postgres") -> str:
        """Where a client connects: an SQLAlchemy address for psycopg 3; it holds the password."""
        return f"postgresql+psycopg://{ROLE}:{self.password}@{LOOPBACK}:{self.port}/{database}"

    def conninfo(self, database: str = "postgres", role: str = ROLE) -> str:
        """Where a program of the same account connects: libpq's form, over the local socket."""
        return f"host={self.sockets} port={self.port} dbname={database} user={role}"

    def initialise(self) -> None:
        """Make a new cluster with page checksums and a password drawn for it.

        Raises:
            StoreDown: `program_failed` when initdb refuses, for example a folder in use.
        """
        self._make_folders()
        self._draw_password()
        self.account.run(
            [
                self.programs / "initdb", "-k", "-D", self.data, "-U", ROLE, "-E", "UTF8",
                "--locale=C.UTF-8", "--auth-local=trust", "--auth-host=scram-sha-256",
                f"--pwfile={self.folder / 'password'}", "--no-instructions",
            ]
        )  # fmt: skip

    def adopt(self) -> None:
        """Draw a new password for a running server whose data came from elsewhere."""
        word = self._draw_password()
        self.sql(f"ALTER ROLE {ROLE} PASSWORD '{word}'")

    def start(self, ready_seconds: float = 60) -> None:
        """Start and wait until it takes connections.

        Raises:
            StoreDown: `postgres_not_ready`, with the process ended.
        """
        assert self._server is None, "already started"
        self._make_folders()
        options = [
            f"--{name}={value}"
            for name, value in {
                **SETTINGS,
                **self.settings,
                "listen_addresses": LOOPBACK,
                "port": str(self.port),
                "unix_socket_directories": str(self.sockets),
            }.items()
        ]
        with self.log.open("ab") as log:
            self._server = self.account.start(
                [self.programs / "postgres", "-D", self.data, *options], log
            )
        self._wait_ready(time.monotonic() + ready_seconds)

    def stop(self, *, immediately: bool = False, seconds: float = 60) -> None:
        """Stop in order, or at once without a checkpoint; killed when it takes too long."""
        if self._server is None:
            return
        self._server.send_signal(signal.SIGQUIT if immediately else signal.SIGINT)
        try:
            self._server.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
        self._server = None

    def kill(self) -> None:
        """End the server and all its children with SIGKILL, as a power cut of the process would."""
        if self._server is None:
            return
        parent = self._server.pid
        self._server.send_signal(signal.SIGSTOP)  # no new children while we list them
        family = _children(parent)
        for pid in (parent, *family):
            _signal(pid, signal.SIGKILL)
        self._server.wait()
        self._server = None
        deadline = time.monotonic() + 10
        while any(_alive(pid) for pid in family) and time.monotonic() < deadline:
            time.sleep(0.005)

    def freeze(self, *, thaw: bool = False) -> None:
        """Stop (or let go on) the server and its children in their tracks."""
        assert self._server is not None
        sign = signal.SIGCONT if thaw else signal.SIGSTOP
        for pid in (self._server.pid, *_children(self._server.pid)):
            _signal(pid, sign)

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run statements with psql; the rows, columns separated by `|`.

        Raises:
            StoreDown: `program_failed`.
        """
        done = self.account.run(
            [
                self.programs / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1",
                "-d", self.conninfo(database), "-f", "-",
            ],
            text_in=statement,
        )  # fmt: skip
        return done.stdout.strip()

    def _draw_password(self) -> str:
        word = secrets.token_urlsafe(24)
        place = self.folder / "password"
        place.write_text(word)
        self.account.give(place)
        return word

    def _make_folders(self) -> None:
        self.account.make_folder(self.folder)
        self.account.make_folder(self.sockets)

    def _wait_ready(self, deadline: float) -> None:
        assert self._server is not None
        question: list[str | Path] = [
            self.programs / "pg_isready", "-q", "-h", self.sockets, "-p", str(self.port),
            "-d", "postgres", "-U", ROLE,
        ]  # fmt: skip
        while self._server.poll() is None and time.monotonic() < deadline:
            if self.account.run(question, check=False).returncode == 0:
                return
            time.sleep(0.05)
        self.kill()
        raise StoreDown("postgres_not_ready", port=self.port)


def _children(parent: int) -> list[int]:
    listed = Path(f"/proc/{parent}/task/{parent}/children")
    return [int(pid) for pid in listed.read_text().split()] if listed.exists() else []


def _signal(pid: int, sign: signal.Signals) -> None:
    try:
        os.kill(pid, sign)
    except ProcessLookupError:
        return


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state not in {"Z", "X"}
