"""Keeping trust: sealed lists that come become the trust in force (PROTOCOL §10).

Rules of this file:
- A list is judged on arrival by its pinned seals; what they do not hold under is not kept here.
- Numbers are dense: a list may only follow its predecessor, so one that came too early waits. A
  lower number is refused, the same number with other octets is a conflict; both are kept.
- A list comes into force at its moment. Each change counts `trust_state` up and is journalled in
  the same transaction.
- A local suspension goes when a list in force has taken it up.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Generic

from hub.clock import Instant
from hub.errors import Conflict, Misconfigured, Rejection, SealUntrusted
from hub.observer import Fact, Observer
from hub.parties import NodeId, Party
from hub.trust.listing import ListGround, Opening, Sealed, named_sections, open_head, open_list
from hub.trust.model import SIGNATURES_NEEDED, Status, TrustList, subject_of
from hub.trust.ports import KeptList, ListState, T, TrustStore
from hub.trust.rules import Change, accept, touching

ACCEPTED: Final = frozenset({ListState.ACCEPTED, ListState.IN_FORCE})


@dataclass(frozen=True, slots=True)
class Here:
    """Whose trust is kept: the node, whom it serves, and this process's journal lane."""

    node: NodeId
    parties: frozenset[Party]
    incarnation: str
    lane: str


