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
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from hub.clock import Clock
from hub.errors import Misconfigured
from hub.parties import NodeId
from ops.cli.demo import shown
from ops.cli.output import Exit, Screen
from ops.clock import SystemClock
from ops.demo.ground import CHANNELS, Embedded, rabbit_lines
from ops.demo.report import report
from ops.demo.run import Demo, Options
from ops.demo.site import Site
from ops.demo.town import HUB_NODE, town
from ops.wiring_making import create_store
from ops.wiring_rabbit import broker_definitions
from ops.wiring_store import open_lease, open_store

TLS_PORT: Final = 5671
PAYMENTS: Final = 100
PRESENCE_SECONDS: Final = 300.0


class Containers:
    """The ground: services that somebody else runs; the hub on PostgreSQL, parties on SQLite."""

    brokers: Final[Mapping[str, tuple[str, ...]]] = {name: (f"broker-{name}",) for name in CHANNELS}

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files = Embedded(root)

    def make(self, nodes: Sequence[NodeId]) -> None:
        """Everything but the hub's store, which needs PostgreSQL; the definitions come last."""
        for node in nodes:
            if node != HUB_NODE:
                create_store(self.store(node)).close()
        password = secrets.token_hex(16)
        _write(self._root / "secrets" / "database", password)
        _write(self._root / "secrets" / "pgpass", f"postgres:5432:hub:hub:{password}\n")
        self.definitions.write_text(json.dumps(broker_definitions(nodes, HUB_NODE)))

    @property
    def definitions(self) -> Path:
        """What every broker loads at boot."""
        return self._root / "definitions.json"

    def store(self, node: NodeId) -> str:
        """The hub's store is PostgreSQL."""
        if node != HUB_NODE:
            return self._files.store(node)
        return f"postgresql+psycopg://hub@postgres/hub?passfile={self._root}/secrets/pgpass"

    def lease(self, node: NodeId) -> str:
        """The hub's lease lies in its store."""
        return "" if node == HUB_NODE else self._files.lease(node)

    def channel(self, name: str, node: NodeId) -> str:
        """A broker with mutual TLS."""
        return rabbit_lines(name, self.brokers[name][0], TLS_PORT, f"../pki/nodes/{node}")

    def take_away(self, name: str) -> None:
        """Ask for it."""
        _please_kill(self.brokers[name][0])

    def give_back(self, name: str, nodes: Sequence[NodeId]) -> None:
        """Whoever ends a container begins it again."""

    def end(self) -> None:
        """Containers are stopped by whoever started them."""


class ComposeSite(Site):
    """The same nodes; somebody else runs them."""

    def make(self, clock: Clock) -> None:
        """Made once, kept over restarts."""
        if not Containers(self.root).definitions.exists():
            super().make(clock)

    def start(self, node: NodeId, machine: str = "a") -> None:
        """Containers run already."""

    def stop(self, *, but: NodeId | None = None) -> None:
        """Containers are stopped by whoever started them."""

    def kill(self, node: NodeId, machine: str) -> None:
        """Ask for it."""
        _please_kill(f"{node}-{machine}")


class ComposeDay(Demo):
    """A day over running containers."""

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


def make(root: Path) -> Exit:
    """Everything that must lie there before a server starts."""
    root.mkdir(parents=True, exist_ok=True)
    _site(root).make(SystemClock())
    return Exit.DONE


def store(root: Path) -> Exit:
    """The hub's store, unless it is there."""
    url = Containers(root).store(HUB_NODE)
    try:
        open_store(url).close()
    except Misconfigured as missing:
        if missing.code != "store_missing":
            raise
        create_store(url).close()
    open_lease(url).close()  # so that two instances starting together find its row
    return Exit.DONE


def day(root: Path, payments: str = str(PAYMENTS)) -> Exit:
    """Run a day and show what its books say."""
    options = Options(int(payments), seed=1)
    with ComposeDay(options, _site(root), SystemClock(), time.sleep, Lines()) as run:
        run.prepare()
        run.pay()
        run.close()
        run.end()
        return Screen(sys.stdout, sys.stderr).show(shown(report(run)))


COMMANDS: Final[dict[str, Callable[..., Exit]]] = {"make": make, "store": store, "day": day}


def _site(root: Path) -> Site:
    return ComposeSite(root, town(), Containers(root))


def _please_kill(service: str) -> None:
    sys.stdout.write(f"please kill {service}\n")
    sys.stdout.flush()


def _write(path: Path, secret: str) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(secret)


if __name__ == "__main__":
    raise SystemExit(int(COMMANDS[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])))
