"""Every verdict stands in the journal, in the transaction that made it true."""

import hashlib
from collections.abc import Sequence

import pytest

from adapters.embedded.memory_journal import ENTRIES
from hub.errors import Fenced
from tests.support.gate import CENTRE, Gate, a_plain, an_item, plain_gate

NAME = "sim/370100/2026/5201/011.370100/{}/original/011.370100/999.hub/relay"


def lines(gate: Gate) -> list[str]:
    with gate.store.read() as tx:
        kept = sorted(tx.rows(ENTRIES).items())
    return [line for _, entry in kept for line in entry.payload.decode().split("\n")]


def hexed(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()


def heard(gate: Gate, some: Sequence[bytes]) -> None:
    items = [an_item(one, delivery_id=f"d-{hexed(one)}", n=n) for n, one in enumerate(some, 1)]
    gate.receive(gate.packet([], CENTRE, items=tuple(items)))


def test_what_is_recorded_and_what_is_refused_stands_in_the_journal() -> None:
    gate, _, _ = plain_gate()
    good, other, bad = a_plain("1"), a_plain("1", fields={"Payee": "other"}), b"no voucher"
    heard(gate, [good, other, bad])
    assert [
        f"recorded {NAME.format(1)} {hexed(good)}",
        f"refused finance {hexed(other)} identity_conflict",
        f"refused finance {hexed(bad)} envelope_malformed",
    ] == lines(gate)
    before = lines(gate)
    heard(gate, [good, other, bad])
    assert before == lines(gate), "answered again, decided once"


def test_what_is_no_parcel_stands_in_the_journal() -> None:
    gate, _, _ = plain_gate()
    gate.receive(b"no parcel")
    assert [f"refused finance {hexed(b'no parcel')} packet_malformed"] == lines(gate)


def test_what_was_not_recorded_stands_in_no_journal() -> None:
    gate, app, _ = plain_gate()
    app.failing["1"] = RuntimeError("in the middle of the transaction")
    with pytest.raises(RuntimeError):
        heard(gate, [a_plain("1")])
    assert [] == lines(gate)


def test_nothing_is_set_aside_in_a_life_that_is_over() -> None:
    gate, _, _ = plain_gate()
    (incoming,) = gate.incoming(gate.packet([a_plain("1")], CENTRE))
    gate.store.new_incarnation("life-2")
    with pytest.raises(Fenced, match="other_incarnation"):
        gate.exchange.set_aside(incoming, 0)
    assert [] == lines(gate)
