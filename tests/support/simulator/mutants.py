"""Planted bugs: machines that break one rule of the protocol each. The simulator must see them.

A mutant changes what its store or its channels do; everything else is the real exchange.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from adapters.cores.simulated import SimulatedCore
from adapters.embedded import memory_outbox
from adapters.embedded.memory_store import MemoryStore, MemoryTransaction
from hub.clock import Instant
from hub.desks.ports import ExecuteAnswer, Order, Unclear
from hub.errors import ChannelDown
from hub.exchange import packets
from hub.exchange.ahead import NOTHING, Ahead
from hub.exchange.model import (
    Closing,
    DeliveryRow,
    Incoming,
    LayerRow,
    MessageClass,
    NoticeEntry,
    Packet,
    RefusalRow,
    Verdict,
)
from hub.exchange.recovery import NOT_YET, Cursor, Listed, Restore
from hub.fence import Fence
from hub.parties import NodeId
from tests.support.simulator.machine import Machine

VERBS: Final = frozenset({*dir(MemoryTransaction), "fence"})
"""Of a transaction; the fence is read when it begins."""


class Bent:
    """A transaction with one verb bent; everything else is the real one's."""

    def __init__(self, tx: Any) -> None:
        self._tx = tx

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)


class BentStore:
    """A store whose transactions are bent.

    It has no other verbs than these: a verb that passed through would hand out a transaction that
    is whole, and the bug would be planted nowhere.
    """

    def __init__(self, store: MemoryStore, bend: type[Bent]) -> None:
        """Required: `bend` changes what a transaction has; a verb that is no more bends nothing."""
        gone = [name for name in vars(bend) if name[0] != "_" and name not in VERBS]
        assert not gone, f"{bend.__name__} bends what no transaction has: {gone}"
        self._store = store
        self._bend = bend

    @contextmanager
    def begin(self, ahead: Ahead = NOTHING) -> Iterator[Any]:
        with self._store.begin(ahead) as tx:
            yield self._bend(tx)

    @contextmanager
    def alone(self) -> Iterator[Any]:
        with self._store.alone() as tx:
            yield self._bend(tx)

    @contextmanager
    def read(self, ahead: Ahead = NOTHING) -> Iterator[Any]:
        with self._store.read(ahead) as tx:
            yield self._bend(tx)


class DroppedNotice(Bent):
    """Duplicates are not answered again."""

    def add_notices(self, peer: NodeId, entries: Sequence[NoticeEntry]) -> None:
        first = [e for e in entries if e.recorded_at == self._tx.now]
        if first:
            self._tx.add_notices(peer, first)

    def drop_notices(self, keys: Collection[int]) -> None:
        self._tx.drop_notices(keys)


class ContentOnly(Bent):
    """Duplicates are known by their octets alone."""

    def deliveries(self, _ids: Collection[str]) -> Mapping[str, DeliveryRow]:
        return {}

    def add_deliveries(self, rows: Sequence[DeliveryRow]) -> None:
        known = self._tx.deliveries([row.delivery_id for row in rows])
        self._tx.add_deliveries([row for row in rows if row.delivery_id not in known])


class NoticeWithoutDigest(Bent):
    """Any notice closes the row of that name."""

    def close_hops(self, named: Mapping[Closing, Collection[bytes]]) -> list[Closing]:
        held = self._tx.rows(memory_outbox.OPEN)
        rows = {one: held.get((one.delivery_id, one.peer)) for one in named}
        any_ = {one: (hop.row.message_digest,) for one, hop in rows.items() if hop is not None}
        return list(self._tx.close_hops(any_))


class ForgeryOccupies(Bent):
    """A refused message takes the identity it claims."""

    def add_refusals(self, rows: Sequence[RefusalRow]) -> None:
        self._tx.add_refusals(rows)
        for row in rows:
            layer_id, _, _ = row.delivery_id.rpartition("/999.hub/")
            if layer_id and layer_id not in self._tx.layers([layer_id]):
                self._tx.add_layers([_claimed(layer_id, row.digest, self._tx.now)])


class OpenFence(Fence):
    """Lets everybody in."""

    def require_incarnation(self, expected: str) -> None:
        assert expected


