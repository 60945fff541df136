"""What the exchange needs from outside. One contract suite runs over every implementation.

Store rules: a write transaction reads the fence first; the default exit is roll-back; only
`commit` makes anything true; a unique violation, a lock time-out or a serialisation failure is
`StoreDown("store_contended")`: the caller rolls back and does the whole work again.
Lock order: fence → allowances of limited parties ascending → ids ascending → peer counters
ascending → lane head last (protocol 7).
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from hub.clock import Instant
from hub.exchange.ahead import NOTHING, Ahead
from hub.exchange.beats import Beat, PeerRow
from hub.exchange.hearing import Claims
from hub.exchange.model import (
    Arrival,
    Backlog,
    ChannelHealth,
    Closing,
    DeliveryRow,
    Hop,
    Incoming,
    LayerRow,
    Mark,
    MessageClass,
    NoticeEntry,
    OutboxRow,
    Outcome,
    Outgoing,
    RefusalRow,
    StatementEntry,
    StatusEvent,
)
from hub.exchange.party_orders import NOBODY, Shut
from hub.exchange.verbs import Beside
from hub.fence import Fence
from hub.journal import Checkpoint, Entry
from hub.parties import NodeId, Party
from hub.voucher.batch import Refusal
from hub.voucher.catalogue import Kind
from hub.voucher.model import Draft, Opened, Voucher
from hub.voucher.ports import KnownLayers


class Channel(Protocol):
    """One independent path with its own broker and disk, as one node's process uses it.

    At least once; no order promise; messages unacked when the consumer dies come again with
    `redelivered`. Calls do not block beyond their time-out and raise `ChannelDown` when the
    channel cannot be used; the owner keeps calling, the channel reconnects by itself.
    """

    @property
    def name(self) -> str:
        """Name of the channel, the same at every node."""
        ...

    def publish(self, outgoing: Sequence[Outgoing]) -> None:
        """Hand over for publishing; outcomes come from `outcomes`. Never blocks on the window.

        Raises:
            ChannelDown: nothing of it was handed over.
        """
        ...

    def outcomes(self) -> list[Outcome]:
        """Outcomes since the last call, each token exactly once."""
        ...

    def receive(self, limit: int, classes: Collection[MessageClass]) -> list[Incoming]:
        """What has arrived for this node in these classes, at most `limit`, without waiting."""
        ...

    def ack(self, tags: Collection[int]) -> None:
        """Forget these for good; a tag of an earlier connection or claim has no effect."""
        ...

    def release(self, tags: Collection[int]) -> None:
        """Give these back for redelivery (to any consumer of this node)."""
        ...

    def health(self) -> ChannelHealth:
        """State as seen from here; never raises."""
        ...

    def close(self) -> None:
        """Stop consuming, give back what is unacked, end."""
        ...


class Transaction(Beside, Protocol):
    """One unit of work on a node's store, as far as the exchange is concerned."""

    @property
    def fence(self) -> Fence:
        """Read as the second statement, under the shared fence."""
        ...

    @property
    def now(self) -> Instant:
        """The store's clock at the start of the transaction."""
        ...

    def commit(self) -> None:
        """Make it true. After it the transaction is over.

        Raises:
            StoreDown: `store_contended` (do it again), or `store_away`.
            OutcomeUnknown: `commit_unknown`; do it again, identities make that harmless.
        """
        ...

    # messages, layers, deliveries, refusals

    def add_messages(self, octets: Mapping[bytes, bytes]) -> None:
        """Keep message octets by SHA-256; a digest that is there already stays as it is."""
        ...

    def layers(self, layer_ids: Collection[str]) -> Mapping[str, LayerRow]:
        """Rows of these layers, seen-below ones included."""
        ...

    def layers_of(self, voucher_id: str) -> list[LayerRow]:
        """All layers of one voucher."""
        ...

    def add_layers(self, rows: Sequence[LayerRow]) -> None:
        """Occupy identities; one there stays, SEEN_BELOW is raised; another body is contended."""
        ...

    def known_stacks(self, stack_digests: Collection[bytes]) -> set[bytes]:
        """Which of these lower layers were verified here before."""
        ...

    def deliveries(self, delivery_ids: Collection[str]) -> Mapping[str, DeliveryRow]:
        """Rows of these deliveries."""
        ...

    def add_deliveries(self, rows: Sequence[DeliveryRow]) -> None:
        """Record deliveries; one that is there already is `store_contended`."""
        ...

    def refusals(
        self, keys: Collection[tuple[str, bytes]]
    ) -> Mapping[tuple[str, bytes], RefusalRow]:
        """Refusals by (sender, digest)."""
        ...

    def add_refusals(self, rows: Sequence[RefusalRow]) -> None:
        """Record refusals; an existing one stays as it is."""
        ...

    # outbox

    def add_hops(self, hops: Sequence[Hop]) -> list[OutboxRow]:
        """Write rows, due now, drawing dense numbers per (peer, class); one open is contended."""
        ...

    def claim_hops(
        self, worker: str, until: Instant, limit: int, peers: Collection[NodeId],
        shut: Shut = NOBODY,
    ) -> list[OutboxRow]:  # fmt: skip
        """Claim due rows of these peers (and rows whose claim has expired), oldest first.

        Classes in the order urgent, online, batch; inside a class by `due_at`, then `n`. Rows come
        back CLAIMED, attempt counted up, `due_at` = until.
        """
        ...

    def mark_sent(
        self,
        worker: str,
        delivery_ids: Collection[tuple[str, NodeId]],
        channel: tuple[str, str],
        due_at: Instant,
    ) -> None:
        """Rows still claimed by this worker become SENT via channel (name, incarnation)."""
        ...

    def release_hops(
        self, worker: str, ids: Collection[tuple[str, NodeId]], due_at: Instant, *, went: bool
    ) -> None:
        """Rows still claimed by this worker become DUE again; `went`: the attempt counts."""
        ...

    def close_hops(self, named: Mapping[Closing, Collection[bytes]]) -> list[Closing]:
        """Move open rows to history whose message digest is among those named with a closing.

        Of several closings of a row the first that fits counts. Once in a transaction (lock order).
        """
        ...

    def reopen_channel(self, channel: str, incarnation: str) -> int:
        """SENT rows that went by this channel under another incarnation become DUE at once.

        An empty incarnation is none: every row that went by this channel.
        """
        ...

    def backlog(self) -> Backlog:
        """Whether anything waits to be sent: a cheap look, also in a read transaction."""
        ...

    def open_hops(self, peer: NodeId | None = None) -> int:
        """How many rows are open."""
        ...

    def marks(self, peer: NodeId) -> list[Mark]:
        """Marks of the sequences towards this peer."""
        ...

    # notices and statements

    def add_notices(self, peer: NodeId, entries: Sequence[NoticeEntry]) -> None:
        """Queue hop notices for a neighbour."""
        ...

    def take_notices(
        self, worker: str, until: Instant, limit: int
    ) -> list[tuple[NodeId, int, NoticeEntry]]:
        """Claim queued notices (peer, key, entry): never claimed ones first, oldest first."""
        ...

    def drop_notices(self, keys: Collection[int]) -> None:
        """These were published: never retransmitted by timer."""
        ...

    def add_statements(self, entries: Sequence[StatementEntry]) -> None:
        """Queue statement entries."""
        ...

    def take_statements(self, limit: int) -> list[StatementEntry]:
        """Remove and return queued entries of one (party, issuer), oldest first."""
        ...

    def next_serial(self, party: str, kind: str) -> int:
        """The next document serial of a party under this incarnation, from 1."""
        ...

    def add_status(self, events: Sequence[StatusEvent]) -> None:
        """Record status events (idempotent by layer, status, party)."""
        ...

    def status_of(self, voucher_ids: Collection[str]) -> Mapping[str, list[StatusEvent]]:
        """Status events in the order of recording, for those vouchers that have some."""
        ...

    # peers, journal

    def peers(self) -> Mapping[NodeId, PeerRow]:
        """Known neighbours."""
        ...

    def seen(self, beats: Sequence[Beat]) -> None:
        """Note beats (the newest per peer wins)."""
        ...

    def let_go(self, peer: NodeId) -> None:
        """Hold nothing of this neighbour's journal any more until its next beat."""
        ...

    def append_journal(self, lane: str, payload: bytes) -> Entry:
        """Append to this worker's lane by compare-and-set, last in the transaction; opens it.

        Raises:
            Fenced: `lane_taken`.
        """
        ...

    def last_checkpoint(self) -> Checkpoint | None:
        """The newest checkpoint, if any was made."""
        ...

    def make_checkpoint(self) -> Checkpoint:
        """Hash all open lane heads; then close the lanes that a later start has superseded."""
        ...

    def raise_trust_state(self) -> int:
        """Count up `trust_state`: a list, CRL or suspension has changed; returns the new one."""
        ...

    def trust_number(self) -> int:
        """Number of the trust list in force; 0 before the first."""
        ...


