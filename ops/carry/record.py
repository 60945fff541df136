"""The hand-over record (交接单): what was carried, by whom, as JSON and as a page to be signed.

It tells counts, digests, times and operators; no name, account or amount of any voucher, nor a sum
of them: rows of one file are of many kinds. The JSON form bears the signature of the node's key.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hub.clock import BEIJING, Instant, iso, moment
from hub.errors import Malformed, SealUntrusted
from hub.exchange.carriage import Carriage, CarriedKind, CarriedWay
from hub.parties import NodeId
from ops.cli.files import read, write
from ops.guarded import Consent, read_signed
from ops.wiring import Parts
from ops.wiring_carry import hand_over

SCHEMA: Final = 1
DOCUMENT: Final = "hand-over"
BYTES_MAX: Final = 64 * 1024
TYPED: Final = "typed"
TEST_MARK: Final = "测试 TEST"
_KINDS: Final = {CarriedKind.PACKETS: "待发凭证包", CarriedKind.ANSWER: "回执"}
_WAYS: Final = {CarriedWay.OUT: "交出", CarriedWay.IN: "接收"}


@dataclass(frozen=True, slots=True)
class Done:
    """A finished hand-over, and the file it was about."""

    carriage: Carriage
    file: str
    made_at: Instant
    messages: int
    """Packets, or batches of notices."""
    more: Mapping[str, object]
    """What only this hand-over can tell: rows left, closed, why items wait."""
    answer: "Done | None" = None
    """The answer that was written to it."""


def people(consent: Consent) -> str:
    """Who has signed a guarded act; required: `ops.guarded.require` has allowed it."""
    if consent.proposal is None or consent.approval is None:
        return TYPED
    return " ".join(read_signed(p).operator_id for p in (consent.proposal, consent.approval))


def record(parts: Parts, done: Done) -> dict[str, Any]:
    """The record of a hand-over, signed by this node.

    Raises:
        CustodyDown: the node key cannot be used.
    """
    carriage, place = done.carriage, parts.place
    out = carriage.way is CarriedWay.OUT
    told: dict[str, Any] = {
        "schema": SCHEMA,
        "document": DOCUMENT,
        "env": place.env,
        "number": carriage.number,
        "kind": carriage.kind.value,
        "way": carriage.way.value,
        "node": str(place.node),
        "from": str(place.node if out else carriage.peer),
        "to": str(carriage.peer if out else place.node),
        "file": _file(done),
        "count": carriage.count,
        "messages": done.messages,
        "refused": carriage.refused,
        "waiting": carriage.waiting,
        "made_at": iso(done.made_at),
        "at": iso(carriage.at),
        "operators": carriage.who.split(),
        "act": carriage.act,
        "signer": hashlib.sha256(parts.signer.certificate).hexdigest(),
    }
    if done.answer is not None:
        told["answer"] = _file(done.answer)
    signature = parts.signer.sign(_tbs(told))
    return told | {"signature": base64.b64encode(signature).decode()}


def write_record(parts: Parts, done: Done, path: Path) -> tuple[Path, Path]:
    """Write the record beside a file, as JSON and as a page; where they are.

    Raises:
        TargetDown: `file_unwritable`. CustodyDown: the node key cannot be used.
    """
    told = record(parts, done)
    as_json = path.with_name(f"{path.name}.handover.json")
    as_page = path.with_name(f"{path.name}.handover.pdf")
    write(as_json, json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n")
    mark = "" if parts.settings.purpose == "production" else TEST_MARK
    foot = f"本单由节点 {told['node']} 的密钥签名，可用 hubctl packet check 核验　{told['signer']}"
    page = hand_over("电子凭证交接单", str(told["number"]), _pairs(done, told), foot, mark)
    write(as_page, page)
    return as_json, as_page


def read_record(parts: Parts, path: Path) -> dict[str, Any]:
    """A record whose signature holds.

    Raises:
        Malformed: `carried_record`. SealUntrusted: `carried_untrusted`. As `ops.cli.files.read`.
    """
    try:
        told = json.loads(read(path, BYTES_MAX))
        signature = base64.b64decode(told.pop("signature"), validate=True)
        node, signer = NodeId(told["node"]), bytes.fromhex(told["signer"])
        good = (told["document"], told["schema"], told["env"])
        tbs = _tbs(told)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Malformed("carried_record") from error
    if good != (DOCUMENT, SCHEMA, parts.place.env):
        raise Malformed("carried_record")
    if not parts.verification.verify_node(node, signer, tbs, signature):
        raise SealUntrusted("carried_untrusted")
    found: dict[str, Any] = told
    return found


def _file(done: Done) -> dict[str, object]:
    carriage = done.carriage
    return {"name": done.file, "bytes": carriage.body_bytes, "sha256": carriage.digest.hex()}


def _tbs(told: Mapping[str, Any]) -> bytes:
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return b"evx-hand-over-1\n" + text.encode()


def _pairs(done: Done, told: Mapping[str, Any]) -> list[tuple[str, str]]:
    carriage = done.carriage
    pairs = [
        ("环　　境", str(told["env"])),
        ("种　　类", f"{_KINDS[carriage.kind]}　{_WAYS[carriage.way]}"),
        ("交出节点", str(told["from"])),
        ("接收节点", str(told["to"])),
        ("文 件 名", done.file),
        ("文件大小（字节）", f"{carriage.body_bytes:,}"),
        ("文件摘要 SHA-256", carriage.digest.hex()),
        ("件　　数", f"{carriage.count:,}（数据包 {done.messages:,} 个）"),
        ("拒收 / 待处理", f"{carriage.refused:,} / {carriage.waiting:,}"),
        ("文件生成时间", _beijing(done.made_at)),
        ("办理时间", _beijing(carriage.at)),
        ("办 理 人", "、".join(carriage.who.split()) or "—"),
        ("操作摘要", carriage.act or "—"),
    ]
    if done.answer is not None:
        pairs.append(("回执文件", done.answer.file))
        pairs.append(("回执摘要 SHA-256", done.answer.carriage.digest.hex()))
    return pairs


def _beijing(at: Instant) -> str:
    return f"{moment(at).astimezone(BEIJING):%Y-%m-%d %H:%M:%S}（北京时间）"
