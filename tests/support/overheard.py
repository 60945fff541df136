"""A site whose nodes serve their figures and hand every alarm to a hook that keeps it."""

import json
import sys
import urllib.request
from pathlib import Path

from hub.parties import NodeId
from ops.demo.ground import Embedded
from ops.demo.site import Site
from ops.demo.town import Town, town
from ops.deploy.ports import free_port

KEEP = "import sys; open({place!r}, 'ab').write(sys.stdin.buffer.read())"
"""The hook: appends the octets it is given."""


class OverheardSite(Site):
    """Every instance has a port for `/metrics` and a hook of its own."""

    def __init__(self, root: Path, everybody: Town) -> None:
        super().__init__(root, everybody, Embedded(root))
        self._ports: dict[str, int] = {}

    def start(self, node: NodeId, machine: str = "a") -> None:
        """Written into the settings before the instance's first start."""
        instance = f"{node}-{machine}"
        if instance not in self._ports:
            self._ports[instance] = free_port()
            program = KEEP.format(place=str(self._hooked(instance)))
            command = json.dumps([sys.executable, "-c", program])
            path = self.config(node, machine)
            own = f"metrics_port = {self._ports[instance]}\n{path.read_text(encoding='utf-8')}"
            alarms = f"\n[alarms]\ncommand = {command}\nheartbeat_seconds = 10\n"
            path.write_text(own + alarms, encoding="utf-8")
        super().start(node, machine)

    def figures(self) -> dict[str, str]:
        """What `/metrics` of every running instance says now."""
        found = {}
        for instance in self.processes:
            url = f"http://127.0.0.1:{self._ports[instance]}/metrics"
            with urllib.request.urlopen(url, timeout=10) as answer:
                found[instance] = answer.read().decode()
        return found

    def delivered(self) -> str:
        """All lines that hooks were given, as text."""
        paths = [self._hooked(instance) for instance in sorted(self._ports)]
        return "".join(_whole_lines(path).decode() for path in paths if path.exists())

    def events(self, code: str) -> list[str]:
        """What hooks have heard of one alarm."""
        told = [json.loads(line) for line in self.delivered().splitlines()]
        return [one["event"] for one in told if one.get("code") == code]

    def _hooked(self, instance: str) -> Path:
        return self.root / f"hooked-{instance}"


def _whole_lines(path: Path) -> bytes:
    """A reader can see the first page of what is being appended, and not the second."""
    octets = path.read_bytes()
    return octets[: octets.rfind(b"\n") + 1]


def overheard(root: Path) -> OverheardSite:
    """The usual town's site."""
    return OverheardSite(root, town())