class MissingFence(Bent):
    """Whoever still runs from before a restore goes on writing."""

    @property
    def fence(self) -> Fence:
        real = self._tx.fence
        return OpenFence(real.incarnation, real.trust_state, real.token)


class ForgetsClosed(Bent):
    """Neighbours list only what is still open."""

    def sent_to(
        self, peer: NodeId, since: Instant, after: Cursor, limit: int
    ) -> list[tuple[Cursor, Listed]]:
        found = self._tx.sent_to(peer, since, after, limit)
        return [pair for pair in found if pair[0].at == NOT_YET]


class ForgetsOwn(Bent):
    """Nothing that a restored node had sent itself is handed back."""

    def had_from(
        self, _peer: NodeId, _since: Instant, _after: Cursor, _limit: int
    ) -> list[tuple[Cursor, Listed]]:
        return []


class NeverMute(Bent):
    """A restored node hears and says everything at once."""

    def recovering(self, _neighbours: Collection[NodeId]) -> set[NodeId]:
        return set()

    def restore(self) -> Restore:
        real: Restore = self._tx.restore()
        return replace(real, spoke_at=real.since)


class _Whatever(dict[NodeId, str]):
    """Whoever names a life of its own is believed."""

    def get(self, key: NodeId, default: Any = None) -> Any:
        return super().get(key) if default is None else default


class OldLivesHeard(Bent):
    """Packets and notices of a neighbour's life that is over are taken as of this one."""

    def lives(self, peers: Collection[NodeId]) -> Mapping[NodeId, str]:
        return _Whatever(self._tx.lives(peers))


class NeverInquires(Bent):
    """Tasks of a restored node are taken as new: the core is called, not inquired."""

    def restore(self) -> Restore:
        real: Restore = self._tx.restore()
        return replace(real, opened_at=Instant(0)) if real.opened_at != NOT_YET else real


def _claimed(layer_id: str, digest: bytes, now: Instant) -> LayerRow:
    voucher_id, layer, party = layer_id.rsplit("/", 2)
    return LayerRow(
        layer_id, voucher_id, layer, party, "5201", "370100", digest, digest, digest,
        Verdict.RECORDED, 1, now, now,
    )  # fmt: skip


def bent(bend: type[Bent]) -> type[Machine]:
    """A machine on a bent store."""

    class BentMachine(Machine):
        def attach(self) -> Any:
            return BentStore(self.site.store.attach(self._verb), bend)

    return BentMachine


class AckFirst(Machine):
    """Acknowledges before anything is on record."""

    def receive(self, limit: int) -> None:
        batch = []
        for channel in self.channels.values():
            try:
                got = channel.receive(limit, tuple(MessageClass))
                channel.ack([incoming.tag for incoming in got])
            except ChannelDown:
                continue
            batch += got
        if batch:
            self.exchange.receive(batch)


class InOrder(Machine):
    """Takes nothing before everything with a lower number has been recorded."""

    def receive(self, limit: int) -> None:
        for name, channel in self.channels.items():
            try:
                got = channel.receive(limit, tuple(MessageClass))
            except ChannelDown:
                continue
            for incoming in got:
                if self._waits(incoming):
                    channel.release([incoming.tag])
                else:
                    self.exchange.receive([incoming])
                    self.channels[name].ack([incoming.tag])

    def _waits(self, incoming: Incoming) -> bool:
        decoded = packets.decode(incoming.octets)
        if not isinstance(decoded, Packet):
            return False
        with self.store.read() as tx:
            known = tx.received(decoded.sender, decoded.incarnation).get(decoded.message_class)
        highest = known.highest if known else 0
        for item in decoded.items:
            if item.n > highest + 1:
                return True
            highest = max(highest, item.n)
        return False


class Impatient:
    """Between a desk and its core: an answer that says nothing is followed by another order."""

    def __init__(self, core: SimulatedCore) -> None:
        self._core = core

    def __getattr__(self, name: str) -> Any:
        return getattr(self._core, name)

    def execute(self, orders: Sequence[Order]) -> list[ExecuteAnswer]:
        answers = self._core.execute(orders)
        again = [o for o, a in zip(orders, answers, strict=True) if isinstance(a, Unclear)]
        if again:
            self._core.execute(again)
        return answers
