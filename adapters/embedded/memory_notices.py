"""Hop notices, statements, serials and status events in memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from itertools import islice
from operator import itemgetter
from typing import Final

from adapters.embedded.memory_tables import Table, Work
from hub.clock import Instant
from hub.exchange.model import NoticeEntry, StatementEntry, StatusEvent
from hub.parties import NodeId


@dataclass(frozen=True, slots=True)
class Queued:
    """A notice to be published; claimed until a moment (0: free)."""

    peer: NodeId
    entry: NoticeEntry
    until: int = 0


NUMBERS: Final = Table[str, int]("row_number")
NOTICES: Final = Table[int, Queued]("notice")
STATEMENTS: Final = Table[int, StatementEntry]("statement_entry")
STATUS: Final = Table[str, tuple[StatusEvent, ...]]("status_event")
SERIALS: Final = Table[tuple[str, str, str], int]("serial")


def voucher_of(layer_id: str) -> str:
    """The voucher's identity inside a layer's (hub.voucher.model.LayerId)."""
    return layer_id.rsplit("/", 2)[0]


class Notices(Work):
    """What is to be said: to neighbours (notices), to issuers (statements), to people (status)."""

    incarnation: str

    def add_notices(self, peer: NodeId, entries: Sequence[NoticeEntry]) -> None:
        """Queue hop notices for a neighbour."""
        self.before("add_notices")
        for entry in entries:
            self.put(NOTICES, self.next_number(NUMBERS, "notice"), Queued(peer, entry))

    def take_notices(
        self, worker: str, until: Instant, limit: int
    ) -> list[tuple[NodeId, int, NoticeEntry]]:
        """Claim queued notices, never claimed ones first, then the longest free."""
        self.before("take_notices")
        assert worker, "a claim needs a name"
        free = ((q.until, key, q) for key, q in self.rows(NOTICES).items() if q.until <= self.now)
        taken = [(key, queued) for _, key, queued in nsmallest(limit, free, key=itemgetter(0, 1))]
        for key, queued in taken:
            self.put(NOTICES, key, Queued(queued.peer, queued.entry, until))
        return [(queued.peer, key, queued.entry) for key, queued in taken]

    def reclaim_notices(self) -> int:
        """Claimed notices become free."""
        self.before("reclaim_notices")
        left = [(key, queued) for key, queued in self.rows(NOTICES).items() if queued.until]
        for key, queued in left:
            self.put(NOTICES, key, Queued(queued.peer, queued.entry))
        return len(left)

    def drop_notices(self, keys: Collection[int]) -> None:
        """These were published."""
        self.before("drop_notices")
        for key in keys:
            if key in self.rows(NOTICES):
                self.drop(NOTICES, key)

    def put_back_notices(self, keys: Collection[int], until: Instant) -> None:
        """Claimed notices become free at `until`."""
        self.before("put_back_notices")
        for key in keys:
            if (queued := self.rows(NOTICES).get(key)) is not None:
                self.put(NOTICES, key, Queued(queued.peer, queued.entry, until))

    def open_notices(self) -> int:
        """How many are owed, claimed or not."""
        self.before("open_notices")
        return len(self.rows(NOTICES))

    def add_statements(self, entries: Sequence[StatementEntry]) -> None:
        """Queue statement entries."""
        self.before("add_statements")
        for entry in entries:
            self.put(STATEMENTS, self.next_number(NUMBERS, "statement_entry"), entry)

    def take_statements(self, limit: int) -> list[StatementEntry]:
        """Remove and return entries of the (party, issuer) that has waited longest."""
        self.before("take_statements")
        queued = self.rows(STATEMENTS)
        if not queued:
            return []
        oldest = queued[min(queued)]
        group = (oldest.party, oldest.issuer)
        of_group = (k for k in sorted(queued) if (queued[k].party, queued[k].issuer) == group)
        keys = list(islice(of_group, limit))
        taken = [queued[key] for key in keys]
        for key in keys:
            self.drop(STATEMENTS, key)
        return taken

    def next_serial(self, party: str, kind: str) -> int:
        """The next document serial."""
        self.before("next_serial")
        return self.next_number(SERIALS, (self.incarnation, party, kind))

    def add_status(self, events: Sequence[StatusEvent]) -> None:
        """Record status events; the first of (layer, status, party) stays."""
        self.before("add_status")
        for event in events:
            voucher_id = voucher_of(event.layer_id)
            known = self.rows(STATUS).get(voucher_id, ())
            if not any(_same(event, old) for old in known):
                self.put(STATUS, voucher_id, (*known, event))

    def status_of(self, voucher_ids: Collection[str]) -> Mapping[str, list[StatusEvent]]:
        """Status events per voucher, in the order of recording; only vouchers that have some."""
        self.before("status_of")
        rows = self.rows(STATUS)
        return {voucher: list(rows[voucher]) for voucher in voucher_ids if voucher in rows}


def _same(one: StatusEvent, other: StatusEvent) -> bool:
    return (one.layer_id, one.status, one.party) == (other.layer_id, other.status, other.party)
