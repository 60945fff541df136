"""Recording what became of a payment at a core that cannot tell: a guarded act (protocol 5, 10).

The line from the core's own book, a scan or a print, is kept by its digest.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from hub.desks import told
from hub.desks.model import Intent
from hub.desks.paper import answer_of
from hub.desks.ports import Done, NotKnown, Refused
from hub.errors import Misconfigured
from hub.exchange.orders import required_reason
from hub.observer import Fact
from hub.trust.operators import Act
from ops.guarded import Consent, require
from ops.parked import DIVISION, find
from ops.wiring import Parts

ACT: Final = "parked.outcome"
DONE, REFUSED = "done", "refused"


@dataclass(frozen=True, slots=True)
class Known:
    """What the core's book says of one row: it moved, under this number on this day; or never."""

    outcome: Done | Refused

    @property
    def arguments(self) -> dict[str, str]:
        """As a signed act has it."""
        match self.outcome:
            case Done(trace, day):
                return {"outcome": DONE, "trace": trace, "day": day}
            case Refused(code):
                return {"outcome": REFUSED, "code": code}


def waiting(parts: Parts, name: str) -> list[Intent]:
    """The rows of a parked task that wait for a person's word; none of any other.

    Raises:
        Misconfigured: `parked_unknown`.
    """
    with parts.store.read() as tx:
        task = find(tx, name).task
        return list(told.asked(tx, task)) if task and task.next_action == told.ASKS else []


def act_of(
    parts: Parts, name: str, row: int | None, known: Known, reason: str, octets: bytes
) -> Act:
    """The act, bound to this life of the store, the voucher's division, the row and the evidence.

    Raises:
        Misconfigured: `parked_unknown`, `reason_format`.
        RuleBroken: `outcome_not_asked`, `outcome_row`.
    """
    required_reason(reason)
    with parts.store.read() as tx:
        one = find(tx, name)
        intent = told.chosen(told.asked(tx, one.task), row)
    arguments = {
        "node": str(parts.place.node), "parked": one.id, "about": one.about,
        "key": intent.key, "row": str(intent.row), **known.arguments, "reason": reason,
        "evidence": hashlib.sha256(octets).hexdigest(), "incarnation": parts.place.incarnation,
    }  # fmt: skip
    divisions = one.voucher_id.split("/")[DIVISION : DIVISION + 1]
    return Act(parts.place.env, ACT, arguments, tuple(divisions))


def record(parts: Parts, act: Act, known: Known, octets: bytes, consent: Consent) -> int:
    """Record it; how many rows of the task are still open. At none the task goes on by itself.

    Raises:
        RuleBroken: `outcome_not_asked`, `outcome_row`; as `ops.guarded.require` says.
        Misconfigured: `parked_unknown`. Fenced: `other_incarnation`. StoreDown: nothing was done.
    """
    line, place = require(parts, act, consent), parts.place
    assert act.arguments.items() >= known.arguments.items(), "what was signed is what is done"
    row = int(act.arguments["row"])
    with parts.store.alone() as tx:
        tx.fence.require_incarnation(place.incarnation)
        tx.add_messages({hashlib.sha256(octets).digest(): octets})
        one = find(tx, act.arguments["parked"])
        left = told.settle(tx, one.task, row, known.outcome)
        tx.append_journal(str(place.lane), line.encode())
        tx.commit()
    fields: dict[str, str | int] = {
        "voucher_id": one.voucher_id,
        "n": row,
        "state": act.arguments["outcome"],
    }
    parts.observe(Fact("outcome_told", fields))
    return left


def known_of(done: str | None, day: str, refused: str | None) -> Known:
    """What was said of a row.

    Raises:
        Misconfigured: `outcome_which`: both, or neither.
        Malformed: `core_answer_form`, with the member: not what a core may say, or a number of the
            movement that a receipt cannot bear.
    """
    if (done is None) == (refused is None):
        raise Misconfigured("outcome_which")
    if done is None:
        answer = answer_of({"outcome": REFUSED, "code": refused})
    else:
        answer = answer_of({"outcome": DONE, "trace": done, "day": day})
    assert not isinstance(answer, NotKnown), "one of the two was said"
    return Known(answer)
