"""Reading a day out of a store: the checkpoints around it, its journal, and the rows that it names.

In pieces, each a view of its own: rows of a day that is over do not change.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Executable, bindparam, select

from adapters.store.desk_tables import LINE
from adapters.store.journal import read_checkpoint
from adapters.store.session import Form, Forms, Row
from adapters.store.store import SqlStore
from adapters.store.tables import CHECKPOINT, DELIVERY, JOURNAL, LAYER
from hub.exchange.archives import AFTER, STAYING, Extent, Named, named, without_effect
from hub.journal import GENESIS, Checkpoint

CHUNK: Final = 500


@dataclass(slots=True)
class Gathered:
    """What a day's journal names, and the rows of it."""

    opening: Checkpoint
    closing: Checkpoint
    named: dict[bytes, set[Named]] = field(default_factory=dict)
    """By message all names under which it was recorded; none: nothing but other seals."""
    refused: set[bytes] = field(default_factory=set)
    """Octets that were kept without effect."""
    layers: list[Row] = field(default_factory=list)
    deliveries: list[Row] = field(default_factory=list)

    @property
    def staying(self) -> set[bytes]:
        """Messages that the node goes on reading: a file has copies of them."""
        return staying(self.layers)

    @property
    def digests(self) -> list[bytes]:
        """Messages that the file holds."""
        return sorted(self.named)

    @property
    def moving(self) -> set[bytes]:
        """All octets that leave the store, now or with the day that recorded them."""
        return (self.named.keys() | self.refused) - self.staying


class Gatherer:
    """Reads days out of one store."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    def first(self) -> Checkpoint | None:
        """The store's first checkpoint."""
        with self._store.read() as tx:
            rows = tx.session.rows(_from, number=0)
        return read_checkpoint(rows[0]) if rows else None

    def gather(self, day: Extent) -> Gathered | None:
        """What a day's journal names; None: there is no checkpoint after it yet."""
        around = self._around(day)
        if around is None:
            return None
        gathered = Gathered(*around)
        self._name(gathered, day)
        return gathered

    def _around(self, day: Extent) -> tuple[Checkpoint, Checkpoint] | None:
        """The checkpoints that enclose a day; None: there is none after it yet."""
        closing = self.first_since(day.ends + AFTER)
        if closing is None:
            return None
        first = self.first_since(day.begins)
        assert first is not None, "the closing one is later"
        return self.before(first), closing

    def before(self, checkpoint: Checkpoint) -> Checkpoint:
        """The one before it; before the first of all stands an empty one, number 0."""
        if checkpoint.number == 1:
            return Checkpoint(0, checkpoint.at, GENESIS, ())
        return self.numbered(checkpoint.number - 1)

    def numbered(self, number: int) -> Checkpoint:
        """The checkpoint with this number. Required: it was made."""
        with self._store.read() as tx:
            return read_checkpoint(tx.session.rows(_from, number=number)[0])

    def first_since(self, at: int) -> Checkpoint | None:
        """The first checkpoint made then or later; found by halving, their numbers are dense."""
        with self._store.read() as tx:
            last = tx.last_checkpoint()
            if last is None or last.at < at:
                return None
            low, high = 1, last.number
            while low < high:
                middle = (low + high) // 2
                found = tx.session.rows(_from, number=middle)[0]
                low, high = (middle + 1, high) if found[1] < at else (low, middle)
            return read_checkpoint(tx.session.rows(_from, number=low)[0])

    def _name(self, gathered: Gathered, day: Extent) -> None:
        """What the day's entries name, and the rows of it."""
        for row in self.journal(gathered):
            if day.holds(row[2]):
                for one in named(row[3]):
                    gathered.named.setdefault(one.digest, set()).update([] if one.again else [one])
                gathered.refused |= set(without_effect(row[3]))
        gathered.refused -= gathered.named.keys()
        of = [one for names in gathered.named.values() for one in names]
        gathered.layers = list(self._among(_layers, {one.layer_id for one in of}))
        received = {one.name for one in of if one.received}
        gathered.deliveries = list(self._among(_deliveries, received))

    def _among(self, form: Form, ids: Collection[str]) -> Iterator[Row]:
        wanted = sorted(ids)
        for at in range(0, len(wanted), CHUNK):
            with self._store.read() as tx:
                yield from tx.session.rows_among(form, "ids", wanted[at : at + CHUNK])

    def on_record(self, digests: Collection[bytes]) -> set[bytes]:
        """Those that any layer or delivery names as its message, whenever it was recorded.

        Costs a walk through all of them, so it is asked of few, and only where there are any.
        """
        wanted = sorted(digests)
        with self._store.read() as tx:
            return {
                row[0]
                for form in (_layer_messages, _delivery_messages)
                for row in tx.session.rows_among(form, "digests", wanted)
            }

    def checkpoints(self, gathered: Gathered) -> Iterator[Checkpoint]:
        """From the opening one to the closing one."""
        number = gathered.opening.number
        while number <= gathered.closing.number:
            with self._store.read() as tx:
                rows = tx.session.rows(_from_many, number=number, limit=CHUNK)
            for row in rows:
                if row[0] <= gathered.closing.number:
                    yield read_checkpoint(row)
            number = rows[-1][0] + 1 if rows else gathered.closing.number + 1

    def journal(self, gathered: Gathered) -> Iterator[Row]:
        """Entries of every lane from its opening head to the last head that covers it."""
        first = {lane: n for lane, n, _ in gathered.opening.heads}
        last: dict[str, int] = {}
        for made in self.checkpoints(gathered):
            last.update({lane: n for lane, n, _ in made.heads if lane})
        for lane, end in sorted(last.items()):
            after = first.get(lane, 0)
            while after < end:
                with self._store.read() as tx:
                    rows = tx.session.rows(_entries, lane=lane, after=after, last=end)
                yield from rows
                after = rows[-1][1] if rows else end

    def lines(self, gathered: Gathered) -> list[tuple[Any, ...]]:
        """The desks' lines of the day's vouchers, of whoever here may hold them."""
        of: dict[str, set[str]] = {}
        for row in gathered.layers:
            for holder in {row[3], *row[13].split(",")} - {"", "*"}:
                of.setdefault(holder, set()).add(row[1])
        voucher = {row[0]: row[1] for row in gathered.layers}
        for row in gathered.deliveries:
            if row[1] in voucher:
                of.setdefault(row[2], set()).add(voucher[row[1]])
        found = set()
        for holder, ids in sorted(of.items()):
            for some in chunks(sorted(ids)):
                with self._store.read() as tx:
                    rows = tx.session.rows_among(_lines, "ids", some, of=holder)
                    found |= {tuple(row) for row in rows}
        return sorted(found)


