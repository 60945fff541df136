"""The double that plants bugs plants them, or says that it cannot."""

from collections.abc import Collection

import pytest

from adapters.embedded.memory_store import MemoryStore
from hub.parties import NodeId
from tests.support.rows import AT
from tests.support.simulator.mutants import Bent, BentStore, NeverMute
from tests.support.stores import TickingClock


class Misspelt(Bent):
    """Bends a verb that was renamed."""

    def recovring(self, _neighbours: Collection[NodeId]) -> set[NodeId]:
        return set()


def a_store() -> MemoryStore:
    return MemoryStore(TickingClock(AT), "00" * 8)


def test_every_way_into_the_store_is_bent() -> None:
    peer, store = NodeId("peer"), a_store()
    with store.begin() as tx:
        tx.set_peer_state(peer, "recovering")
        tx.commit()
    with store.read() as tx:
        assert {peer} == tx.recovering([peer])
    bent = BentStore(store, NeverMute)
    for way in (bent.begin, bent.alone, bent.read):
        with way() as tx:
            assert set() == tx.recovering([peer])


@pytest.mark.parametrize("verb", ["attach", "restore", "take_over", "snapshot"])
def test_what_it_does_not_name_it_has_not(verb: str) -> None:
    assert hasattr(MemoryStore, verb)
    assert not hasattr(BentStore(a_store(), NeverMute), verb)


def test_a_bug_in_a_verb_that_no_transaction_has_is_not_planted_in_silence() -> None:
    with pytest.raises(AssertionError, match="recovring"):
        BentStore(a_store(), Misspelt)
