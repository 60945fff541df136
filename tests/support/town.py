"""A small town of desks over memory stores: bureau, two banks, treasury; every hop is one list.

Bodies are checked against the shipped catalogue when they are sealed. Hops go from the outbox of
one store into a recording transaction of the other, in an order and as often as `chance` likes;
`crash` breaks off any named verb once.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from adapters.embedded.memory_store import MemoryStore, MemoryTransaction
from hub.clearing.calendar import Calendar
from hub.clearing.matching import Mode
from hub.clock import MINUTE
from hub.desks import answers
from hub.desks.desk import Desk, Parts
from hub.desks.step import Means
from hub.exchange.inbox import layer_ids, layer_row
from hub.exchange.model import Arrival, Closing, DeliveryRow, MessageClass, Role, Verdict
from hub.exchange.place import Place
from hub.exchange.posting import Poster, arrive
from hub.exchange.routing import delivery_id, receivers
from hub.journal import Lane
from hub.parties import NodeId, Party
from tests.support.stores import TickingClock
from tests.support.town_books import Books
from tests.support.town_clerks import PARTIES, clerks_of, core_of
from tests.support.town_map import (
    DAY,
    DIRECTORY,
    ENV,
    NODES,
    NOON,
    CatalogueVerifier,
    CheckingSealer,
)
from tests.support.town_people import People

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.cores.simulated import SimulatedCore, Trouble
    from hub.desks.step import Clerk
    from hub.voucher.model import Draft, Voucher


class Crash(Exception):
    """The process died here."""


@dataclass
class Node:
    """One node: its store, its desks (two actives share everything), its core."""

    name: NodeId
    store: MemoryStore
    desk: Desk[MemoryTransaction]
    other: Desk[MemoryTransaction]
    core: SimulatedCore | None


class Town(Books, People):
    """Everybody, and the wires between them."""

    def __init__(
        self, seed: int = 0, *, banking: Trouble | None = None, treasury: Trouble | None = None,
        mode: Mode = Mode.BY_NUMBER, unit_quota: bool = False,
    ) -> None:  # fmt: skip
        self.chance = Random(seed)
        self.clock = TickingClock(NOON)
        self.sealer = CheckingSealer()
        self.verifier = CatalogueVerifier(NODES, {}, 1)
        self.crash_at: dict[str, int] = {}
        """Verb → how many more times it passes before it crashes; 0 crashes now, once."""
        self.calls: dict[str, int] = {}
        self.means = Means(DIRECTORY, Calendar(frozenset()), self.verifier.reopen, lambda: 1)
        self.nodes = {
            name: self._node(
                name,
                clerks_of(name, self.means, mode, unit_quota=unit_quota),
                core_of(name, seed, banking, treasury),
            )
            for name in PARTIES
        }

    def _node(self, name: str, clerks: Mapping[Party, Clerk], core: SimulatedCore | None) -> Node:
        node = NodeId(name)
        store = MemoryStore(self.clock, f"{name}-1", self._hook)
        desks = [self._desk(node, store, clerks, core, n) for n in "ab"]
        return Node(node, store, desks[0], desks[1], core)

    def _desk(
        self, node: NodeId, store: MemoryStore, clerks: Mapping[Party, Clerk],
        core: SimulatedCore | None, worker: str,
    ) -> Desk[MemoryTransaction]:  # fmt: skip
        place = Place(ENV, node, f"{node}-1", Lane(f"{node}-1", worker, "0", "1"), NODES)
        app: Any = _Late()
        poster = Poster(place, self.verifier, app)
        owner = next(iter(clerks))
        cores = {} if core is None else {owner: core}
        banking = {p: c for p, c in cores.items() if p.is_bank}
        app.desk = Desk(
            Parts(
                store,
                poster.post,
                self.sealer,
                clerks,
                cores,
                banking,
                self.means,
                worker,
                neighbours=frozenset(NODES.neighbours(node)),
            )
        )
        desk: Desk[MemoryTransaction] = app.desk
        return desk

    def _hook(self, verb: str) -> None:
        self.calls[verb] = self.calls.get(verb, 0) + 1
        left = self.crash_at.get(verb)
        if left is not None:
            if left == 0:
                del self.crash_at[verb]
                raise Crash(verb)
            self.crash_at[verb] = left - 1

    @property
    def holders(self) -> Mapping[str, Node]:
        """Everybody's books."""
        return self.nodes

    # --- the wires -------------------------------------------------------------------------------

    def carry(self, *, twice: float = 0.0) -> int:
        """Take every open hop to its receivers, in random order; how many were carried."""
        carried = 0
        for node in self.nodes.values():
            with node.store.begin() as tx:
                rows = tx.claim_hops("wire", self.clock.now(), 10_000, [NODES.hub])
                octets = tx.messages({row.message_digest for row in rows})
                tx.commit()
            self.chance.shuffle(rows)
            for row in rows:
                voucher = self.verifier.reopen([octets[row.message_digest]])[0]
                for receiver, role in receivers(voucher, self.verifier.kind(voucher), NODES):
                    self.deliver(voucher, receiver, role)
                    if self.chance.random() < twice:
                        self.deliver(voucher, receiver, role)
                with node.store.begin() as tx:
                    closing = Closing(row.delivery_id, row.peer, "recorded", self.clock.now(), 1)
                    tx.close_hops({closing: (row.message_digest,)})
                    tx.commit()
                carried += 1
        return carried

    def deliver(self, voucher: Voucher, receiver: Party, role: Role) -> None:
        """One recording transaction at the receiver, as the exchange makes it."""
        node = self.nodes.get(NODES.node_of[receiver])
        if node is None or voucher.top.id.party in NODES.nodes[node.name]:
            return
        name = delivery_id(voucher.top.id, receiver, role)
        with node.store.begin() as tx:
            if tx.deliveries([name]):
                return
            known = tx.layers(layer_ids([voucher]))
            rows = {
                str(layer.id): layer_row(
                    layer, voucher.digest,
                    Verdict.RECORDED if layer is voucher.top else Verdict.SEEN_BELOW,
                    tx.now, tx.now,
                )
                for layer in voucher.layers
            }  # fmt: skip
            assert all(known[k].body_digest == r.body_digest for k, r in rows.items() if k in known)
            tx.add_messages({voucher.digest: voucher.octets})
            tx.add_layers(list(rows.values()))
            row = DeliveryRow(
                name, str(voucher.top.id), str(receiver), role, voucher.digest, "hub", "wire",
                MessageClass.ONLINE, "hub-1", 1, tx.now,
            )  # fmt: skip
            tx.add_deliveries([row])
            arrive(tx, node.desk, [Arrival(voucher, row, tx.now)])
            tx.commit()

    def settle(self, *, rounds: int = 200, twice: float = 0.0) -> None:
        """Carry and work, both actives in turn, until nothing moves; time passes with back-offs."""
        quiet = 0
        for _ in range(rounds):
            before = self.digest()
            moved = self.carry(twice=twice)
            for node in self.nodes.values():
                for desk in (node.desk, node.other):
                    desk.work(50)
            self.clock.at += MINUTE
            quiet = 0 if moved or before != self.digest() else quiet + 1
            if quiet > 6:
                return
        raise AssertionError("the town does not come to rest")

    def phase(self, name: str, where: str, day: str = DAY) -> int:
        return self.nodes[where].desk.run_phase(name, day, 0)

    def close_day(self) -> None:
        """The day's phases in their order."""
        for name in ("bounces", "sum_up"):
            for bank in ("bank-a", "bank-b"):
                self.phase(name, bank)
            self.settle()
        for bank in ("bank-a", "bank-b"):
            self.phase("sum_up", bank)
        self.settle()
        for name in ("cutoff", "daily_lists", "checks"):
            for where in ("bank-a", "bank-b", "treasury", "bureau"):
                self.phase(name, where)
            self.settle()

    # --- what people do --------------------------------------------------------------------------

    def issue(self, drafts: Sequence[Draft]) -> list[Voucher]:
        return self.nodes["bureau"].desk.issue(drafts)

    def recall(self, voucher: Voucher) -> list[Voucher]:
        """The issuer wants it back."""
        return self.issue([answers.recall(voucher, 1, "重复下达")])

    def restless(self, *, twice: float = 0.0) -> None:
        """As `settle`, after any number of crashes."""
        while True:
            try:
                self.settle(twice=twice)
            except Crash:
                continue
            return


class _Late:
    """The application of a poster whose desk is made after it."""

    desk: Desk[MemoryTransaction]

    def recorded(self, tx: MemoryTransaction, arrivals: Sequence[Arrival]) -> None:
        self.desk.recorded(tx, arrivals)

    def closed(self, tx: MemoryTransaction, closings: Sequence[Closing]) -> None:
        self.desk.closed(tx, closings)
