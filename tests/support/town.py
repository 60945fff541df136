"""A small town of desks over memory stores: bureau, two banks, treasury; every hop is one list.

Bodies are checked against the shipped catalogue when they are sealed. Hops go from the outbox of
one store into a recording transaction of the other, in an order and as often as `chance` likes;
`crash` breaks off any named verb once.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any, Final

from adapters.cores.book import MemoryBook, balances, moved_more_than_once
from adapters.cores.simulated import SimulatedCore, Trouble
from adapters.embedded.memory_store import MemoryStore, MemoryTransaction
from hub.clearing.calendar import Calendar
from hub.clearing.matching import Mode, Modes
from hub.clock import MINUTE
from hub.desks import answers
from hub.desks.bank import BankClerk
from hub.desks.bank_rules import BankProfile
from hub.desks.bureau import (
    Account,
    Budget,
    Payee,
    PaymentRequest,
    QuotaNotice,
    QuotaRow,
    authorised_notice,
    direct_notice,
    direct_rows,
)
from hub.desks.bureau_desk import BureauClerk
from hub.desks.desk import Desk, Parts
from hub.desks.step import Means
from hub.desks.treasury import TreasuryClerk, TreasuryProfile
from hub.exchange.inbox import layer_ids, layer_row
from hub.exchange.model import Arrival, Closing, DeliveryRow, MessageClass, Role, Verdict
from hub.exchange.place import Place
from hub.exchange.posting import Poster, arrive
from hub.exchange.routing import delivery_id, receivers
from hub.journal import Lane
from hub.money import Fen
from hub.parties import NodeId, Party
from tests.support.stores import TickingClock
from tests.support.town_map import (
    ACCOUNTS,
    BANKS,
    DAY,
    DIRECTORY,
    DIVISION,
    ENV,
    FINANCE,
    LINE_NO,
    NODES,
    NOON,
    PAYER,
    PEOPLES,
    TRE_CODE,
    UNITS,
    CatalogueVerifier,
    CheckingSealer,
    a_bank,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hub.desks.step import Clerk
    from hub.voucher.model import Draft, Voucher

PAID: Final = {
    "paid", "summed", "cleared", "bounced", "refund_due", "refunding", "refunded",
}  # fmt: skip
CLEARED: Final = {"cleared", "refunding", "refunded"}


def out(core: SimulatedCore) -> dict[str, int]:
    """What left each account, bounced money not counted back."""
    sums: dict[str, int] = {}
    for movement, account, amount in core.book.entries():
        if not movement.endswith(":back"):
            sums[account] = sums.get(account, 0) + amount
    return sums


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


class Town:
    """Everybody, and the wires between them."""

    def __init__(
        self, seed: int = 0, *, banking: Trouble | None = None, treasury: Trouble | None = None,
        mode: Mode = Mode.BY_NUMBER,
    ) -> None:  # fmt: skip
        self.chance = Random(seed)
        self.clock = TickingClock(NOON)
        self.sealer = CheckingSealer()
        self.verifier = CatalogueVerifier(NODES, {}, 1)
        self.crash_at: dict[str, int] = {}
        """Verb → how many more times it passes before it crashes; 0 crashes now, once."""
        self.calls: dict[str, int] = {}
        self.means = Means(DIRECTORY, Calendar(frozenset()), self.verifier.reopen, lambda: 1)
        modes = Modes({"11": mode})
        bureau: Clerk = BureauClerk(self.means)
        self.nodes = {
            "bureau": self._node("bureau", dict.fromkeys((FINANCE, *UNITS), bureau), None),
            "bank-a": self._bank("bank-a", BANKS[0], seed, banking),
            "bank-b": self._bank("bank-b", BANKS[1], seed, banking),
            "treasury": self._node(
                "treasury",
                {PEOPLES: TreasuryClerk(
                    TreasuryProfile(PEOPLES, TRE_CODE, "云岭国库", modes), self.means)},
                SimulatedCore(MemoryBook(), f"t{seed}", treasury),
            ),
        }  # fmt: skip
        self.numbers = 0

    def _bank(self, name: str, party: Party, seed: int, trouble: Trouble | None) -> Node:
        profile = BankProfile(
            party, party.org_type, "云岭银行", LINE_NO[party], {TRE_CODE: ACCOUNTS},
            {number: str(owner) for owner, number in PAYER.items()},
        )  # fmt: skip
        core = SimulatedCore(MemoryBook(), f"{name}{seed}", trouble)
        return self._node(name, {party: BankClerk(profile, self.means)}, core)

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
                    tx.close_hops([closing], {(row.delivery_id, row.peer): (row.message_digest,)})
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

    def request(
        self, *amounts: int, issuer: Party = FINANCE, bank: Party = BANKS[0], batch: bool = False
    ) -> PaymentRequest:
        self.numbers += 1
        unit = issuer if issuer in UNITS else UNITS[self.numbers % 2]
        return PaymentRequest(
            DIVISION, "2026", f"2026{self.numbers:09d}", DAY, issuer,
            a_bank(bank), Account(PAYER[issuer], "零余额账户", "云岭支行"),
            Budget(TRE_CODE, DIVISION, "1", "1", "1", "101", unit.code, "青禾小学", "2050202",
                   "50201"),
            tuple(
                Payee(Account(f"62220{self.numbers:05d}{n}", f"收款人{n}", "望海支行",
                              "102451000099"), Fen(amount))
                for n, amount in enumerate(amounts, 1)
            ),
            batch,
        )  # fmt: skip

    def issue(self, drafts: Sequence[Draft]) -> list[Voucher]:
        return self.nodes["bureau"].desk.issue(drafts)

    def notice(self, requests: Sequence[PaymentRequest]) -> Draft:
        """The 5108 for direct payments of one bank."""
        self.numbers += 1
        return direct_notice(
            QuotaNotice(DIVISION, "2026", f"Q{self.numbers}", DAY, FINANCE, PEOPLES,
                        requests[0].bank, direct_rows(requests)),
            ENV, 1,
        )  # fmt: skip

    def plan(self, bank: Party, *rows: tuple[Budget, int]) -> Draft:
        """A 5106."""
        self.numbers += 1
        return authorised_notice(
            QuotaNotice(DIVISION, "2026", f"P{self.numbers}", DAY, FINANCE, PEOPLES, a_bank(bank),
                        tuple(QuotaRow(budget, Fen(amount)) for budget, amount in rows)),
            "11", ENV, 1,
        )  # fmt: skip

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

    def problems(self) -> list[str]:
        """What must never be: money made, lost or moved twice, books that disagree, work left."""
        found: list[str] = []
        for name, node in self.nodes.items():
            if node.core is not None:
                found += [f"{name} moved {m}" for m in moved_more_than_once(node.core.book)]
                if sum(balances(node.core.book).values()):
                    found.append(f"{name}'s core does not balance")
            with node.store.read() as tx:
                found += [f"{name} {t.id} {t.state} {t.next_action}" for t in tx.open_tasks(99)]
                found += [f"{name} break {b.kind} {b.subject}" for b in tx.breaks()]
                found += [f"{name} book {k}" for k, (a, b) in
                          tx.book(str(PEOPLES), "quota").items() if a != b or a < 0]  # fmt: skip
        return found + self._disagreements()

    def _disagreements(self) -> list[str]:
        bureau, treasury = self.totals("bureau"), self.totals("treasury")
        banks = [self.totals(b) for b in ("bank-a", "bank-b")]
        paid = sum(v[1] for b in banks for (k, st), v in b.items()
                   if k in {"5201", "8202"} and st in PAID)  # fmt: skip
        told = sum(bureau.get((kind, "paid"), (0, 0))[1] for kind in ("5201", "8202"))
        found = [] if paid == told else [f"banks paid {paid}, the bureau knows {told}"]
        cores = [self.nodes[b].core for b in ("bank-a", "bank-b")]
        moved = sum(-v for c in cores if c for a, v in out(c).items() if a in PAYER.values())
        if moved != paid:
            found.append(f"cores moved {moved}, banks say {paid}")
        for kind in ("2301", "2302"):
            sums = {
                n: sum(v[1] for (k, st), v in self.totals(n).items() if k == kind and st in CLEARED)
                for n in ("bureau", "treasury")
            }
            sums["banks"] = sum(v[1] for b in banks for (k, st), v in b.items()
                                if k == kind and st in CLEARED)  # fmt: skip
            if len(set(sums.values())) > 1:
                found.append(f"{kind} {sums}")
        differs = [k for t in (bureau, treasury, *banks) for k, st in t if st == "differs"]
        return found + [f"{kind} differs" for kind in differs]

    def totals(self, where: str) -> dict[tuple[str, str], tuple[int, int]]:
        """(kind, state) → (count, fen) of a node's lines."""
        with self.nodes[where].store.read() as tx:
            sums: dict[tuple[str, str], tuple[int, int]] = {}
            for (_, _, kind, state), total in tx.line_totals().items():
                count, amount = sums.get((kind, state), (0, 0))
                sums[kind, state] = (count + total.count, amount + total.amount_fen)
            return sums

    def digest(self) -> str:
        """A digest over all books, for comparing ends."""
        text = [f"{name} {sorted(self.totals(name).items())}" for name in sorted(self.nodes)]
        return hashlib.sha256("\n".join(text).encode()).hexdigest()


class _Late:
    """The application of a poster whose desk is made after it."""

    desk: Desk[MemoryTransaction]

    def recorded(self, tx: MemoryTransaction, arrivals: Sequence[Arrival]) -> None:
        self.desk.recorded(tx, arrivals)

    def closed(self, tx: MemoryTransaction, closings: Sequence[Closing]) -> None:
        self.desk.closed(tx, closings)
