"""What the exchange records and moves: items, packets, rows. Values only, no behaviour.

Words: a *hop* is one step between neighbouring nodes; a *delivery* is (layer, receiver, role); a
*row* is what a store keeps. Times are store time. Identities are text (hub.voucher.model).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from hub.clock import Instant
from hub.parties import NodeId, Party
from hub.voucher.model import Voucher


class MessageClass(StrEnum):
    """Queues of their own, so that one never delays the other; HOP carries notices and beats."""

    URGENT = "urgent"
    ONLINE = "online"
    BATCH = "batch"
    HOP = "hop"


class Role(StrEnum):
    """Why a node gets a layer; derived by the receiver, never believed (protocol 1)."""

    TO = "to"
    """The served party stands in the sealed `to=`: business effect."""
    COPY = "copy"
    """Recorded, no effect except in reconciliation."""
    RELAY = "relay"
    """The node is the hub: recorded and routed on."""
    BACK = "back"
    """The node's own layer, handed back after a restore: recorded, sent nowhere."""


class Verdict(StrEnum):
    """What became of a layer at this node."""

    RECORDED = "recorded"
    SEEN_BELOW = "seen_below"
    """Met first inside a stack: occupies the layer, is no delivery."""
    REFUSED = "refused"


# --- on the wire ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Item:
    """One message in a packet, with the hop's header that stands outside its octets."""

    delivery_id: str
    """As claimed; the receiver derives its own."""
    receiver: Party
    n: int
    """Sequence number, dense per (peer, class, incarnation)."""
    attempt: int
    possible_duplicate: bool
    proof_at: Instant | None
    """First record time at the first node other than the issuer's; None from the issuer's node."""
    octets: bytes
    known_digest: bytes = field(default=b"", compare=False)
    """SHA-256 of the octets where it was just compared with them; else it is computed."""

    @property
    def digest(self) -> bytes:
        """SHA-256 of the octets."""
        return self.known_digest or hashlib.sha256(self.octets).digest()


@dataclass(frozen=True, slots=True)
class Packet:
    """Up to 25 items and 512 KB from one node to its neighbour; pack kinds alone, up to 2 MB."""

    env: str
    sender: NodeId
    receiver: NodeId
    message_class: MessageClass
    incarnation: str
    items: tuple[Item, ...]
    signer: bytes = b""
    """SHA-256 of the node certificate that sealed the proof list."""
    signature: bytes = b""
    trust_number: int = 0
    """Of the list in force at the sender when it took these items out of its store."""


@dataclass(frozen=True, slots=True)
class DocumentParcel:
    """A sealed list or release with parts that it names by digest; it proves itself."""

    env: str
    sender: NodeId
    receiver: NodeId
    incarnation: str
    octets: bytes
    parts: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class NoticeEntry:
    """One hop notice (protocol 3): what became of one item, named by its digests."""

    delivery_id: str
    digest_received: bytes
    digest_on_record: bytes
    code: str
    """`recorded`, or the refusal's code."""
    recorded_at: Instant
    copies: int


