"""A party's window in the town of desks."""

from __future__ import annotations

from typing import Any

from hub.desks.window import Sill, Window
from hub.observer import Fact, silent
from tests.support.town import Town
from tests.support.town_map import BANKS, NODES

BANK = BANKS[0]


def a_window(
    town: Town, name: str, *, decides: bool, facts: list[Fact] | None = None, life: str = ""
) -> Window[Any]:
    node = town.nodes[name]
    acts = frozenset(NODES.nodes[node.name])
    observe = facts.append if facts is not None else silent
    party = BANK if name == "bank-a" else None
    sill = Sill(node.store, party, node.desk.issue, town.means, observe, acts, decides, life=life)
    return Window(sill)
