"""Builders of store rows with defaults, so that a test names only what it is about."""

import hashlib

from hub.clock import Instant
from hub.exchange.beats import Beat
from hub.exchange.model import (
    Closing,
    DeliveryRow,
    Hop,
    LayerRow,
    MessageClass,
    NoticeEntry,
    RefusalRow,
    Role,
    StatementEntry,
    StatusEvent,
    Verdict,
)
from hub.parties import NodeId

BANK = NodeId("bank-a")
HUB = NodeId("hub")
AT = Instant(1_790_000_000_000)


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def voucher_id(number: str) -> str:
    return f"sd-test/370100/2026/5201/011.370100/{number}"


def layer_id(number: str, layer: str = "original", party: str = "011.370100") -> str:
    return f"{voucher_id(number)}/{layer}/{party}"


def delivery_id(number: str) -> str:
    return f"{layer_id(number)}/102.370100/to"


def a_layer(
    number: str = "1", verdict: Verdict = Verdict.RECORDED, body: str = "", message: str = ""
) -> LayerRow:
    return LayerRow(
        layer_id=layer_id(number),
        voucher_id=voucher_id(number),
        layer="original",
        party="011.370100",
        kind="5201",
        division="370100",
        body_digest=digest(body or f"body {number}"),
        stack_digest=digest(f"stack {number}"),
        message_digest=digest(message or f"message {number}"),
        verdict=verdict,
        cat=7,
        recorded_at=AT,
        proof_at=Instant(AT - 5),
        receivers="102.370100,103.370100",
    )


def a_delivery(number: str = "1", channel: str = "one") -> DeliveryRow:
    return DeliveryRow(
        delivery_id=delivery_id(number),
        layer_id=layer_id(number),
        receiver="102.370100",
        role=Role.TO,
        message_digest=digest(f"message {number}"),
        sender="hub",
        channel=channel,
        message_class=MessageClass.ONLINE,
        incarnation="0011223344556677",
        n=1,
        recorded_at=AT,
    )


def a_refusal(text: str = "forged", code: str = "seal_broken", sender: str = "hub") -> RefusalRow:
    return RefusalRow(sender, digest(text), code, delivery_id("1"), AT)


def a_hop(
    number: str = "1",
    peer: NodeId = BANK,
    message_class: MessageClass = MessageClass.ONLINE,
    proof_at: Instant | None = None,
) -> Hop:
    return Hop(
        delivery_id=delivery_id(number),
        peer=peer,
        receiver="102.370100",
        message_class=message_class,
        message_digest=digest(f"message {number}"),
        body_bytes=2700,
        proof_at=proof_at,
    )


def a_closing(number: str = "1", peer: NodeId = BANK) -> Closing:
    return Closing(delivery_id(number), peer, "recorded", AT, 2)


def a_notice(number: str = "1") -> NoticeEntry:
    found = digest(f"message {number}")
    return NoticeEntry(delivery_id(number), found, found, "recorded", AT, 1)


def a_statement(
    number: str = "1", issuer: str = "011.370100", party: str = "102.370100"
) -> StatementEntry:
    return StatementEntry(
        layer_id(number), digest(number), "received", "", AT, "20261121", issuer, party
    )


def a_status(number: str = "1", status: str = "received", at: Instant = AT) -> StatusEvent:
    return StatusEvent(layer_id(number), status, at, "102.370100")


def a_beat(sender: NodeId = BANK, at: Instant = AT, checkpoint: int = 1) -> Beat:
    return Beat(
        "sd-test", sender, HUB, "aa" * 8, at, 3, 7, checkpoint, digest(f"c {checkpoint}"), ()
    )  # fmt: skip
