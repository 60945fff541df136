"""A duplicate is answered as before, but no more than once a second: nobody can breed notices."""

from collections import Counter

import pytest

from tests.support.gate import CENTRE, Gate, a_plain, an_item, plain_gate


def asked(gate: Gate, octets: bytes, times: int = 1, name: str = "d-1") -> None:
    items = (an_item(octets, delivery_id=name),) * times
    gate.receive(gate.packet([], CENTRE, items=items))


def answers(gate: Gate) -> Counter[tuple[str, str]]:
    """What is to be said and was not taken yet: (delivery, code)."""
    with gate.store.begin() as tx:
        taken = tx.take_notices("test", tx.now, 10_000)
        tx.drop_notices([key for _, key, _ in taken])
        tx.commit()
    return Counter((entry.delivery_id, entry.code) for _, _, entry in taken)


def test_a_flood_of_duplicates_is_answered_once_a_second() -> None:
    gate, app, clock = plain_gate()
    octets = a_plain("1")
    asked(gate, octets)
    assert {("d-1", "recorded"): 1} == answers(gate)
    for _ in range(40):  # two seconds
        asked(gate, octets, 3)
        clock.at += 50
    assert {("d-1", "recorded"): 2} == answers(gate)
    assert ["1"] == app.numbers


def test_the_first_repetition_is_answered_at_once() -> None:
    """What the channel lost just after the first answer is answered by another one."""
    gate, _, clock = plain_gate()
    octets = a_plain("1")
    asked(gate, octets)
    asked(gate, octets)
    assert {("d-1", "recorded"): 2} == answers(gate)
    clock.at += 1000
    asked(gate, octets)
    assert {("d-1", "recorded"): 1} == answers(gate)


def test_a_refusal_is_repeated_once_a_second_too() -> None:
    gate, _, clock = plain_gate()
    for _ in range(3):
        asked(gate, b"nothing like a voucher")
    assert {("d-1", "envelope_malformed"): 2} == answers(gate)
    clock.at += 1000
    asked(gate, b"nothing like a voucher")
    assert {("d-1", "envelope_malformed"): 1} == answers(gate)


def test_other_deliveries_and_other_octets_are_answered_beside_it() -> None:
    gate, _, _ = plain_gate()
    octets = a_plain("1")
    for _ in range(3):
        asked(gate, octets)
        asked(gate, octets, name="d-2")
        asked(gate, a_plain("1", fields={"Payee": "other"}))
    found = answers(gate)
    assert {("d-1", "recorded"): 2, ("d-2", "recorded"): 1} == {
        key: count for key, count in found.items() if key[1] == "recorded"
    }
    assert 2 == found["d-1", "identity_conflict"]


def test_an_answer_that_was_not_committed_counts_for_nothing() -> None:
    gate, app, _ = plain_gate()
    octets = a_plain("1")
    asked(gate, octets)
    answers(gate)
    app.failing["2"] = RuntimeError("in the middle of the transaction")
    both = (an_item(octets, delivery_id="d-1"), an_item(a_plain("2"), delivery_id="d-2", n=2))
    with pytest.raises(RuntimeError):
        gate.receive(gate.packet([], CENTRE, items=both))
    assert {} == answers(gate)
    asked(gate, octets)
    assert {("d-1", "recorded"): 1} == answers(gate)
