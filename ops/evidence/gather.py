"""Gathers what an evidence package holds, from a trust folder, a catalogue, and a node's store.

Rules:
- Public files only: of a trust folder its lists, sections, pins, anchors and CRLs, nothing else.
- Every trust list is taken: a reader walks them from the first, and sees what later ones ended.
- A message whose layers all stand in another one (an original below its receipt) stays out.
- A node that can sign testifies: a proof list, sealed now, of what it has on record and since when.
  What neighbours testified when they sent it stands in lists that the node has kept.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hub.clock import Instant, iso
from hub.errors import Malformed, Misconfigured
from hub.exchange.model import DeliveryRow, LayerRow
from hub.exchange.ports import NodeSigner
from hub.exchange.stamps import names
from hub.voucher.codec import open_message
from hub.voucher.model import LayerType
from hub.voucher.ports import Suite
from keys.folders import read
from ops.evidence import package
from ops.evidence.contents import README, Contents, SealedProof, Stamped, files, stamped
from ops.evidence.judging import Judgement, judge
from ops.evidence.package import Package
from schemas.catalogue_files import path_of, shipped

TRUST_FILES: Final = (
    "list-*.xml", "release-*.xml", "sections/*", "pinned/*/signer.cer", "pinned/*/seal.der",
    "anchors/*.cer", "crl/*.crl",
)  # fmt: skip
CATALOGUE_FILES: Final = ("*.toml", "kinds/*.toml", "overlays/*.toml")


@dataclass(frozen=True, slots=True)
class Made:
    """A package, and what it is worth."""

    octets: bytes
    judgement: Judgement
    files: int


@dataclass(frozen=True, slots=True)
class OnRecord:
    """What a node's store knows of a voucher."""

    messages: tuple[bytes, ...]
    lines: tuple[str, ...]
    """`<delivery id> <digest> <proof time>`: what the node can testify."""
    proofs: tuple[SealedProof, ...] = ()
    """What neighbours have testified."""
    stamped: tuple[Stamped, ...] = ()
    """Lists under an authority's token that name one of these messages."""


def made(
    contents: Contents, suites: Mapping[str, Suite], voucher_id: str, by: str, at: Instant
) -> Made:
    """The package, judged as every reader will judge it.

    Raises:
        Rejection, Misconfigured: what `judge` raises.
    """
    judgement = judge(contents, suites)
    report = json.dumps(judgement.as_json(), ensure_ascii=False, indent=1).encode() + b"\n"
    found = files(contents) | {
        "report.json": report,
        "report.txt": judgement.as_text().encode(),
        "README.txt": README.encode(),
    }
    about = {"voucher_id": voucher_id, "made_by": by, "made_at": iso(at)}
    return Made(package.write(Package(about, found)), judgement, len(found))


def trust_files(folder: Path) -> dict[str, bytes]:
    """The public files of a trust folder.

    Raises:
        Misconfigured: `trust_list_missing`.
    """
    found = _files(folder, TRUST_FILES)
    if not any(name.startswith("list-") for name in found):
        raise Misconfigured("trust_list_missing")
    return found


def catalogue_files(site: Path | None = None) -> dict[str, bytes]:
    """What releases begin with: the catalogue as shipped, and a site's own folder beside it."""
    base = {f"base/{name}": octets for name, octets in _files(shipped(), CATALOGUE_FILES).items()}
    own = _files(site, CATALOGUE_FILES) if site else {}
    return base | {f"site/{name}": octets for name, octets in own.items()}


def founding_catalogue(found: Mapping[str, bytes]) -> dict[str, bytes]:
    """The same of a node's store: files by their names in a release."""
    return {f"base/{path_of(name)}": octets for name, octets in found.items()}


def tokens_of(path: Path, message: bytes) -> dict[LayerType, bytes]:
    """Tokens that stand beside a message's file, by layer; none where it is no message."""
    try:
        layers = open_message(message).layers
    except Malformed:
        return {}
    paths = {layer.type: token_path(path, str(layer.type)) for layer in layers}
    return {layer: read(token, "file_missing") for layer, token in paths.items() if token.is_file()}


def tokens_beside(path: Path, message: bytes) -> dict[str, bytes]:
    """The same, by what they are over."""
    found = tokens_of(path, message)
    return {stamped(la): found[la.type] for la in open_message(message).layers if la.type in found}


def token_path(path: Path, layer: str) -> Path:
    """Where the token of a layer stands: `voucher.xml.original.tst`."""
    return path.with_name(f"{path.name}.{layer}.tst")


def on_record(tx: Any, voucher_id: str) -> OnRecord:  # noqa: ANN401 - a view of any store
    """A voucher's messages and their proof times, as this node recorded them.

    Raises:
        Misconfigured: `voucher_missing`.
    """
    rows = sorted(tx.layers_of(voucher_id), key=lambda row: row.recorded_at)
    if not rows:
        raise Misconfigured("voucher_missing")
    octets = tx.messages({row.message_digest for row in rows})
    proof_at = {row.layer_id: row.proof_at for row in rows}
    deliveries = [row for row in tx.deliveries_of(voucher_id) if row.layer_id in proof_at]
    lines = [
        f"{row.delivery_id} {row.message_digest.hex()} {proof_at[row.layer_id]}"
        for row in deliveries
    ]
    digests = dict.fromkeys(row.message_digest for row in rows)
    return OnRecord(
        _not_repeated([octets[digest] for digest in digests if digest in octets]),
        tuple(lines),
        _kept(tx, deliveries),
        stamped_lists(tx, [*rows, *deliveries]),
    )


def stamped_lists(
    tx: Any,  # noqa: ANN401 - a view of any store
    rows: Sequence[LayerRow | DeliveryRow],
) -> tuple[Stamped, ...]:
    """The lists that name the messages in which these came."""
    env = rows[0].layer_id.partition("/")[0] if rows else ""
    found = tx.stamped_lists({row.recorded_at for row in rows})
    return tuple(
        Stamped(one.octets, one.token)
        for one in found
        if any(names(one.octets, env, row.message_digest) for row in rows)
    )


def _kept(tx: Any, deliveries: Sequence[DeliveryRow]) -> tuple[SealedProof, ...]:  # noqa: ANN401
    """The lists of neighbours that name one of these messages."""
    named = {row.message_digest.hex().encode() for row in deliveries}
    kept = tx.proof_lists({row.recorded_at for row in deliveries})
    found = {one.digest: one for one in kept if any(name in one.octets for name in named)}
    return tuple(
        SealedProof(one.node, one.signer, one.signature, one.octets) for one in found.values()
    )


def testified(
    env: str, node: str, incarnation: str, lines: Iterable[str], signer: NodeSigner
) -> SealedProof:
    """A proof list of a node over its own record, sealed now for whoever reads it."""
    octets = "\n".join((f"{env} {node} {node} {incarnation}", *lines)).encode()
    digest = hashlib.sha256(signer.certificate).digest()
    return SealedProof(node, digest, signer.sign(octets), octets)


def _not_repeated(messages: Sequence[bytes]) -> tuple[bytes, ...]:
    stacks = [frozenset(la.stack_digest for la in open_message(m).layers) for m in messages]
    return tuple(
        message
        for n, message in enumerate(messages)
        if not any(stacks[n] < other for other in stacks)
    )


def _files(folder: Path, patterns: Iterable[str]) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for pattern in patterns
        for path in sorted(folder.glob(pattern))
        if path.is_file()
    }
