"""A process that posts hops into a store: `python -m tests.support.store_worker URL SLOT COUNT`.

Prints the numbers it drew, one line per commit, so that a test can compare them with the store.
"""

import sys

from adapters.store.opening import open_store
from hub.errors import StoreDown
from hub.journal import Lane
from tests.support.rows import a_delivery, a_hop, delivery_id

BATCH = 3


def work(url: str, slot: str, count: int) -> None:
    store = open_store(url)
    done = 0
    while done < count:
        numbers = [f"{slot}-{done}-{k}" for k in range(BATCH)]
        try:
            with store.begin() as tx:
                lane = str(Lane(tx.fence.incarnation, "m", slot, "1"))
                assert {} == tx.deliveries([delivery_id(n) for n in numbers])
                tx.add_deliveries([a_delivery(n) for n in numbers])
                rows = tx.add_hops([a_hop(n) for n in numbers])
                tx.append_journal(lane, " ".join(numbers).encode())
                tx.commit()
        except StoreDown as error:
            if error.code != "store_contended":
                raise
            continue
        sys.stdout.write(" ".join(str(row.n) for row in rows) + "\n")
        done += 1
    store.close()


if __name__ == "__main__":
    work(sys.argv[1], sys.argv[2], int(sys.argv[3]))
