"""The demonstration's town with operators at its hub."""

import shutil
from dataclasses import replace
from pathlib import Path

from hub.parties import HUB, Party
from hub.trust.model import Duty
from keys.plan import OperatorPlan, Plan
from ops.clock import SystemClock
from ops.demo.ground import Embedded
from ops.demo.site import Site
from ops.demo.town import Town, town

CENTRE = Party(HUB, "centre")
PEOPLE = (
    OperatorPlan("li.si", CENTRE, Duty.SYSTEM),
    OperatorPlan("wang.wu", CENTRE, Duty.SECURITY),
    OperatorPlan("sun.qi", CENTRE, Duty.AUDIT),
)


class Staffed(Town):
    """The town, with operators at the hub."""

    @property
    def plan(self) -> Plan:
        return replace(super().plan, operators=PEOPLE)


def copied(site: Site, root: Path) -> Site:
    """The same site in another folder; its settings name files by their whole path."""
    shutil.copytree(site.root, root, dirs_exist_ok=True)
    for settings in root.glob("*/hub-*.toml"):
        text = settings.read_text(encoding="utf-8")
        settings.write_text(text.replace(str(site.root), str(root)), encoding="utf-8")
    return Site(root, site.town, Embedded(root))


def plain(root: Path) -> Site:
    """A site of the usual town in a new folder, nobody running."""
    site = Site(root, town(), Embedded(root))
    site.make(SystemClock())
    return site


def staffed(root: Path) -> Site:
    """The same, with operators."""
    base = town()
    home = Staffed(base.divisions, base.banks, base.bank_nodes, base.treasury)
    site = Site(root, home, Embedded(root))
    site.make(SystemClock())
    return site
