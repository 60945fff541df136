"""Every list is there for a person, in both languages, and for a machine, with the same rows."""

from typing import Any

import pytest

from hub.clock import Instant
from hub.exchange.alarms import Alarm, AlarmState
from hub.exchange.dead import Found, letter
from ops.cli.main import branch
from ops.cli.places import NOUNS
from ops.demo.ground import CHANNELS
from ops.demo.site import Site
from ops.demo.town import BUREAU_NODE
from tests.integration.cli.test_node_commands import _issued
from tests.support.hubctl import run, shown

__all__ = ["_issued"]
ROWS = {
    "alarm": "alarms", "archive": "days", "backup": "sets", "basedata": "editions",
    "breaks": "breaks", "catalogue": "releases", "channel": "channels", "deadletter": "letters",
    "operator": "operators", "packet": "hand_overs", "parked": "parked", "party": "parties",
    "resync": "peers", "trust": "lists",
}  # fmt: skip
"""Noun → what its list is called in JSON."""
FOLDERS = (("backup", "target"), ("archive", "folder"))


@pytest.fixture(name="config", scope="module")
def _config(issued: Site) -> str:
    """A bureau that has something in some of its lists."""
    with issued.store(BUREAU_NODE).begin() as tx:
        at = Instant(tx.now)
        one = letter(min(CHANNELS), Found(1, "", "online", "rejected", b"whose is this"), at)
        tx.add_messages({one.digest: b"whose is this"})
        tx.put_letters([one])
        tx.put_alarms([Alarm("channel_down", "c2", AlarmState.OPEN, 1, at, at, at, at)])
        tx.commit()
    path = issued.config(BUREAU_NODE)
    with_folders = path.with_name("with-folders.toml")
    blocks = [f'[{name}]\n{key} = "{path.with_name(name)}"' for name, key in FOLDERS]
    with_folders.write_text("\n\n".join([path.read_text(), *blocks]))
    return str(with_folders)


def lists() -> set[str]:
    return {noun for noun in NOUNS if "list" in getattr(branch(noun), "commands", {})}


def test_every_list_is_known_here() -> None:
    assert lists() == ROWS.keys()


@pytest.mark.parametrize("noun", sorted(ROWS))
def test_a_list_is_one_object_for_machines_and_a_table_for_people(noun: str, config: str) -> None:
    said: dict[str, Any] = run(noun, "list", "--config", config, expect=None)
    assert (1, f"{noun}.list") == (said["schema"], said["report"])
    rows = said[ROWS[noun]]
    told, chinese = (shown(noun, "list", *more, "--config", config) for more in ((), ("--zh",)))
    assert told != chinese
    assert "error" not in said
    assert not told.startswith("{")
    for row in rows:
        name = next(str(value) for value in row.values() if value)
        assert name[:16] in told
        assert name[:16] in chinese
