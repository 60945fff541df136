"""A node's receiving side alone: an exchange over a memory store, fed with octets by hand."""

from collections.abc import Sequence
from typing import Any

from adapters.embedded.memory_store import MemoryStore
from hub.clock import Clock
from hub.exchange.beats import Beat
from hub.exchange.beside import Aids
from hub.exchange.clocks import Clocks
from hub.exchange.documents import Documents
from hub.exchange.model import (
    DocumentParcel,
    Incoming,
    Item,
    Mark,
    MessageClass,
    NoticeBatch,
    NoticeEntry,
    Packet,
)
from hub.exchange.packets import encode_document, encode_notices, encode_packet, notices_tbs
from hub.exchange.party_orders import PartyOrders
from hub.exchange.place import Place
from hub.exchange.ports import Application, Verifier
from hub.exchange.routing import Directory
from hub.exchange.service import Exchange
from hub.journal import Lane
from hub.observer import Fact
from hub.parties import NodeId, Party
from hub.voucher.model import Body, Draft, LayerId, LayerType, VoucherId
from tests.support.plain import PlainSigner, PlainVerifier, a_kind
from tests.support.plain import sealed as plainly
from tests.support.stores import TickingClock


class Recorder:
    """An application that remembers what it was given, and fails as it is told."""

    def __init__(self) -> None:
        self.numbers: list[str] = []
        self.failing: dict[str, Exception] = {}

    def recorded(self, tx: Any, arrivals: Sequence[Any]) -> None:
        """Numbers of arrivals, unless one of them is set to fail."""
        assert tx is not None
        numbers = [arrival.voucher.id.number for arrival in arrivals]
        for number in numbers:
            if number in self.failing:
                raise self.failing[number]
        self.numbers += numbers

    def closed(self, tx: Any, closings: Sequence[Any]) -> None:
        """Nothing."""


class Gate:
    """One node's exchange, and the neighbour that feeds it."""

    def __init__(  # noqa: PLR0917 - the parts of an exchange
        self, env: str, node: str, peer: str, directory: Directory, verifier: Verifier,
        application: Application[Any], clock: Clock, store: MemoryStore | None = None,
        documents: Documents | None = None, slot: str = "0", clocks: Clocks | None = None,
    ) -> None:  # fmt: skip
        self.env, self.node, self.peer = env, NodeId(node), NodeId(peer)
        self.store = store or MemoryStore(clock, "life-1")
        self.facts: list[Fact] = []
        with self.store.read() as tx:
            life = tx.fence.incarnation
        place = Place(env, self.node, life, Lane(life, "gate", slot, "1"), directory)
        self.exchange: Exchange[Any] = Exchange(
            place,
            self.store,
            verifier,
            application,
            clock,
            self.facts.append,
            Aids(documents, None, PartyOrders(self.store, clock, self.facts.append), clocks),
        )

    def items(self, octets: Sequence[bytes], receiver: Party) -> tuple[Item, ...]:
        """Items as a neighbour numbers them."""
        return tuple(
            Item(f"claimed/{n}", receiver, n, 1, False, None, one)
            for n, one in enumerate(octets, 1)
        )

    def packet(self, octets: Sequence[bytes], to: Party, /, **changes: Any) -> bytes:
        """A true packet of the neighbour."""
        parts: dict[str, Any] = {
            "env": self.env, "sender": self.peer, "receiver": self.node,
            "message_class": MessageClass.ONLINE, "incarnation": "peer-1",
            "items": self.items(octets, to),
        }  # fmt: skip
        return encode_packet(Packet(**(parts | changes)))

    def document(self, octets: bytes, *parts: bytes) -> bytes:
        """A numbered document from the neighbour."""
        return encode_document(
            DocumentParcel(self.env, self.peer, self.node, "peer-1", octets, parts)
        )

    def notices(self, entries: Sequence[Any], sender: str = "") -> bytes:
        """A notice batch, sealed by the plain node key of the neighbour."""
        peer = NodeId(sender) if sender else self.peer
        batch = NoticeBatch(self.env, peer, self.node, "peer-1", tuple(entries))
        return encode_notices(batch, b"\1" * 32, PlainSigner(peer).sign(notices_tbs(batch)))

    def incoming(self, *octets: bytes) -> list[Incoming]:
        """Channel messages from the neighbour."""
        return [
            Incoming("c1", tag, self.peer, MessageClass.ONLINE, one, redelivered=False)
            for tag, one in enumerate(octets, 1)
        ]

    def receive(self, *octets: bytes) -> None:
        """One batch."""
        self.exchange.receive(self.incoming(*octets))

    def codes(self) -> dict[str, str]:
        """What was answered, by claimed delivery."""
        with self.store.begin() as tx:
            taken = tx.take_notices("test", tx.now, 10_000)
        return {entry.delivery_id: entry.code for _, _, entry in taken}

    def told(self, name: str) -> list[Fact]:
        """Facts of that name."""
        return [fact for fact in self.facts if fact.name == name]


HUB, PEER = NodeId("hub"), NodeId("finance")
CENTRE, FINANCE, AGENT = Party("999", "hub"), Party("011", "370100"), Party("102", "370100")
DIRECTORY = Directory(
    HUB,
    CENTRE,
    {
        HUB: frozenset({CENTRE}),
        PEER: frozenset({FINANCE}),
        NodeId("bank"): frozenset({AGENT}),
        NodeId("pboc"): frozenset({Party("001", "370100")}),
    },
)
KINDS = {code: a_kind(code) for code in ("5201", "ST01")}


def plain_gate() -> tuple[Gate, Recorder, TickingClock]:
    """The hub with the plain verifier: fast."""
    app, clock = Recorder(), TickingClock()
    verifier = PlainVerifier(DIRECTORY, KINDS, 1)
    return Gate("sim", HUB, PEER, DIRECTORY, verifier, app, clock), app, clock


def a_plain(number: str, kind: str = "5201", **more: Any) -> bytes:
    identity = VoucherId("sim", "370100", "2026", kind, FINANCE, number)
    layer = LayerType.DOCUMENT if kind == "ST01" else LayerType.ORIGINAL
    body = Body(more.get("fields", {}), more.get("details", ()))
    return plainly(Draft(LayerId(identity, layer, FINANCE), 1, (str(AGENT),), body)).octets


def entry(delivery_id: str, **changes: Any) -> NoticeEntry:
    parts: dict[str, Any] = {
        "delivery_id": delivery_id, "digest_received": b"\1" * 32, "digest_on_record": b"\1" * 32,
        "code": "recorded", "recorded_at": 1, "copies": 1,
    }  # fmt: skip
    return NoticeEntry(**(parts | changes))


def a_beat(**changes: Any) -> Beat:
    parts: dict[str, Any] = {
        "env": "sim", "sender": PEER, "receiver": HUB, "incarnation": "peer-1", "at": 1,
        "trust_number": 1, "catalogue_release": 1, "checkpoint": 0, "checkpoint_hash": b"",
        "marks": (Mark(MessageClass.ONLINE, 3, b"\2" * 32),),
    }  # fmt: skip
    return Beat(**(parts | changes))


def an_item(octets: bytes, **changes: Any) -> Item:
    parts: dict[str, Any] = {
        "delivery_id": "d", "receiver": CENTRE, "n": 1, "attempt": 1, "possible_duplicate": False,
        "proof_at": None, "octets": octets,
    }  # fmt: skip
    return Item(**(parts | changes))
