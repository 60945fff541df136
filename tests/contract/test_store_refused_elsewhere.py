"""Contract of the store: what is refused for one receiver is taken in for another (protocol 1)."""

from dataclasses import replace

import pytest

from hub.clock import Instant
from hub.exchange.model import Item, RefusalRow
from hub.parties import NodeId, Party
from tests.support.gate import (
    AGENT,
    DIRECTORY,
    HUB,
    KINDS,
    Gate,
    Recorder,
    a_plain,
    an_item,
)
from tests.support.plain import PlainVerifier
from tests.support.stores import Site, TickingClock, write

MOVED, OTHER = Party("103", "370100"), Party("104", "370100")
VOUCHER = a_plain("1")
HERE = an_item(VOUCHER, delivery_id="here", receiver=AGENT)
THERE = an_item(VOUCHER, delivery_id="there", receiver=MOVED)
"""The same octets, for who is served here and for who is not."""


def a_bank(site: Site, *served: Party) -> tuple[Gate, Recorder, TickingClock]:
    """A bank's node as the hub feeds it."""
    app, clock = Recorder(), TickingClock()
    directory = replace(DIRECTORY, nodes={**DIRECTORY.nodes, NodeId("bank"): frozenset(served)})
    verifier = PlainVerifier(directory, KINDS, 1)
    bank = Gate("sim", "bank", str(HUB), directory, verifier, app, clock, site.store)  # type: ignore[arg-type]
    return bank, app, clock


def take(gate: Gate, *items: Item) -> dict[str, str]:
    """One packet, and what was answered of it."""
    gate.receive(gate.packet((), AGENT, items=items))
    names = {item.delivery_id for item in items}
    return {name: code for name, code in gate.codes().items() if name in names}


def test_who_is_not_served_here_any_more_takes_nothing_from_who_is(site: Site) -> None:
    bank, app, _ = a_bank(site, AGENT)
    assert {"there": "not_served"} == take(bank, THERE)
    assert {"here": "recorded"} == take(bank, HERE)
    assert ["1"] == app.numbers


def test_who_is_served_here_gives_nothing_to_who_is_not(site: Site) -> None:
    bank, app, _ = a_bank(site, AGENT)
    assert {"here": "recorded"} == take(bank, HERE)
    assert {"there": "not_served"} == take(bank, THERE)
    assert ["1"] == app.numbers


def test_in_one_packet_each_receiver_gets_his_own_answer(site: Site) -> None:
    bank, app, _ = a_bank(site, AGENT)
    assert {"there": "not_served", "here": "recorded"} == take(bank, THERE, HERE)
    assert ["1"] == app.numbers


def test_who_may_not_have_it_takes_nothing_from_who_may(site: Site) -> None:
    bank, app, _ = a_bank(site, AGENT, OTHER)
    assert {"d": "no_role"} == take(bank, an_item(VOUCHER, receiver=OTHER))
    assert {"here": "recorded"} == take(bank, HERE)
    assert ["1"] == app.numbers


def test_a_refusal_for_a_receiver_is_answered_again_unopened(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank, _, clock = a_bank(site, AGENT)
    take(bank, THERE)
    with monkeypatch.context() as patch:
        patch.delattr(PlainVerifier, "open")
        clock.at += 2000
        assert {"there": "not_served"} == take(bank, THERE)
    assert [1, 1] == [len(bank.told("refused")), len(bank.told("duplicate"))]


def test_octets_that_do_not_hold_are_refused_unopened_for_every_receiver(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank, app, _ = a_bank(site, AGENT)
    broken = bytearray(VOUCHER)
    broken[-2] ^= 1
    (first,) = take(bank, replace(THERE, octets=bytes(broken))).values()
    with monkeypatch.context() as patch:
        patch.delattr(PlainVerifier, "open")
        assert {"here": first} == take(bank, replace(HERE, octets=bytes(broken)))
    assert [] == app.numbers


def test_a_refusal_kept_under_the_octets_alone_is_final_for_its_own_delivery(site: Site) -> None:
    """As releases kept it that did not tell receivers apart."""
    bank, app, _ = a_bank(site, AGENT, MOVED)
    kept = RefusalRow(str(HUB), THERE.digest, "not_served", "there", Instant(1))
    write(site.store, lambda tx: tx.add_refusals([kept]))
    assert {"there": "not_served"} == take(bank, THERE)
    assert {"here": "recorded"} == take(bank, HERE)
    assert ["1"] == app.numbers
