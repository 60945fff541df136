"""Packets, hop notices, beats and numbered documents as octets, and back.

One channel message is `EVX1`, a kind byte (`P` packet, `N` notices, `B` beat, `R` resync, `D`
document: a trust list with sections, `T` test: a probe), the header's length (4 bytes, big-endian),
the header (UTF-8 JSON, sorted keys, no spaces), and for a packet, document or probe the octets one
after the other.
Decoding accepts exactly what encoding writes.
What a node key seals is the header without its signature.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Any, Final

from hub.clock import Instant
from hub.errors import Malformed
from hub.exchange.beats import Beat, Hearing
from hub.exchange.model import (
    DocumentParcel,
    Item,
    Mark,
    MessageClass,
    NoticeBatch,
    NoticeEntry,
    Packet,
    total_bytes,
)
from hub.exchange.probes import ProbeParcel
from hub.exchange.recovery import PAGE, Cursor, Listed, ResyncParcel, Way, Word
from hub.parties import NodeId, party

MAGIC: Final = b"EVX1"
ITEMS_MAX: Final = 25
PACKET_BYTES_MAX: Final = 512 * 1024
ALONE_BYTES_MAX: Final = 2 * 1024 * 1024
NOTICES_MAX: Final = 500
HEADER_BYTES_MAX: Final = 256 * 1024
COPIES_MAX: Final = 100
PARTS_MAX: Final = 1000
PROBE_BYTES_MAX: Final = 128 * 1024
INSTANT_MAX: Final = Instant(200_000_000_000_000)
"""In the year 8307: what lies beyond is no time, and calendars cannot count it."""
_WORD: Final = re.compile(r"[!-~]{1,400}", re.ASCII)
"""Ids, nodes, codes: visible ASCII, so nothing that reads like text gets into a log by them."""


def fits(items: Sequence[Item], item: Item) -> bool:
    """Whether one more item may join a packet; a large one travels alone."""
    if not items:
        return True
    return len(items) < ITEMS_MAX and total_bytes(items) + len(item.octets) <= PACKET_BYTES_MAX


def proof_list(packet: Packet) -> bytes:
    """The octets a forwarding node seals: who, and per item (delivery id, digest, proof time)."""
    lines = [f"{packet.env} {packet.sender} {packet.receiver} {packet.incarnation}"]
    lines += [
        f"{item.delivery_id} {item.digest.hex()} {item.proof_at}"
        for item in packet.items
        if item.proof_at is not None
    ]
    return "\n".join(lines).encode()


def encode_packet(packet: Packet) -> bytes:
    """A packet as octets."""
    header = {
        "class": packet.message_class,
        "env": packet.env,
        "incarnation": packet.incarnation,
        "items": [
            [
                item.delivery_id,
                str(item.receiver),
                item.n,
                item.attempt,
                int(item.possible_duplicate),
                item.proof_at,
                len(item.octets),
            ]
            for item in packet.items
        ],
        "receiver": packet.receiver,
        "sender": packet.sender,
        "signature": packet.signature.hex(),
        "signer": packet.signer.hex(),
        "trust": packet.trust_number,
    }
    return _frame(b"P", header, [item.octets for item in packet.items])


def encode_document(parcel: DocumentParcel) -> bytes:
    """A numbered document with some of its parts as octets."""
    header = {
        "env": parcel.env, "incarnation": parcel.incarnation,
        "parts": [len(part) for part in parcel.parts], "receiver": parcel.receiver,
        "sender": parcel.sender, "size": len(parcel.octets),
    }  # fmt: skip
    return _frame(b"D", header, (parcel.octets, *parcel.parts))


def encode_probe(parcel: ProbeParcel) -> bytes:
    """A probe as octets."""
    header = {
        "env": parcel.env, "incarnation": parcel.incarnation,
        "receiver": parcel.receiver, "sender": parcel.sender,
    }  # fmt: skip
    return _frame(b"T", header, (parcel.octets,))


def notices_tbs(batch: NoticeBatch) -> bytes:
    """The octets a node key seals for a batch of notices."""
    return _json(_notices(batch))


def encode_notices(batch: NoticeBatch, signer: bytes, signature: bytes) -> bytes:
    """A sealed batch of hop notices as octets."""
    header = _notices(batch) | {"signature": signature.hex(), "signer": signer.hex()}
    return _frame(b"N", header, ())


def encode_beat(beat: Beat) -> bytes:
    """A beat as octets."""
    header = {
        "at": beat.at, "catalogue": beat.catalogue_release,
        "checkpoint": beat.checkpoint, "checkpoint_hash": beat.checkpoint_hash.hex(),
        "env": beat.env, "incarnation": beat.incarnation,
        "marks": [[m.message_class, m.n, m.digest.hex()] for m in beat.marks],
        "receiver": beat.receiver, "sender": beat.sender, "trust": beat.trust_number,
    }  # fmt: skip
    if beat.hearing is not None:
        header["hearing"] = [beat.hearing.life, beat.hearing.last, beat.hearing.said]
    if ended := [[m.message_class, m.ended] for m in beat.marks if m.ended]:
        header["ended"] = ended  # a release that does not know it reads the marks all the same
    return _frame(b"B", header, ())


def encode_resync(parcel: ResyncParcel) -> bytes:
    """A word of the resync as octets."""
    header = {
        "after": [parcel.after.at, parcel.after.delivery_id],
        "entries": [[e.delivery_id, e.digest.hex()] for e in parcel.entries],
        "env": parcel.env, "incarnation": parcel.incarnation, "last": int(parcel.last),
        "life": parcel.life, "receiver": parcel.receiver, "sender": parcel.sender,
        "since": parcel.since, "upto": [parcel.upto.at, parcel.upto.delivery_id],
        "way": parcel.way, "whole": int(parcel.whole), "word": parcel.word,
    }  # fmt: skip
    return _frame(b"R", header, ())


Decoded = (
    Packet | tuple[NoticeBatch, bytes, bytes] | Beat | DocumentParcel | ProbeParcel | ResyncParcel
)


def decode(octets: bytes) -> Decoded:
    """A packet, (notices, signer, signature), a beat, a resync, a document, or a probe.

    Raises:
        Malformed: `packet_malformed` or `packet_too_large`.
    """
    if len(octets) > ALONE_BYTES_MAX + HEADER_BYTES_MAX:
        raise Malformed("packet_too_large", bytes=len(octets))
    if octets[:4] != MAGIC or len(octets) < 9:
        raise Malformed("packet_malformed")
    kind, length = octets[4:5], int.from_bytes(octets[5:9])
    if length > HEADER_BYTES_MAX or 9 + length > len(octets):
        raise Malformed("packet_malformed")
    raw = octets[9 : 9 + length]
    try:
        header = json.loads(raw)
        if _json(header) != raw:
            raise Malformed("packet_malformed")
        return _decoded(kind, header, octets[9 + length :])
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise Malformed("packet_malformed") from error


def _decoded(kind: bytes, header: Mapping[str, Any], rest: bytes) -> Decoded:
    if kind == b"P":
        return _packet(header, rest)
    if kind == b"D":
        return _document(header, rest)
    if kind == b"T":
        return _probe(header, rest)
    if not rest and kind in _BARE:
        return _BARE[kind](header)
    raise Malformed("packet_malformed")


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def _frame(kind: bytes, header: Mapping[str, Any], parts: Sequence[bytes]) -> bytes:
    raw = _json(header)
    return b"".join((MAGIC, kind, len(raw).to_bytes(4), raw, *parts))


def _packet(header: Mapping[str, Any], rest: bytes) -> Packet:
    rows = header["items"]
    if not 1 <= len(rows) <= ITEMS_MAX:
        raise Malformed("packet_too_large")
    if len(rest) > (ALONE_BYTES_MAX if len(rows) == 1 else PACKET_BYTES_MAX):
        raise Malformed("packet_too_large")
    items, offset = [], 0
    for delivery_id, receiver, n, attempt, duplicate, proof_at, size in rows:
        end = offset + _int(size)
        items.append(
            Item(
                _word(delivery_id),
                party(receiver),
                _int(n),
                _int(attempt),
                {0: False, 1: True}[duplicate],
                None if proof_at is None else _instant(proof_at),
                rest[offset:end],
            )
        )
        offset = end
    if offset != len(rest):
        raise Malformed("packet_malformed")
    return Packet(
        _word(header["env"]),
        NodeId(_word(header["sender"])),
        NodeId(_word(header["receiver"])),
        MessageClass(header["class"]),
        _word(header["incarnation"]),
        tuple(items),
        bytes.fromhex(header["signer"]),
        bytes.fromhex(header["signature"]),
        _int(header["trust"]),
    )


def _document(header: Mapping[str, Any], rest: bytes) -> DocumentParcel:
    if type(header["parts"]) is not list:
        raise Malformed("packet_malformed")
    sizes = [_int(size) for size in (header["size"], *header["parts"])]
    if len(sizes) > PARTS_MAX:
        raise Malformed("packet_too_large")
    if sum(sizes) != len(rest):
        raise Malformed("packet_malformed")
    ends = list(accumulate(sizes))
    pieces = [rest[end - size : end] for end, size in zip(ends, sizes, strict=True)]
    return DocumentParcel(
        _word(header["env"]),
        NodeId(_word(header["sender"])),
        NodeId(_word(header["receiver"])),
        _word(header["incarnation"]),
        pieces[0],
        tuple(pieces[1:]),
    )


def _probe(header: Mapping[str, Any], rest: bytes) -> ProbeParcel:
    if len(rest) > PROBE_BYTES_MAX:
        raise Malformed("packet_too_large")
    if header.keys() != {"env", "incarnation", "receiver", "sender"}:
        raise Malformed("packet_malformed")
    return ProbeParcel(
        _word(header["env"]),
        NodeId(_word(header["sender"])),
        NodeId(_word(header["receiver"])),
        _word(header["incarnation"]),
        rest,
    )


def _notices(batch: NoticeBatch) -> dict[str, Any]:
    return {
        "entries": [
            [
                e.delivery_id,
                e.digest_received.hex(),
                e.digest_on_record.hex(),
                e.code,
                e.recorded_at,
                e.copies,
            ]
            for e in batch.entries
        ],
        "env": batch.env,
        "incarnation": batch.incarnation,
        "receiver": batch.receiver,
        "sender": batch.sender,
    }


def _notice_batch(header: Mapping[str, Any]) -> tuple[NoticeBatch, bytes, bytes]:
    rows = header["entries"]
    if not 1 <= len(rows) <= NOTICES_MAX:
        raise Malformed("packet_too_large")
    entries = tuple(
        NoticeEntry(
            _word(delivery_id),
            bytes.fromhex(received),
            bytes.fromhex(on_record),
            _word(code),
            _instant(recorded_at),
            min(_int(copies), COPIES_MAX),
        )
        for delivery_id, received, on_record, code, recorded_at, copies in rows
    )
    batch = NoticeBatch(
        _word(header["env"]),
        NodeId(_word(header["sender"])),
        NodeId(_word(header["receiver"])),
        _word(header["incarnation"]),
        entries,
    )
    return batch, bytes.fromhex(header["signer"]), bytes.fromhex(header["signature"])


def _beat(header: Mapping[str, Any]) -> Beat:
    ended = dict(header.get("ended", ()))
    return Beat(
        _word(header["env"]),
        NodeId(_word(header["sender"])),
        NodeId(_word(header["receiver"])),
        _word(header["incarnation"]),
        _instant(header["at"]),
        _int(header["trust"]),
        _int(header["catalogue"]),
        _int(header["checkpoint"]),
        bytes.fromhex(header["checkpoint_hash"]),
        tuple(
            Mark(MessageClass(name), _int(n), bytes.fromhex(digest), _int(ended.get(name, 0)))
            for name, n, digest in header["marks"]
        ),
        _hearing(header["hearing"]) if "hearing" in header else None,
    )


def _hearing(value: Sequence[object]) -> Hearing:
    life, last, said = (_word(life) if life != "" else "" for life in value)
    return Hearing(life, last, said)


def _resync(header: Mapping[str, Any]) -> ResyncParcel:
    rows = header["entries"]
    if len(rows) > PAGE:
        raise Malformed("packet_too_large")
    flag = {0: False, 1: True}
    return ResyncParcel(
        _word(header["env"]),
        NodeId(_word(header["sender"])),
        NodeId(_word(header["receiver"])),
        _word(header["incarnation"]),
        _word(header["life"]),
        Word(header["word"]),
        Way(header["way"]),
        _instant(header["since"]),
        _cursor(header["after"]),
        _cursor(header["upto"]),
        flag[header["last"]],
        flag[header["whole"]],
        tuple(Listed(_word(name), bytes.fromhex(digest)) for name, digest in rows),
    )


_BARE: Final[Mapping[bytes, Callable[[Mapping[str, Any]], Decoded]]] = {
    b"N": _notice_batch, b"B": _beat, b"R": _resync,
}  # fmt: skip
"""What has nothing after its header."""


def _cursor(value: tuple[object, object]) -> Cursor:
    at, delivery_id = value
    return Cursor(Instant(_int(at)), _word(delivery_id))


def _int(value: object) -> int:
    if type(value) is not int or not 0 <= value < 2**63:
        raise Malformed("packet_malformed")
    return value


def _word(value: object) -> str:
    if not isinstance(value, str) or _WORD.fullmatch(value) is None:
        raise Malformed("packet_malformed")
    return value


def _instant(value: object) -> Instant:
    at = _int(value)
    if at > INSTANT_MAX:
        raise Malformed("packet_malformed")
    return Instant(at)
