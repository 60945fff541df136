"""The inbox decides what becomes of verified and refused items. Pure: rows in, a plan out.

Rules (protocol 1, 3):
- Only a verified message occupies an identity. A duplicate is judged per delivery: same body, the
  same answer again. A conflict is judged per layer: other body, refused, both kept, alarm.
- Receipt and return by one party exclude each other.
- A refusal is final for (sender, digest) and never touches other octets or another sender; one
  about the receiver alone (hub.exchange.elsewhere) touches no other receiver either.
- A layer met first inside a stack is recorded as seen below: it occupies the layer, is no delivery.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hub.clock import Instant
from hub.exchange import elsewhere, packets
from hub.exchange.model import (
    Arrival,
    DeliveryRow,
    Incoming,
    Item,
    LayerRow,
    NoticeEntry,
    Packet,
    RefusalRow,
    Role,
    StatementEntry,
    Verdict,
)
from hub.exchange.proofs import ProofList
from hub.exchange.routing import delivery_id
from hub.observer import Fact
from hub.parties import NodeId
from hub.voucher.model import LayerId, LayerType, SealedLayer, Voucher

RECORDED = "recorded"
_OPPOSITE = {LayerType.RECEIPT: LayerType.RETURN, LayerType.RETURN: LayerType.RECEIPT}


@dataclass(frozen=True, slots=True)
class Decided:
    """One item after verification: a voucher with its role, or a refusal code."""

    incoming: Incoming
    packet: Packet
    item: Item
    digest: bytes
    proof_at: Instant
    voucher: Voucher | None = None
    role: Role | None = None
    code: str = ""
    origin: NodeId | None = None
    """The node whose layer a third one has handed back to the hub."""
    told: str = ""
    """What the sender hears of a refusal; empty: the code itself."""


@dataclass(slots=True)
class Plan:
    """Everything one recording transaction writes, in order."""

    messages: dict[bytes, bytes] = field(default_factory=dict)
    layers: dict[str, LayerRow] = field(default_factory=dict)
    deliveries: dict[str, DeliveryRow] = field(default_factory=dict)
    refusals: dict[tuple[str, bytes], RefusalRow] = field(default_factory=dict)
    notices: dict[NodeId, list[NoticeEntry]] = field(default_factory=dict)
    repeats: dict[NodeId, list[NoticeEntry]] = field(default_factory=dict)
    """Answers that were given before."""
    arrivals: list[Arrival] = field(default_factory=list)
    statements: list[StatementEntry] = field(default_factory=list)
    proofs: dict[bytes, ProofList] = field(default_factory=dict)
    """Lists that came with what is recorded, by digest."""
    facts: list[Fact] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    """What the journal keeps: one line per verdict."""


def layer_ids(vouchers: Iterable[Voucher]) -> set[str]:
    """The rows a plan must know: every layer, and the opposite answer of each answer."""
    wanted = set()
    for voucher in vouchers:
        for layer in voucher.layers:
            wanted.add(str(layer.id))
            opposite = _OPPOSITE.get(layer.id.layer)
            if opposite is not None:
                wanted.add(str(LayerId(layer.id.voucher, opposite, layer.id.party)))
    return wanted


def plan(
    decided: Sequence[Decided],
    layers: Mapping[str, LayerRow],
    deliveries: Mapping[str, DeliveryRow],
    now: Instant,
    copies: int,
) -> Plan:
    """What to write for a batch, given what is on record; `copies` is told in the notices."""
    made = Plan()
    known = dict(layers)
    for one in decided:
        if one.voucher is None or one.role is None:
            _refuse(made, one, one.code, now, copies)
            continue
        derived = delivery_id(one.voucher.top.id, str(one.item.receiver), one.role)
        row = deliveries.get(derived) or made.deliveries.get(derived)
        code = _clash(one.voucher, known)
        if code:
            _refuse(made, one, code, now, copies, derived)
            made.messages[one.digest] = one.voucher.octets
            made.facts.append(Fact("conflict", {"layer_id": str(one.voucher.top.id), "code": code}))
        elif row is not None:
            made.messages[one.digest] = one.voucher.octets
            if one.digest != row.message_digest:
                made.lines.append(f"resealed {derived} {one.digest.hex()}")
            entry = _entry(one, row.message_digest, RECORDED, row.recorded_at, copies)
            made.repeats.setdefault(one.incoming.sender, []).append(entry)
            made.facts.append(Fact("duplicate", {"delivery_id": derived}))
        else:
            _record(made, known, one, derived, now)
            _notice(made, one, one.digest, RECORDED, now, copies)
    return made


def again(
    made: Plan,
    incoming: Incoming,
    item: Item,
    row: DeliveryRow | RefusalRow,
    digest: bytes,
    copies: int,
) -> None:
    """Answer octets that are on record already as they were answered before."""
    if isinstance(row, RefusalRow):
        said = row.told or row.code
        entry = NoticeEntry(item.delivery_id, digest, digest, said, row.refused_at, copies)
    else:
        entry = NoticeEntry(
            item.delivery_id, digest, row.message_digest, RECORDED, row.recorded_at, copies
        )
    made.repeats.setdefault(incoming.sender, []).append(entry)
    made.facts.append(Fact("duplicate", {"delivery_id": item.delivery_id}))


def _clash(voucher: Voucher, known: Mapping[str, LayerRow]) -> str:
    for layer in voucher.layers:
        row = known.get(str(layer.id))
        if row is not None and row.body_digest != layer.body_digest:
            return "identity_conflict"
    top = voucher.top.id
    opposite = _OPPOSITE.get(top.layer)
    if opposite is not None:
        other = known.get(str(LayerId(top.voucher, opposite, top.party)))
        if other is not None:
            return "receipt_and_return"
    return ""


def layer_row(
    layer: SealedLayer, message: bytes, verdict: Verdict, now: Instant, proof_at: Instant
) -> LayerRow:
    """The row of a sealed layer."""
    voucher = layer.id.voucher
    return LayerRow(
        layer_id=str(layer.id),
        voucher_id=str(voucher),
        layer=layer.id.layer,
        party=str(layer.id.party),
        kind=voucher.kind,
        division=voucher.division,
        body_digest=layer.body_digest,
        stack_digest=layer.stack_digest,
        message_digest=message,
        verdict=verdict,
        cat=layer.cat,
        recorded_at=now,
        proof_at=proof_at,
        receivers=",".join(layer.to),
    )


def _record(
    made: Plan, known: dict[str, LayerRow], one: Decided, derived: str, now: Instant
) -> None:
    voucher, role = one.voucher, one.role
    assert voucher is not None
    assert role is not None
    made.messages[one.digest] = voucher.octets
    for layer in voucher.layers:
        top = layer is voucher.top
        row = known.get(str(layer.id))
        if row is not None and (row.verdict is Verdict.RECORDED or not top):
            continue
        verdict = Verdict.RECORDED if top else Verdict.SEEN_BELOW
        new = layer_row(layer, one.digest, verdict, now, one.proof_at)
        known[new.layer_id] = made.layers[new.layer_id] = new
    row_ = DeliveryRow(
        delivery_id=derived,
        layer_id=str(voucher.top.id),
        receiver=str(one.item.receiver),
        role=role,
        message_digest=one.digest,
        sender=one.origin or one.incoming.sender,
        channel=one.incoming.channel,
        message_class=one.packet.message_class,
        incarnation=one.packet.incarnation,
        n=one.item.n,
        recorded_at=now,
    )
    made.deliveries[derived] = row_
    made.arrivals.append(Arrival(voucher, row_, one.proof_at))
    if one.item.proof_at == one.proof_at and one.packet.signature:
        _keep_proof(made, one.packet, now)
    made.lines.append(f"recorded {derived} {one.digest.hex()}")
    made.facts.append(Fact("recorded", {"delivery_id": derived, "channel": one.incoming.channel}))


def _keep_proof(made: Plan, packet: Packet, now: Instant) -> None:
    """Keep the list that was believed: it may have to convince others, too."""
    digest = hashlib.sha256(packet.signature).digest()
    if digest not in made.proofs:
        octets = packets.proof_list(packet)
        made.proofs[digest] = ProofList(
            now, digest, packet.sender, packet.signer, packet.signature, octets
        )


def _refuse(
    made: Plan, one: Decided, code: str, now: Instant, copies: int, derived: str = ""
) -> None:
    """`derived`: of a verified voucher its own words, which count before what was claimed."""
    sender = str(one.incoming.sender)
    by_receiver = code in elsewhere.CODES
    key = elsewhere.key(sender, one.item, one.digest) if by_receiver else (sender, one.digest)
    about = derived or one.item.delivery_id
    made.refusals[key] = RefusalRow(*key, code, about, now, one.told)
    made.messages.setdefault(one.digest, one.item.octets)
    made.lines.append(f"refused {sender} {one.digest.hex()} {code}")
    made.facts.append(Fact("refused", {"sender": sender, "code": code}))
    _notice(made, one, one.digest, one.told or code, now, copies)


def _notice(
    made: Plan, one: Decided, on_record: bytes, code: str, at: Instant, copies: int
) -> None:
    entry = _entry(one, on_record, code, at, copies)
    made.notices.setdefault(one.incoming.sender, []).append(entry)


def _entry(one: Decided, on_record: bytes, code: str, at: Instant, copies: int) -> NoticeEntry:
    return NoticeEntry(one.item.delivery_id, one.digest, on_record, code, at, copies)
