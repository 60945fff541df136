"""Contract of the store: what is said to be asked first changes no answer."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest

from hub.exchange.ahead import NOTHING, Ahead
from hub.exchange.muteness import RECOVERING
from hub.exchange.ports import Transaction
from tests.support.rows import (
    AT,
    BANK,
    a_beat,
    a_delivery,
    a_layer,
    a_refusal,
    delivery_id,
    layer_id,
)
from tests.support.stores import Site, write

ALL: Final = Ahead(
    deliveries={delivery_id("1"), delivery_id("2"), delivery_id("3")},
    layers={layer_id("1"), layer_id("2")},
    refusals={a_refusal().digest, a_refusal("other").digest},
    stacks={a_layer("1").stack_digest, b"other"},
    lives={BANK},
    restore=True,
    recovering=True,
    trust_number=True,
)
REFUSALS: Final = [(row.sender, row.digest) for row in (a_refusal(), a_refusal("other"))]
QUESTIONS: Final[dict[str, Callable[[Transaction], object]]] = {
    "deliveries": lambda tx: tx.deliveries(ALL.deliveries),
    "fewer deliveries": lambda tx: tx.deliveries({delivery_id("1")}),
    "layers": lambda tx: tx.layers(ALL.layers),
    "refusals": lambda tx: tx.refusals(REFUSALS),
    "stacks": lambda tx: tx.known_stacks(ALL.stacks),
    "lives": lambda tx: tx.lives([BANK]),
    "restore": lambda tx: tx.restore(),
    "recovering": lambda tx: tx.recovering([BANK]),
    "trust_number": lambda tx: tx.trust_number(),
}
WRITES: Final[dict[str, Callable[[Transaction], object]]] = {
    "deliveries": lambda tx: tx.add_deliveries([a_delivery("2")]),
    "layers": lambda tx: tx.add_layers([a_layer("2")]),
    "refusals": lambda tx: tx.add_refusals([a_refusal("other")]),
    "lives": lambda tx: tx.seen([a_beat()]),
    "recovering": lambda tx: tx.set_peer_state(BANK, RECOVERING),
    "restore": lambda tx: tx.begin_recovery(AT),
}


def filled(site: Site) -> None:
    def work(tx: Transaction) -> None:
        tx.add_deliveries([a_delivery("1")])
        tx.add_layers([a_layer("1")])
        tx.add_refusals([a_refusal()])

    write(site.store, work)


def answers(tx: Transaction) -> dict[str, Any]:
    return {name: ask(tx) for name, ask in QUESTIONS.items()}


def test_every_answer_of_a_view_is_the_same(site: Site) -> None:
    filled(site)
    with site.store.read() as tx:
        plain = answers(tx)
    assert {delivery_id("1")} == plain["deliveries"].keys()
    for ahead in (ALL, replace(ALL, only=True), Ahead(lives={BANK}, only=True)):
        with site.store.read(ahead) as tx:
            assert plain == answers(tx)
            assert plain == answers(tx)  # asked again


@pytest.mark.parametrize("name", WRITES)
def test_a_transaction_sees_what_it_has_written_since(site: Site, name: str) -> None:
    filled(site)
    seen = []
    for ahead in (NOTHING, ALL):
        with site.store.begin(ahead) as tx:  # rolled back: both begin alike
            before = QUESTIONS[name](tx) if ahead is NOTHING else None
            WRITES[name](tx)
            seen.append(QUESTIONS[name](tx))
            assert before != seen[-1]
    assert seen[0] == seen[1]


def test_a_transaction_sees_the_many_rows_it_has_written_since(site: Site) -> None:
    filled(site)
    with site.store.begin(ALL) as tx:  # so many go another way
        tx.add_deliveries([a_delivery(str(n)) for n in range(2, 60)])
        assert set(ALL.deliveries) == tx.deliveries(ALL.deliveries).keys()


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_transaction_that_asks_something_else_first_gets_the_same_answer(
    site: Site, name: str
) -> None:
    filled(site)
    with site.store.begin() as tx:
        plain = QUESTIONS[name](tx)
    with site.store.begin(ALL) as tx:
        tx.peers()
        assert plain == QUESTIONS[name](tx)
