"""The demonstration's folders, settings and node processes.

<root>/pki/…                 keys, certificates, trust (development only)
<root>/<node>/hub-a.toml     settings; core.sqlite, profile.toml and the log beside them
<root>/channels, servers     of the ground: see `ops.demo.ground`
"""

import os
import secrets
import signal
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from hub.clock import Clock
from hub.parties import NodeId
from keys.ceremony import CeremonyGround, ceremony
from keys.custody import Vault
from keys.release_source import begun
from ops.demo.ground import CHANNELS, Ground
from ops.demo.town import (
    BOUNCED_ACCOUNT,
    BUREAU_NODE,
    ENV,
    HUB_NODE,
    REFUSED_ACCOUNT,
    TREASURY_NODE,
    Town,
)
from ops.wiring import suites
from ops.wiring_store import open_lease, open_store

CORE: Final = {
    "bank": "seed=7&refused=0.01&silent=0.01&slow=0.01&lost=0.01&twice=0.01&bounced=0.01"
    f"&refused_to={REFUSED_ACCOUNT}&bounced_to={BOUNCED_ACCOUNT}",
    "treasury": "seed=7&silent=0.05&slow=0.05&lost=0.05&twice=0.05",
}
"""How often the simulated cores answer late, twice, not at all, or refuse."""

STOP_SECONDS: Final = 30.0
"""For a node that ends in order."""


@dataclass
class Site:
    """Where the demonstration lives, and its running processes by instance name."""

    root: Path
    """An absolute folder."""
    town: Town
    ground: Ground
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    # --- making

    def make(self, clock: Clock) -> None:
        """Keys, channels, stores and settings of every node."""
        passphrase = self.root / "passphrase"
        passphrase.touch(mode=0o600)
        passphrase.write_text(secrets.token_hex(16))
        vault = Vault(ENV, passphrase.read_bytes(), development=True)
        catalogue = begun(ENV)
        stage = CeremonyGround(catalogue, catalogue.newest, suites())
        plan = replace(self.town.plan, brokers=self.ground.brokers)
        ceremony(plan, self.root / "pki", vault, clock.now(), stage)
        for node in self.town.nodes:
            folder = self.root / node
            folder.mkdir(mode=0o700)
            (folder / "profile.toml").write_text(_profile(self.town, node), encoding="utf-8")
            for machine in ("a", "b") if node == HUB_NODE else ("a",):
                text = self._settings(node, machine)
                self.config(node, machine).write_text(text, encoding="utf-8")
        self.ground.make(self.town.nodes)

    def config(self, node: NodeId, machine: str = "a") -> Path:
        """Settings of a node's instance."""
        return self.root / node / f"hub-{machine}.toml"

    def store(self, node: NodeId) -> Any:  # noqa: ANN401 - as wiring opens it
        """A node's store, for looking at it."""
        return open_store(self.ground.store(node))

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
            f'\n[store]\nurl = "{self.ground.store(node)}"\nlease = "{self.ground.lease(node)}"',
            f'\n[application]\ndesk = "{desk}"\nprofile = "profile.toml"',
            core,
        ]
        lines += [f"[[channels]]\n{self.ground.channel(name, node)}" for name in CHANNELS]
        return "\n".join(lines)

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

    def active(self, node: NodeId) -> str:
        """The machine whose instance of a node holds the lease now; empty: none."""
        lease = open_lease(self.ground.lease(node) or self.ground.store(node))
        try:
            return lease.read().holder.removeprefix(f"{node}-")
        finally:
            lease.close()

    def kill(self, node: NodeId, machine: str) -> None:
        """SIGKILL a whole instance at once: keeper, dispatcher and workers."""
        self.signal(node, machine, signal.SIGKILL)
        process = self.processes.pop(f"{node}-{machine}")
        process.wait()
        _close(process)

    def signal(self, node: NodeId, machine: str, number: signal.Signals) -> None:
        """Send a signal to every process of an instance: SIGSTOP freezes it, SIGCONT thaws."""
        for pid in self.pids(node, machine):
            _signal(pid, number)

    def pids(self, node: NodeId, machine: str) -> list[int]:
        """An instance's processes: its keeper, then the keeper's children."""
        keeper = self.processes[f"{node}-{machine}"].pid
        return [keeper, *_children(keeper)]

    def stop(self, *, but: NodeId | None = None) -> None:
        """Stop every node in order, but one if so wished; whoever does not stop is killed."""
        ending = [name for name in self.processes if name.rpartition("-")[0] != but]
        for name in ending:
            _signal(self.processes[name].pid, signal.SIGTERM)
        for name in ending:
            process = self.processes.pop(name)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                for pid in [process.pid, *_children(process.pid)]:
                    _signal(pid, signal.SIGKILL)
                process.wait()
            _close(process)

    def give_up(self) -> None:
        """SIGKILL every node: whatever it is doing, nobody waits for it any more."""
        for name in list(self.processes):
            node, _, machine = name.rpartition("-")
            self.kill(NodeId(node), machine)

    def end(self) -> None:
        """Stop every node, then what they stood on."""
        try:
            self.stop()
        finally:
            self.ground.end()


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
                f'line_no = "{bank.line_no}"\nunit_quota = true',
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
