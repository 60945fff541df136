"""The demonstration's folders, settings and node processes.

<root>/pki/…                 keys, certificates, trust (development only)
<root>/channels/c1.sqlite …  three embedded channels
<root>/<node>/hub-a.toml     settings; store.sqlite, core.sqlite, profile.toml beside them
"""

import os
import secrets
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from hub.clock import Clock
from hub.parties import NodeId
from keys.ceremony import CeremonyGround, ceremony
from keys.custody import Vault
from keys.plan import Plan
from ops.demo.town import BUREAU_NODE, ENV, HUB_NODE, TREASURY_NODE, Town
from ops.wiring import create_channel, create_store, open_store, releases, suites

CHANNELS: Final = ("c1", "c2", "c3")
CORE: Final = {
    "bank": "seed=7&refused=0.01&silent=0.01&slow=0.01&lost=0.01&twice=0.01&bounced=0.01",
    "treasury": "seed=7&silent=0.05&slow=0.05&lost=0.05&twice=0.05",
}
"""How often the simulated cores answer late, twice, not at all, or refuse."""


@dataclass
class Site:
    """Where the demonstration lives, and its running processes by instance name."""

    root: Path
    town: Town
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    # --- making

    def make(self, clock: Clock) -> None:
        """Keys, channels, stores and settings of every node."""
        self.make_keys(clock, self.town.plan)
        (self.root / "channels").mkdir()
        for name in CHANNELS:
            create_channel(self.channel(name), self.town.nodes)
        for node in self.town.nodes:
            self.make_node(node)
            create_store(self.store_url(node))

    def make_keys(self, clock: Clock, plan: Plan) -> None:
        """The ceremony of a plan, with a passphrase drawn for it."""
        passphrase = self.root / "passphrase"
        passphrase.touch(mode=0o600)
        passphrase.write_text(secrets.token_hex(16))
        vault = Vault(ENV, passphrase.read_bytes(), development=True)
        catalogue = releases(ENV)
        ground = CeremonyGround(catalogue, catalogue.newest, suites())
        ceremony(plan, self.root / "pki", vault, clock.now(), ground)

    def make_node(self, node: NodeId) -> None:
        """A node's folder with its profile and the settings of its instances."""
        folder = self.root / node
        folder.mkdir()
        (folder / "profile.toml").write_text(_profile(self.town, node), encoding="utf-8")
        for machine in ("a", "b") if node == HUB_NODE else ("a",):
            text = self._settings(node, machine)
            self.config(node, machine).write_text(text, encoding="utf-8")

    def channel(self, name: str) -> Path:
        """File of an embedded channel."""
        return self.root / "channels" / f"{name}.sqlite"

    def config(self, node: NodeId, machine: str = "a") -> Path:
        """Settings of a node's instance."""
        return self.root / node / f"hub-{machine}.toml"

    def store_url(self, node: NodeId) -> str:
        """Address of a node's store."""
        return f"sqlite:///{self.root / node / 'store.sqlite'}"

    def store(self, node: NodeId) -> Any:  # noqa: ANN401 - as wiring opens it
        """A node's store, for looking at it."""
        return open_store(self.store_url(node))

    def core(self, node: NodeId) -> Path:
        """The book of a node's simulated core."""
        return self.root / node / "core.sqlite"

    def _settings(self, node: NodeId, machine: str) -> str:
        desk = {HUB_NODE: "hub", BUREAU_NODE: "bureau", TREASURY_NODE: "treasury"}.get(node, "bank")
        core = f'core = "simulated:///core.sqlite?{CORE[desk]}"\n' if desk in CORE else ""
        lines = [
            f'env = "{ENV}"\npurpose = "development"\nnode = "{node}"\nmachine = "{machine}"',
            f'data = "data-{machine}"\ntrust = "../pki/trust"\nkeys = "../pki"',
            'passphrase_file = "../passphrase"',
            self.store_lines(node),
            f'\n[application]\ndesk = "{desk}"\nprofile = "profile.toml"',
            core,
        ]
        return "\n".join([*lines, *(self.channel_lines(name, node) for name in CHANNELS)])

    def store_lines(self, node: NodeId) -> str:
        """The settings of a node's store."""
        assert node in self.town.nodes
        return '\n[store]\nurl = "sqlite:///store.sqlite"\nlease = "sqlite:///lease.sqlite"'

    def channel_lines(self, name: str, node: NodeId) -> str:
        """The settings of a channel at a node."""
        assert node in self.town.nodes
        path = f"../channels/{name}.sqlite"
        return f'[[channels]]\nname = "{name}"\nkind = "embedded"\npath = "{path}"\n'

    # --- running

    def start(self, node: NodeId, machine: str = "a") -> None:
        """Start a node instance; its log lies beside its settings."""
        with (self.root / node / f"log-{machine}.jsonl").open("ab") as log:
            self.processes[f"{node}-{machine}"] = subprocess.Popen(
                [sys.executable, "-m", "ops.node", "leashed", str(self.config(node, machine))],
                stdin=subprocess.PIPE,  # its leash: no node outlives the demonstration
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, node: NodeId, machine: str) -> None:
        """SIGKILL a whole instance at once: keeper, dispatcher and workers."""
        process = self.processes.pop(f"{node}-{machine}")
        for pid in [process.pid, *_children(process.pid)]:
            _signal(pid, signal.SIGKILL)
        process.wait()
        _close(process)

    def stop(self) -> None:
        """Stop every node in order; whoever does not stop is killed."""
        for process in self.processes.values():
            _signal(process.pid, signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                for pid in [process.pid, *_children(process.pid)]:
                    _signal(pid, signal.SIGKILL)
                process.wait()
            _close(process)
        self.processes.clear()

    def take_away(self, channel: str) -> None:
        """A channel's disk is gone with everything on it."""
        path = self.channel(channel)
        for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
            path.with_name(name).unlink(missing_ok=True)


def _close(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()


def _children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        return [int(word) for word in path.read_text().split()]
    except OSError:
        return []


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _profile(town: Town, node: NodeId) -> str:
    lines = []
    for bank in town.banks:
        if town.bank_nodes[bank.code] == node:
            lines += [
                f'party = "{bank.party}"\ncode = "{bank.code}"\nname = "{bank.name}"',
                f'line_no = "{bank.line_no}"',
                f"\n[clearing.{town.treasury.code}]",
                f'agent_no = "99{bank.code}900001"\nagent_name = "{bank.name}划款专户"',
                f'agent_bank = "{bank.name}营业部"\nclear_no = "99000000001"',
                'clear_name = "国库单一账户"\nclear_bank = "国家金库云中中心支库"\n',
                "[payers]",
            ]
            for division in town.divisions:
                lines.append(f'"{division.accounts[bank.code].number}" = "{division.finance}"')
                lines += [
                    f'"{unit.account.number}" = "{unit.party}"'
                    for unit in division.units
                    if unit.bank.code == bank.code
                ]
    if node == TREASURY_NODE:
        lines.append(f'party = "{town.treasury}"\ncode = "{town.treasury.code}"\nname = "国库"')
    lines.append("\n[banks]")
    lines += [f'"{bank.line_no}" = "{bank.party}"' for bank in town.banks]
    return "\n".join(lines) + "\n"
