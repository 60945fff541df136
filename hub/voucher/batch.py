"""Many messages at once: the verdicts of `verify`, step by step for the whole batch.

Each step's code and data stay close to the processor while it meets one message after another.
"""

from collections.abc import Sequence

from hub.clock import Instant
from hub.errors import Held, Rejection
from hub.voucher.codec import open_message
from hub.voucher.ground import Ground
from hub.voucher.model import Opened, Voucher
from hub.voucher.verification import Authentic, admit, authenticate

Refusal = Rejection | Held


def verify_many(octets: Sequence[bytes], ground: Ground, *, at: Instant) -> list[Voucher | Refusal]:
    """Each message's voucher, or why it is none, in order; `at` is the proof time of all.

    A message that is refused touches no other: its `Rejection` or `Held` stands in its place, the
    same that `verify` would raise. Never raises for content.

    Source: protocol rule 2.7; protocol rule 2.8
    """
    opened = [_opened(one) for one in octets]
    return _admitted_all([_authentic(one, ground, at) for one in opened])


def verify_opened(
    messages: Sequence[tuple[Opened, Instant]], ground: Ground
) -> list[Voucher | Refusal]:
    """As `verify_many`, of messages that are opened already, each with a proof time of its own.

    Source: protocol rule 2.7; protocol rule 8.1
    """
    return _admitted_all([_authentic(opened, ground, at) for opened, at in messages])


def _admitted_all(authentic: Sequence[Authentic | Refusal]) -> list[Voucher | Refusal]:
    return [_admitted(one) for one in authentic]


def _opened(octets: bytes) -> Opened | Refusal:
    try:
        return open_message(octets)
    except Rejection as refusal:
        return refusal


def _authentic(opened: Opened | Refusal, ground: Ground, at: Instant) -> Authentic | Refusal:
    if not isinstance(opened, Opened):
        return opened
    try:
        return authenticate(opened, ground, at)
    except (Rejection, Held) as refusal:
        return refusal


def _admitted(authentic: Authentic | Refusal) -> Voucher | Refusal:
    if not isinstance(authentic, Authentic):
        return authentic
    try:
        return admit(authentic)
    except Rejection as refusal:
        return refusal
