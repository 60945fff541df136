"""Moving a day's octets from a store into its file (the rules: `hub.exchange.archives`).

Broken off at any instant it is begun again and comes to the same end: a file without its row is
written anew; a row `written` means that its file is whole, and octets leave the store only under
that row, each with a note of where it lies.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from sqlalchemy import Executable, bindparam, delete, select, update

from adapters.store.archive_file import ArchiveFolder, DayReader, DayWriter
from adapters.store.archive_gather import CHUNK, Gathered, Gatherer, chunks, staying
from adapters.store.archive_proving import Proving
from adapters.store.archive_tables import ARCHIVE_DAY, ARCHIVED
from adapters.store.journal import heads_text
from adapters.store.session import Forms, Row
from adapters.store.store import SqlStore
from adapters.store.tables import MESSAGE
from adapters.store.unfinished import unfinished
from hub.clock import business_day
from hub.errors import Damaged, HubError
from hub.exchange.archive_check import check_day
from hub.exchange.archives import (
    LONGEST_YEARS,
    REFUSED,
    TABLES,
    DayProof,
    Extent,
    amount_of,
    recorded,
    row_digest,
    until,
)

WRITTEN, MOVED, EMPTY = "written", "moved", "empty"
Years = Callable[[str, str, str], int]
"""(kind, division, year) → years of retention."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose archives, in which life of the store, and where this process writes its journal."""

    env: str
    node: str
    lane: str
    incarnation: str


@dataclass(frozen=True, slots=True)
class ArchiveDay:
    """A day that was archived."""

    day: str
    proof: bytes
    messages: int
    body_bytes: int
    keep_until: str
    state: str
    at: int


@dataclass(frozen=True, slots=True)
class Held:
    """Why a day stays."""

    code: str
    """`archive_unanchored`, `archive_unfinished`, `archive_breaks`."""
    count: int = 0
    example: str = ""


