"""The operating-system account servers run as: never root.

PostgreSQL refuses root, and no server of ours needs it. Started by root we change to the named
account, or to `nobody`; started by anybody else we stay who we are.
"""

import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from hub.errors import Misconfigured, StoreDown
from ops.deploy.tied import Tied

PATH = "/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True, slots=True)
class Account:
    """An account, and whether we have to change to it."""

    name: str
    uid: int
    gid: int
    change: bool

    @classmethod
    def unprivileged(cls, *preferred: str) -> Self:
        """The first of the preferred accounts that exists, or nobody; without root, ourselves."""
        if os.geteuid() != 0:
            own = pwd.getpwuid(os.geteuid())
            return cls(own.pw_name, own.pw_uid, own.pw_gid, change=False)
        known = {entry.pw_name: entry for entry in pwd.getpwall()}
        entry = next(known[name] for name in (*preferred, "nobody") if name in known)
        return cls(entry.pw_name, entry.pw_uid, entry.pw_gid, change=True)

    def make_folder(self, folder: Path, mode: int = 0o700) -> None:
        """Make a folder of this account's own.

        Raises:
            Misconfigured: `folder_unreachable` when the account may not enter a folder above it.
        """
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(mode)
        if self.change:
            os.chown(folder, self.uid, self.gid)
            if self.run(["/usr/bin/test", "-w", folder], check=False).returncode:
                raise Misconfigured("folder_unreachable", account=self.name)

    def give(self, path: Path, mode: int = 0o600) -> None:
        """Make a file this account's own."""
        path.chmod(mode)
        if self.change:
            os.chown(path, self.uid, self.gid)

    def start(
        self,
        command: Sequence[str | Path],
        log: IO[bytes],
        environment: Mapping[str, str] | None = None,
        stdin: int = subprocess.DEVNULL,
    ) -> Tied:
        """Start a long-lived program in a session of its own; output goes to the log.

        It ends with this process, also when that is killed: nothing stays behind.
        """
        return Tied(
            command,
            stdin=stdin,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=self._environment(environment),
            start_new_session=True,
            user=self.uid if self.change else None,
            group=self.gid if self.change else None,
            extra_groups=[] if self.change else None,
        )

    def run(
        self,
        command: Sequence[str | Path],
        environment: Mapping[str, str] | None = None,
        *,
        check: bool = True,
        timeout_seconds: float = 120,
        text_in: str | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a program to its end and keep what it said.

        Raises:
            StoreDown: `program_failed` (what it said is in the cause) or `program_too_slow`.
        """
        program = Path(command[0]).name
        try:
            return subprocess.run(
                command,
                input=text_in,
                stdin=subprocess.DEVNULL if text_in is None else None,
                capture_output=True,
                text=True,
                check=check,
                timeout=timeout_seconds,
                cwd="/",
                env=self._environment(environment),
                user=self.uid if self.change else None,
                group=self.gid if self.change else None,
                extra_groups=[] if self.change else None,
            )
        except subprocess.CalledProcessError as failed:
            failed.add_note(f"{failed.stdout}{failed.stderr}".strip())
            raise StoreDown("program_failed", program=program, exit=failed.returncode) from failed
        except subprocess.TimeoutExpired as late:
            raise StoreDown("program_too_slow", program=program) from late

    def _environment(self, extra: Mapping[str, str] | None) -> dict[str, str]:
        home = pwd.getpwuid(self.uid).pw_dir
        names = {"HOME": home, "USER": self.name, "LOGNAME": self.name, "PATH": PATH}
        return {**names, "LC_ALL": "C.UTF-8", "TZ": "UTC", **(extra or {})}
