"""Two pinned parties seal a document one after the other: the issuer first, another one second.

The seals that are there travel with the draft as base64, so that the second person seals in another
place, on another day, exactly what the first one sealed.
"""

import base64
from collections.abc import Sequence
from dataclasses import replace

from hub.clock import Instant
from hub.errors import RuleBroken
from hub.parties import Party
from hub.trust.pinned import POSITIONS, ListGround, pinned_ground
from hub.voucher.model import Draft, SealBlock
from hub.voucher.ports import SealMaker
from hub.voucher.seal import Sealing, attach, begin, complete, prepare


def put_next(
    draft: Draft,
    seals: Sequence[str],
    by: Party,
    maker: SealMaker,
    ground: ListGround,
    at: Instant,
) -> tuple[str, bytes | None]:
    """The next seal in base64, and the finished message after the second.

    Raises:
        RuleBroken: `trust_draft_order`: the issuer seals first, another pinned party second.
        Rejection: the seal does not hold.
        CustodyDown: the key cannot be used now.
    """
    stand = pinned_ground(ground)
    blocks = [
        SealBlock(position, base64.b64decode(text))
        for position, text in zip(POSITIONS, seals, strict=False)
    ]
    if len(blocks) == len(POSITIONS) or (by == draft.id.party) is bool(blocks):
        raise RuleBroken("trust_draft_order", party=str(by))
    sealing: Sealing = replace(begin(draft, POSITIONS, stand, at=at), seals=tuple(blocks))
    suite = ground.suites[maker.suite]
    made = prepare(
        sealing, seal=maker.seal, certificate=maker.certificate, suite=suite, at=at
    )  # fmt: skip
    sealing = attach(sealing, made, maker.sign([made.tbs])[0], suite)
    seal = base64.b64encode(sealing.seals[-1].octets).decode()
    if sealing.next_position is not None:
        return seal, None
    return seal, complete(sealing, stand, at=at).octets
