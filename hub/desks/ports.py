"""What desks need from outside. Bulk-shaped: sequences in, mappings out.

`DeskTransaction` is the node's one transaction with the desks' own tables in it: what a desk
writes becomes true together with what the exchange records. All rules of
`hub.exchange.ports.Transaction` hold. Cores are asked outside any transaction (protocol 5).
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from hub.clearing.breaks import Break
from hub.clearing.model import Line, LineState
from hub.clock import Instant, is_day
from hub.desks.base_data import BaseTables
from hub.desks.counting import Counting
from hub.desks.mail import Mail, MailState
from hub.desks.model import Intent, LedgerEntry, Stage, Task, TaskGroup, TaskKind, Total
from hub.desks.outside import Settling
from hub.desks.search import Searching
from hub.exchange.alarms import Alarming
from hub.exchange.looking import Hurrying, Looking
from hub.exchange.ports import Transaction
from hub.exchange.sought import ANY, Sought
from hub.money import Fen
from hub.voucher.model import Voucher


class DeskTables(Protocol):
    """The desks' verbs on a node's store, without the exchange's."""

    # tasks

    def add_tasks(self, tasks: Sequence[Task]) -> None:
        """Record tasks; one whose id is there already stays as it is, also when done."""
        ...

    def claim_tasks(
        self, worker: str, until: Instant, limit: int, kinds: Collection[TaskKind]
    ) -> list[Task]:
        """Claim due tasks (and those whose claim has expired), oldest due first.

        They come back CLAIMED with the attempt counted up.
        """
        ...

    def claimants(self) -> set[str]:
        """Workers that claim tasks now."""
        ...

    def reclaim_tasks(self, workers: Collection[str], parties: Collection[str]) -> int:
        """Tasks of these parties that these workers claim become DUE at once; how many."""
        ...

    def save_tasks(self, worker: str, tasks: Sequence[Task]) -> None:
        """Write state, due_at, waiting_for, next_action, plan of tasks this worker claims.

        Required: `hold_tasks` in this transaction; the claim ends unless the state is CLAIMED.
        """
        ...

    def hold_tasks(self, worker: str, ids: Collection[str], until: Instant) -> set[str]:
        """Which of these this worker still claims; those are claimed on until then."""
        ...

    def wake_tasks(self, ids: Collection[str], at: Instant) -> None:
        """Tasks that are DUE later or PARKED become due at this instant; others stay."""
        ...

    def tasks(self, ids: Collection[str]) -> Mapping[str, Task]:
        """Tasks by id, done ones included."""
        ...

    def open_tasks(self, limit: int, sought: Sought = ANY) -> list[Task]:
        """Unfinished tasks of vouchers sought, oldest first: whose move."""
        ...

    def parked_tasks(self, limit: int, sought: Sought = ANY) -> list[Task]:
        """PARKED tasks of vouchers sought, oldest first."""
        ...

    def end_parked(self, ids: Collection[str]) -> int:
        """PARKED tasks become DONE; others stay. How many there were."""
        ...

    def task_groups(self) -> list[TaskGroup]:
        """Unfinished tasks by whose move it is, in the order of a group's fields."""
        ...

    # intents

    def open_intents(self, intents: Sequence[Intent]) -> set[str]:
        """Write those whose key is new; which keys were."""
        ...

    def close_intents(self, intents: Sequence[Intent]) -> None:
        """Write outcomes of OPEN ones; a closed one stays as it is (same outcome or not)."""
        ...

    def intents_of(self, party: str, voucher_ids: Collection[str]) -> Mapping[str, list[Intent]]:
        """Intents by voucher, in order of rows."""
        ...

    def intents_left(self) -> int:
        """How many intents have no outcome yet, of all parties."""
        ...

    def intents_refused(self, party: str, since: Instant) -> list[Intent]:
        """Intents that were refused then or later, the oldest outcome first."""
        ...

    def intents(self, keys: Collection[str]) -> Mapping[str, Intent]:
        """Intents by key."""
        ...

    # lines

    def add_lines(self, lines: Sequence[Line]) -> None:
        """Record lines; one that is there already stays as it is."""
        ...

    def put_lines(self, lines: Sequence[Line]) -> None:
        """Write what may change of lines that are there: state, day, links, code, trace."""
        ...

    def lines_of(self, party: str, voucher_ids: Collection[str]) -> Mapping[str, list[Line]]:
        """Lines by voucher, in order of rows; held against change until the end."""
        ...

    def lines_about(self, party: str, payments: Collection[str]) -> Mapping[str, list[Line]]:
        """Lines of any kind by the payment they are about; held against change until the end.

        Of one party, or of all that this node serves when `party` is empty.
        """
        ...

    def lines_in(
        self, party: str, kinds: Collection[str], states: Collection[LineState], limit: int
    ) -> list[Line]:
        """Lines of these kinds in these states, in order of voucher and row."""
        ...

    def lines_on(self, party: str, kinds: Collection[str], day: str) -> list[Line]:
        """Lines of these kinds whose state is of this business day."""
        ...

    def line_totals(self, party: str = "") -> Mapping[tuple[str, str, str, str], Total]:
        """Counts and sums by (party, division, kind, state); of one party, or of all."""
        ...

    # ledger

    def balances(self, party: str, book: str, keys: Collection[str]) -> Mapping[str, Fen]:
        """Balances, held against change until the transaction ends; 0 where nothing was written."""
        ...

    def add_entries(self, entries: Sequence[LedgerEntry]) -> int:
        """Append, and change the balances in step; an entry already there changes nothing.

        Returns how many were new.
        """
        ...

    def book(self, party: str, book: str) -> Mapping[str, tuple[Fen, Fen]]:
        """By key: (balance, sum of entries); they are equal unless the store is damaged."""
        ...

    # differences

    def put_breaks(self, breaks: Sequence[Break]) -> None:
        """Record new breaks; of known ones, a state beyond OPEN with its reason."""
        ...

    def breaks(self, party: str = "") -> list[Break]:
        """All breaks, of one party or of all, by day and id."""
        ...

    # mail

    def add_mail(self, mail: Sequence[Mail]) -> None:
        """Record mail; a piece whose id is there already stays as it is."""
        ...

    def put_mail(self, mail: Sequence[Mail]) -> None:
        """Write what may change of mail that is there: state, content, asked, outcome and after."""
        ...

    def mail(self, ids: Collection[str]) -> Mapping[str, Mail]:
        """Mail by id; held against change until the end."""
        ...

    def mail_waiting(
        self, party: str, state: MailState, kinds: Collection[str], division: str, limit: int
    ) -> list[Mail]:
        """Mail NEW or READ, oldest first; no kinds and no division mean any."""
        ...

    def bounces_told(self, party: str, day: str) -> list[Mail]:
        """Bounces of a business day, by id."""
        ...

    # counts per stage

    def add_totals(self, totals: Mapping[Stage, Total]) -> None:
        """Add counts; never locks a row."""
        ...

    def totals(self) -> Mapping[Stage, Total]:
        """Sums of what was added."""
        ...


