"""Limiting: the transaction that records counts what a limited party has had taken in.

What is left over is held: neither recorded nor refused, no notice; its sender keeps it and sends it
again (hub.exchange.party_orders). Duplicates of what is on record cost nothing. Where no limit is
ordered nothing is asked of the store.
"""

from collections.abc import Container, Sequence
from typing import Final

from hub.exchange import allowance, routing
from hub.exchange.inbox import Decided
from hub.exchange.party_orders import PartyOrders
from hub.exchange.ports import Transaction
from hub.observer import Fact

CODE: Final = "party_limited"


def within(
    tx: Transaction,
    orders: PartyOrders | None,
    decided: Sequence[Decided],
    known: Container[str],
) -> tuple[Sequence[Decided], Sequence[Fact]]:
    """What is recorded now, in its order, and what is said of the rest; `known`: deliveries.

    Parties are counted in the order of their names, so that two transactions never wait for each
    other.
    """
    limits = orders.limits() if orders is not None else {}
    if orders is None or not limits:
        return decided, ()
    names = [_counts(one, known) for one in decided]
    left: set[int] = set()
    for party in sorted({name for name, _ in names if name} & limits.keys()):
        places: dict[str, list[int]] = {}
        for place, (name, delivery) in enumerate(names):
            if name == party:
                places.setdefault(delivery, []).append(place)
        per_minute = limits[party]
        owed = allowance.owed_ns(tx.lock_allowance(party), tx.now)
        taken = min(len(places), allowance.room(per_minute, owed))
        full_at = allowance.after(per_minute, owed, taken, tx.now)
        tx.put_allowance(party, full_at)
        orders.counted(party, allowance.owed_ns(full_at, tx.now))
        left |= {place for which in list(places.values())[taken:] for place in which}
    facts = [_held(one) for place, one in enumerate(decided) if place in left]
    return [one for place, one in enumerate(decided) if place not in left], facts


def _counts(one: Decided, known: Container[str]) -> tuple[str, str]:
    """Whose limit an item counts against, and as which delivery; nobody's: no new voucher."""
    if one.voucher is None or one.role is None:
        return "", ""
    top = one.voucher.top.id
    delivery = routing.delivery_id(top, str(one.item.receiver), one.role)
    return ("", "") if delivery in known else (str(top.party), delivery)


def _held(one: Decided) -> Fact:
    return Fact("party_held", {"sender": str(one.incoming.sender), "code": CODE})
