"""Asking a core so that money moves at most once (protocol 5). Pure but for the core's port.

- An intent opened just now is executed. One that was open before is inquired: after a crash or an
  unknown outcome nobody knows whether the core was asked.
- Not known at the core: executed again with the same key, and only at a core that refuses repeated
  keys; else an operator decides.
- "Key already known" is no answer: inquire. Unknown stays unknown until the core says more.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from hub.clock import Instant, day_and_before
from hub.desks.model import Intent, IntentState
from hub.desks.ports import (
    Bounce,
    Core,
    CoreBanking,
    DeskTransaction,
    Done,
    KeyKnown,
    NotKnown,
    Order,
    Refused,
    Unclear,
)
from hub.desks.troubles import Troubles
from hub.exchange.ports import Store

BOUNCES_DAYS: Final = 14
"""So many days before today a core is asked about as well: longer than the longest holiday."""


@dataclass(frozen=True, slots=True)
class Undecidable:
    """The core does not know the key and does not refuse repeated keys: a person decides."""


Outcome = Done | Refused | Unclear | Undecidable


def ask(core: Core, orders: Sequence[Order], fresh: Collection[str]) -> dict[str, Outcome]:
    """What became of each order, by key; what no receipt can say is heard as no answer."""
    outcomes: dict[str, Outcome] = {}
    again: list[Order] = []
    old = [order for order in orders if order.key not in fresh]
    for order, answer in zip(old, _inquire(core, old), strict=True):
        if not isinstance(answer, NotKnown):
            outcomes[order.key] = answer
        elif core.refuses_repeated_keys:
            again.append(order)
        else:
            outcomes[order.key] = Undecidable()
    new = [order for order in orders if order.key in fresh] + again
    known: list[Order] = []
    executed = core.execute(new) if new else []
    for order, given in zip(new, executed, strict=True):
        if isinstance(given, KeyKnown):
            known.append(order)
        else:
            outcomes[order.key] = given
    for order, answer in zip(known, _inquire(core, known), strict=True):
        outcomes[order.key] = Unclear() if isinstance(answer, NotKnown) else answer
    for key, outcome in outcomes.items():
        if isinstance(outcome, Done) and not outcome.tellable:
            outcomes[key] = Unclear()
    assert outcomes.keys() == {order.key for order in orders}, "an order was left without outcome"
    return outcomes


def came_back(core: CoreBanking, day: str, troubles: Troubles) -> list[Bounce]:
    """Transfers that came back lately: also after the last look at their day, or on a free day."""
    found: list[Bounce] = []
    for each in day_and_before(day, BOUNCES_DAYS):
        with troubles.apart():
            found += core.bounces(each)
    return found


def _inquire(core: Core, orders: Sequence[Order]) -> Sequence[Done | Refused | NotKnown | Unclear]:
    return core.inquire([order.key for order in orders]) if orders else []


def unanswered(
    store: Store[DeskTransaction], orders: Sequence[Order], fresh: Collection[str]
) -> list[Order]:
    """Orders without those whose outcome is on record: what a person has said is not asked again.

    Raises:
        StoreDown: it cannot be read now.
    """
    old = [order.key for order in orders if order.key not in fresh]
    if not old:
        return list(orders)
    with store.read() as tx:
        known = {key for key, i in tx.intents(old).items() if i.state is not IntentState.OPEN}
    return [order for order in orders if order.key not in known]


def closed(
    intents: Iterable[Intent], outcomes: Mapping[str, Outcome], now: Instant
) -> list[Intent]:
    """Intents with the outcomes that say something; those that were not asked for are left out."""
    found = []
    for intent in intents:
        outcome = outcomes.get(intent.key)
        if isinstance(outcome, Done):
            found.append(
                replace(intent, state=IntentState.DONE, trace=outcome.trace, day=outcome.day,
                        closed_at=now)
            )  # fmt: skip
        elif isinstance(outcome, Refused):
            found.append(
                replace(intent, state=IntentState.REFUSED, code=outcome.code, closed_at=now)
            )
    return found
