"""Keeping numbered documents: what comes sealed is judged in order, once (protocol rule 10.1).

Rules of this file:
- A document is judged on arrival by its pinned seals; what they do not hold under is not kept here.
- Numbers are dense: one may only follow its predecessor, so one that came too early waits. A lower
  number is refused, the same number with other octets is a conflict; both are kept. None is ever
  removed.
- A verdict is written only if what it was made against still stands: else another process was
  faster, and its verdict counts.
- Each change is journalled in the same transaction.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final, Generic, TypeVar

from hub.clock import Instant
from hub.errors import Conflict, Misconfigured, Rejection, SealUntrusted
from hub.observer import Fact, Observer
from hub.parties import NodeId, Party
from hub.trust.pinned import ListGround, Sort, open_head, unsound
from hub.trust.ports import Kept, KeptState, T, TrustStore

STANDING: Final = frozenset({KeptState.FOUNDING, KeptState.ACCEPTED, KeptState.IN_FORCE})
"""States of what the next one has to follow."""
C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class Here:
    """Whose trust is kept: the node, whom it serves, and this process's journal lane."""

    node: NodeId
    parties: frozenset[Party]
    incarnation: str
    lane: str


class Keeping(ABC, Generic[T, C]):
    """Takes what comes of one sort. Any number of processes may do so. `C`: what one says.

    Source: protocol rule 10.1; protocol rule 10.2; protocol rule 10.6
    """

    sort: ClassVar[Sort]
    counts_when_accepted: ClassVar[bool]
    """Whether accepting one counts `trust_state` up."""

    def __init__(
        self,
        store: TrustStore[T],
        here: Here,
        ground: Callable[[], ListGround],
        now: Callable[[], Instant],
        observe: Observer,
    ) -> None:
        """`ground`: pinned keys and anchors as they stand now; `now`: this machine's clock."""
        self._store = store
        self._here = here
        self._ground = ground
        self._now = now
        self._observe = observe
        self._last: tuple[bytes, C] | None = None

    def take(self, message: bytes, parts: Sequence[bytes]) -> None:
        """Keep a sealed document with parts it names, and accept what can be accepted now.

        Octets that are on record already are nothing new.

        Raises:
            Rejection: what `open_head` raises; the sort's own codes for too few seals, a lower
                number, another environment.
            Conflict: the sort's own code for another document with this number.
            Held: `catalogue_missing`.
            Fenced: `other_incarnation`: the store has another life now.
            StoreDown: nothing was kept; try again.
        """
        digest = hashlib.sha256(message).digest()
        row = {one.digest: one for one in self.kept()}.get(digest)
        if row is None or row.state is KeptState.WAITING:
            self._keep(digest, message, parts)
            self.settle()

    def kept(self) -> list[Kept]:
        """All on record, by number."""
        with self._store.read() as tx:
            return self._rows(tx)

    def settle(self) -> int:
        """Accept waiting documents in order; how many were judged.

        Raises:
            StoreDown: try again later.
        """
        done = 0
        while (row := _next(self.kept())) is not None and self._judge(row):
            done += 1
        return done

    # --- what a sort of documents says for itself ------------------------------------------------

    @abstractmethod
    def _rows(self, tx: T) -> list[Kept]:
        """All on record, by number."""

    @abstractmethod
    def _put(self, tx: T, rows: Sequence[Kept]) -> None:
        """Write rows."""

    @abstractmethod
    def _told(self, fields: Mapping[str, str | int]) -> Fact:
        """The fact of a change."""

    @abstractmethod
    def _content(self, row: Kept) -> C | None:
        """What a document on record says; None while its parts are not all here."""

    @abstractmethod
    def _follow(self, row: Kept, content: C, before: tuple[Kept, C] | None) -> Sequence[Fact]:
        """What is to be told besides when it is accepted after `before`; raises Rejection."""

    # --- keeping ---------------------------------------------------------------------------------

    def _keep(self, digest: bytes, message: bytes, parts: Iterable[bytes]) -> None:
        ground = self._ground()
        sealed = open_head(self.sort, message, ground, self._now())
        head, error = sealed.head, unsound(self.sort, sealed, ground.env)
        wanted = {bytes.fromhex(text) for text in head.parts.values()}
        octets = {d: part for d, part in by_digest(parts).items() if d in wanted}
        with self._store.begin() as tx:
            tx.fence.require_incarnation(self._here.incarnation)
            rows = self._rows(tx)
            if any(r.digest == digest and r.state is not KeptState.WAITING for r in rows):
                return  # another process was faster: its verdict stands
            error = error or out_of_turn(self.sort, head.number, newest(rows))
            row = Kept(
                digest, head.number, KeptState.WAITING if error is None else KeptState.REFUSED,
                "" if error is None else error.code, sealed.sealed_at, head.effective_at,
                head.expires_at, tx.now,
            )  # fmt: skip
            tx.add_messages({digest: message} | octets)
            self._record(tx, [row])
            tx.commit()
        self._tell([row])
        if error is not None:
            raise error

    # --- accepting -------------------------------------------------------------------------------

    def _judge(self, row: Kept) -> bool:
        """Accept or refuse the next one; False while its parts are not all here."""
        last = newest(self.kept())
        before = (last, self._standing(last)) if last is not None else None
        besides: Sequence[Fact] = ()
        try:
            content = self._content(row)
            if content is None:
                return False
            besides = self._follow(row, content, before)
        except Rejection as error:
            row = replace(row, state=KeptState.REFUSED, code=error.code)
        else:
            row = replace(row, state=KeptState.ACCEPTED)
            self._last = row.digest, content
        if self._write(row, last):
            for fact in besides:
                self._observe(fact)
        return True

    def _standing(self, row: Kept) -> C:
        """What an accepted one says; read once."""
        if self._last is None or self._last[0] != row.digest:
            content = self._content(row)
            if content is None:
                raise Misconfigured(self.sort.refusals.part_missing)
            self._last = row.digest, content
        return self._last[1]

    def _write(self, row: Kept, last: Kept | None) -> bool:
        """Write a verdict made against `last`; False when another process was faster."""
        with self._store.begin() as tx:
            tx.fence.require_incarnation(self._here.incarnation)
            rows = self._rows(tx)
            waits = any(r.digest == row.digest and r.state is KeptState.WAITING for r in rows)
            if not waits or newest(rows) != last:
                return False
            self._record(tx, [row])
            if self.counts_when_accepted and row.state is KeptState.ACCEPTED:
                tx.raise_trust_state()
            tx.commit()
        self._tell([row])
        return True

    def _record(self, tx: T, rows: Sequence[Kept]) -> None:
        """Write rows and their line of the journal."""
        self._put(tx, rows)
        lines = [f"{self.sort.name} {r.number} {r.digest.hex()} {r.state} {r.code}" for r in rows]
        tx.append_journal(self._here.lane, "\n".join(map(str.rstrip, lines)).encode())

    def _tell(self, rows: Iterable[Kept]) -> None:
        for row in rows:
            self._observe(self._told({
                "n": row.number, "state": str(row.state), "code": row.code,
                "digest": row.digest.hex(),
            }))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Whole:
    """A document with the octets of its parts.

    Source: protocol rule 10.1
    """

    row: Kept
    message: bytes
    digests: Mapping[str, str]
    """Name → SHA-256 in hex."""
    octets: Mapping[str, bytes]
    """By SHA-256 in hex."""

    @property
    def parts(self) -> dict[str, bytes]:
        """By name."""
        return {name: self.octets[digest] for name, digest in self.digests.items()}


