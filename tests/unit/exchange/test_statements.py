"""Who may state something of a layer."""

from dataclasses import replace

import pytest

from adapters.embedded.memory_store import MemoryStore
from hub.errors import RuleBroken
from hub.exchange import statements
from hub.exchange.model import StatementEntry, StatusEvent
from hub.voucher.model import LayerId, LayerType, Voucher
from tests.support.plain import sealed
from tests.support.rows import a_layer, layer_id, voucher_id
from tests.support.simulator.world import AGENT, BANK, ENV, FINANCE, HUB, World
from tests.support.stores import TickingClock


def statement(world: World, layer: str, number: str = "i-1", party: str = str(AGENT)) -> Voucher:
    entry = StatementEntry(
        layer, b"d", "signed_for", "", world.clock.now(), "20261122", str(FINANCE), party
    )
    return sealed(statements.draft([entry], ENV, 1, world.clock.now(), number))


def refusals(world: World) -> set[str]:
    return {
        str(fact.fields["code"]) for fact in world.sites[HUB].facts if fact.name == "refused"
    }  # fmt: skip


def receive(world: World, voucher: Voucher) -> None:
    world.inject(voucher, BANK, HUB)
    world.tail(3)


def test_a_party_states_only_what_was_addressed_to_it() -> None:
    world = World(5)
    world.submit("1")
    world.tail()
    (original,) = world.submitted
    receipt = LayerId(original.id, LayerType.RECEIPT, AGENT)
    receive(world, statement(world, str(original.top.id), "i-77"))
    assert set() == refusals(world)
    own = statement(world, str(receipt), "i-78")
    receive(world, own)
    assert {"statement_not_receiver"} == refusals(world)
    assert not world.on_record(HUB, own)


def test_a_statement_of_a_layer_that_is_not_here_is_told_and_never_refused() -> None:
    world = World(5)
    receive(world, statement(world, layer_id("unknown")))
    assert set() == refusals(world)
    early = [f for f in world.sites[HUB].facts if f.name == "statement_early"]
    assert [1] * len(early) == [f.fields["count"] for f in early]
    assert early


@pytest.mark.parametrize(
    ("party", "receivers", "expected"),
    [
        ("102.370100", "102.370100,103.370100", True),
        ("104.370100", "102.370100,103.370100", False),
        ("104.370100", "*", True),
        ("104.370100", "", True),
        ("102.3701", "102.370100", False),
    ],
)
def test_receivers_are_whole_names(party: str, receivers: str, expected: bool) -> None:  # noqa: FBT001
    assert expected == statements.allowed(party, replace(a_layer(), receivers=receivers))


def test_one_entry_that_is_not_ours_spoils_the_statement() -> None:
    world = World(5)
    made = statement(world, layer_id("1"), party="011.370100")
    with pytest.raises(RuleBroken, match="statement_not_receiver"):
        statements.require_receiver(made, {layer_id("1"): a_layer("1")})


def test_the_word_of_somebody_else_that_came_first_is_no_status() -> None:
    """Numbers can be guessed: it was stated upon before it was here, by whom it is not for."""
    name, of = layer_id("1"), voucher_id("1")
    store = MemoryStore(TickingClock(), "life-1")
    with store.begin() as tx:
        tx.add_status([StatusEvent(name, "signed_for", tx.now, "104.370100", "")])
        tx.add_layers([a_layer("1")])
        assert {of: {name: 0}} == statements.numbers(tx, [of], ())
        tx.add_status([StatusEvent(name, "signed_for", tx.now, "103.370100", "")])
        assert {of: {name: 3}} == statements.numbers(tx, [of], ())


def test_a_return_that_somebody_else_states_is_no_status() -> None:
    name, of = layer_id("1"), voucher_id("1")
    store = MemoryStore(TickingClock(), "life-1")
    with store.begin() as tx:
        tx.add_layers([a_layer("1")])
        tx.add_status([StatusEvent(name, "returned", tx.now, "104.370100", "")])
        assert {of: {name: 0}} == statements.numbers(tx, [of], ())
