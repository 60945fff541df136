"""Orders about parties on a node that is stepped: what is held waits, and goes on when resumed."""

from collections.abc import Sequence
from contextlib import ExitStack, closing

import pytest

from ops.cli.output import Exit
from ops.demo.site import Site
from ops.demo.town import BUREAU_NODE, HUB_NODE
from ops.import_wiring import importer
from ops.payments_import.rows import parse
from tests.support.hubctl import run
from tests.support.payments import as_csv, rows
from tests.support.staffed import copied
from tests.support.walk import Stepped

COUNT = 3
ROUNDS = 60


@pytest.fixture(name="site")
def _site(ready: Site, tmp_path_factory: pytest.TempPathFactory) -> Site:
    made = copied(ready, tmp_path_factory.mktemp("town"))
    with importer(made.config(BUREAU_NODE)) as node:
        node.send(node.look(parse(as_csv(rows(COUNT, seed=11)))))
    return made


def recorded(site: Site, *, everything: bool = False) -> int:
    """Payments on record at the hub, or all that was taken in."""
    kinds, store = {"5201", "8202"}, site.store(HUB_NODE)
    with closing(store), store.read() as tx:
        return sum(t.count for s, t in tx.totals().items() if everything or s.kind in kinds)


def issuers(site: Site) -> list[str]:
    store = site.store(BUREAU_NODE)
    with closing(store), store.read() as tx:
        return sorted({key[0] for key in tx.line_totals()})


def order(site: Site, *words: str) -> dict[str, object]:
    config = ("--reason", "ticket-1", "--config", site.config(HUB_NODE))
    return run("party", *words, *config, "--yes", "--type", HUB_NODE)


def test_a_suspended_party_waits_at_its_sender_and_goes_on_when_resumed(site: Site) -> None:
    held = issuers(site)
    for party in held:
        assert "suspended" == order(site, "suspend", party)["state"]
    with ExitStack() as opened:
        nodes = [Stepped(site, node) for node in (BUREAU_NODE, HUB_NODE)]
        for node in nodes:
            opened.callback(node.close)
        for _ in range(10):
            for node in nodes:
                node.step()
        assert 0 == recorded(site)
        for party in held:
            assert "open" == order(site, "resume", party)["state"]
        nodes[0].parts.party_orders.shut()
        assert COUNT == _sent_again(site, nodes, COUNT)


def test_what_is_over_a_limit_waits_at_its_sender_and_none_of_it_is_dropped(site: Site) -> None:
    limited = issuers(site)
    for party in limited:
        assert 1 == order(site, "limit", party, "1")["per_minute"]
    with ExitStack() as opened:
        nodes = [Stepped(site, node) for node in (BUREAU_NODE, HUB_NODE)]
        for node in nodes:
            opened.callback(node.close)
        _sent_again(site, nodes, COUNT, rounds=8)
        assert len(limited) == recorded(site, everything=True), "one of each a minute"
        listed = run("party", "list", "--config", site.config(HUB_NODE))["parties"]
        assert [(1, 0)] * len(limited) == [(one["per_minute"], one["left"]) for one in listed]
        for party in limited:
            order(site, "limit", party, "60000")
        assert COUNT == _sent_again(site, nodes, COUNT)


def _sent_again(site: Site, nodes: Sequence[Stepped], wanted: int, rounds: int = ROUNDS) -> int:
    """How many are on record when their sender has sent them again, as its own deadline does."""
    bureau = site.store(BUREAU_NODE)
    with closing(bureau):
        for _ in range(rounds):
            with bureau.begin() as tx:
                tx.hurry_hops([row.delivery_id for row in tx.oldest_hops(100)])
                tx.commit()
            for node in nodes:
                node.step()
            if recorded(site) == wanted:
                break
    return recorded(site)


def test_orders_are_guarded_and_listed_with_their_reason(site: Site) -> None:
    config = ("--config", site.config(HUB_NODE))
    party = issuers(site)[0]
    words = ("party", "limit", party, "600", "--reason", "ticket-2", *config)
    run(*words, expect=Exit.MISCONFIGURED)
    run(*words, "--yes", "--type", "bureau", expect=Exit.MISCONFIGURED)
    assert [] == run("party", "list", *config)["parties"]
    run(*words, "--yes", "--type", HUB_NODE)
    assert "draining" == order(site, "drain", party)["state"]
    (one,) = run("party", "list", *config)["parties"]
    told = (one["state"], one["per_minute"], one["reason"], one["node"])
    assert ("draining", 600, "ticket-1", BUREAU_NODE) == told
    assert 5 < len(run("party", "list", "--all", *config)["parties"])
    again = ("party", "resume", "102.999999", "--reason", "x", *config, "--yes", "--type", HUB_NODE)
    run(*again, expect=Exit.NOT_FOUND)
    bad = ("party", "drain", party, "--reason", "two words", *config, "--yes", "--type", HUB_NODE)
    run(*bad, expect=Exit.INVALID)
