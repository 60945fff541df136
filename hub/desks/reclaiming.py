"""Tasks that somebody had claimed who will not come back: due at once for one that begins.

A claim orders the work; it guards no money. Whoever claimed them is dead, or frozen: then what it
still does finds its claim gone and writes nothing but a core's late word (`hub.desks.late`). What
it may have asked of a core has an intent on record, so whoever goes on inquires first, and executes
again with the same key only where the core refuses repeated keys (protocol 5).

Tasks at a core that does not are left until their claim ends, which is longer than a core takes:
a call that is still under way there would be inquired as not known, and become an operator's.
"""

from collections.abc import Callable, Collection, Mapping

from hub.desks.ports import TX, Core
from hub.exchange.ports import Store
from hub.parties import Party


def reclaimable(holders: Collection[Party], cores: Mapping[Party, Core]) -> list[str]:
    """Parties whose tasks may be taken up while a core may still be asked about them."""
    return sorted(str(p) for p in holders if p not in cores or cores[p].refuses_repeated_keys)


def take_up(
    store: Store[TX],
    write: Callable[[Callable[[TX], int]], int],
    over: Callable[[str], bool],
    parties: Collection[str],
) -> int:
    """Free tasks of these parties that are claimed by whom `over` says to be gone; how many.

    Looked for in a read view first: mostly there is nobody, and nothing is written. `write` runs
    one transaction.
    """
    with store.read() as tx:
        gone = sorted(filter(over, tx.claimants()))

    def reclaim(tx: TX) -> int:
        freed = tx.reclaim_tasks(gone, parties)
        tx.commit()
        return freed

    return write(reclaim) if gone else 0
