"""The campaign's site: real servers whose every line can be broken, and nodes whose clocks can be.

Three brokers (mutual TLS), one PostgreSQL that holds the hub's store and lease, SQLite stores for
everybody else, as small banks have them. The hub has a main and a standby line to each broker, the
parties share one; each of them is a proxy of its own. The hub runs twice, with two workers each.
"""

import os
import struct
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hub.parties import NodeId
from ops.demo.ground import CHANNELS
from ops.demo.servers import Servers, _open_the_way
from ops.demo.site import Site
from ops.demo.town import HUB_NODE
from ops.deploy.ports import LOOPBACK, free_port
from ops.deploy.rabbitmq import PrivateBroker
from ops.wiring_making import create_store
from tests.support.rabbit import programs
from tests.support.tcp_proxy import TcpProxy

CLOCKS: Final = Path(__file__).parent / "clocks"
LINES: Final = ("hub-main", "hub-standby", "parties")


class Ground(Servers):
    """Brokers behind lines that break, one PostgreSQL for the hub, files for the others."""

    def __init__(self, root: Path, nodes: Sequence[NodeId]) -> None:
        super().__init__(root, nodes, programs())
        self.lines = {
            (name, line): TcpProxy(broker.port, free_port())
            for name, broker in self._brokers.items()
            for line in LINES
        }

    def broker(self, name: str) -> PrivateBroker:
        return self._brokers[name]

    def make(self, nodes: Sequence[NodeId]) -> None:
        _open_the_way(self._root)
        for broker in self._brokers.values():
            broker.start()
        self.databases.make([HUB_NODE])
        for node in nodes:
            if node != HUB_NODE:
                create_store(self.store(node)).close()
        for broker in self._brokers.values():
            broker.wait_ready()

    def store(self, node: NodeId) -> str:
        if node == HUB_NODE:
            return super().store(node)
        return f"sqlite:///{self._root / node / 'store.sqlite'}"

    def lease(self, node: NodeId) -> str:
        return "" if node == HUB_NODE else f"sqlite:///{self._root / node / 'lease.sqlite'}"

    def channel(self, name: str, node: NodeId) -> str:
        own = LINES[:2] if node == HUB_NODE else LINES[2:]
        ports = ", ".join(
            f'{{ host = "{LOOPBACK}", port = {self.lines[name, line].port} }}' for line in own
        )
        cards = self._root / "pki" / "nodes" / node
        return (
            f'name = "{name}"\nkind = "rabbit"\nlines = [{ports}]\n'
            f'ca_file = "{cards}/tls-ca.cer"\ncertificate_file = "{cards}/tls.cer"\n'
            f'key_file = "{cards}/tls-key.pem"\n'
        )

    def end(self) -> None:
        for line in self.lines.values():
            line.close()
        super().end()


@dataclass
class CampaignSite(Site):
    """Its nodes read their clocks from files, and the hub has two workers."""

    def _settings(self, node: NodeId, machine: str) -> str:
        text = super()._settings(node, machine)
        return f"workers = 2\n{text}" if node == HUB_NODE else text

    def start(self, node: NodeId, machine: str = "a") -> None:
        clocks = self.root / "clocks"
        clocks.mkdir(exist_ok=True)
        paths = f"{CLOCKS}:{Path(__file__).parents[3]}"
        environment = {
            **os.environ,  # noqa: TID251
            "CAMPAIGN_CLOCKS": str(clocks),
            "PYTHONPATH": paths,
        }
        with (self.root / node / f"log-{machine}.jsonl").open("ab") as log:
            self.processes[f"{node}-{machine}"] = subprocess.Popen(
                [sys.executable, "-m", "ops.node", "leashed", str(self.config(node, machine))],
                stdin=subprocess.PIPE, stdout=log, stderr=log, env=environment,
                start_new_session=True,
            )  # fmt: skip

    def set_clock(self, process: str, seconds: float) -> None:
        """Wall time of a process (`hub-a-work-w0`) is the machine's plus this."""
        with (self.root / "clocks" / process).open("r+b") as file:
            file.write(struct.pack("=q", int(seconds * 1e9)))

    def forget(self, instance: str) -> None:
        """An instance whose keeper has ended: so that it can be started again."""
        process = self.processes.pop(instance)
        process.wait(60)
        assert process.stdin is not None
        process.stdin.close()


def ground_of(site: Site) -> Ground:
    """The site's ground, as what it is."""
    assert isinstance(site.ground, Ground)
    return site.ground


CHANNEL_NAMES: Final = CHANNELS
