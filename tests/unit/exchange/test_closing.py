"""Notices close rows in one go: all rows are locked before any number is counted."""

import pytest

from hub.exchange.model import Hop, MessageClass, NoticeBatch
from hub.exchange.packets import encode_notices, notices_tbs
from hub.parties import NodeId
from tests.support.gate import CENTRE, PEER, Gate, a_beat, entry, plain_gate
from tests.support.plain import PlainSigner

OURS, OTHER = b"\1" * 32, b"\2" * 32


def sent(gate: Gate, *names: str) -> None:
    """Rows that the neighbour has to answer."""
    hops = [Hop(one, PEER, str(CENTRE), MessageClass.ONLINE, OURS, 1, None) for one in names]
    with gate.store.begin() as tx:
        tx.add_hops(hops)
        tx.commit()


def still_open(gate: Gate) -> int:
    with gate.store.read() as tx:
        return int(tx.open_hops())


def test_several_octets_told_of_under_one_name_close_their_rows_together() -> None:
    gate, _, _ = plain_gate()
    sent(gate, "a", "b")
    verbs: list[str] = []
    gate.store.hook = verbs.append
    strange = {"digest_received": OTHER, "digest_on_record": OTHER}
    refused = {"digest_received": OURS, "digest_on_record": b"", "code": "seal_broken"}
    gate.receive(
        gate.notices([entry("a", **strange), entry("b", **strange, code="field_missing")]),
        gate.notices([entry("a", **refused), entry("b", digest_on_record=OURS)]),
    )
    assert 1 == verbs.count("close_hops")
    (told,) = gate.told("row_refused")
    assert {"peer": str(PEER), "delivery_id": "a", "code": "seal_broken"} == told.fields
    with gate.store.read() as tx:
        (mark,) = tx.marks(PEER)
        assert (0, 2, 1) == (tx.open_hops(), mark.n, mark.ended)


def test_a_notice_of_a_life_that_is_over_closes_nothing() -> None:
    """The neighbour was restored: what it once recorded it may have forgotten."""
    gate, _, _ = plain_gate()
    sent(gate, "a")
    with gate.store.begin() as tx:
        tx.seen([a_beat(incarnation="peer-2")])
        tx.commit()
    gate.receive(gate.notices([entry("a", digest_on_record=OURS)]))
    assert 1 == still_open(gate)


def test_a_notice_of_other_octets_closes_nothing() -> None:
    gate, _, _ = plain_gate()
    sent(gate, "a")
    gate.receive(gate.notices([entry("a", digest_received=OTHER, digest_on_record=OTHER)]))
    assert 1 == still_open(gate)


@pytest.mark.parametrize("which", ["digest_received", "digest_on_record"])
def test_either_digest_closes_what_bears_it(which: str) -> None:
    gate, _, _ = plain_gate()
    sent(gate, "a")
    other = {"digest_received": OTHER, "digest_on_record": OTHER}
    gate.receive(gate.notices([entry("a", **(other | {which: OURS}))]))
    assert 0 == still_open(gate)


def test_a_notice_of_another_neighbour_closes_nothing() -> None:
    gate, _, _ = plain_gate()
    sent(gate, "a")
    gate.receive(gate.notices([entry("a", digest_on_record=OURS)], sender="bank"))
    assert 1 == still_open(gate)
    assert ["unknown_peer"] == [fact.fields["code"] for fact in gate.told("refused")]


def test_a_batch_that_its_node_has_not_sealed_closes_nothing() -> None:
    gate, _, _ = plain_gate()
    sent(gate, "a")
    batch = NoticeBatch(gate.env, PEER, gate.node, "peer-1", (entry("a", digest_on_record=OURS),))
    forged = PlainSigner(NodeId("bank")).sign(notices_tbs(batch))
    gate.receive(encode_notices(batch, b"\1" * 32, forged))
    assert 1 == still_open(gate)
    assert ["notice_untrusted"] == [fact.fields["code"] for fact in gate.told("refused")]
