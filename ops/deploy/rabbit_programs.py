"""Which RabbitMQ runs: this system's own, or that of another Debian's root folder.

Another root (`ops/deploy/rabbit-root` makes one) is how a release that this system does not have is
tried: its server runs on its own Erlang and libraries. Rules:
- it sees its root, this machine's processes and devices, and the broker's folder as `/mnt`; the
  mounts are its own and end with it, so nothing is left in the root and brokers share it;
- every step replaces the one before it, so the process id we started is the Erlang machine's;
- started by root it runs under the broker's account; by anybody else in a user namespace.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Final

from ops.deploy.account import Account
from ops.deploy.tied import Tied

PROGRAMS: Final = Path("/usr/lib/rabbitmq/bin")
SERVER: Final = PROGRAMS / "rabbitmq-server"
NAME_SERVER: Final = Path("/usr/bin/epmd")
_MOUNTED: Final = Path("/mnt")
_ENTER: Final = """\
set -e
root=$1; mount --rbind /proc "$root/proc"; mount --rbind /dev "$root/dev"
mount --bind "$2" "$root/mnt"; shift 2; exec /usr/sbin/chroot "$root" "$@"
"""


@dataclass(frozen=True, slots=True)
class Programs:
    """The server's programs; without a root, those of the OS packages."""

    root: Path | None = None

    @property
    def installed(self) -> bool:
        """Whether they are there."""
        return self._outside(SERVER).exists()

    @property
    def version(self) -> str:
        """Of the server, as `4.0.5`; empty where none is installed."""
        found = sorted(self._outside(PROGRAMS.parent / "lib").glob("rabbitmq_server-*"))
        return found[-1].name.partition("-")[2] if found else ""

    def seen(self, folder: Path) -> Path:
        """Where the programs find the broker's folder."""
        return folder if self.root is None else _MOUNTED

    def start(
        self, account: Account, folder: Path, command: Sequence[str | Path], log: IO[bytes],
        environment: Mapping[str, str] | None = None,
    ) -> Tied:  # fmt: skip
        """Start one of them as `Account.start` does, with the broker's folder in its sight."""
        if self.root is None:
            return account.start(command, log, environment)
        enter: list[str | Path] = ["/usr/bin/unshare", "--mount"]
        become: list[str | Path] = []
        if account.change:
            user = f"--reuid={account.uid}", f"--regid={account.gid}"
            become = ["/usr/bin/setpriv", *user, "--clear-groups"]
        else:
            enter += ["--user", "--map-root-user"]
        shell: list[str | Path] = ["/bin/sh", "-c", _ENTER, "enter", self.root, folder]
        ourselves = replace(account, change=False)
        return ourselves.start([*enter, *shell, *become, *command], log, environment)

    def _outside(self, path: Path) -> Path:
        return path if self.root is None else self.root / path.relative_to("/")