class DeskTransaction(
    Transaction,
    DeskTables,
    BaseTables,
    Settling,
    Looking,
    Hurrying,
    Searching,
    Counting,
    Alarming,
    Protocol,
):
    """A node's transaction with exchange and desk verbs."""


TX = TypeVar("TX", bound=DeskTransaction)

Post = Callable[[TX, Sequence[Voucher]], None]
"""Record own layers and write hops to every receiver, in the caller's transaction."""

Opener = Callable[[Sequence[bytes]], list[Voucher]]
"""Stored octets of messages that were verified when recorded, as vouchers, in the same order."""


# --- cores ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Order:
    """One movement asked of a core; the same key moves money at most once."""

    key: str
    from_account: str
    from_name: str
    to_account: str
    to_name: str
    to_bank: str
    """Bank line number, may be empty inside the same bank."""
    amount_fen: Fen
    """Positive; a refund swaps the accounts."""
    day: str
    """Business day on which it is asked."""


TRACE: Final = re.compile(r"[0-9A-Za-z_.\-]{1,360}")
"""A core's number of a movement, whoever tells it: what `XAgentBusinessNo` and `AgentBusinessNo`
bear. The receipt of the longest voucher fits into its body with such a number in every row."""


@dataclass(frozen=True, slots=True)
class Done:
    """It moved, once."""

    trace: str
    """Of the form `TRACE`: what a receipt cannot bear is no answer."""
    day: str
    """As yyyymmdd; a day of the calendar."""

    @property
    def tellable(self) -> bool:
        """Whether a receipt can say it."""
        return bool(TRACE.fullmatch(self.trace) and is_day(self.day))


@dataclass(frozen=True, slots=True)
class Refused:
    """It did not move and never will under this key."""

    code: str


@dataclass(frozen=True, slots=True)
class NotKnown:
    """The core has never seen this key (yet)."""


@dataclass(frozen=True, slots=True)
class KeyKnown:
    """The core has seen this key before and did nothing now: inquire, never take it as refused."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """No answer, or one that says nothing: it may or may not have moved."""

    code: str = "core_unknown"


ExecuteAnswer = Done | Refused | KeyKnown | Unclear
InquireAnswer = Done | Refused | NotKnown | Unclear


@dataclass(frozen=True, slots=True)
class Bounce:
    """A movement that was done and came back (退票)."""

    key: str
    code: str
    day: str


class Core(Protocol):
    """A core system that moves money. Answers in the order asked; never raises for one order."""

    @property
    def refuses_repeated_keys(self) -> bool:
        """Whether a key that was executed can never move money again (protocol 5)."""
        ...

    def execute(self, orders: Sequence[Order]) -> list[ExecuteAnswer]:
        """Move money."""
        ...

    def inquire(self, keys: Sequence[str]) -> list[InquireAnswer]:
        """What became of these keys."""
        ...


class CoreBanking(Core, Protocol):
    """An agent bank's core."""

    def bounces(self, day: str) -> list[Bounce]:
        """Transfers that came back on this business day; the same list whenever asked."""
        ...


class TreasuryCore(Core, Protocol):
    """The treasury's core (TIPS, TCBS)."""
