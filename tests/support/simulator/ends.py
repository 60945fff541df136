"""The simplest applications at both ends: count every effect in the store, answer originals.

An effect is written in the recording transaction; were anything to take effect twice, its count
would say so.
"""

from collections.abc import Sequence
from typing import Any

from adapters.embedded.memory_tables import Table
from hub.exchange.model import Arrival, Closing, Role
from hub.voucher.model import Body, Draft, LayerId, LayerType
from tests.support.simulator.machine import Machine

EFFECTS = Table[str, int]("effects")
REFUSED = Table[str, str]("refused_hops")


class End:
    """A party's application: effects, and a receipt on every original that is for it."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def recorded(self, tx: Any, arrivals: Sequence[Arrival]) -> None:
        receipts = []
        for arrival in arrivals:
            top = arrival.voucher.top
            if arrival.delivery.role is not Role.TO or top.id.layer is LayerType.DOCUMENT:
                continue
            tx.put(EFFECTS, str(top.id), tx.rows(EFFECTS).get(str(top.id), 0) + 1)
            if top.id.layer is LayerType.ORIGINAL:
                receiver = self._machine.site.directory.nodes[self._machine.site.node]
                acting = next(p for p in receiver if str(p) in top.to)
                receipts.append(
                    Draft(
                        LayerId(top.id.voucher, LayerType.RECEIPT, acting),
                        1,
                        (str(top.id.party),),
                        Body({"VoucherFlag": "1"}),
                        below=arrival.voucher,
                    )
                )
        if receipts:
            self._machine.poster.post(tx, self._machine.sealer.seal(receipts))

    def closed(self, tx: Any, closings: Sequence[Closing]) -> None:
        for closing in closings:
            if closing.code != "recorded":
                tx.put(REFUSED, closing.delivery_id, closing.code)
