"""Planted bugs: nodes that make up their minds about what a channel in doubt left unknown.

What was handed to a line that has fallen silent may arrive when nobody expects it any more, or
never. One bug takes it as refused, so that people enter the payment again under another number; the
other one takes it as delivered. Where no line falls silent these nodes are like any other.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, ClassVar

from hub.exchange import packets
from hub.exchange.model import ChannelState, Closing, Outcome, Outgoing, Packet, Publish
from tests.support.plain import sealed
from tests.support.simulator.ends import REFUSED
from tests.support.simulator.machine import Machine
from tests.support.simulator.world import BUREAU, World


class _Deaf:
    """A channel that keeps to itself what it leaves unknown while it is suspect."""

    def __init__(self, channel: Any, doubted: list[Packet]) -> None:
        self._channel = channel
        self._doubted = doubted
        self._out: dict[int, bytes] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._channel, name)

    def publish(self, outgoing: Sequence[Outgoing]) -> None:
        self._channel.publish(outgoing)
        self._out |= {item.token: item.octets for item in outgoing}

    def outcomes(self) -> list[Outcome]:
        suspect = self._channel.health().state is ChannelState.SUSPECT
        return [one for one in self._channel.outcomes() if not (suspect and self._keeps(one))]

    def _keeps(self, outcome: Outcome) -> bool:
        if outcome.publish is not Publish.UNKNOWN or outcome.token not in self._out:
            return False
        packet = packets.decode(self._out[outcome.token])
        if isinstance(packet, Packet):
            self._doubted.append(packet)
        return isinstance(packet, Packet)


class TakenAsRefused(Machine):
    """A bureau's node that closes such rows by itself."""

    code: ClassVar[str] = "channel_refused"

    def start(self) -> None:
        super().start()
        self._doubted: list[Packet] = []
        if self.site.node == BUREAU:
            for name, channel in self.channels.items():
                self.channels[name] = _Deaf(channel, self._doubted)

    def dispatch(self) -> None:
        super().dispatch()
        while self._doubted:
            self._close(self._doubted.pop())

    def _close(self, packet: Packet) -> None:
        with self.store.begin() as tx:
            named = {
                Closing(item.delivery_id, packet.receiver, self.code, tx.now, 0): (
                    hashlib.sha256(item.octets).digest(),
                )
                for item in packet.items
            }
            self.application.closed(tx, tx.close_hops(named))
            tx.commit()


class TakenAsDelivered(TakenAsRefused):
    """The other bug: what was handed over will have arrived."""

    code = "recorded"


class Reentering(World):
    """A world whose people enter again, under another number, what is said to be refused."""

    def tail(self, rounds: int = 60) -> None:
        super().tail(2)
        with self.sites[BUREAU].store.read() as tx:
            refused = tx.rows(REFUSED)
        for place, voucher in enumerate(self.submitted):
            if f"{voucher.top.id}/999.hub/relay" in refused:
                self.submitted[place] = sealed(self.draft(f"{voucher.id.number}-again"))
                self._post([self.submitted[place]])
        super().tail(rounds)
