"""Alarms with their consequence: how many vouchers wait because of each, and of how much money.

Amounts are added up here, when somebody asks by command, from what is open in the store; nothing
else tells them. The oldest `MOST` that are meant are read; where more wait, it is a lower bound.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hub.clearing.breaks import BreakKind
from hub.clock import Instant
from hub.desks import late
from hub.desks.control import amount
from hub.desks.model import Task, TaskState
from hub.errors import Misconfigured
from hub.exchange.alarms import Alarm, AlarmState, acknowledge
from hub.exchange.looking import kept, oldest
from hub.voucher.model import LayerType
from ops.look.conflicts import Conflict, newest
from ops.scope import Scope, acting
from ops.wiring import Parts

MOST: Final = 500
_OF_PEER: Final = frozenset({"peer_absent", "peer_recovering", "rows_parked", "rows_late"})
_OF_ALL_ROWS: Final = frozenset({"no_channel"})
_OF_TASKS: Final = frozenset({"tasks_parked", "tasks_late"})


@dataclass(frozen=True, slots=True)
class Consequence:
    """What waits because of one alarm."""

    vouchers: int
    amount_fen: int
    whole: bool
    """False: more wait than were read."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One alarm as people see it; no consequence where no voucher waits because of it."""

    alarm: Alarm
    consequence: Consequence | None
    about: Conflict | None = None
    """Of a conflict, which: the newest, where it is within the scope."""


def alarms(parts: Parts, scope: Scope, *, everything: bool) -> tuple[Instant, list[Shown]]:
    """The moment of reading, and the alarms; the nearest deadline first, cleared ones last.

    Consequences are of what is within the scope.

    Raises:
        StoreDown: the store is away.
    """
    with parts.store.read() as tx:
        rows: list[Alarm] = tx.alarms()
        wanted = [row for row in rows if everything or row.state is not AlarmState.CLEARED]
        waiting = _Waiting(parts, tx, scope)
        shown = [Shown(row, waiting.because_of(row), _about(tx, row, scope)) for row in wanted]
        shown.sort(key=lambda one: (one.alarm.state is AlarmState.CLEARED, one.alarm.due_at))
        return tx.now, shown


def take_on(parts: Parts, code: str, subject: str, by: str) -> Alarm:
    """Acknowledge one, journalled with who did it.

    Raises:
        SealUntrusted, Misconfigured: as `ops.scope.acting` says.
        Misconfigured: `alarm_unknown`.
        RuleBroken: `alarm_cleared`.
        StoreDown: try again.
    """
    place = parts.place  # reads trust, before the store is locked
    who = acting(parts, by)
    with parts.store.begin() as tx:
        tx.fence.require_incarnation(place.incarnation)
        found: Alarm | None = next((a for a in tx.alarms() if a.key == (code, subject)), None)
        if found is None:
            raise Misconfigured("alarm_unknown")
        taken = acknowledge(found, who, tx.now)
        tx.put_alarms([taken])
        line = f"alarm ack {code} {subject} {who}"
        tx.append_journal(str(place.lane), line.encode())
        tx.commit()
    return taken


def _about(tx: Any, alarm: Alarm, scope: Scope) -> Conflict | None:  # noqa: ANN401 - a view
    found = newest(tx, alarm)
    return found if found is not None and scope.sees(found.voucher_id) else None


class _Waiting:
    """What waits because of alarms; those about one peer, or about tasks, share what was read."""

    def __init__(self, parts: Parts, tx: Any, scope: Scope) -> None:  # noqa: ANN401 - a view
        self._parts, self._tx, self._scope = parts, tx, scope
        self._peers: dict[str, Consequence] = {}
        self._sought = scope.sought(parts.settings.env)
        self._parked = kept(lambda limit: tx.parked_tasks(limit, self._sought))
        self._open = kept(lambda limit: tx.open_tasks(limit, self._sought))

    def because_of(self, alarm: Alarm) -> Consequence | None:
        """None: no voucher waits because of such an alarm, or it is over."""
        if alarm.state is AlarmState.CLEARED:
            return None
        if alarm.code in _OF_PEER or alarm.code in _OF_ALL_ROWS:
            peer = alarm.subject if alarm.code in _OF_PEER else ""
            if peer not in self._peers:
                self._peers[peer] = self._rows(peer)
            return self._peers[peer]
        if alarm.code in _OF_TASKS:
            return self._tasks(alarm)
        if alarm.code == "core_contradicts":
            open_ = self._tx.open_breaks_of(BreakKind.CORE_DIFFERS)
            sees = self._scope.sees
            mine = [o for o in open_ if o.party == alarm.subject and sees(o.subject)]
            money = late.vouchers(mine)
            return Consequence(len(money), sum(money.values()), whole=True)
        return None

    def _rows(self, peer: str) -> Consequence:
        rows = self._tx.oldest_hops(MOST + 1, peer, self._sought)
        digests = [row.message_digest for row in rows[:MOST]]
        return _summed(self._parts, self._tx, digests, whole=len(rows) <= MOST)

    def _tasks(self, alarm: Alarm) -> Consequence:
        tasks, more = oldest(
            self._parked if alarm.code == "tasks_parked" else self._open,
            lambda task: _meant(alarm, task),
            MOST,
        )
        known = [task.digest for task in tasks if task.digest]
        found = _summed(self._parts, self._tx, known, whole=not more)
        planned = {task.voucher_id for task in tasks if not task.digest}
        own = sum(_own(self._tx, party, planned) for party in {task.party for task in tasks})
        count = found.vouchers + len(planned)
        return Consequence(count, found.amount_fen + own, found.whole)


def _meant(alarm: Alarm, task: Task) -> bool:
    if alarm.code == "tasks_parked":
        return task.state is TaskState.PARKED and (task.next_action or "unnamed") == alarm.subject
    return task.state is TaskState.DUE and task.party == alarm.subject


def _own(tx: Any, party: str, voucher_ids: Iterable[str]) -> int:  # noqa: ANN401 - a view
    """Money of vouchers that are planned and not sealed yet, by their lines."""
    lines = tx.lines_of(party, list(voucher_ids))
    return sum(line.amount_fen for rows in lines.values() for line in rows)


def _summed(parts: Parts, tx: Any, digests: Sequence[bytes], *, whole: bool) -> Consequence:  # noqa: ANN401 - as above
    """Vouchers in these messages, each once: copies and layers of one are one voucher's money."""
    octets = tx.messages(set(digests))
    vouchers = parts.verification.reopen(list(octets.values()))
    money = {
        str(one.id): amount(one) for one in vouchers if one.top.id.layer is not LayerType.DOCUMENT
    }
    return Consequence(len(money), sum(money.values()), whole)
