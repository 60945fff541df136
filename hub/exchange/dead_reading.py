"""Reading dead letters: from a broker's queue into the store, through the exchange, then forgotten.

A crash between any two steps brings the letter again; it is the same letter then.
"""

from collections.abc import Callable
from typing import Generic

from hub.exchange.dead import PORTION, Graveyard, LetterState, letter, work
from hub.exchange.model import Incoming
from hub.exchange.place import Place
from hub.exchange.ports import Store, T
from hub.observer import Fact, Observer


class DeadReader(Generic[T]):
    """Reads one graveyard at a time; `record` takes a channel message apart and records it."""

    def __init__(
        self, place: Place, store: Store[T], record: Callable[[Incoming], None], observe: Observer
    ) -> None:
        self._place = place
        self._store = store
        self._record = record
        self._observe = observe

    def read(self, graveyard: Graveyard) -> int:
        """Read what lies there now; how many letters.

        Raises:
            ChannelDown: the rest comes another time.
            StoreDown: nothing more was forgotten; it comes again.
        """
        count = 0
        try:
            while found := graveyard.take(PORTION):
                for one in found:
                    with self._store.begin() as tx:
                        tx.fence.require_incarnation(self._place.incarnation)
                        row = letter(graveyard.name, one, tx.now)
                        tx.add_messages({row.digest: one.octets})
                        tx.put_letters([row])
                        line = f"dead {row.id} {row.channel} {row.digest.hex()} {row.reason}"
                        tx.append_journal(str(self._place.lane), line.encode())
                        tx.commit()
                    fields = {"channel": row.channel, "digest": row.digest.hex()}
                    self._observe(Fact("dead_letter", {**fields, "reason": row.reason}))
                    after = work(row, one.octets, self._record)
                    if after.state is not LetterState.WAITING:
                        with self._store.begin() as tx:
                            tx.fence.require_incarnation(self._place.incarnation)
                            tx.put_letters([after])
                            tx.commit()
                    graveyard.forget([one.tag])
                    count += 1
        finally:
            graveyard.close()
        return count
