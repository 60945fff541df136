"""Byte vectors of the wire form, for clients in other languages.

`python -m tests.support.wire_vectors` writes docs/reference/wire-vectors.json anew: with new keys,
for no private key is kept. A test verifies every vector, so the file can be trusted as it stands.
Other clients hold the messages too: `tests/unit/voucher/test_golden.py` pins them.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from hub.clock import iso
from hub.errors import HubError
from hub.exchange import packets
from hub.exchange.beats import Beat, Hearing
from hub.exchange.model import Item, Mark, MessageClass, NoticeBatch, NoticeEntry, Packet
from hub.parties import NodeId, Party, party
from hub.voucher import binding, open_message, seal, ses, verify, xml
from hub.voucher.ground import VerdictCache
from hub.voucher.model import Attachment, Body, LayerType, Voucher
from hub.voucher.ports import RegisteredSeal
from tests.support.sealed import (
    ENV,
    NOW,
    House,
    Known,
    Releases,
    Trust,
    a_draft,
    a_draft_above,
    a_house,
    schemas,
    suites,
)

PATH: Final = Path(__file__).parents[2] / "docs/reference/wire-vectors.json"
SUITES: Final = ("sm2-sm3", "p256-sha256")
BODIES: Final[tuple[tuple[str, Body], ...]] = (
    ("fields in order, nothing else", Body({"VoucherFlag": "0", "Id": "1"})),
    ("escapes: & < > and carriage return", Body({"VoucherFlag": "0", "Remark": "a&b<c>d\re\"f'g"})),
    ("blanks and width stay", Body({"VoucherFlag": "0", "Remark": " 设备　购置  ＡＢ "})),
    ("beyond the basic plane", Body({"VoucherFlag": "0", "PayeeAcctName": "𠮷野"})),
    ("rows", Body({"VoucherFlag": "0"}, ({"Id": "1-1"}, {"Id": "1-2", "Remark": "x"}))),
    (
        "an attachment",
        Body({"VoucherFlag": "0"}, (), (Attachment("a.ofd", hashlib.sha256(b"").hexdigest(), 0),)),
    ),
)
REFUSED_BODIES: Final = (
    ("a declaration", b'<?xml version="1.0"?><Voucher><Id>1</Id></Voucher>'),
    ("a comment", b"<Voucher><!-- --><Id>1</Id></Voucher>"),
    ("an entity", b"<!DOCTYPE a [<!ENTITY b 'c'>]><Voucher><Id>&b;</Id></Voucher>"),
    ("a blank between elements", b"<Voucher> <Id>1</Id></Voucher>"),
    ("an attribute", b'<Voucher a="1"><Id>1</Id></Voucher>'),
    ("an empty element's other writing", b"<Voucher><Id/></Voucher>"),
    ("a character reference for a letter", b"<Voucher><Id>&#65;</Id></Voucher>"),
    ("a byte-order mark", b"\xef\xbb\xbf<Voucher><Id>1</Id></Voucher>"),
    ("not UTF-8", b"<Voucher><Id>\xd6\xd0</Id></Voucher>"),
    ("a field twice", b"<Voucher><Id>1</Id><Id>1</Id></Voucher>"),
)


_DELIVERY: Final = (
    f"{ENV}/370100/2026/5201/011.370100/2026000000001/original/011.370100/102.370100/to"
)
PACKET: Final = Packet(
    ENV, NodeId("hub"), NodeId("icbc"), MessageClass.ONLINE, "00000000000000aa",
    (Item(_DELIVERY, Party("102", "370100"), 7, 1, False, NOW, b"<MOF>a message</MOF>"),),
    b"\x01" * 32, b"\x02" * 8,
)  # fmt: skip
NOTICES: Final = NoticeBatch(
    ENV, NodeId("icbc"), NodeId("hub"), "00000000000000bb",
    (NoticeEntry(_DELIVERY, b"\x03" * 32, b"\x03" * 32, "recorded", NOW, 2),),
)  # fmt: skip
BEAT: Final = Beat(
    ENV, NodeId("icbc"), NodeId("hub"), "00000000000000bb", NOW, 3, 1, 42, b"\x04" * 32,
    (Mark(MessageClass.ONLINE, 7, b"\x05" * 32),),
    Hearing("00000000000000aa", "00000000000000aa", ""),
)  # fmt: skip
FRAMES: Final = (
    ("packet", packets.encode_packet(PACKET)),
    ("notices", packets.encode_notices(NOTICES, b"\x01" * 32, b"\x02" * 8)),
    ("beat", packets.encode_beat(BEAT)),
)


def vectors() -> dict[str, Any]:
    """All vectors, with new keys."""
    return {
        "about": "Vectors of docs/reference/wire.md. Octets are base64, digests and numbers hex.",
        "bodies": [
            {
                "name": name, "fields": dict(body.fields),
                "details": [dict(row) for row in body.details],
                "attachments": [
                    {"Name": a.name, "Digest": a.digest, "Length": a.length}
                    for a in body.attachments
                ],
                "octets": xml.write(body).decode(),
            }
            for name, body in BODIES
        ],
        "bodies_refused": [
            {"name": name, "octets_hex": octets.hex(), "code": refused_body(octets)}
            for name, octets in REFUSED_BODIES
        ],
        "frames": [
            {"name": name, "octets_hex": octets.hex()} for name, octets in FRAMES
        ],
        "proof_list": packets.proof_list(PACKET).decode(),
        "notices_sealed": packets.notices_tbs(NOTICES).decode(),
        "suites": [_suite(a_house(name)) for name in SUITES],
    }  # fmt: skip


def refused_body(octets: bytes) -> str:
    """The code with which body octets are refused; empty when they are not."""
    try:
        xml.read(octets)
    except HubError as error:
        return error.code
    return ""


def verdict(octets: bytes, trust: Trust) -> str:
    """The code with which a message is refused at the vectors' instant; empty when it verifies."""
    try:
        verify(
            octets, trust=trust, catalogues=Releases(), env=ENV, at=NOW, suites=suites(),
            known=Known(), verdicts=VerdictCache(),
        )  # fmt: skip
    except HubError as error:
        return error.code
    return ""


