"""A backup set: everything a node needs to live again, under one manifest with digests.

Pure. A set is consistent or refused:
- its checkpoint was read before its database was copied, so the copy must contain it;
- the roles that the node's settings require are all there, each with SHA-256 and length;
- nothing in it is a private key in the clear;
- it exists once its manifest does, and the manifest carries its own digest.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hub.clock import Instant, moment
from hub.errors import Damaged, RuleBroken

SCHEMA: Final = 1
Position = Mapping[str, str | int]


class Role(StrEnum):
    """What a piece is for."""

    WRAPPING = "wrapping"  # key-wrapping material; never plain keys
    DEFINITIONS = "definitions"  # RabbitMQ exchanges, queues, users' hashes
    CATALOGUE = "catalogue"
    ROUTING = "routing"
    SETTINGS = "settings"
    TRUST = "trust"


@dataclass(frozen=True, slots=True)
class Piece:
    """One file of the set; `name` is its place in the set's folder."""

    role: Role
    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The journal checkpoint the database must contain (protocol 7); hash in hex."""

    incarnation: str
    n: int
    hash: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the set holds; `database` says where its copy lies and from where it can be rolled."""

    set_id: str
    node: str
    made_at: Instant
    checkpoint: Checkpoint
    database: Position
    pieces: tuple[Piece, ...]


def set_name(at: Instant) -> str:
    """The id of a set made at this instant; sorts by time."""
    return moment(at).strftime("%Y%m%dT%H%M%S%f")[:-3] + "Z"


def piece(role: Role, name: str, content: bytes) -> Piece:
    """Describe a file's content.

    Raises:
        RuleBroken: `plain_key` when it holds a private key that is not wrapped.
    """
    if holds_plain_key(content):
        raise RuleBroken("plain_key", piece=name)
    return Piece(role, f"{role}/{name}", hashlib.sha256(content).hexdigest(), len(content))


def require_roles(pieces: Iterable[Piece], required: frozenset[Role]) -> None:
    """Refuse a set in which something is missing.

    Raises:
        RuleBroken: `set_incomplete` with the first missing role.
    """
    missing = sorted(required - {piece.role for piece in pieces})
    if missing:
        raise RuleBroken("set_incomplete", role=missing[0])


def write(manifest: Manifest) -> bytes:
    """The manifest's only spelling, with its digest."""
    text = _canonical(_plain(manifest))
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f'{{"manifest":{text},"sha256":"{digest}"}}\n'.encode()


def read(octets: bytes) -> Manifest:
    """Read a manifest and hold it against its own digest.

    Raises:
        Damaged: `manifest_damaged`.
    """
    try:
        outer = json.loads(octets)
        inner = outer["manifest"]
        digest = hashlib.sha256(_canonical(inner).encode()).hexdigest()
        if outer["sha256"] != digest or inner["schema"] != SCHEMA:
            raise Damaged("manifest_damaged")
        return Manifest(
            inner["set"],
            inner["node"],
            Instant(inner["made_at"]),
            Checkpoint(**inner["checkpoint"]),
            inner["database"],
            tuple(
                Piece(Role(p["role"]), p["name"], p["sha256"], p["bytes"]) for p in inner["pieces"]
            ),
        )
    except (ValueError, KeyError, TypeError) as wrong:
        raise Damaged("manifest_damaged") from wrong


def check_piece(expected: Piece, content: bytes) -> None:
    """Hold a piece's content against the manifest.

    Raises:
        Damaged: `piece_damaged`.
    """
    if (len(content), hashlib.sha256(content).hexdigest()) != (expected.bytes, expected.sha256):
        raise Damaged("piece_damaged", piece=expected.name)


# PKCS#8 PrivateKeyInfo begins SEQUENCE, INTEGER 0, SEQUENCE; SEC 1 ECPrivateKey SEQUENCE,
# INTEGER 1, OCTET STRING. Lengths are one to three octets.
_DER = re.compile(rb"\x30(?:[\x00-\x7f]|\x81.|\x82..)\x02\x01(?:\x00\x30|\x01\x04)", re.DOTALL)
_PEM = re.compile(rb"-{5}BEGIN (?:[A-Z0-9]+ )*PRIVATE[ ]KEY-{5}(.{0,200})", re.DOTALL)


def holds_plain_key(content: bytes) -> bool:
    """Whether a private key stands in it unencrypted, as PEM or as bare DER."""
    if _DER.match(content):
        return True
    return any(
        b"BEGIN ENCRYPTED" not in found[0] and b"ENCRYPTED" not in found[1]
        for found in _PEM.finditer(content)
    )


def _plain(manifest: Manifest) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "set": manifest.set_id,
        "node": manifest.node,
        "made_at": manifest.made_at,
        "checkpoint": {
            "incarnation": manifest.checkpoint.incarnation,
            "n": manifest.checkpoint.n,
            "hash": manifest.checkpoint.hash,
        },
        "database": dict(manifest.database),
        "pieces": [
            {"role": p.role, "name": p.name, "sha256": p.sha256, "bytes": p.bytes}
            for p in manifest.pieces
        ],
    }


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
