"""Contract of the store: proof lists of neighbours."""

import hashlib

from hub.clock import Instant
from hub.exchange.proofs import ProofList
from hub.parties import NodeId
from tests.support.stores import Site, look, write

AT = Instant(1_790_000_000_000)


def a_list(n: int, at: int = AT) -> ProofList:
    signature = bytes([n]) * 64
    digest = hashlib.sha256(signature).digest()
    return ProofList(Instant(at), digest, NodeId("hub"), b"s" * 32, signature, f"list {n}".encode())


def test_lists_are_found_by_the_moment_their_vouchers_were_recorded(site: Site) -> None:
    lists = [a_list(1), a_list(2), a_list(3, AT + 1), a_list(1, AT + 2)]
    write(site.store, lambda tx: tx.add_proof_lists(lists))
    write(site.store, lambda tx: tx.add_proof_lists([]))
    for moments, expected in (
        ([AT], sorted(lists[:2])),
        ([AT, AT, Instant(AT + 2)], [*sorted(lists[:2]), lists[3]]),
        ([Instant(AT + 9)], []),
        ([], []),
    ):
        assert expected == look(
            site.attach(),
            lambda tx, at=moments: tx.proof_lists(at),  # type: ignore[misc]
        )


def test_a_list_that_is_there_stays_as_it_is(site: Site) -> None:
    write(site.store, lambda tx: tx.add_proof_lists([a_list(1)]))
    write(site.store, lambda tx: tx.add_proof_lists([a_list(1), a_list(2)]))
    assert sorted([a_list(1), a_list(2)]) == look(site.store, lambda tx: tx.proof_lists([AT]))