class Archiver:
    """One node's store and its folder of archives."""

    def __init__(
        self, store: SqlStore, folder: ArchiveFolder, owner: Owner, years: Years,
        passing: Callable[[str], None] = lambda _step: None, chunk: int = CHUNK,
    ) -> None:  # fmt: skip
        """`passing` is told each step before it is taken; when it raises, the process died."""
        self._store = store
        self._days = Gatherer(store)
        self._proving = Proving(store, owner.incarnation)
        self._folder = folder
        self._owner = owner
        self._years = years
        self._passing = passing
        self._chunk = chunk

    def days(self) -> list[ArchiveDay]:
        """Every day that was archived, also those that held nothing."""
        with self._store.read() as tx:
            return [ArchiveDay(*row) for row in tx.session.rows(_days)]

    def candidates(self, last: str) -> list[str]:
        """Days up to this one that are not archived whole."""
        done = {one.day for one in self.days() if one.state != WRITTEN}
        first = self._days.first()
        if first is None:
            return []
        day, found = Extent(business_day(first.at)), []
        while day.day <= last:
            found += [day.day] if day.day not in done else []
            day = day.next
        return found

    # --- writing ---------------------------------------------------------------------------------

    def run(self, days: Sequence[str], *, dry: bool = False) -> list[ArchiveDay | Held]:
        """Archive days as far as they go, in order; `dry`: only say whether they could be.

        All files are written first, so that one look at what is on record does for all of them.

        Raises:
            TargetDown: `archive_away`, `archive_busy`.
            Fenced: `other_incarnation`: the store was restored meanwhile.
            Damaged: `archive_differs` and its like: the file is not what the store says of it; the
                days before it are done.
        """
        known = {one.day: one for one in self.days()}
        if dry:
            return [known.get(day) or self._write(Extent(day), dry=True) for day in days]
        made: dict[str, ArchiveDay | Held] = {}
        broken: HubError | None = None
        with self._folder.alone():
            for day in days:
                try:
                    made[day] = known.get(day) or self._write(Extent(day), dry=False)
                except HubError as error:
                    broken = error
                    break
            self._move([one for one in made.values() if _written(one)])
        if broken is not None:
            raise broken
        made |= {one.day: one for one in self.days() if one.day in made}
        return [made[day] for day in days]

    def check(self, known: ArchiveDay) -> DayProof:
        """A day's file, whole and the one that this store wrote.

        Raises:
            TargetDown: `archive_away`.
            Damaged: `archive_differs`, and as `check_day` says.
        """
        proof = check_day(self._folder.reader(known.day))
        if proof.digest != known.proof:
            raise Damaged("archive_differs", reason="journal", at=known.day)
        return proof

    def _write(self, day: Extent, *, dry: bool) -> ArchiveDay | Held:
        gathered = self._days.gather(day)
        if gathered is None:
            return Held("archive_unanchored")
        if held := self._held(gathered, day):
            return held
        messages = len(gathered.moving)
        if dry or not messages:
            empty = ArchiveDay(day.day, b"", messages, 0, day.day, EMPTY, 0)
            return empty if dry else self._noted(empty)
        self._passing("write")
        writer = self._folder.writer(day.day)
        try:
            proof = self._filled(writer, gathered, day)
            self._passing("place")
            check_day(writer.place(proof))
        except BaseException:
            writer.drop()
            raise
        counts = proof.counts
        return self._noted(
            ArchiveDay(
                day.day, proof.digest, counts["message"], counts["octets"], proof.keep_until,
                WRITTEN, 0,
            )
        )  # fmt: skip

    def _noted(self, made: ArchiveDay) -> ArchiveDay:
        """Put the day on record, in the journal too; whoever was first stands."""
        self._passing("note")
        with self._store.begin() as tx:
            tx.fence.require_incarnation(self._owner.incarnation)
            row = (made.day, made.proof, made.messages, made.body_bytes, made.keep_until,
                   made.state, tx.now)  # fmt: skip
            tx.session.add_new(ARCHIVE_DAY, [row])
            line = f"archived {made.day} {made.proof.hex() or '-'}"
            tx.append_journal(self._owner.lane, line.encode())
            tx.commit()
        return {one.day: one for one in self.days()}[made.day]

    def _held(self, gathered: Gathered, day: Extent) -> Held | None:
        with self._store.read() as tx:
            ids = {row[1] for row in gathered.layers}
            open_, breaks = unfinished(tx, ids, _parties(gathered.deliveries), day.day)
        if open_:
            return Held("archive_unfinished", len(open_), min(open_))
        return Held("archive_breaks", breaks) if breaks else None

    def _filled(self, writer: DayWriter, gathered: Gathered, day: Extent) -> DayProof:
        for made in self._days.checkpoints(gathered):
            row = (made.number, made.at, made.hash, heads_text(made.heads))
            writer.add("checkpoint", [row])
        for rows in chunks(self._days.journal(gathered)):
            writer.add("journal", rows)
        writer.add("layer", [tuple(row) for row in gathered.layers])
        writer.add("delivery", [tuple(row) for row in gathered.deliveries])
        writer.add("line", self._days.lines(gathered))
        amounts: Counter[tuple[str, str]] = Counter()
        counts: Counter[tuple[str, str]] = Counter()
        for some in chunks(gathered.digests):
            with self._store.read() as tx:
                octets = tx.messages(some)
            if missing := set(some) - octets.keys():
                raise Damaged("archive_incomplete", digest=min(missing).hex(), count=len(missing))
            for message in octets.values():
                kind, layer, fen = amount_of(message)
                counts[kind, layer] += 1
                amounts[kind, layer] += fen
            writer.add("message", sorted(octets.items()))
        for some in chunks(sorted(gathered.refused)):
            with self._store.read() as tx:
                octets = tx.messages(some)
            writer.add("kept", [(digest, REFUSED, octets[digest]) for digest in octets])
        for kept in chunks(self._proving.octets(day)):
            writer.add("kept", kept)
        sums = [(*key, counts[key], amounts[key]) for key in sorted(counts)]
        return self._proof(writer.reader(), gathered, day, sums)

    def _proof(
        self, file: DayReader, gathered: Gathered, day: Extent,
        amounts: Sequence[tuple[str, str, int, int]],
    ) -> DayProof:  # fmt: skip
        told = {table: row_digest(file.rows(table)) for table in TABLES}
        octets = sum(row[1] for row in file.rows("message"))
        books: Counter[tuple[str, str, str]] = Counter()
        fens: Counter[tuple[str, str, str]] = Counter()
        for party, _, _, kind, state, fen in file.rows("line"):
            books[party, kind, state] += 1
            fens[party, kind, state] += fen
        years = Counter(self._years(row[4], row[5], day.day[:4]) for row in file.rows("layer"))
        if told["kept"][0] or not all(gathered.named.values()):
            years[LONGEST_YEARS] += 0
        before = max(self.days(), key=lambda one: (one.at, one.day), default=None)
        return DayProof(
            env=self._owner.env,
            node=self._owner.node,
            day=day.day,
            counts={**{t: count for t, (count, _) in told.items()}, "octets": octets},
            digests={t: digest for t, (_, digest) in told.items()},
            amounts=amounts,
            books=[(*key, books[key], fens[key]) for key in sorted(books)],
            classes=[(y, years[y], until(day.day, y)) for y in sorted(years)],
            opening=(gathered.opening.number, gathered.opening.hash.hex()),
            closing=(gathered.closing.number, gathered.closing.hash.hex()),
            previous=before.proof.hex() if before else "",
        )

    # --- moving ----------------------------------------------------------------------------------

    def _move(self, written: Sequence[ArchiveDay]) -> None:
        """Octets leave the store, a note of where they lie stays; then each day is `moved`.

        A file that cannot be read holds up the days after it.
        """
        others: dict[str, set[bytes]] = {}
        broken: HubError | None = None
        for one in written:
            self._passing("check")
            try:
                self.check(one)
                others[one.day] = self._named(one.day)[1]
            except HubError as error:
                broken = error
                break
        on_record = self._days.on_record({digest for some in others.values() for digest in some})
        for day in others:
            self._leave(day, on_record)
        if broken is not None:
            raise broken

    def _named(self, day: str) -> tuple[set[bytes], set[bytes]]:
        """What a day's file recorded, and what else it holds; without what stays."""
        file = self._folder.reader(day)
        stays, own = staying(file.rows("layer")), recorded(file)
        others = {row[0] for row in file.rows("message")}
        others |= {digest for digest, role, _ in file.kept() if role == REFUSED}
        return own - stays, others - own - stays

    def _leave(self, day: str, on_record: set[bytes]) -> None:
        file = self._folder.reader(day)
        own, others = self._named(day)
        for some in chunks(sorted(own | (others - on_record)), self._chunk):
            self._passing("move")
            with self._store.begin() as tx:
                tx.fence.require_incarnation(self._owner.incarnation)
                tx.session.put(ARCHIVED, [(one, day) for one in some if one in own])
                tx.session.add_new(ARCHIVED, [(one, day) for one in some if one not in own])
                tx.session.run_among(_gone, "digests", some)
                tx.commit()
        self._passing("proving")
        self._proving.leave(Extent(day), {digest for digest, *_ in file.kept()})
        self._passing("moved")
        with self._store.begin() as tx:
            tx.fence.require_incarnation(self._owner.incarnation)
            tx.session.run_each(_moved, [{"of_day": day}])
            tx.commit()


def _written(one: ArchiveDay | Held) -> TypeGuard[ArchiveDay]:
    return isinstance(one, ArchiveDay) and one.state == WRITTEN


def _parties(deliveries: Iterable[Row]) -> set[str]:
    return {row[2] for row in deliveries}


def _days(_forms: Forms) -> Executable:
    return select(ARCHIVE_DAY).order_by(ARCHIVE_DAY.c.day)


def _gone(forms: Forms) -> Executable:
    return delete(MESSAGE).where(forms.among(MESSAGE.c.digest, "digests"))


def _moved(_forms: Forms) -> Executable:
    return update(ARCHIVE_DAY).where(ARCHIVE_DAY.c.day == bindparam("of_day")).values(state=MOVED)
