"""Hearing a restored neighbour that cannot answer, by command: guarded, and never by mistake."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from hub.clock import HOUR
from ops.cli.output import Exit
from ops.demo.site import Site
from ops.demo.town import BUREAU_NODE, ENV, HUB_NODE
from tests.support.hubctl import run
from tests.support.rows import a_beat
from tests.support.staffed import copied

KNOWN, NEW = "aa" * 8, "bb" * 8


@pytest.fixture(name="site")
def _site(ready: Site, tmp_path: Path) -> Site:
    return copied(ready, tmp_path / "town")


def hear(site: Site, *lives: str) -> None:
    """Beats of the bureau by these lives, each an hour after the one before."""
    for life in lives:
        store = site.store(HUB_NODE)
        with closing(store), store.begin() as tx:
            beat = replace(a_beat(), env=ENV, sender=BUREAU_NODE, receiver=HUB_NODE)
            tx.seen([replace(beat, incarnation=life)])
            tx.commit()
        with closing(sqlite3.connect(site.root / HUB_NODE / "store.sqlite")) as raw, raw:
            raw.execute("UPDATE peer SET seen_at = seen_at - ?", (HOUR,))
            back = "UPDATE peer SET unheard_since = unheard_since - ? WHERE unheard_since > 0"
            raw.execute(back, (HOUR,))


def heard(site: Site) -> str:
    store = site.store(HUB_NODE)
    with closing(store), store.read() as tx:
        return str(tx.peers()[BUREAU_NODE].incarnation)


def test_a_restored_neighbour_that_cannot_answer_is_heard_on_peoples_word(
    site: Site, tmp_path: Path
) -> None:
    hear(site, KNOWN, NEW)
    assert KNOWN == heard(site)
    paper = tmp_path / "fax.txt"
    paper.write_text(NEW)
    config = ("--config", site.config(HUB_NODE))
    believe = ("--reason", "restored", "--evidence", paper, *config)
    for stranger in (
        ("resync", "believe", "nobody", "--life", NEW, *believe),
        ("resync", "aside", "--peer", "nobody", *config),
    ):
        told = run(*stranger, "--write-act", tmp_path / "act.json", expect=Exit.NOT_FOUND)
        assert "peer_unknown" == told["error"]["code"]
    act = ("resync", "believe", BUREAU_NODE, *believe)
    other = run(*act, "--life", KNOWN, "--yes", "--type", HUB_NODE, expect=Exit.INVALID)
    assert "life_not_awaited" == other["error"]["code"]
    nobody = run(*act, "--life", NEW, "--yes", "--type", "somebody", expect=Exit.MISCONFIGURED)
    assert "name_not_typed" == nobody["error"]["code"]
    assert KNOWN == heard(site)
    assert NEW == run(*act, "--life", NEW, "--yes", "--type", HUB_NODE)["life"]
    assert NEW == heard(site)
    again = run(*act, "--life", NEW, "--yes", "--type", HUB_NODE, expect=Exit.INVALID)
    assert "life_not_awaited" == again["error"]["code"]
