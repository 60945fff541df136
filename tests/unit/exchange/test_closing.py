"""Notices close rows in one go: all rows are locked before any number is counted."""

from hub.exchange.model import Hop, MessageClass
from tests.support.gate import CENTRE, PEER, entry, plain_gate

OURS, OTHER = b"\1" * 32, b"\2" * 32


def test_several_octets_told_of_under_one_name_close_their_rows_together() -> None:
    gate, _, _ = plain_gate()
    hops = [Hop(one, PEER, str(CENTRE), MessageClass.ONLINE, OURS, 1, None) for one in "ab"]
    with gate.store.begin() as tx:
        tx.add_hops(hops)
        tx.commit()
    verbs: list[str] = []
    gate.store.hook = verbs.append
    strange = {"digest_received": OTHER, "digest_on_record": OTHER}
    refused = {"digest_received": OURS, "digest_on_record": b"", "code": "seal_broken"}
    gate.receive(
        gate.notices([entry("a", **strange), entry("b", **strange, code="field_missing")]),
        gate.notices([entry("a", **refused), entry("b", digest_on_record=OURS)]),
    )
    assert 1 == verbs.count("close_hops")
    with gate.store.read() as tx:
        (mark,) = tx.marks(PEER)
        assert (0, 2, 1) == (tx.open_hops(), mark.n, mark.ended)
