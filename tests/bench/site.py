"""Servers and the hub's node for the exchange's bench: three brokers, one PostgreSQL, one hub.

The hub is a real node, started as an operator starts it: keeper, dispatcher, workers. Every user's
password is its name: this is loopback.
"""

import json
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from adapters.rabbit.channel import RabbitChannel
from adapters.rabbit.lines import Line, Password
from adapters.rabbit.topology import NodeUser, definitions, password_hash
from hub.parties import NodeId
from keys.ceremony import CeremonyGround, ceremony
from keys.custody import SM2, Vault
from keys.release_source import begun
from ops.clock import SystemClock
from ops.demo.town import ENV, HUB_NODE, town
from ops.deploy.ports import LOOPBACK, free_port
from ops.deploy.postgres import PrivatePostgres
from ops.deploy.rabbitmq import PrivateBroker
from ops.wiring import suites
from ops.wiring_making import create_store
from tests.bench.processes import cpu, family, server_cpu, words
from tests.support.rabbit import programs

WORKERS: Final = 2
Ports = Mapping[str, int]
"""Channel name → port of its broker."""


def make_keys(root: Path, suite: str = SM2) -> None:
    """The development ceremony for the town, below `root`; seals are of the suite."""
    passphrase = root / "passphrase"
    passphrase.touch(mode=0o600)
    passphrase.write_text(secrets.token_hex(16))
    catalogue = begun(ENV)
    ground = CeremonyGround(catalogue, catalogue.newest, suites())
    vault = Vault(ENV, passphrase.read_bytes(), development=True)
    ceremony(replace(town().plan, suite=suite), root / "pki", vault, SystemClock().now(), ground)


def channels(
    node: NodeId, ports: Ports, wake: Callable[[], None] | None = None
) -> dict[str, RabbitChannel]:
    """A party node's channels."""
    return {
        name: RabbitChannel(
            name, node, [Line(name, LOOPBACK, port)], Password(node, node), wake=wake
        )
        for name, port in ports.items()
    }


@dataclass
class Site:
    """What runs."""

    root: Path
    ports: Ports
    brokers: list[PrivateBroker]
    postgres: PrivatePostgres
    hub: subprocess.Popen[bytes] | None = None

    def cpu_seconds(self) -> dict[str, float]:
        """CPU time so far: the hub's processes, the brokers, PostgreSQL."""
        hub = self.hub.pid if self.hub else None
        postgres = self.postgres.pid
        return {
            "hub": cpu(family(hub)) if hub else 0.0,
            "broker": cpu(b.pid for b in self.brokers if b.pid),
            "postgres": server_cpu(postgres) if postgres else 0.0,
        }

    def hub_by_process(self) -> dict[str, float]:
        """CPU seconds of each of the hub's processes, by its slot."""
        assert self.hub is not None
        found = {}
        for pid in family(self.hub.pid):
            said = words(pid)
            found[" ".join([said[3], *said[5:6]]).strip()] = cpu([pid])
        return found

    def open_rows(self) -> int:
        """Outbox rows of the hub that no notice has closed."""
        return int(self.postgres.sql("SELECT count(*) FROM outbox", "hub"))

    def start_hub(self) -> None:
        """Keeper, dispatcher, workers; its log beside its settings."""
        folder = self.root / "hub"
        folder.mkdir(exist_ok=True)
        (folder / "password").write_text(HUB_NODE)
        (folder / "hub.toml").write_text(self._settings(), encoding="utf-8")
        create_store(self.postgres.url("hub")).close()
        with (folder / "log").open("ab") as log:
            self.hub = subprocess.Popen(
                [sys.executable, "-m", "ops.node", "keep", str(folder / "hub.toml")],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    def stop_hub(self) -> None:
        """In order."""
        if self.hub is not None:
            self.hub.send_signal(signal.SIGTERM)
            self.hub.wait(30)
            self.hub = None

    def _settings(self) -> str:
        lines = [
            f'env = "{ENV}"\npurpose = "development"\nnode = "{HUB_NODE}"\nworkers = {WORKERS}',
            f'data = "data"\ntrust = "{self.root}/pki/trust"\nkeys = "{self.root}/pki"',
            f'passphrase_file = "{self.root}/passphrase"',
            f'[store]\nurl = "{self.postgres.url("hub")}"',
            '[application]\ndesk = "hub"',
        ]
        lines += [
            f'[[channels]]\nname = "{name}"\nkind = "rabbit"\npassword_file = "password"\n'
            f'lines = [{{ host = "{LOOPBACK}", port = {port} }}]'
            for name, port in self.ports.items()
        ]
        return "\n".join(lines) + "\n"


@contextmanager
def site(root: Path, folder: Path) -> Iterator[Site]:
    """Servers below `folder` (entered by other accounts), keys and settings below `root`."""
    users = [NodeUser(n, password_hash(n, b"salt")) for n in town().nodes]
    made = json.loads(json.dumps(definitions(users, HUB_NODE)))
    names = ("c1", "c2", "c3")
    with ExitStack() as stack:
        brokers = [
            PrivateBroker(
                folder / name, f"evx{free_port()}{name}", free_port(), made, programs=programs()
            )
            for name in names
        ]
        for broker in brokers:
            stack.callback(broker.close)
            broker.start()
        postgres = stack.enter_context(PrivatePostgres(folder / "pg", free_port()))
        postgres.sql("CREATE DATABASE hub")
        for broker in brokers:
            broker.wait_ready()
        ports = {name: broker.port for name, broker in zip(names, brokers, strict=True)}
        one = Site(root, ports, brokers, postgres)
        stack.callback(one.stop_hub)
        yield one