class TrustKeeping(Generic[T]):
    """Takes what comes, judges it, puts it in force. Any number of processes may do so."""

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
        self._last: tuple[bytes, TrustList] | None = None

    def take(self, message: bytes, parts: Sequence[bytes]) -> None:
        """Keep a sealed list with sections it names, and accept what can be accepted now.

        Octets that are on record already are nothing new.

        Raises:
            Rejection: what `open_head` raises; `trust_list_seals`, `trust_list_number`,
                `trust_list_other_environment`.
            Conflict: `trust_list_conflict`.
            Held: `catalogue_missing`.
            StoreDown: nothing was kept; try again.
        """
        digest = hashlib.sha256(message).digest()
        row = {one.digest: one for one in self.lists()}.get(digest)
        if row is None or row.state is ListState.WAITING:
            self._keep(digest, message, parts)
            self.settle()

    def lists(self) -> list[KeptList]:
        """All lists on record, by number."""
        with self._store.read() as tx:
            return tx.trust_lists()

    def settle(self) -> int:
        """Accept waiting lists in order and put in force whose moment has come; how many changed.

        Raises:
            StoreDown: try again later.
        """
        done = 0
        while (row := _next(self.lists())) is not None and self._judge(row):
            done += 1
        return done + self._begin_to_count()

    # --- keeping ---------------------------------------------------------------------------------

    def _keep(self, digest: bytes, message: bytes, parts: Sequence[bytes]) -> None:
        sealed = open_head(message, self._ground(), self._now())
        named = {bytes.fromhex(text) for text in sealed.head.sections.values()}
        octets = {hashlib.sha256(part).digest(): part for part in parts}
        error = self._wrong(sealed)
        with self._store.begin() as tx:
            tx.fence.require_incarnation(self._here.incarnation)
            rows = tx.trust_lists()
            if any(row.digest == digest and row.state is not ListState.WAITING for row in rows):
                return  # another process was faster: its verdict stands
            if error is None:
                error = _out_of_turn(sealed.head.number, rows)
            state = ListState.WAITING if error is None else ListState.REFUSED
            code = "" if error is None else error.code
            tx.add_messages({digest: message} | {d: o for d, o in octets.items() if d in named})
            head = sealed.head
            row = KeptList(
                digest, head.number, state, code, sealed.sealed_at, head.effective_at,
                head.expires_at, tx.now,
            )  # fmt: skip
            tx.put_trust_lists([row])
            tx.append_journal(self._here.lane, _line(row))
            tx.commit()
        self._tell(row)
        if error is not None:
            raise error

    def _wrong(self, sealed: Sealed) -> Rejection | None:
        if len(sealed.sealed_by) < SIGNATURES_NEEDED:
            return SealUntrusted("trust_list_seals", count=len(sealed.sealed_by))
        if sealed.head.env != self._ground().env:
            return SealUntrusted("trust_list_other_environment")
        return None

    # --- accepting -------------------------------------------------------------------------------

    def _judge(self, row: KeptList) -> bool:
        """Accept or refuse the next list; False while its sections are not all here."""
        before = _newest(self.lists())
        current = self._current(before) if before is not None else None
        try:
            opening = self._open(row)
            if opening is None:
                return False
            changes = self._accepted(current, opening)
        except Rejection as error:
            self._write(replace(row, state=ListState.REFUSED, code=error.code), before)
        else:
            written = self._write(replace(row, state=ListState.ACCEPTED), before)
            if written and before is not None:  # with the first list everything is new
                self._alert(row, changes)
        return True

    def _open(self, row: KeptList) -> Opening | None:
        with self._store.read() as tx:
            message = tx.messages([row.digest])[row.digest]
            names = named_sections(message)
            parts = tx.messages([bytes.fromhex(name) for name in names])
        if len(parts) < len(set(names)):
            return None
        sections = {digest.hex(): octets for digest, octets in parts.items()}
        return open_list(message, sections, self._ground(), self._now())

    def _accepted(self, current: TrustList | None, opening: Opening) -> list[Change]:
        ground = self._ground()
        return accept(
            current, opening.trust, env=ground.env, at=opening.sealed_at,
            sealed_by=opening.sealed_by, suites=ground.suites,
        )  # fmt: skip

    def _current(self, row: KeptList) -> TrustList:
        """The list before; read once."""
        if self._last is None or self._last[0] != row.digest:
            opening = self._open(row)
            if opening is None:
                raise Misconfigured("trust_section_missing")
            self._last = row.digest, opening.trust
        return self._last[1]

    def _write(self, row: KeptList, before: KeptList | None) -> bool:
        """Write a verdict made against `before`; False when another process was faster."""
        with self._store.begin() as tx:
            tx.fence.require_incarnation(self._here.incarnation)
            rows = tx.trust_lists()
            judged = not any(r.digest == row.digest and r.state is ListState.WAITING for r in rows)
            if judged or _newest(rows) != before:
                return False
            tx.put_trust_lists([row])
            tx.append_journal(self._here.lane, _line(row))
            tx.commit()
        self._tell(row)
        return True

    def _begin_to_count(self) -> int:
        """Put in force the accepted lists whose moment has come."""
        with self._store.read() as tx:
            due = [row for row in tx.trust_lists() if _due(row, tx.now)]
        ended = [subject for row in due for subject in self._ended(row)]
        if not due:
            return 0
        with self._store.begin() as tx:
            tx.fence.require_incarnation(self._here.incarnation)
            still = {row.digest for row in tx.trust_lists() if _due(row, tx.now)}
            rows = [replace(r, state=ListState.IN_FORCE) for r in due if r.digest in still]
            if rows:
                tx.put_trust_lists(rows)
                tx.drop_suspensions(ended)
                tx.raise_trust_state()
                tx.append_journal(self._here.lane, b"\n".join(map(_line, rows)))
                tx.commit()
        for row in rows:
            self._tell(row)
        return len(rows)

    def _ended(self, row: KeptList) -> list[str]:
        """Subjects of local suspensions that this list has taken up."""
        return [
            subject
            for entry in self._current(row).register
            if entry.record.status is not Status.ACTIVE and (subject := subject_of(entry.record))
        ]

    # --- telling ---------------------------------------------------------------------------------

    def _tell(self, row: KeptList) -> None:
        fields: Mapping[str, str | int] = {
            "n": row.number, "state": str(row.state), "code": row.code, "digest": row.digest.hex(),
        }  # fmt: skip
        self._observe(Fact("trust_list", fields))

    def _alert(self, row: KeptList, changes: Sequence[Change]) -> None:
        """Every node is told of a change of its own entries."""
        for change in touching(changes, self._here.parties, self._here.node):
            said = "added" if change.before is None else "gone" if change.after is None else "other"
            kind = type(change.record).__name__
            self._observe(Fact("trust_own_entry", {"n": row.number, "kind": kind, "state": said}))


def _newest(rows: Sequence[KeptList]) -> KeptList | None:
    """The accepted list that the next one has to follow."""
    return max(
        (row for row in rows if row.state in ACCEPTED), key=lambda row: row.number, default=None
    )


def _next(rows: Sequence[KeptList]) -> KeptList | None:
    """The waiting list that may be judged now; the very first may have any number."""
    newest = _newest(rows)
    waiting = (row for row in rows if row.state is ListState.WAITING)
    return next((r for r in waiting if newest is None or r.number <= newest.number + 1), None)


def _out_of_turn(number: int, rows: Sequence[KeptList]) -> Rejection | None:
    newest = _newest(rows)
    if newest is None or number > newest.number:
        return None
    if number == newest.number:
        return Conflict("trust_list_conflict", number=number)
    return SealUntrusted("trust_list_number", number=number)


def _due(row: KeptList, now: Instant) -> bool:
    return row.state is ListState.ACCEPTED and row.effective_at <= now


def _line(row: KeptList) -> bytes:
    return f"trust list {row.number} {row.digest.hex()} {row.state} {row.code}".rstrip().encode()