@dataclass(frozen=True, slots=True)
class NoticeBatch:
    """Hop notices of one node for one neighbour, sealed with a node key."""

    env: str
    sender: NodeId
    receiver: NodeId
    incarnation: str
    entries: tuple[NoticeEntry, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a sequence has come: highest n and a digest chained over (n, id)."""

    message_class: MessageClass
    n: int
    digest: bytes
    ended: int = 0
    """Numbers that ended without being recorded at the other end: refused, or given up."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Octets to publish; `token` names them in the outcome."""

    token: int
    receiver: NodeId
    message_class: MessageClass
    octets: bytes


class Publish(StrEnum):
    """What became of something published."""

    CONFIRMED = "confirmed"
    """Durably in the receiver's queue."""
    REFUSED = "refused"
    """Nack, mandatory return or missing queue: certainly not there; the channel is suspect."""
    UNKNOWN = "unknown"
    """The connection went while unconfirmed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Outcome of one `Outgoing`."""

    token: int
    publish: Publish
    code: str = ""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One channel message, held by this consumer until acked, released or lost with it."""

    channel: str
    tag: int
    """Meaningful to the channel that gave it, as long as it lives."""
    sender: NodeId
    """Authenticated by the channel (broker-validated user_id)."""
    message_class: MessageClass
    octets: bytes
    redelivered: bool


class ChannelState(StrEnum):
    """Health of a channel as its node sees it."""

    UP = "up"
    SUSPECT = "suspect"
    OPEN = "open"
    """The circuit is open: not used, a probe will come."""
    HALF_OPEN = "half_open"
    DRAINING = "draining"
    """By the operator: receives, does not send."""
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """What a channel says of itself."""

    name: str
    state: ChannelState
    incarnation: str
    """Of the broker's disk; a change means everything in it is gone. Empty while unknown."""
    outstanding: int
    """Published, not yet confirmed."""
    reason: str = ""
    losses: int = 0
    """How often this process has found gone what the channel held: counts up, never down."""
    standby: str = ""
    """The line in use, where that is not the channel's main one."""


# --- rows ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LayerRow:
    """One layer on record; (layer_id) is unique: this is what occupies an identity."""

    layer_id: str
    voucher_id: str
    layer: str
    party: str
    kind: str
    division: str
    body_digest: bytes
    stack_digest: bytes
    message_digest: bytes
    """Of the message that brought it (for SEEN_BELOW: the one it was seen in)."""
    verdict: Verdict
    cat: int
    recorded_at: Instant
    proof_at: Instant
    receivers: str = ""
    """The sealed `to=`, with commas; empty in rows older than this field."""


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One delivery on record; (delivery_id) is unique: the same again gets the same answer."""

    delivery_id: str
    layer_id: str
    receiver: str
    role: Role
    message_digest: bytes
    sender: str
    channel: str
    message_class: MessageClass
    incarnation: str
    """Of the sender, with n: gap detection."""
    n: int
    recorded_at: Instant


@dataclass(frozen=True, slots=True)
class RefusalRow:
    """A refusal, final for (sender, digest): the same code for ever (hub.exchange.elsewhere)."""

    sender: str
    digest: bytes
    code: str
    delivery_id: str
    """As claimed, of a conflict as it is sealed; for people: a refusal occupies no identity."""
    refused_at: Instant
    told: str = ""
    """What the sender hears; empty: the code itself."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One new delivery with its verified voucher, as an application gets it."""

    voucher: Voucher
    delivery: DeliveryRow
    proof_at: Instant


class RowState(StrEnum):
    """Of an open outbox row."""

    DUE = "due"
    CLAIMED = "claimed"
    SENT = "sent"
    PARKED = "parked"
    """Its octets are damaged: an operator has to look."""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One hop still to be closed by the peer's notice."""

    delivery_id: str
    """(layer_id, receiver, role) as the peer will derive it."""
    peer: NodeId
    receiver: str
    message_class: MessageClass
    n: int
    message_digest: bytes
    body_bytes: int
    proof_at: Instant | None
    state: RowState
    due_at: Instant
    attempt: int
    channel: str
    channel_incarnation: str
    created_at: Instant
    alone: bool = False
    """A pack kind: travels in a packet of its own."""


@dataclass(frozen=True, slots=True)
class Closing:
    """A hop notice that closes a row."""

    delivery_id: str
    peer: NodeId
    code: str
    closed_at: Instant
    copies: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits to be sent from this store."""

    hops: bool
    """Rows due now, or claimed by somebody whose claim has expired."""
    notices: bool
    statements: bool


@dataclass(frozen=True, slots=True)
class Hop:
    """One outbox row to be written: where a message goes next."""

    delivery_id: str
    peer: NodeId
    receiver: str
    message_class: MessageClass
    message_digest: bytes
    body_bytes: int
    proof_at: Instant | None
    alone: bool = False


@dataclass(frozen=True, slots=True)
class StatementEntry:
    """One line of a statement: what the end party says of a layer (received, signed for, …)."""

    layer_id: str
    digest: bytes
    status: str
    """`received`, `signed_for`, `sign_failed`, `returned`."""
    code: str
    proof_at: Instant
    business_day: str
    issuer: str
    """Original issuer: statements are grouped by it."""
    party: str
    """The end party that says it."""


@dataclass(frozen=True, slots=True)
class StatusEvent:
    """Something a status projection is made of, as this node has recorded it."""

    layer_id: str
    status: str
    at: Instant
    party: str
    code: str = ""


def total_bytes(items: Sequence[Item]) -> int:
    """Octets of the messages in a packet."""
    return sum(len(item.octets) for item in items)
