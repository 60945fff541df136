"""Resync: progress, what is wanted, questions, and what is told of records.

Told is by time: deliveries by their record, closed hops by their closing, each with an index of
its own; open hops stand in their small table and come last.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Executable,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
    update,
)

from adapters.store.desk_tables import TASK
from adapters.store.journal import Journal
from adapters.store.outbox import RANKS, Outbox
from adapters.store.outbox_tables import OUTBOX, OUTBOX_HISTORY
from adapters.store.recovery_tables import ASK, RESTORE, RESYNC, WANTED
from adapters.store.session import Forms, Row
from adapters.store.tables import DELIVERY, PEER
from hub.clock import Instant
from hub.desks.model import TaskState
from hub.exchange.model import Closing, Hop, RowState
from hub.exchange.muteness import NEWCOMERS, RECOVERING
from hub.exchange.recovery import (
    BACK_SUFFIX,
    NEVER_RESTORED,
    NOT_YET,
    Ask,
    Cursor,
    Listed,
    Progress,
    Restore,
    WantedKey,
    Way,
)
from hub.parties import NodeId

_COLUMNS: Final = 15
"""Of an open hop, without its worker."""


def _upsert(forms: Forms, table: Any, key: str) -> Executable:  # noqa: ANN401 - one of ours
    new = forms.insert(table)
    later = {c.name: new.excluded[c.name] for c in table.columns if c.name != key}
    return new.on_conflict_do_update(index_elements=[key], set_=later)


def _put_restore(forms: Forms) -> Executable:
    return _upsert(forms, RESTORE, "id")


def _put_resync(forms: Forms) -> Executable:
    return _upsert(forms, RESYNC, "peer")


def _put_ask(forms: Forms) -> Executable:
    return _upsert(forms, ASK, "peer")


def the_restore(_forms: Forms) -> Executable:
    """What is known of a restore."""
    return select(RESTORE.c.since, RESTORE.c.spoke_at, RESTORE.c.opened_at)


def _resyncs(_forms: Forms) -> Executable:
    return select(RESYNC)


def _asks(_forms: Forms) -> Executable:
    return select(ASK).order_by(ASK.c.peer)


def _forget_resyncs(_forms: Forms) -> Executable:
    return delete(RESYNC)


def _forget_wanted(_forms: Forms) -> Executable:
    return delete(WANTED)


def _forget_wanted_of(_forms: Forms) -> Executable:
    return delete(WANTED).where(WANTED.c.peer == bindparam("of"))


def _forget_asks(_forms: Forms) -> Executable:
    return delete(ASK)


def _free_tasks(_forms: Forms) -> Executable:
    claimed = update(TASK).where(TASK.c.state == TaskState.CLAIMED.value)
    return claimed.values(claimed_until=bindparam("now"), ready_at=bindparam("now"))


def _noted(forms: Forms) -> Executable:
    mine = (WANTED.c.peer == bindparam("of"), forms.among(WANTED.c.delivery_id, "ids"))
    return select(WANTED.c.delivery_id, WANTED.c.digest).where(*mine)


def _left(_forms: Forms) -> Executable:
    return select(func.count()).select_from(WANTED).where(WANTED.c.peer == bindparam("of"))


def _unasked(_forms: Forms) -> Executable:
    mine = (WANTED.c.peer == bindparam("of"), WANTED.c.way == bindparam("by_way"))
    wanted = select(WANTED.c.delivery_id, WANTED.c.digest).where(
        *mine, WANTED.c.asked_at <= bindparam("before")
    )
    return wanted.order_by(WANTED.c.delivery_id).limit(bindparam("limit"))


def _asked(forms: Forms) -> Executable:
    mine = (WANTED.c.peer == bindparam("of"), forms.among(WANTED.c.delivery_id, "ids"))
    return update(WANTED).where(*mine).values(asked_at=bindparam("now"))


def _drop(forms: Forms) -> Executable:
    mine = (WANTED.c.peer == bindparam("of"), forms.among(WANTED.c.delivery_id, "ids"))
    return delete(WANTED).where(*mine)


def _after(at: Column[int], name: Column[str]) -> tuple[ColumnElement[bool], ...]:
    """Rows from `begin` on whose place lies after (`at`, `id`)."""
    later = or_(at > bindparam("at"), and_(at == bindparam("at"), name > bindparam("id")))
    return (at >= bindparam("begin"), later)


def _closed_since(_forms: Forms) -> Executable:
    row = OUTBOX_HISTORY.c
    mine = (row.peer == bindparam("of"), row.code == "recorded")
    there = row.hop.not_like(bindparam("back"), escape="\\")
    return (
        select(row.closed_at, row.hop, row.message_digest)
        .where(*_after(row.closed_at, row.hop), *mine, there)
        .order_by(row.closed_at, row.hop)
        .limit(bindparam("limit"))
    )


def _open_to(_forms: Forms) -> Executable:
    row = OUTBOX.c
    there = row.hop.not_like(bindparam("back"), escape="\\")
    return (
        select(row.hop, row.message_digest)
        .where(row.peer == bindparam("of"), row.hop > bindparam("id"), there)
        .order_by(row.hop)
        .limit(bindparam("limit"))
    )


def _had_since(_forms: Forms) -> Executable:
    row = DELIVERY.c
    return (
        select(row.recorded_at, row.delivery_id, row.message_digest)
        .where(*_after(row.recorded_at, row.delivery_id), row.sender == bindparam("of"))
        .order_by(row.recorded_at, row.delivery_id)
        .limit(bindparam("limit"))
    )


def _open(forms: Forms) -> Executable:
    wanted = select(OUTBOX).where(forms.among(OUTBOX.c.hop, "hops"))
    return wanted.order_by(OUTBOX.c.hop).with_for_update()


def _names(forms: Forms) -> Executable:
    return select(OUTBOX.c.hop).where(forms.among(OUTBOX.c.hop, "hops"))


def _due(forms: Forms) -> Executable:
    again = update(OUTBOX).where(forms.among(OUTBOX.c.hop, "hops"))
    return again.values(state=RowState.DUE.value, due_at=bindparam("now"))


def _closed(forms: Forms) -> Executable:
    wanted = select(OUTBOX_HISTORY).where(forms.among(OUTBOX_HISTORY.c.hop, "hops"))
    return wanted.order_by(OUTBOX_HISTORY.c.id)


def _forget(forms: Forms) -> Executable:
    return delete(OUTBOX_HISTORY).where(forms.among(OUTBOX_HISTORY.c.id, "ids"))


def lives_of(forms: Forms) -> Executable:
    """Lives of some neighbours."""
    return select(PEER.c.peer, PEER.c.incarnation).where(forms.among(PEER.c.peer, "peers"))


def _ask(row: Row) -> Ask:
    return Ask(row[0], row[1], Way(row[2]), row[3], Cursor(row[4], row[5]))


class Recovery(Journal, Outbox):
    """What neighbours tell each other after a restore."""

    def begin_recovery(self, since: Instant) -> None:
        """Another life of a restored store: who claimed a task in the one before is gone."""
        for form in (_forget_resyncs, _forget_wanted, _forget_asks):
            self.session.run(form)
        self.session.run(_free_tasks, now=self.now)
        self.put_restore(Restore(since, NOT_YET, NOT_YET))
        for peer in (NEWCOMERS, *self.peers()):
            self.set_peer_state(peer, RECOVERING)

    def restore(self) -> Restore:
        """What is known of a restore."""
        found = self.session.rows(the_restore)
        return Restore(*found[0]) if found else NEVER_RESTORED

    def put_restore(self, restore: Restore) -> None:
        """Write it."""
        row = {"since": restore.since, "spoke_at": restore.spoke_at}
        self.session.run_each(_put_restore, [{"id": 1, **row, "opened_at": restore.opened_at}])

    def resyncs(self) -> Mapping[NodeId, Progress]:
        """Comparisons of this life."""
        return {
            row[0]: Progress(row[0], Way(row[1]), row[2], Cursor(row[3], row[4]), *row[5:])
            for row in self.session.rows(_resyncs)
        }

    def put_resync(self, progress: Progress) -> None:
        """Write how far one has come."""
        row = {
            "peer": progress.peer, "way": progress.way.value, "since": progress.since,
            "after_at": progress.after.at, "after_id": progress.after.delivery_id,
            "rounds": progress.rounds, "listed": progress.listed, "wanted": progress.wanted,
            "recovered": progress.recovered, "began_at": progress.began_at,
            "ended_at": progress.ended_at, "told_by": progress.told_by,
        }  # fmt: skip
        self.session.run_each(_put_resync, [row])

    def add_wanted(self, peer: NodeId, way: Way, entries: Collection[Listed]) -> int:
        """Note what is lacking."""
        known = self.wanted([(peer, entry.delivery_id) for entry in entries])
        new = [entry for entry in entries if (peer, entry.delivery_id) not in known]
        rows = [(peer, entry.delivery_id, way.value, entry.digest, 0) for entry in new]
        self.session.add_new(WANTED, sorted(rows))
        return len(new)

    def wanted(self, keys: Collection[WantedKey]) -> Mapping[WantedKey, bytes]:
        """Which of these are noted."""
        found: dict[WantedKey, bytes] = {}
        for peer, ids in _by_peer(keys).items():
            for row in self.session.rows_among(_noted, "ids", ids, of=peer):
                found[peer, row[0]] = row[1]
        return found

    def wanted_left(self, peer: NodeId) -> int:
        """How many are noted of a neighbour."""
        return int(self.session.rows(_left, of=peer)[0][0])

    def take_wanted(self, peer: NodeId, way: Way, before: Instant, limit: int) -> list[Listed]:
        """Those not asked for since; they count as asked for now."""
        values = {"of": peer, "by_way": way.value, "before": before, "limit": limit}
        taken = [Listed(*row) for row in self.session.rows(_unasked, **values)]
        names = [entry.delivery_id for entry in taken]
        self.session.run_among(_asked, "ids", names, of=peer, now=self.now)
        return taken

    def drop_wanted(self, keys: Collection[WantedKey]) -> Mapping[NodeId, int]:
        """These have come, or never will."""
        counts: dict[NodeId, int] = {}
        for peer, ids in _by_peer(self.wanted(keys)).items():
            self.session.run_among(_drop, "ids", ids, of=peer)
            counts[peer] = len(ids)
        return counts

    def forget_wanted(self, peer: NodeId) -> None:
        """Nothing is wanted of this neighbour any more."""
        self.session.run(_forget_wanted_of, of=peer)

    def add_closed(self, hops: Sequence[tuple[Hop, Closing]]) -> None:
        """History of hops that this store has forgotten."""
        rows = [
            (
                f"{hop.delivery_id} {hop.peer}", hop.peer, hop.receiver, RANKS[hop.message_class],
                0, hop.message_digest, hop.body_bytes, hop.proof_at, RowState.SENT.value,
                closing.closed_at, 1, "", "", self.now, hop.alone, closing.code,
                closing.closed_at, closing.copies,
            )
            for hop, closing in hops
        ]  # fmt: skip
        self.session.add(OUTBOX_HISTORY, rows)

    def put_ask(self, ask: Ask) -> None:
        """Note a question."""
        self._put_ask(ask, answered=False)

    def _put_ask(self, ask: Ask, *, answered: bool) -> None:
        row = {
            "peer": ask.peer, "life": ask.life, "way": ask.way.value, "since": ask.since,
            "after_at": ask.after.at, "after_id": ask.after.delivery_id, "answered": answered,
        }  # fmt: skip
        self.session.run_each(_put_ask, [row])

    def asks(self) -> list[Ask]:
        """Questions without answer."""
        return [_ask(row) for row in self.session.rows(_asks) if not row[6]]

    def drop_ask(self, ask: Ask) -> None:
        """It is answered."""
        if ask in self.asks():
            self._put_ask(ask, answered=True)

    def askers(self) -> set[NodeId]:
        """Neighbours that have asked."""
        return {row[0] for row in self.session.rows(_asks)}

    def sent_to(
        self, peer: NodeId, since: Instant, after: Cursor, limit: int
    ) -> list[tuple[Cursor, Listed]]:
        """Hops recorded since, then open ones."""
        plain = peer.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        back, end = f"%{BACK_SUFFIX} {plain}", f" {peer}"
        found = []
        if after.at != NOT_YET:
            values = {**_from(since, after, end), "of": peer, "back": back, "limit": limit}
            found = [
                _told(at, hop.removesuffix(end), digest)
                for at, hop, digest in self.session.rows(_closed_since, **values)
            ]
        if len(found) < limit:
            first = after.delivery_id + end if after.at == NOT_YET else ""
            rest = {"of": peer, "id": first, "back": back, "limit": limit - len(found)}
            found += [
                _told(NOT_YET, hop.removesuffix(end), digest)
                for hop, digest in self.session.rows(_open_to, **rest)
            ]
        return found

    def had_from(
        self, peer: NodeId, since: Instant, after: Cursor, limit: int
    ) -> list[tuple[Cursor, Listed]]:
        """Deliveries on record since."""
        values = {**_from(since, after, ""), "of": peer, "limit": limit}
        return [_told(*row) for row in self.session.rows(_had_since, **values)]

    def again_hops(self, peer: NodeId, digests: Mapping[str, bytes]) -> int:
        """Hops of these deliveries become DUE, closed ones too."""
        wanted = {f"{name} {peer}": digest for name, digest in digests.items()}
        hops = sorted(wanted)
        held = {row[0]: row for row in self.session.rows_among(_open, "hops", hops)}
        rest = {RowState.SENT.value, RowState.PARKED.value}
        again = [h for h, row in held.items() if row[5] == wanted[h] and row[8] in rest]
        self.session.run_among(_due, "hops", again, now=self.now)
        closed = [
            row
            for row in self.session.rows_among(_closed, "hops", [h for h in hops if h not in held])
            if row[6] == wanted[row[1]]
        ]
        reopened = {row[1]: self._due_now(row) for row in closed}
        self.session.run_among(_forget, "ids", [row[0] for row in closed])
        self.session.add(OUTBOX, [reopened[hop] for hop in sorted(reopened)])
        return len(again) + len(reopened)

    def _due_now(self, closed: Row) -> tuple[Any, ...]:
        """A row of the history as an open one."""
        row = list(closed[1 : 1 + _COLUMNS])
        row[8], row[9] = RowState.DUE.value, self.now
        return (*row, "")

    def open_among(self, peer: NodeId, delivery_ids: Collection[str]) -> set[str]:
        """Which of these hops are open."""
        end = f" {peer}"
        found = self.session.rows_among(_names, "hops", [f"{name}{end}" for name in delivery_ids])
        return {row[0].removesuffix(end) for row in found}

    def lives(self, peers: Collection[NodeId]) -> Mapping[NodeId, str]:
        """Incarnations that newest beats named."""
        return {
            row[0]: row[1] for row in self.session.rows_among(lives_of, "peers", peers) if row[1]
        }


def _by_peer(keys: Collection[WantedKey]) -> dict[NodeId, list[str]]:
    found: dict[NodeId, list[str]] = {}
    for peer, name in sorted(keys):
        found.setdefault(peer, []).append(name)
    return found


def _from(since: Instant, after: Cursor, end: str) -> dict[str, object]:
    return {"begin": max(since, after.at), "at": after.at, "id": after.delivery_id + end}


def _told(at: Instant, delivery_id: str, digest: bytes) -> tuple[Cursor, Listed]:
    return Cursor(at, delivery_id), Listed(delivery_id, digest)