T = TypeVar("T", bound=Transaction)
T_co = TypeVar("T_co", bound=Transaction, covariant=True)
T_contra = TypeVar("T_contra", bound=Transaction, contravariant=True)


class Store(Protocol[T_co]):
    """A node's store."""

    def begin(self, ahead: Ahead = NOTHING) -> AbstractContextManager[T_co]:
        """A write transaction; leaves by roll-back unless committed."""
        ...

    def read(self, ahead: Ahead = NOTHING) -> AbstractContextManager[T_co]:
        """A read-only view of one moment; no fence lock is taken."""
        ...


class Application(Protocol[T_contra]):
    """What stands on top of the exchange at a node: routing at the hub, a desk at a party."""

    def recorded(self, tx: T_contra, arrivals: Sequence[Arrival]) -> None:
        """New deliveries of any role, inside their recording transaction.

        Write own books, queue hops, statements and tasks; no I/O.
        """
        ...

    def closed(self, tx: T_contra, closings: Sequence[Closing]) -> None:
        """Hops that a neighbour's notices have closed, recorded or refused."""
        ...


class Verifier(Claims, Protocol):
    """Verification as the exchange needs it: one trust state at a time, outside transactions."""

    @property
    def trust_state(self) -> int:
        """The trust state verdicts are made under."""
        ...

    @property
    def trust_number(self) -> int:
        """The number of the trust list verdicts are made under."""
        ...

    def expired(self, at: Instant) -> bool:
        """Whether that list, its grace over, carries no new effects at `at`."""
        ...

    def refresh(self, trust_state: int) -> None:
        """Load the trust of this state; later verdicts are made under it.

        Raises:
            StoreDown: it cannot be read now.
        """
        ...

    def open(self, octets: bytes, digest: bytes | None = None) -> Opened:
        """The envelope of a message; `digest` is its SHA-256 where it is known already.

        Raises:
            Malformed: with a stable code.
        """
        ...

    def verify_many(
        self, messages: Sequence[tuple[Opened, Instant]], known: KnownLayers
    ) -> list[Voucher | Refusal]:
        """In order: each voucher, if everything holds at its proof time, or why not."""
        ...

    def kind(self, voucher: Voucher) -> Kind:
        """The kind of a verified voucher under the release its top layer names."""
        ...

    def may_submit(self, sender: NodeId, party: Party) -> bool:
        """Whether this node may submit for the acting party of a top layer."""
        ...

    def verify_node(self, node: NodeId, signer: bytes, data: bytes, signature: bytes) -> bool:
        """Whether `signature` over `data` holds under the node's certificate `signer` (SHA-256)."""
        ...


class Sealer(Protocol):
    """Seals drafts at all positions their kind requires, with the keys of this node's parties."""

    def seal(self, drafts: Sequence[Draft]) -> list[Voucher]:
        """The sealed vouchers in order; of `Draft.below` only the original layer is built upon.

        Raises:
            CustodyDown: a key cannot be used now.
        """
        ...


class NodeSigner(Protocol):
    """A node key: seals notices and proof lists."""

    @property
    def certificate(self) -> bytes:
        """DER."""
        ...

    def sign(self, data: bytes) -> bytes:
        """Signature over data.

        Raises:
            CustodyDown: the key cannot be used now.
        """
        ...