def trust_of(plain: dict[str, Any]) -> Trust:
    """The trust a suite's vectors are verified on."""
    seals = [
        RegisteredSeal(
            row["seal_id"], bytes.fromhex(row["digest"]), party(row["party"]), plain["suite"],
            frozenset(bytes.fromhex(one) for one in row["signers"]),
            row["not_before_ms"], row["not_after_ms"],
        )
        for row in plain["seals"]
    ]  # fmt: skip
    return Trust(
        seals={one.digest: one for one in seals},
        roots=tuple(bytes.fromhex(one) for one in plain["anchors_hex"]),
    )


def _suite(house: House) -> dict[str, Any]:
    order = seal(a_draft(), house.positions(a_draft()), house.ground(), at=NOW)
    answer = a_draft_above(order, LayerType.RECEIPT)
    receipt = seal(answer, house.positions(answer), house.ground(), at=NOW)
    return {
        "suite": house.suite.name,
        "env": ENV,
        "at": iso(NOW),
        "cat": schemas().catalogue.release,
        "anchors_hex": [one.hex() for one in house.trust.roots],
        "seals": [registered_row(row) for row in house.trust.seals.values()],
        "messages": [_message("original", order, house), _message("receipt", receipt, house)],
        "refused": [
            {"name": name, "octets": octets.decode("latin-1"), "code": verdict(octets, house.trust)}
            for name, octets in _spoilt(order, receipt)
        ],
    }


def registered_row(row: RegisteredSeal) -> dict[str, Any]:
    """A registered seal as `trust_of` reads it."""
    return {
        "seal_id": row.seal_id, "digest": row.digest.hex(), "party": str(row.party),
        "signers": sorted(one.hex() for one in row.signers),
        "not_before_ms": row.not_before, "not_after_ms": row.not_after,
    }  # fmt: skip


def _message(name: str, voucher: Voucher, house: House) -> dict[str, Any]:
    layers = []
    for layer in open_message(voucher.octets).layers:
        seals = []
        for block in layer.seals:
            signature = ses.read_signature(block.octets)
            seals.append(
                {
                    "position": block.position,
                    "property_info": signature.property_info,
                    "data_hash": signature.data_hash.hex(),
                    "to_sign_hex": signature.tbs.hex(),
                    "signature_hex": signature.signature.hex(),
                    "digest_for_prev": house.suite.digest(block.octets).hex(),
                }
            )
        layers.append({"type": str(layer.type), "body": layer.body.decode(), "seals": seals})
    return {
        "name": name,
        "octets": voucher.octets.decode(),
        "sha256": voucher.digest.hex(),
        "layer_id": str(voucher.top.id),
        "layers": layers,
    }


def _spoilt(order: Voucher, receipt: Voucher) -> Iterator[tuple[str, bytes]]:
    octets = order.octets
    yield "a declaration before the envelope", b'<?xml version="1.0"?>' + octets
    yield "a line break at the end", octets + b"\n"
    yield "another number in the envelope", octets.replace(b"2026000000001", b"2026000000002", 1)
    yield "base64 with a blank", octets.replace(b"</Voucher>", b" </Voucher>", 1)
    last = octets.rindex(b"<Sign ")
    yield "the last seal taken away", octets[:last] + octets[octets.index(b"</Layer>") :]
    at = octets.index(b"<Voucher>") + 60
    swapped = b"A" if octets[at : at + 1] != b"A" else b"B"
    yield "one character of the body changed", octets[:at] + swapped + octets[at + 1 :]
    first, second = octets.index(b"<Sign "), octets.index(b"<Sign ", octets.index(b"<Sign ") + 1)
    third = octets.index(b"<Sign ", second + 1)
    end = octets.index(b"</Layer>")
    parts = (octets[first:second], octets[second:third], octets[third:end])
    yield (
        "two seals in the other order",
        (octets[:first] + parts[1] + parts[0] + parts[2] + octets[end:]),
    )
    below = receipt.octets.index(b"<Layer ", receipt.octets.index(b"</Layer>"))
    start = receipt.octets.index(b"<Layer ")
    yield "a receipt without its original", receipt.octets[:start] + receipt.octets[below:]


def binding_of(text: str) -> str:
    """PropertyInfo read and written again."""
    return binding.write(binding.read(text))


if __name__ == "__main__":
    PATH.write_text(json.dumps(vectors(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
