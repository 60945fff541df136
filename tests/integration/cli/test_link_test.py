"""Probes between real nodes: every party answers by every channel, and nothing is recorded."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.errors import RuleBroken
from hub.exchange.model import Incoming, MessageClass
from hub.observer import silent
from ops import link_test
from ops.cli.output import Exit
from ops.clock import SystemClock
from ops.demo.ground import CHANNELS
from ops.demo.site import Site
from ops.demo.town import BUREAU_NODE, HUB_NODE, town
from ops.settings import load
from ops.wiring import Parts
from ops.wiring_store import open_lease
from tests.support.hubctl import run, shown
from tests.support.staffed import copied
from tests.support.walk import Stepped

PARTIES = len(town().nodes) - 1
PAUSE_SECONDS = 0.1
"""Between two rounds: who is waited for needs the processor too."""


@pytest.fixture(name="site", scope="module")
def _site(ready: Site, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return copied(ready, tmp_path_factory.mktemp("town"))


@pytest.fixture(name="alive")
def _alive(site: Site) -> Iterator[Site]:
    """All nodes run, stepped by a thread."""
    over = threading.Event()

    def live() -> None:
        nodes = [Stepped(site, node) for node in site.town.nodes]
        while not over.wait(PAUSE_SECONDS):
            for node in nodes:
                node.step()
        for node in nodes:
            node.close()

    thread = threading.Thread(target=live)
    thread.start()
    yield site
    over.set()
    thread.join()


def test_the_hub_is_answered_by_every_party_on_every_channel(alive: Site) -> None:
    said = run("channel", "test", "--deadline", "60", "--config", alive.config(HUB_NODE))
    assert (PARTIES * len(CHANNELS), said["asked"]) == (said["answered"], said["answered"])
    told = [(a["channel"], a["party"]) for a in said["answers"]]
    assert len(told) == len(set(told))
    assert all(a["party"] == a["answers"] and a["ms"] >= 0 for a in said["answers"])


def test_a_party_reaches_another_through_the_hub_and_hears_both(alive: Site) -> None:
    hub = load(alive.config(HUB_NODE))
    with_hub = Parts(hub, "t", "reaches", silent, SystemClock())
    bank = next(p for p in sorted(with_hub.directory.node_of) if p.is_bank)
    with_hub.close()
    name = min(CHANNELS)
    config = ("--config", alive.config(BUREAU_NODE))
    said = run("channel", "test", name, "--party", str(bank), "--deadline", "60", *config)
    assert [("999", name), (str(bank)[:3], name)] == [
        (a["answers"][:3], a["channel"]) for a in said["answers"]
    ]
    for named, more in (("channel", ("no-such",)), ("party", ("--party", "102.999999"))):
        error = run("channel", "test", *more, *config, expect=Exit.NOT_FOUND)["error"]
        assert {named: more[-1]} == error["context"]


def test_a_channel_that_is_away_says_nothing_about_the_others(alive: Site) -> None:
    first, *others = CHANNELS
    known = Path(alive.config(BUREAU_NODE))
    lost = known.with_name("lost.toml")
    lost.write_text(known.read_text().replace(f"{first}.sqlite", "nowhere.sqlite"))
    said = run(
        "channel", "test", "--party", "999.centre", "--deadline", "15", "--config", lost,
        expect=Exit.UNAVAILABLE,
    )  # fmt: skip
    told = {a["channel"]: a["state"] for a in said["answers"]}
    assert {first: "not sent", **dict.fromkeys(others, "answered")} == told


def test_a_node_that_is_away_answers_nothing_and_the_command_says_so(site: Site) -> None:
    config = site.config(HUB_NODE)
    asked = ("channel", "test", min(CHANNELS), "--deadline", "0.2", "--config", config)
    said = run(*asked, expect=Exit.UNAVAILABLE)
    assert (0, PARTIES, "") == (said["answered"], said["asked"], said["active"])
    assert {"no answer"} == {a["state"] for a in said["answers"]}
    unheard = "no answer could be heard"
    assert unheard in shown(*asked)
    settings = load(config)
    lease = open_lease(settings.store.lease)
    lease.renew(settings.instance, 60_000)
    assert unheard not in shown(*asked)
    lease.release(settings.instance)
    lease.close()


def test_a_probe_among_vouchers_is_refused_and_nothing_of_probes_is_recorded(
    site: Site, tmp_path: Path
) -> None:
    assert tmp_path.exists()
    parts = Parts(load(site.config(HUB_NODE)), "t", "among", silent, SystemClock())
    bank = next(p for p in sorted(parts.directory.node_of) if p.is_bank)
    (probe,) = parts.echo.ask([("1-1", bank)], parts.directory.hub_party)
    with parts.store.read() as tx:
        assert {} == tx.layers([str(probe.top.id)])
    with pytest.raises(RuleBroken, match="no_route"):
        parts.echo.parcel(type(bank)("102", "999999"), probe)
    peer, octets = parts.echo.parcel(bank, probe)
    assert peer == parts.directory.node_of[bank]
    answers = link_test.parties(parts, [str(bank)])
    assert [bank] == answers
    incoming = Incoming("c", 1, peer, MessageClass.URGENT, octets, redelivered=False)
    parts.exchange.receive([incoming])  # not for the hub: a stranger's parcel is refused
    with parts.store.read() as tx:
        assert {} == tx.layers([str(probe.top.id)])
    parts.close()
