"""The newest message of a voucher at a node, from the store or from an archive."""

from hub.clock import Instant
from hub.errors import Misconfigured
from hub.exchange.verifying import NothingKnown
from hub.voucher import Report, examine
from ops.wiring import Parts


def newest(parts: Parts, voucher_id: str) -> tuple[bytes, Instant]:
    """Octets of the message that brought the voucher's last layer, and its proof time.

    Raises:
        Misconfigured: `voucher_missing`.
        TargetDown: `archive_away`.
    """
    with parts.store.read() as tx:
        rows = tx.layers_of(voucher_id)
        if not rows:
            raise Misconfigured("voucher_missing")
        octets: bytes = tx.messages([rows[-1].message_digest])[rows[-1].message_digest]
    return octets, rows[-1].proof_at


def examined(parts: Parts, voucher_id: str, at: Instant | None) -> Report:
    """Everything that can be said of it, under the node's trust, at its proof time.

    Raises:
        Misconfigured, TargetDown: as `newest`.
    """
    octets, proof_at = newest(parts, voucher_id)
    return examine(octets, parts.verification.ground(NothingKnown()), at=at or proof_at)
