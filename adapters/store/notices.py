"""Hop notices, statements, serials and status events."""

from collections.abc import Collection, Mapping, Sequence
from operator import attrgetter
from typing import Final

from sqlalchemy import Executable, bindparam, delete, func, select, update

from adapters.store.session import Forms
from adapters.store.tables import NOTICE, SERIAL, STATEMENT_ENTRY, STATUS_EVENT
from adapters.store.unit import Unit
from hub.clock import Instant
from hub.exchange.model import NoticeEntry, StatementEntry, StatusEvent
from hub.parties import NodeId

_ENTRY: Final = STATEMENT_ENTRY.c
_NOTICE: Final = attrgetter(
    "delivery_id", "digest_received", "digest_on_record", "code", "recorded_at", "copies"
)
_STATEMENT: Final = attrgetter(
    "layer_id", "digest", "status", "code", "proof_at", "business_day", "issuer", "party"
)


def voucher_of(layer_id: str) -> str:
    """The voucher's identity inside a layer's (hub.voucher.model.LayerId)."""
    return layer_id.rsplit("/", 2)[0]


def _free(_forms: Forms) -> Executable:
    return (
        select(NOTICE)
        .where(NOTICE.c.claimed_until <= bindparam("now"))
        .order_by(NOTICE.c.claimed_until, NOTICE.c.id)
        .limit(bindparam("limit"))
        .with_for_update(skip_locked=True)
    )


def _claim(forms: Forms) -> Executable:
    wanted = update(NOTICE).where(forms.among(NOTICE.c.id, "ids"))
    return wanted.values(claimed_until=bindparam("until"))


def _drop(forms: Forms) -> Executable:
    return delete(NOTICE).where(forms.among(NOTICE.c.id, "ids"))


def _count(_forms: Forms) -> Executable:
    return select(func.count()).select_from(NOTICE)


def _oldest(_forms: Forms) -> Executable:
    return select(_ENTRY.party, _ENTRY.issuer).order_by(_ENTRY.id).limit(1)


def _group(_forms: Forms) -> Executable:
    return (
        select(STATEMENT_ENTRY)
        .where(_ENTRY.party == bindparam("party"), _ENTRY.issuer == bindparam("issuer"))
        .order_by(_ENTRY.id)
        .limit(bindparam("limit"))
        .with_for_update(skip_locked=True)
    )


def _take(forms: Forms) -> Executable:
    return delete(STATEMENT_ENTRY).where(forms.among(_ENTRY.id, "ids"))


def _serial(forms: Forms) -> Executable:
    first = forms.insert(SERIAL).values(
        incarnation=bindparam("life"), party=bindparam("party"), kind=bindparam("kind"), n=1
    )
    key = ["incarnation", "party", "kind"]
    return first.on_conflict_do_update(index_elements=key, set_={"n": SERIAL.c.n + 1}).returning(
        SERIAL.c.n
    )


def _status(forms: Forms) -> Executable:
    event = STATUS_EVENT.c
    columns = (event.voucher_id, event.layer_id, event.status, event.at, event.party, event.code)
    return select(*columns).where(forms.among(event.voucher_id, "ids")).order_by(event.id)


class Notices(Unit):
    """What is to be said: to neighbours (notices), to issuers (statements), to people (status)."""

    def add_notices(self, peer: NodeId, entries: Sequence[NoticeEntry]) -> None:
        """Queue hop notices for a neighbour."""
        self.session.add(NOTICE, [(peer, *_NOTICE(entry), 0) for entry in entries])

    def take_notices(
        self, worker: str, until: Instant, limit: int
    ) -> list[tuple[NodeId, int, NoticeEntry]]:
        """Claim queued notices, never claimed ones first, then the longest free."""
        assert worker, "a claim needs a name"
        free = self.session.rows(_free, now=self.now, limit=limit)
        self.session.run_among(_claim, "ids", [row[0] for row in free], until=until)
        return [(row[1], row[0], NoticeEntry(*row[2:8])) for row in free]

    def drop_notices(self, keys: Collection[int]) -> None:
        """These were published."""
        self.session.run_among(_drop, "ids", sorted(keys))

    def put_back_notices(self, keys: Collection[int], until: Instant) -> None:
        """Claimed notices become free at `until`."""
        self.session.run_among(_claim, "ids", sorted(keys), until=until)

    def open_notices(self) -> int:
        """How many are owed, claimed or not."""
        return int(self.session.rows(_count)[0][0])

    def add_statements(self, entries: Sequence[StatementEntry]) -> None:
        """Queue statement entries."""
        self.session.add(STATEMENT_ENTRY, list(map(_STATEMENT, entries)))

    def take_statements(self, limit: int) -> list[StatementEntry]:
        """Remove and return entries of the (party, issuer) that has waited longest."""
        oldest = self.session.rows(_oldest)
        if not oldest:
            return []
        party, issuer = oldest[0]
        taken = self.session.rows(_group, party=party, issuer=issuer, limit=limit)
        self.session.run_among(_take, "ids", [row[0] for row in taken])
        return [StatementEntry(*row[1:]) for row in taken]

    def next_serial(self, party: str, kind: str) -> int:
        """The next document serial."""
        drawn = self.session.rows(_serial, life=self.fence.incarnation, party=party, kind=kind)
        return int(drawn[0][0])

    def add_status(self, events: Sequence[StatusEvent]) -> None:
        """Record status events; the first of (layer, status, party) stays."""
        self.session.add_new(
            STATUS_EVENT,
            [
                (voucher_of(e.layer_id), e.layer_id, e.status, e.at, e.party, e.code)
                for e in sorted(events, key=attrgetter("layer_id"))
            ],
        )

    def status_of(self, voucher_ids: Collection[str]) -> Mapping[str, list[StatusEvent]]:
        """Status events per voucher, in the order of recording; only vouchers that have some."""
        found: dict[str, list[StatusEvent]] = {}
        for row in self.session.rows_among(_status, "ids", voucher_ids):
            found.setdefault(row[0], []).append(StatusEvent(*row[1:]))
        return found
