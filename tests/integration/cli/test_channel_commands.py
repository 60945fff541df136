"""A node's channels and dead letters from the command line."""

import json
from pathlib import Path

import pytest

from hub.clock import iso
from hub.exchange.dead import Found, letter
from ops.cli.output import Exit
from ops.demo.ground import CHANNELS
from ops.demo.site import Site
from ops.demo.town import BUREAU_NODE, HUB_NODE
from ops.said import At
from tests.support.hubctl import run, shown
from tests.support.staffed import copied


@pytest.fixture(name="site", scope="module")
def _site(ready: Site, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A town that has been set up, and no node runs."""
    return copied(ready, tmp_path_factory.mktemp("town"))


def test_a_channel_is_drained_and_resumed_by_command(site: Site) -> None:
    config = ("--config", site.config(HUB_NODE))
    name = min(CHANNELS)
    said = run("channel", "drain", name, "--reason", "upgrade", *config)
    assert ("draining", len(CHANNELS) - 1) == (said["state"], said["usable"])
    found = {c["name"]: c for c in run("channel", "list", *config)["channels"]}
    assert ("draining", "upgrade") == (found[name]["state"], found[name]["reason"])
    run("channel", "resume", name, "--reason", "upgraded", *config)
    assert len(CHANNELS) == run("channel", "list", *config)["up"]
    run("channel", "disable", "no-such", "--reason", "x", *config, expect=Exit.NOT_FOUND)


def test_the_hub_writes_what_its_brokers_load(site: Site, tmp_path: Path) -> None:
    out = tmp_path / "definitions.json"
    said = run("channel", "definitions", "--config", site.config(HUB_NODE), "--out", out)
    made = json.loads(out.read_text(encoding="utf-8"))
    assert len(site.town.nodes) == said["users"] == len(made["users"])
    assert {"quorum"} == {queue["arguments"]["x-queue-type"] for queue in made["queues"]}
    bureau = ("--config", site.config(BUREAU_NODE))
    run("channel", "definitions", *bureau, "--out", out, expect=Exit.MISCONFIGURED)


def test_dead_letters_are_shown_and_discarded_by_a_guarded_act(site: Site) -> None:
    found = Found(1, "", "online", "rejected", b"whose is this")
    store = site.store(HUB_NODE)
    with store.begin() as tx:
        one = letter(min(CHANNELS), found, tx.now)
        tx.add_messages({one.digest: found.octets})
        tx.put_letters([one])
        tx.commit()
    store.close()
    config = ("--config", site.config(HUB_NODE))
    assert [one.id] == [o["letter"] for o in run("deadletter", "list", *config)["letters"]]
    seen = run("deadletter", "show", one.id, *config)
    assert (one.digest.hex(), iso(one.at)) == (seen["digest"], seen["at"])
    for command in (("list",), ("show", one.id)):
        told = shown("deadletter", *command, *config)
        assert str(At(one.at)) in told, "a time, not a number of milliseconds"
    run("deadletter", "show", "no-such", *config, expect=Exit.NOT_FOUND)
    run("deadletter", "retry", one.id, *config, expect=Exit.INVALID)
    away = ("deadletter", "discard", one.id, *config)
    run(*away, expect=Exit.MISCONFIGURED)
    run(*away, "--yes", "--type", "bureau", expect=Exit.MISCONFIGURED)
    assert 64 == len(run(*away, "--yes", "--type", HUB_NODE)["act"])
    assert [] == run("deadletter", "list", *config)["letters"]
    (kept,) = run("deadletter", "list", "--all", *config)["letters"]
    assert "discarded" == kept["state"]


def test_a_route_is_explained_from_catalogue_and_directory(site: Site) -> None:
    hub = ("--config", site.config(HUB_NODE))
    asked = ("route", "explain", "5201", "--division", site.town.divisions[0].code)
    said = run(*asked, "--from", "011", "--on", "20261122", *hub)
    assert {"relay", "to"} == {one["role"] for one in said["receivers"]}
    run(*asked, "--from", "001", *hub, expect=Exit.INVALID)
    nowhere = ("route", "explain", "5201", "--division", "123456", "--from", "011", *hub)
    assert "division_unknown" == run(*nowhere, expect=Exit.NOT_FOUND)["error"]["code"]
