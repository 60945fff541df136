"""What an evidence package holds, and under which names.

    messages/<n>-<sha256>.xml     messages of one voucher, the newest last
    tokens/<sha256>.tst           RFC 3161 tokens, named by the SES_Signature they are over
    proofs/<n>.json               proof lists sealed by nodes
    notices/<n>.evx               hop notices sealed by nodes, as they came
    stamped/<sha256>.txt, .tst    lists of recorded messages, and an authority's token over each
    trust/…                       pinned keys, anchors, CRLs, lists, sections: a trust folder
    catalogue/base/…, site/…      the catalogue release
    layers/<n>-<layer>/…          body and seals of each layer, for tools that know GB/T 38540 only
    certificates/<sha256>.cer     every certificate met, for people
    report.json, report.txt       the verification report when the package was made
    README.txt

Rules: only the first seven are judged; the others are made from them and repeat what they say.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from hub.errors import Malformed
from hub.voucher import ses
from hub.voucher.codec import open_message
from hub.voucher.model import Layer

TRUST: Final = "trust/"
CATALOGUE: Final = "catalogue/"
STAMPED: Final = "stamped/"
_MESSAGE: Final = re.compile(r"messages/([0-9]{2})-([0-9a-f]{64})\.xml")
README: Final = """\
Evidence of one electronic payment voucher.

Check it offline, without the site that made it:

    python verify.pyz PACKAGE.zip --pin SHA256 --pin SHA256

verify.pyz is one file, made by `hubctl voucher verifier`. The pins are SHA-256 digests of the
certificates that sealed the trust lists; ask the finance bureau, the People's Bank or the auditor
for them. Without pins the package is judged by the keys it brings itself: the answer names them.

Any tool for GB/T 38540-2020 checks a seal of layers/ against the body beside it. Any tool for
RFC 3161 checks a token of stamped/ against the list beside it, which names messages by SHA-256:

    openssl ts -verify -token_in -in LIST.tst -data LIST.txt -CAfile AUTHORITY.pem
"""


@dataclass(frozen=True, slots=True)
class SealedProof:
    """A proof list (protocol 3): who sealed it, with which node key, and the lines it seals."""

    node: str
    signer: bytes
    """SHA-256 of the node certificate."""
    signature: bytes
    octets: bytes
    """As `hub.exchange.packets.proof_list` writes them."""


@dataclass(frozen=True, slots=True)
class Stamped:
    """A list of what a node recorded (`hub.exchange.stamps`), and the token over it."""

    octets: bytes
    token: bytes


@dataclass(frozen=True, slots=True)
class Contents:
    """What is judged."""

    messages: tuple[bytes, ...]
    """The newest last."""
    trust: Mapping[str, bytes]
    """Files of a trust folder, by their path in it."""
    catalogue: Mapping[str, bytes]
    """Files of `base/` and `site/`, by their path."""
    tokens: Mapping[str, bytes] = field(default_factory=dict)
    """By SHA-256 (hex) of the SES_Signature they are over."""
    proofs: tuple[SealedProof, ...] = ()
    notices: tuple[bytes, ...] = ()
    stamped: tuple[Stamped, ...] = ()


def files(contents: Contents) -> dict[str, bytes]:
    """The files of a package, without report and read-me."""
    found: dict[str, bytes] = {}
    for n, message in enumerate(contents.messages):
        found[f"messages/{n:02d}-{hashlib.sha256(message).hexdigest()}.xml"] = message
    for digest, token in contents.tokens.items():
        found[f"tokens/{digest}.tst"] = token
    for n, proof in enumerate(contents.proofs):
        found[f"proofs/{n:02d}.json"] = _proof_json(proof)
    for n, notice in enumerate(contents.notices):
        found[f"notices/{n:02d}.evx"] = notice
    for one in contents.stamped:
        name = f"{STAMPED}{hashlib.sha256(one.octets).hexdigest()}"
        found |= {f"{name}.txt": one.octets, f"{name}.tst": one.token}
    found |= {f"{TRUST}{name}": octets for name, octets in contents.trust.items()}
    found |= {f"{CATALOGUE}{name}": octets for name, octets in contents.catalogue.items()}
    newest = open_message(contents.messages[-1])
    for n, layer in enumerate(newest.layers):
        found |= dict(_layer_files(f"layers/{n}-{layer.type}", layer))
    for certificate in _certificates(newest.layers):
        found[f"certificates/{hashlib.sha256(certificate).hexdigest()}.cer"] = certificate
    return found


def contents(found: Mapping[str, bytes]) -> Contents:
    """What of a package's files is judged.

    Raises:
        Malformed: `evidence_form`: no message, or a name or proof that is none.
    """
    messages = []
    for name in sorted(found):
        if not name.startswith("messages/"):
            continue
        named = _MESSAGE.fullmatch(name)
        if named is None or hashlib.sha256(found[name]).hexdigest() != named[2]:
            raise Malformed("evidence_form")
        messages.append(found[name])
    if not messages:
        raise Malformed("evidence_form")
    return Contents(
        messages=tuple(messages),
        trust=_below(found, TRUST),
        catalogue=_below(found, CATALOGUE),
        tokens={n.removesuffix(".tst"): octets for n, octets in _below(found, "tokens/").items()},
        proofs=tuple(_proof(octets) for _, octets in sorted(_below(found, "proofs/").items())),
        notices=tuple(octets for _, octets in sorted(_below(found, "notices/").items())),
        stamped=tuple(_stamped(_below(found, STAMPED))),
    )


def stamped(layer: Layer) -> str:
    """The digest (hex) under which a layer's token stands: of its last SES_Signature."""
    return hashlib.sha256(layer.seals[-1].octets).hexdigest() if layer.seals else ""


def _below(found: Mapping[str, bytes], folder: str) -> dict[str, bytes]:
    return {n.removeprefix(folder): octets for n, octets in found.items() if n.startswith(folder)}


def _stamped(found: Mapping[str, bytes]) -> Iterator[Stamped]:
    for name in sorted(name for name in found if name.endswith(".txt")):
        token = found.get(f"{name.removesuffix('.txt')}.tst")
        if token is None:
            raise Malformed("evidence_form")
        yield Stamped(found[name], token)


def _layer_files(folder: str, layer: Layer) -> Iterator[tuple[str, bytes]]:
    yield f"{folder}/body.xml", layer.body
    for n, block in enumerate(layer.seals, 1):
        yield f"{folder}/{n}-{block.position}.der", block.octets


def _certificates(layers: Sequence[Layer]) -> Iterator[bytes]:
    for layer in layers:
        for block in layer.seals:
            try:
                signature = ses.read_signature(block.octets)
                yield signature.certificate
                yield ses.read_seal(signature.seal).certificate
            except Malformed:
                continue


def _proof_json(proof: SealedProof) -> bytes:
    plain = {
        "node": proof.node,
        "signer": proof.signer.hex(),
        "signature": proof.signature.hex(),
        "list": proof.octets.decode(),
    }
    return json.dumps(plain, indent=1, sort_keys=True).encode() + b"\n"


def _proof(octets: bytes) -> SealedProof:
    try:
        plain = json.loads(octets)
        return SealedProof(
            str(plain["node"]), bytes.fromhex(plain["signer"]), bytes.fromhex(plain["signature"]),
            str(plain["list"]).encode(),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Malformed("evidence_form") from error
