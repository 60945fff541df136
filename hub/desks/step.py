"""One task on its way: what a clerk decides, and what the desk then does with it.

A desk takes a batch of tasks through: claim → prepare (decide, open intents) → ask the core →
conclude (write outcomes) → seal → post. Every arrow is a commit or an act outside; a task that is
broken off anywhere is begun again from what is recorded, and comes to the same end.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from hub.clearing.calendar import Calendar
from hub.clock import MINUTE, SECOND, Instant
from hub.desks.model import Directory, Task, TaskKind, TaskState, task_id
from hub.desks.ports import Bounce, DeskTransaction, Opener, Order
from hub.errors import Damaged
from hub.exchange.model import Arrival
from hub.exchange.quarantine import CODE as MESSAGE_DAMAGED
from hub.parties import Party, party
from hub.voucher.model import Draft, LayerId, LayerType, Voucher, VoucherId

BACKOFF_MAX: Final = 5 * MINUTE
_WAITING_MAX: Final = 5000
CUTOFF: Final = "cutoff"
"""The phase after which what could not be matched goes back."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a life of the store that is over has left of a task (protocol 9)."""

    answer: Voucher | None = None
    """The own receipt or return, handed back by the hub."""
    asked: bool = False
    """The core knows a key of it."""
    unclear: bool = False
    """The core has not said whether it does."""

    @property
    def accepted(self) -> bool:
        """It was carried out, or begun: its rules are not asked again."""
        receipt = self.answer is not None and self.answer.top.id.layer is LayerType.RECEIPT
        return self.asked or receipt

    @property
    def days(self) -> dict[str, str]:
        """Of each row of the own receipt its day, by row id: a core tells none of a failed one."""
        rows = self.answer.top.content.details if self.answer is not None else ()
        return {row["Id"]: row["XPayDate"] for row in rows if "XPayDate" in row}

    @property
    def returned(self) -> str:
        """The code of the own return; empty when there is none."""
        if self.answer is None or self.answer.top.id.layer is not LayerType.RETURN:
            return ""
        return self.answer.top.content.fields["Return_Code"]


@dataclass(slots=True)
class Step:
    """One claimed task, its voucher, and what was decided."""

    task: Task
    voucher: Voucher | None
    orders: list[Order] = field(default_factory=list)
    """What the core is asked; their intents are open."""
    fresh: set[str] = field(default_factory=set)
    """Keys whose intent was opened just now: executed first; others are inquired first."""
    drafts: list[Draft] = field(default_factory=list)
    """What is to be sealed and posted; the task is done with it."""
    earlier: Earlier | None = None
    """After a restore: what the life before has left; None when the task is of this one."""

    def wait(self, until: Instant, waiting_for: str, next_action: str) -> None:
        """Not now: again at `until`, or when woken."""
        self.task = replace(
            self.task, state=TaskState.DUE, due_at=until, waiting_for=waiting_for,
            next_action=next_action,
        )  # fmt: skip

    def back_off(self, now: Instant, waiting_for: str, next_action: str) -> None:
        """Not now: again after a while that doubles with every attempt."""
        pause = min(SECOND << min(self.task.attempt, 20), BACKOFF_MAX)
        self.wait(Instant(now + pause), waiting_for, next_action)

    def finish(self) -> None:
        """Nothing is left to do."""
        self.task = self.finished

    @property
    def owed(self) -> list[Draft]:
        """The drafts, but for an own answer that was handed back: it stands as it was said."""
        said = self.earlier.answer if self.earlier is not None else None
        return [one for one in self.drafts if said is None or one.id != said.top.id]

    @property
    def finished(self) -> Task:
        """The task with nothing left to do."""
        return replace(self.task, state=TaskState.DONE, waiting_for="", next_action="")

    def park(self, code: str) -> None:
        """An operator has to look."""
        self.task = replace(
            self.task, state=TaskState.PARKED, waiting_for="operator", next_action=code
        )

    @property
    def accepted(self) -> bool:
        """It was carried out, or begun, before this store was restored."""
        return self.earlier is not None and self.earlier.accepted

    @property
    def returned(self) -> str:
        """The code under which it went back before this store was restored; mostly empty."""
        return self.earlier.returned if self.earlier is not None else ""

    @property
    def holder(self) -> Party:
        """Whose task it is."""
        return party(self.task.party)

    @property
    def message(self) -> Voucher:
        """The voucher the task is about."""
        assert self.voucher is not None, "this task is about a recorded voucher"
        return self.voucher


