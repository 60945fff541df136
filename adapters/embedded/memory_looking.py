"""Read verbs for people in memory: groups of what is open, and everything about one voucher."""

from collections import defaultdict
from collections.abc import Mapping

from adapters.embedded.memory_desks import INTENTS, PARKED, TASKS
from adapters.embedded.memory_desks import OPEN as OPEN_TASKS
from adapters.embedded.memory_outbox import HISTORY, OPEN
from adapters.embedded.memory_outbox import PARKED as PARKED_HOPS
from adapters.embedded.memory_records import DELIVERIES, REFUSALS
from adapters.embedded.memory_tables import Work
from hub.clock import Instant
from hub.desks.model import IntentState, Task, TaskGroup
from hub.exchange.looking import CLASHES, Clashes, HopGroup, HopTrace, Received
from hub.exchange.model import DeliveryRow, MessageClass, OutboxRow, RefusalRow, RowState
from hub.exchange.sought import ANY, Sought
from hub.parties import NodeId


class Looks(Work):
    """What people ask; nothing is written."""

    def hop_groups(self) -> list[HopGroup]:
        """Open rows by peer and state."""
        self.before("hop_groups")
        groups: dict[tuple[NodeId, RowState], list[OutboxRow]] = defaultdict(list)
        for held in self.rows(OPEN).values():
            groups[held.row.peer, held.row.state].append(held.row)
        return [
            HopGroup(peer, state, len(rows), min(row.created_at for row in rows))
            for (peer, state), rows in sorted(groups.items())
        ]

    def task_groups(self) -> list[TaskGroup]:
        """Unfinished tasks by whose move it is."""
        self.before("task_groups")
        groups: dict[tuple[str, ...], list[Task]] = defaultdict(list)
        for name in (*self.rows(OPEN_TASKS), *self.rows(PARKED)):
            task = self.rows(TASKS)[name].task
            groups[task.party, task.kind, task.state, task.waiting_for, task.next_action].append(
                task
            )
        return [
            TaskGroup(
                one[0].party, one[0].kind, one[0].state, one[0].waiting_for, one[0].next_action,
                len(one), min(t.since for t in one), min(t.due_at for t in one),
            )
            for _, one in sorted(groups.items())
        ]  # fmt: skip

    def oldest_hops(self, limit: int, peer: str = "", sought: Sought = ANY) -> list[OutboxRow]:
        """Open rows sought, by creation."""
        self.before("oldest_hops")
        to = [held.row for held in self.rows(OPEN).values() if peer in {"", held.row.peer}]
        rows = [row for row in to if sought.meets(row.delivery_id)]
        rows.sort(key=lambda row: (row.created_at, row.delivery_id, row.peer))
        return rows[:limit]

    def parked_hops(self, limit: int, sought: Sought = ANY) -> list[OutboxRow]:
        """PARKED rows sought, by creation."""
        self.before("parked_hops")
        parked = [self.rows(OPEN)[key].row for key in self.rows(PARKED_HOPS)]
        rows = [row for row in parked if sought.meets(row.delivery_id)]
        rows.sort(key=lambda row: (row.created_at, row.delivery_id, row.peer))
        return rows[:limit]

    def clashes(self) -> list[Clashes]:
        """Refused conflicts on record, by sender."""
        self.before("clashes")
        found: dict[str, list[Instant]] = defaultdict(list)
        for row in self.rows(REFUSALS).values():
            if row.code in CLASHES:
                found[row.sender].append(row.refused_at)
        return [Clashes(who, len(at), max(at)) for who, at in sorted(found.items())]

    def conflicts(self, limit: int, sender: str = "", sought: Sought = ANY) -> list[RefusalRow]:
        """Refused conflicts sought, the newest first."""
        self.before("conflicts")
        rows = (row for row in self.rows(REFUSALS).values() if sender in {"", row.sender})
        mine = [row for row in rows if row.code in CLASHES and sought.meets(row.delivery_id)]
        return sorted(mine, key=lambda row: (-row.refused_at, row.sender, row.digest))[:limit]

    def hops_of(self, voucher_id: str) -> list[HopTrace]:
        """All hops of a voucher's layers."""
        self.before("hops_of")
        found = [HopTrace(held.row, None) for held in self.rows(OPEN).values()]
        found += [HopTrace(row, closing) for row, closing in self.rows(HISTORY).values()]
        mine = [t for t in found if t.row.delivery_id.startswith(f"{voucher_id}/")]
        return sorted(mine, key=lambda t: (t.row.created_at, t.row.delivery_id, t.row.peer))

    def received(self, peer: NodeId, incarnation: str) -> Mapping[MessageClass, Received]:
        """What is on record of a peer's sequences in one life of its store."""
        self.before("received")
        numbers: dict[MessageClass, set[int]] = defaultdict(set)
        for row in self.rows(DELIVERIES).values():
            if (row.sender, row.incarnation) == (peer, incarnation):
                numbers[row.message_class].add(row.n)
        return {name: Received(len(found), max(found)) for name, found in numbers.items()}

    def intents_left(self) -> int:
        """Intents without outcome."""
        self.before("intents_left")
        return sum(1 for one in self.rows(INTENTS).values() if one.state is IntentState.OPEN)

    def deliveries_of(self, voucher_id: str) -> list[DeliveryRow]:
        """All deliveries of a voucher's layers."""
        self.before("deliveries_of")
        rows = self.rows(DELIVERIES).values()
        mine = [row for row in rows if row.delivery_id.startswith(f"{voucher_id}/")]
        return sorted(mine, key=lambda row: (row.recorded_at, row.delivery_id))
