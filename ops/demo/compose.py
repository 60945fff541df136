"""The demonstration's nodes in containers: what `docker-compose.yml` starts, and a day over them.

    python -m ops.demo.compose make ROOT            keys, settings, definitions, the parties' stores
    python -m ops.demo.compose store ROOT           the hub's store, once PostgreSQL answers
    python -m ops.demo.compose day ROOT [PAYMENTS]  a day; exit 0 only when all books agree

Three brokers with mutual TLS and their own disks, the hub's two instances on PostgreSQL, parties on
SQLite. Containers share one volume, because everything here is invented and of one site; a real
party has its own machine and its own keys. A container cannot end another: where the day wants a
fault it says `please kill SERVICE` on standard output, and whoever runs it does so.
"""

import json
import secrets
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from hub.clock import Clock
from hub.errors import Misconfigured
from hub.parties import NodeId
from ops.cli.demo import shown
from ops.cli.output import Exit, Screen, leave
from ops.clock import SystemClock
from ops.demo.report import report
from ops.demo.run import Demo, Options
from ops.demo.site import CHANNELS, Site
from ops.demo.town import HUB_NODE, town
from ops.wiring import broker_definitions, create_store, open_lease, open_store

TLS_PORT: Final = 5671
PAYMENTS: Final = 100
PRESENCE_SECONDS: Final = 300.0


class ComposeSite(Site):
    """The same nodes; somebody else runs them."""

    def make(self, clock: Clock) -> None:
        """Everything but the hub's store; made once, kept over restarts."""
        if self.definitions.exists():
            return
        brokers = {name: (broker(name),) for name in CHANNELS}
        self.make_keys(clock, replace(self.town.plan, brokers=brokers))
        for node in self.town.nodes:
            self.make_node(node)
            if node != HUB_NODE:
                create_store(self.store_url(node))
        password = secrets.token_hex(16)
        _write(self.root / "secrets" / "database", password)
        _write(self.root / "secrets" / "pgpass", f"postgres:5432:hub:hub:{password}\n")
        self.definitions.write_text(json.dumps(broker_definitions(self.town.nodes, HUB_NODE)))

    @property
    def definitions(self) -> Path:
        """What every broker loads at boot; written last."""
        return self.root / "definitions.json"

    def store_url(self, node: NodeId) -> str:
        """The hub's store is PostgreSQL."""
        if node != HUB_NODE:
            return super().store_url(node)
        return f"postgresql+psycopg://hub@postgres/hub?passfile={self.root}/secrets/pgpass"

    def store_lines(self, node: NodeId) -> str:
        """The hub's lease lies in its store."""
        if node != HUB_NODE:
            return super().store_lines(node)
        return f'\n[store]\nurl = "{self.store_url(node)}"'

    def channel_lines(self, name: str, node: NodeId) -> str:
        """A broker with mutual TLS."""
        tls = f"../pki/nodes/{node}"
        return (
            f'[[channels]]\nname = "{name}"\nkind = "rabbit"\n'
            f'lines = [{{ host = "{broker(name)}", port = {TLS_PORT} }}]\n'
            f'ca_file = "{tls}/tls-ca.cer"\ncertificate_file = "{tls}/tls.cer"\n'
            f'key_file = "{tls}/tls-key.pem"\n'
        )

    def start(self, node: NodeId, machine: str = "a") -> None:
        """Containers run already."""

    def stop(self) -> None:
        """Containers are stopped by whoever started them."""

    def kill(self, node: NodeId, machine: str) -> None:
        """Ask for it."""
        _please_kill(f"{node}-{machine}")

    def take_away(self, channel: str) -> None:
        """Ask for it."""
        _please_kill(broker(channel))


class ComposeDay(Demo):
    """A day over running containers."""

    def __init__(self, options: Options, root: Path, clock: Clock) -> None:
        super().__init__(options, root, clock, time.sleep, Lines())
        self.site = ComposeSite(root, town())

    def prepare(self) -> None:
        """Wait until the hub has heard a beat of every party: brokers and nodes take their time."""
        super().prepare()
        parties = set(self.site.town.nodes) - {HUB_NODE}
        self.watch.until(
            "presence",
            PRESENCE_SECONDS,
            lambda: parties <= set(self.watch.read(HUB_NODE, lambda tx: tx.peers())),
            lambda: None,
        )


class Lines:
    """Progress as lines on stderr."""

    def stage(self, name: str, total: int) -> None:
        """A new stage."""
        sys.stderr.write(f"{name} {total or ''}\n")

    def reached(self, count: int) -> None:
        """Not told: a log would be nothing else."""


def broker(channel: str) -> str:
    """The broker's host name: its service in docker-compose.yml."""
    return f"broker-{channel}"


def make(root: Path) -> Exit:
    """Everything that must lie there before a server starts."""
    root.mkdir(parents=True, exist_ok=True)
    ComposeSite(root, town()).make(SystemClock())
    return Exit.DONE


def store(root: Path) -> Exit:
    """The hub's store, unless it is there."""
    url = ComposeSite(root, town()).store_url(HUB_NODE)
    try:
        open_store(url).close()
    except Misconfigured as missing:
        if missing.code != "store_missing":
            raise
        create_store(url)
    open_lease(url).close()  # so that two instances starting together find its row
    return Exit.DONE


def day(root: Path, payments: str = str(PAYMENTS)) -> Exit:
    """Run a day and show what its books say."""
    run = ComposeDay(Options(int(payments), seed=1), root, SystemClock())
    run.prepare()
    run.pay()
    run.close()
    run.end()
    return Screen(sys.stdout, sys.stderr).show(shown(report(run)))


COMMANDS: Final[dict[str, Callable[..., Exit]]] = {"make": make, "store": store, "day": day}


def _please_kill(service: str) -> None:
    sys.stdout.write(f"please kill {service}\n")
    sys.stdout.flush()


def _write(path: Path, secret: str) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(secret)


if __name__ == "__main__":
    leave(COMMANDS[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:]))
