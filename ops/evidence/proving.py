"""When a message was there, and who says so (protocol 8): proof time out of sealed material.

Rules:
- A token's time goes first: one over the layer's seals, else one over a list of what some node
  recorded. Else it is the earliest record time that a node other than the issuer's says under a
  node key that the trust list registers: in a proof list, or in a hop notice.
- A list is stamped after its messages came, perhaps much later. Where a message does not hold at
  that time, a node's word of an earlier one is heard, too: it would count had nobody stamped.
- A word of a node for whose party the voucher was issued by itself proves nothing.
- What does not read, or is not signed as it should be, is no proof; it never stops the judging.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from hub.clock import Instant
from hub.errors import HubError, Rejection
from hub.exchange import packets
from hub.exchange.stamps import names
from hub.parties import NodeId
from hub.trust.view import View
from hub.voucher import timestamp
from hub.voucher.chain import Anchors
from hub.voucher.model import LayerId
from hub.voucher.ports import Suite
from ops.evidence.contents import SealedProof, Stamped


@dataclass(frozen=True, slots=True)
class Claim:
    """A node says that it had a message at an instant; not yet checked."""

    at: Instant
    node: NodeId
    source: str
    """`proof_list` or `notice`."""
    holds: Callable[[View], bool]


def stamps(
    lists: Iterable[Stamped],
    env: str,
    digest: bytes,
    view: Callable[[Instant], Anchors],
    suites: Mapping[str, Suite],
) -> list[Instant]:
    """When authorities stamped lists that name a message (SHA-256), the earliest first.

    `view` is the trust by which a token that claims this instant is judged.
    """
    found = []
    for one in lists:
        if names(one.octets, env, digest):
            with suppress(Rejection):
                trust = view(timestamp.peek(one.token))
                found.append(timestamp.verify(one.token, one.octets, trust, suites).at)
    return sorted(found)


def claims(
    proofs: Iterable[SealedProof], notices: Iterable[bytes], env: str, layer: LayerId, digest: str
) -> list[Claim]:
    """What is claimed of a message (SHA-256, hex) with this top layer, the earliest first."""
    found = [
        *(claim for proof in proofs for claim in _listed(proof, env, layer, digest)),
        *(claim for octets in notices for claim in _noticed(octets, env, layer, digest)),
    ]
    return sorted(found, key=lambda claim: claim.at)


def believed(claim: Claim, layer: LayerId, view: View) -> bool:
    """Whether the claim is another node's than the issuer's, and signed by its key."""
    issuer = view.party(layer.party)
    return issuer is not None and issuer.served_by != claim.node and claim.holds(view)


def _listed(proof: SealedProof, env: str, layer: LayerId, digest: str) -> Iterator[Claim]:
    first, *lines = proof.octets.decode("utf-8", "replace").split("\n")
    if first.split(" ")[:2] != [env, proof.node]:
        return
    node = NodeId(proof.node)
    for line in lines:
        words = line.split(" ")
        if len(words) == 3 and _names(words[0], layer) and words[1] == digest and _time(words[2]):
            yield Claim(
                Instant(int(words[2])),
                node,
                "proof_list",
                lambda view: view.verify_node(node, proof.signer, proof.octets, proof.signature),
            )


def _noticed(octets: bytes, env: str, layer: LayerId, digest: str) -> Iterator[Claim]:
    try:
        decoded = packets.decode(octets)
    except HubError:
        return
    if not isinstance(decoded, tuple):
        return
    batch, signer, signature = decoded
    sealed = packets.notices_tbs(batch)
    for entry in batch.entries:
        digests = {entry.digest_received.hex(), entry.digest_on_record.hex()}
        if batch.env == env and digest in digests and _names(entry.delivery_id, layer):
            yield Claim(
                entry.recorded_at,
                batch.sender,
                "notice",
                lambda view: view.verify_node(batch.sender, signer, sealed, signature),
            )


def _names(delivery_id: str, layer: LayerId) -> bool:
    return delivery_id.startswith(f"{layer}/")


def _time(text: str) -> bool:
    return text.isascii() and text.isdecimal() and int(text) <= packets.INSTANT_MAX
