"""Withholding: under a trust list whose grace is over, nothing takes a new effect (protocol 10).

A verified voucher is then neither recorded nor refused: no notice, so its sender keeps it and sends
it again, and it is judged anew when the next list is there. That it was withheld is recorded once:
its octets, a mark beside the refusals (never under its own digest), a line of the journal.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from hub.clock import MINUTE, Instant
from hub.exchange.inbox import Decided, Plan
from hub.exchange.model import RefusalRow
from hub.exchange.ports import Transaction, Verifier
from hub.observer import Fact

CODE: Final = "trust_list_over"
APART_MAX: Final = MINUTE
"""Clocks apart by more: no verdict on an expiry (protocol 8)."""


def withholds(verifier: Verifier, stored: Instant, here: Instant) -> bool:
    """Whether the list carries no new effects: by the store's clock, if the machine's agrees."""
    return verifier.expired(stored) and abs(stored - here) <= APART_MAX


def key(sender: str, digest: bytes) -> tuple[str, bytes]:
    """Under which mark it is on record that these octets were withheld."""
    return sender, hashlib.sha256(f"{CODE} ".encode() + digest).digest()


def withhold(tx: Transaction, decided: Sequence[Decided]) -> tuple[list[Decided], Plan]:
    """What stays decided (refusals), and what is written of the rest."""
    late = [one for one in decided if one.voucher is not None]
    keys = {key(str(one.incoming.sender), one.digest) for one in late}
    known = tx.refusals(keys) if keys else {}
    made = Plan()
    for one in late:
        sender = str(one.incoming.sender)
        mark = key(sender, one.digest)
        made.facts.append(Fact("held", {"sender": sender, "code": CODE}))
        if mark not in known:
            made.refusals[mark] = RefusalRow(*mark, CODE, one.digest.hex(), tx.now)
            made.messages[one.digest] = one.item.octets
            made.lines.append(f"withheld {sender} {one.digest.hex()} {CODE}")
    return [one for one in decided if one.voucher is None], made


def add(to: Plan, more: Plan) -> None:
    """Write both in one transaction."""
    to.refusals |= more.refusals
    to.messages |= more.messages
    to.lines += more.lines
    to.facts += more.facts