def staying(layers: Iterable[Sequence[Any]]) -> set[bytes]:
    """Messages of these layers that a node reads as long as it runs."""
    return {row[8] for row in layers if row[4] in STAYING}


def chunks(rows: Iterable[Any], size: int = CHUNK) -> Iterator[list[Any]]:
    """The rows in lists of a size; rows become tuples."""
    some: list[Any] = []
    for row in rows:
        some.append(row if isinstance(row, bytes | str) else tuple(row))
        if len(some) == size:
            yield some
            some = []
    if some:
        yield some


def _from(_forms: Forms) -> Executable:
    since = CHECKPOINT.c.number >= bindparam("number")
    return select(CHECKPOINT).where(since).order_by(CHECKPOINT.c.number).limit(1)


def _from_many(_forms: Forms) -> Executable:
    since = CHECKPOINT.c.number >= bindparam("number")
    return select(CHECKPOINT).where(since).order_by(CHECKPOINT.c.number).limit(bindparam("limit"))


def _entries(_forms: Forms) -> Executable:
    row = JOURNAL.c
    of = (row.lane == bindparam("lane"), row.n > bindparam("after"), row.n <= bindparam("last"))
    return select(JOURNAL).where(*of).order_by(row.n).limit(CHUNK)


def _layers(forms: Forms) -> Executable:
    return select(LAYER).where(forms.among(LAYER.c.layer_id, "ids"))


def _deliveries(forms: Forms) -> Executable:
    return select(DELIVERY).where(forms.among(DELIVERY.c.delivery_id, "ids"))


def _layer_messages(forms: Forms) -> Executable:
    digest = LAYER.c.message_digest
    return select(digest).where(forms.among(digest, "digests"))


def _delivery_messages(forms: Forms) -> Executable:
    digest = DELIVERY.c.message_digest
    return select(digest).where(forms.among(digest, "digests"))


def _lines(forms: Forms) -> Executable:
    row = LINE.c
    told = (row.party, row.voucher_id, row.row, row.kind, row.state, row.amount_fen)
    return select(*told).where(row.party == bindparam("of"), forms.among(row.voucher_id, "ids"))
