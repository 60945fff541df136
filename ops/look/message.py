"""The newest message of a voucher at a node, from the store or from an archive."""

import hashlib
from collections.abc import Sequence

from hub.clock import Instant
from hub.errors import Misconfigured
from hub.voucher import Report, examine
from hub.voucher.ground import NothingKnown
from hub.voucher.indication import TOTAL_PASSED
from ops.evidence.contents import Stamped
from ops.evidence.gather import stamped_lists
from ops.evidence.proving import stamps
from ops.wiring import Parts


def newest(parts: Parts, voucher_id: str) -> tuple[bytes, Instant]:
    """Octets of the message that brought the voucher's last layer, and its proof time.

    Raises:
        Misconfigured: `voucher_missing`.
        TargetDown: `archive_away`.
    """
    octets, proof_at, _ = _newest(parts, voucher_id)
    return octets, proof_at


def examined(parts: Parts, voucher_id: str, at: Instant | None) -> Report:
    """Everything that can be said of it, under the node's trust, at its proof time.

    That is the time of the first stamped list that names it; where there is none, or it does not
    hold any more at that time, the time that its node believes.

    Raises:
        Misconfigured, TargetDown: as `newest`.
    """
    octets, proof_at, lists = _newest(parts, voucher_id)
    ground = parts.verification.ground(NothingKnown())
    if at is None:
        digest = hashlib.sha256(octets).digest()
        stamped_at = stamps(lists, parts.settings.env, digest, lambda _: ground.trust, parts.suites)
        for first in stamped_at[:1]:
            report = examine(octets, ground, at=first, listed=True)
            if report.indication == TOTAL_PASSED:
                return report
    return examine(octets, ground, at=at or proof_at)


def _newest(parts: Parts, voucher_id: str) -> tuple[bytes, Instant, Sequence[Stamped]]:
    with parts.store.read() as tx:
        rows = tx.layers_of(voucher_id)
        if not rows:
            raise Misconfigured("voucher_missing")
        last = rows[-1]
        octets: bytes = tx.messages([last.message_digest])[last.message_digest]
        deliveries = [d for d in tx.deliveries_of(voucher_id) if d.layer_id == last.layer_id]
        return octets, last.proof_at, stamped_lists(tx, [last, *deliveries])
