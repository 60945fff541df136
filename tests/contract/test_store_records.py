"""Contract of the store: transactions, messages, layers, deliveries, refusals."""

import pytest

from hub.errors import StoreDown
from hub.exchange.model import Verdict
from tests.support.rows import (
    a_delivery,
    a_layer,
    a_refusal,
    delivery_id,
    digest,
    layer_id,
    voucher_id,
)
from tests.support.stores import Site, look, write


def test_nothing_is_true_without_a_commit(site: Site) -> None:
    with site.store.begin() as tx:
        tx.add_messages({digest("a"): b"a"})
        tx.add_layers([a_layer()])
        tx.add_deliveries([a_delivery()])
        tx.append_journal("l/m/s/1", b"x")
        tx.raise_trust_state()
    with site.store.read() as tx:
        assert {} == tx.messages([digest("a")])
        assert {} == tx.layers([layer_id("1")])
        assert {} == tx.deliveries([delivery_id("1")])
        assert 1 == tx.fence.trust_state


def test_an_exception_rolls_back_and_passes_on(site: Site) -> None:
    def crash() -> None:
        with site.store.begin() as tx:
            tx.add_messages({digest("a"): b"a"})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        crash()
    assert {} == look(site.store, lambda tx: tx.messages([digest("a")]))
    write(site.store, lambda tx: tx.add_messages({digest("a"): b"a"}))
    assert {digest("a"): b"a"} == look(site.store, lambda tx: tx.messages([digest("a")]))


def test_what_is_written_is_seen_inside_its_own_transaction(site: Site) -> None:
    with site.store.begin() as tx:
        tx.add_layers([a_layer()])
        assert {layer_id("1"): a_layer()} == tx.layers([layer_id("1")])


def test_messages_are_kept_once_and_come_back_octet_for_octet(site: Site) -> None:
    octets = {digest(text): text.encode() * 1 for text in ("a", "b", "c")}
    write(site.store, lambda tx: tx.add_messages({digest("b"): b"b"}))
    write(site.store, lambda tx: tx.add_messages(octets))
    wanted = [*octets, digest("absent")]
    assert octets == look(site.store, lambda tx: dict(tx.messages(wanted)))


def test_a_large_batch_is_kept_whole(site: Site) -> None:
    octets = {digest(str(n)): str(n).encode() for n in range(2500)}
    write(site.store, lambda tx: tx.add_messages(octets))
    assert octets == look(site.store, lambda tx: dict(tx.messages(list(octets))))


def test_nothing_asked_is_nothing_answered(site: Site) -> None:
    with site.store.begin() as tx:
        tx.add_messages({})
        tx.add_layers([])
        tx.add_deliveries([])
        tx.add_refusals([])
        assert ({}, {}, {}, {}) == (
            tx.messages([]),
            tx.layers([]),
            tx.deliveries([]),
            tx.refusals([]),
        )
        assert set() == tx.known_stacks([])
        assert [] == tx.layers_of(voucher_id("1"))


def test_a_layer_comes_back_as_recorded(site: Site) -> None:
    rows = [a_layer("1"), a_layer("2", Verdict.SEEN_BELOW)]
    write(site.store, lambda tx: tx.add_layers(rows))
    with site.store.read() as tx:
        assert {row.layer_id: row for row in rows} == tx.layers([r.layer_id for r in rows])
        assert [rows[0]] == tx.layers_of(voucher_id("1"))


def test_a_verified_lower_layer_is_known_by_its_stack_digest(site: Site) -> None:
    write(site.store, lambda tx: tx.add_layers([a_layer("1")]))
    asked = [digest("stack 1"), digest("stack 2")]
    assert {digest("stack 1")} == look(site.store, lambda tx: tx.known_stacks(asked))


def test_a_layer_seen_below_is_raised_when_it_comes_itself(site: Site) -> None:
    write(site.store, lambda tx: tx.add_layers([a_layer(verdict=Verdict.SEEN_BELOW)]))
    write(site.store, lambda tx: tx.add_layers([a_layer(message="itself")]))
    assert [a_layer(message="itself")] == look(site.store, lambda tx: tx.layers_of(voucher_id("1")))


def test_a_recorded_layer_is_not_lowered_by_being_seen_below(site: Site) -> None:
    write(site.store, lambda tx: tx.add_layers([a_layer()]))
    below = a_layer(verdict=Verdict.SEEN_BELOW, message="other")
    write(site.store, lambda tx: tx.add_layers([below]))
    assert [a_layer()] == look(site.store, lambda tx: tx.layers_of(voucher_id("1")))


def test_another_body_under_a_taken_identity_is_contended(site: Site) -> None:
    write(site.store, lambda tx: tx.add_layers([a_layer()]))
    with pytest.raises(StoreDown) as caught:
        write(site.store, lambda tx: tx.add_layers([a_layer(body="another")]))
    assert "store_contended" == caught.value.code
    assert [a_layer()] == look(site.store, lambda tx: tx.layers_of(voucher_id("1")))


def test_a_delivery_is_recorded_once(site: Site) -> None:
    write(site.store, lambda tx: tx.add_deliveries([a_delivery("1"), a_delivery("2")]))
    again = [a_delivery("3"), a_delivery("1", channel="two")]
    with pytest.raises(StoreDown) as caught:
        write(site.store, lambda tx: tx.add_deliveries(again))
    assert "store_contended" == caught.value.code
    found = look(site.store, lambda tx: tx.deliveries([delivery_id(n) for n in "123"]))
    assert {delivery_id("1"): a_delivery("1"), delivery_id("2"): a_delivery("2")} == found


def test_a_refusal_is_final_for_sender_and_octets(site: Site) -> None:
    first = a_refusal(code="seal_broken")
    write(site.store, lambda tx: tx.add_refusals([first]))
    later = [a_refusal(code="other"), a_refusal(sender="bank-b"), a_refusal("more")]
    write(site.store, lambda tx: tx.add_refusals(later))
    keys = [(row.sender, row.digest) for row in (first, *later)]
    expected = {(r.sender, r.digest): r for r in (first, *later[1:])}
    assert expected == look(site.store, lambda tx: tx.refusals([*keys, ("x", digest("forged"))]))