@dataclass(frozen=True, slots=True)
class Bundle:
    """Sealed vouchers that are posted together, and the task that ends with it."""

    vouchers: Sequence[Voucher]
    task: Task | None


@dataclass(frozen=True, slots=True)
class Means:
    """What every clerk is given."""

    directory: Directory
    calendar: Calendar
    opener: Opener
    release: Callable[[], int]
    """Number of the catalogue release in force."""

    def originals(self, tx: DeskTransaction, ids: Collection[str]) -> Mapping[str, Voucher]:
        """Recorded messages with these vouchers' originals, by voucher.

        Raises:
            Damaged: `message_damaged`: octets that are on record are damaged or gone; what an
                archive or the opener says.
            TargetDown: octets are in an archive that is away.
        """
        layers: dict[str, str] = {}
        for voucher_id in ids:
            layers[original_layer(voucher_id)] = voucher_id
        rows = tx.layers(layers.keys())
        digests = {row.message_digest for row in rows.values()}
        octets = tx.messages(digests)
        if gone := digests - octets.keys():
            raise Damaged(MESSAGE_DAMAGED, digest=min(gone).hex(), count=len(gone))
        names = [(layers[name], row.message_digest) for name, row in sorted(rows.items())]
        opened = self.opener([octets[digest] for _, digest in names])
        return {name: voucher for (name, _), voucher in zip(names, opened, strict=True)}

    def day(self, tx: DeskTransaction, holder: str) -> str:
        """The business day that counts now for a party: the next one after its cut-off has run."""
        day = self.calendar.business_day(tx.now)
        while over(tx, holder, CUTOFF, day):
            day = self.calendar.next_business_day(day)
        return day


def over(tx: DeskTransaction, holder: str, phase: str, day: str) -> bool:
    """Whether a scheduled phase of that day has run for the party."""
    name = task_id(TaskKind.MARK, holder, f"{phase}/{day}")
    return name in tx.tasks([name])


def mark(tx: DeskTransaction, holder: str, phase: str, day: str) -> int:
    """Note that a phase has run, and wake what has waited until then; plans nothing, so 0."""
    name = task_id(TaskKind.MARK, holder, f"{phase}/{day}")
    tx.add_tasks([Task(name, holder, TaskKind.MARK, "", b"", TaskState.DONE, tx.now, tx.now, day)])
    waiting = {
        task.id
        for task in tx.open_tasks(_WAITING_MAX)
        if task.party == holder and task.waiting_for and task.day <= day
        and task.state is TaskState.DUE
    }  # fmt: skip
    tx.wake_tasks(waiting, tx.now)
    return 0


def original_layer(voucher_id: str) -> str:
    """The layer_id of a voucher's original."""
    issuer = voucher_id.split("/")[4]
    return f"{voucher_id}/{LayerType.ORIGINAL}/{issuer}"


def original(identity: VoucherId) -> LayerId:
    """The layer_id of a voucher to be made."""
    return LayerId(identity, LayerType.ORIGINAL, identity.issuer)


def next_identity(
    tx: DeskTransaction, env: str, division: str, kind: str, issuer: Party, day: str
) -> VoucherId:
    """A number this party has never used: day, life of the store, serial in that life."""
    serial = tx.next_serial(str(issuer), kind)
    number = f"{day}-{tx.fence.incarnation[:16]}-{serial}"
    return VoucherId(env, division, day[:4], kind, issuer, number)


class Clerk(Protocol):
    """What one role does: pure decisions over the books of its party, no I/O."""

    def recorded(self, tx: DeskTransaction, arrivals: Sequence[Arrival]) -> None:
        """New deliveries for this clerk's parties, in their recording transaction."""
        ...

    def prepare(self, tx: DeskTransaction, step: Step) -> None:
        """Decide a task: fill orders or drafts, or wait, finish, park."""
        ...

    def conclude(self, tx: DeskTransaction, step: Step) -> None:
        """All intents of the task are closed: write outcomes, fill drafts."""
        ...

    def phase(self, tx: DeskTransaction, name: str, day: str) -> int:
        """Plan a scheduled phase; how many vouchers were planned. Doing it again plans nothing."""
        ...

    def bounced(self, tx: DeskTransaction, bounces: Sequence[Bounce], day: str) -> int:
        """Movements that came back; how many were new."""
        ...