def whole(tx: T, row: Kept, names: Callable[[bytes], Mapping[str, str]]) -> Whole | None:
    """A document on record and all that `names` finds in it; None while some is not here.

    Required: the row's message is on record. `names` gives part → SHA-256 in hex.

    Source: protocol rule 10.1
    """
    message = tx.messages([row.digest])[row.digest]
    digests = names(message)
    octets = tx.messages({bytes.fromhex(text) for text in digests.values()})
    if len(octets) < len(set(digests.values())):
        return None
    return Whole(row, message, digests, {digest.hex(): o for digest, o in octets.items()})


def newest(rows: Iterable[Kept]) -> Kept | None:
    """The one that the next one has to follow: the highest accepted number; None: none yet.

    Source: protocol rule 10.1
    """
    return max((r for r in rows if r.state in STANDING), key=lambda r: r.number, default=None)


def out_of_turn(sort: Sort, number: int, last: Kept | None) -> Rejection | None:
    """Why a number cannot follow the newest one, else None; a gap is no reason, it waits.

    Returned, not raised: a Conflict for the same number, SealUntrusted for a lower one, with the
    codes of the sort's refusals.

    Source: protocol rule 10.1
    """
    if last is None or number > last.number:
        return None
    if number == last.number:
        return Conflict(sort.refusals.conflict, number=number)
    return SealUntrusted(sort.refusals.number, number=number)


def by_digest(parts: Iterable[bytes]) -> dict[bytes, bytes]:
    """Octets by their SHA-256, 32 octets.

    Source: protocol rule 10.1; FIPS 180-4
    """
    return {hashlib.sha256(part).digest(): part for part in parts}


def _next(rows: Sequence[Kept]) -> Kept | None:
    """The waiting one that may be judged now; the very first may have any number."""
    last = newest(rows)
    waiting = (row for row in rows if row.state is KeptState.WAITING)
    return next((r for r in waiting if last is None or r.number <= last.number + 1), None)
