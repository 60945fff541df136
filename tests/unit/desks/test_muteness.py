"""A restored node is mute: it issues nothing, works no task, calls no core, runs no phase."""

from dataclasses import replace

import pytest

from hub.clock import Instant
from hub.desks import bureau
from hub.errors import NotActive
from hub.exchange.muteness import NEWCOMERS, RECOVERING, among
from hub.parties import NodeId
from tests.support.town import Town
from tests.support.town_map import ENV

HUB = NodeId("hub")


def put(town: Town, node: str, peer: NodeId, state: str) -> None:
    with town.nodes[node].store.begin() as tx:
        tx.set_peer_state(peer, state)
        tx.commit()


def ask(town: Town, amount: int) -> None:
    request = town.request(amount)
    town.issue([*bureau.payment_drafts([request], ENV, 1), town.notice([request])])


def test_a_restored_bank_records_but_pays_only_when_opened() -> None:
    town = Town()
    put(town, "bank-a", NEWCOMERS, RECOVERING)
    ask(town, 500)
    town.carry()
    bank = town.nodes["bank-a"]
    assert 0 == bank.desk.work(100) == bank.other.work(100)
    assert 0 == town.calls.get("open_intents", 0)
    with bank.store.read() as tx:
        assert 1 == len(tx.open_tasks(10))
    put(town, "bank-a", HUB, "open")
    town.settle()
    assert (1, 500) == town.totals("bureau")["5201", "paid"]


def test_a_restored_bureau_issues_nothing_until_it_is_opened() -> None:
    town = Town()
    put(town, "bureau", HUB, RECOVERING)
    with pytest.raises(NotActive, match="node_recovering"):
        ask(town, 500)
    put(town, "bureau", HUB, "open")
    ask(town, 500)


def test_a_restored_treasury_runs_no_phase() -> None:
    town = Town()
    put(town, "treasury", NEWCOMERS, RECOVERING)
    with pytest.raises(NotActive, match="node_recovering"):
        town.phase("checks", "treasury")


def over(town: Town, node: str, at: Instant) -> None:
    """Let the trust list's grace at this node end at that moment."""
    for desk in (town.nodes[node].desk, town.nodes[node].other):
        desk._parts = replace(desk._parts, expired=lambda now: now > at)


def test_under_a_list_whose_grace_is_over_nothing_is_issued_worked_or_planned() -> None:
    town = Town()
    ask(town, 500)
    town.carry()
    end = town.clock.now()
    for node in ("bureau", "bank-a", "treasury"):
        over(town, node, end)
    assert 1 == town.nodes["bank-a"].desk.work(1), "to its last moment everything goes on"
    town.clock.at += 1
    assert 0 == town.nodes["bank-a"].desk.work(100) == town.nodes["bank-a"].other.work(100)
    with pytest.raises(NotActive, match="trust_list_over"):
        ask(town, 700)
    with pytest.raises(NotActive, match="trust_list_over"):
        town.phase("checks", "treasury")
    for node in ("bureau", "bank-a", "treasury"):
        over(town, node, Instant(2**62))  # the next list is there
    town.settle()
    assert (1, 500) == town.totals("bureau")["5201", "paid"]


def test_a_neighbour_that_was_opened_is_open_whatever_newcomers_are() -> None:
    states = {NEWCOMERS: RECOVERING, HUB: "open", NodeId("a"): "set_aside"}
    assert {NodeId("b")} == among(states, [HUB, NodeId("a"), NodeId("b")])
    assert set() == among({}, [HUB])
