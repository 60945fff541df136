"""Judging items outside any transaction: answered before, a voucher with its role, or refused.

What is held gets no notice and no record: its sender sends it again, and an alarm says what is
missing. So is what does not hold under this node's trust list when its sender has a newer one. What
was set aside (hub.exchange.aside) is held too, not looked at again before its hour is over. So is
what may not be heard after a restore (hub.exchange.gate). What an order about its party holds
(hub.exchange.party_orders) is held without an alarm, and where that is known beforehand, unopened.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Generic

from hub.clock import Instant
from hub.errors import Held, Rejection, RuleBroken, SealUntrusted
from hub.exchange import aside, elsewhere, hearing, packets, probes, routing, statements
from hub.exchange.ahead import Ahead
from hub.exchange.clocks import CODE as CLOCK_SUSPECT
from hub.exchange.clocks import TIMED, Clocks
from hub.exchange.gate import Gate
from hub.exchange.inbox import Decided
from hub.exchange.model import DeliveryRow, Incoming, Item, LayerRow, Packet, RefusalRow, Role
from hub.exchange.party_orders import PartyOrders
from hub.exchange.place import Place
from hub.exchange.ports import Store, T, Verifier
from hub.exchange.recovery import WantedKey, handed_back
from hub.observer import Fact, Observer
from hub.parties import NodeId, Party
from hub.voucher.batch import Refusal
from hub.voucher.model import Opened, Voucher

_LISTED: Final = frozenset({"not_served", "no_route"})
"""Codes that follow from the list, beside those of seals."""


@dataclass(frozen=True, slots=True)
class Work:
    """One item on its way through a batch."""

    incoming: Incoming
    packet: Packet
    item: Item
    digest: bytes
    proof_at: Instant
    opened: Opened | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """An item that is on record already."""

    incoming: Incoming
    item: Item
    digest: bytes
    row: DeliveryRow | RefusalRow


@dataclass(slots=True)
class Judged:
    """A batch of items after judging, valid for one trust state."""

    trust_state: int
    answered: list[Answered] = field(default_factory=list)
    decided: list[Decided] = field(default_factory=list)
    wanted: frozenset[WantedKey] = frozenset()
    """Items that this restored node had asked for."""


@dataclass(frozen=True, slots=True)
class Stacks:
    """Lower layers on record, as verification asks for them."""

    stacks: frozenset[bytes]

    def known(self, stack_digest: bytes) -> bool:
        """Whether these octets were verified here before."""
        return stack_digest in self.stacks


class Judge(Generic[T]):
    """Verifies batches under the verifier's trust state."""

    def __init__(
        self, place: Place, store: Store[T], verifier: Verifier, observe: Observer,
        orders: PartyOrders | None = None, clocks: Clocks | None = None,
    ) -> None:  # fmt: skip
        self._place = place
        self._store = store
        self._verifier = verifier
        self._observe = observe
        self._orders = orders
        self._clocks = clocks

    def judge(
        self, parcels: Sequence[tuple[Incoming, Packet]], now: Instant, only: int | None = None
    ) -> Judged:
        """Look up, open, verify: what was set aside is not even opened.

        One look at the store; one more where there are lower layers, one where statements came.

        `only`: nothing but the item at this place of each packet.
        """
        judged = Judged(self._verifier.trust_state)
        works = [w for incoming, packet in parcels for w in self._works(incoming, packet, now)]
        if only is not None:
            works = works[only : only + 1]
        if not works:
            return judged
        shut = {w.incoming.sender: self._all_ordered(w.incoming.sender) for w in works}
        with self._store.read(_asked(works, now)) as tx:
            unanswered = self._unanswered(tx, works, judged, now)
        fresh = [self._open(w) for w in unanswered if not self._shut(w, shut)]
        known = self._known(fresh)
        fresh, found = self._witnessed(fresh, self._verified(fresh, known), known, now)
        stated = self._stated(found)
        for work, one in zip(fresh, found, strict=True):
            try:
                decided = self._decide(work, one, stated)
            except Held as error:
                self._hold(work, error.code)
                continue
            code = self._ordered(decided)
            if code:
                self._hold(work, code, "party_held")
            else:
                judged.decided.append(decided)
        return judged

    def _known(self, works: Sequence[Work]) -> Stacks:
        """Which of the stacks below the tops are on record; one that is remains so."""
        lower = {
            layer.stack_digest
            for work in works
            if work.opened is not None
            for layer in work.opened.layers[:-1]
        }
        if not lower:
            return Stacks(frozenset())
        with self._store.read(Ahead(stacks=lower, only=True)) as tx:
            return Stacks(frozenset(tx.known_stacks(lower)))

    def _verified(self, works: Sequence[Work], known: Stacks) -> list[Voucher | Refusal | None]:
        """What each is, or why not; None where its envelope was refused already."""
        opened = [(w.opened, w.proof_at) for w in works if w.opened is not None]
        found = iter(self._verifier.verify_many(opened, known))
        return [next(found) if work.opened is not None else None for work in works]

    def _witnessed(
        self, works: list[Work], found: list[Voucher | Refusal | None], known: Stacks, now: Instant
    ) -> tuple[list[Work], list[Voucher | Refusal | None]]:
        """Judge again, as of now, what only its issuer's own node says to have been here earlier.

        Proof time is the record time at another node (protocol 8): the hub's, or who hands back to
        the hub. Else whoever seals, or submits for him, could go back to before his certificate
        ended.
        """
        node_of, hub = self._place.directory.node_of, self._place.directory.hub
        own = [
            place
            for place, (work, one) in enumerate(zip(works, found, strict=True))
            if work.proof_at != now
            and isinstance(one, Voucher)
            and (
                node_of.get(one.top.id.party) == (sender := work.incoming.sender)
                or (sender != hub and not handed_back(work.item.delivery_id))
            )
        ]
        if not own:
            return works, found
        works, found = [*works], [*found]
        again = [replace(works[place], proof_at=now) for place in own]
        for place, work, one in zip(own, again, self._verified(again, known), strict=True):
            works[place], found[place] = work, one
        return works, found

    def _stated(self, found: Sequence[Voucher | Refusal | None]) -> Mapping[str, LayerRow]:
        """The layers that statements of a batch are about.

        Receivers of a layer never change: outside a transaction is good enough.
        """
        about = {
            row["LayerId"]
            for one in found
            if isinstance(one, Voucher) and one.id.kind == statements.KIND
            for row in one.top.content.details
        }
        if not about:
            return {}
        with self._store.read() as tx:
            return tx.layers(about)

    def _hold(self, work: Work, code: str, fact: str = "held") -> None:
        self._observe(Fact(fact, {"sender": str(work.incoming.sender), "code": code}))

    def _ordered(self, decided: Decided) -> str:
        """Why an order holds a verified voucher; empty: none does, and it counts."""
        if self._orders is None or decided.voucher is None:
            return ""
        top = decided.voucher.top.id
        return self._orders.holds(top.party, top.layer)

    def _all_ordered(self, sender: NodeId) -> str:
        """Why nothing that this neighbour sends is taken in now."""
        if self._orders is None:
            return ""
        return self._orders.holds_all(self._place.directory.nodes.get(sender, ()))

    def _shut(self, work: Work, shut: Mapping[NodeId, str]) -> bool:
        code = shut[work.incoming.sender]
        if code:
            self._hold(work, code, "party_held")
        return bool(code)

    def _works(self, incoming: Incoming, packet: Packet, now: Instant) -> list[Work]:
        proven = bool(packet.signature) and self._verifier.verify_node(
            packet.sender, packet.signer, packets.proof_list(packet), packet.signature
        )
        return [
            Work(
                incoming, packet, item, item.digest,
                item.proof_at if proven and item.proof_at is not None else now,
            )
            for item in packet.items
        ]  # fmt: skip

    def _unanswered(self, tx: T, works: Sequence[Work], judged: Judged, now: Instant) -> list[Work]:
        gate = Gate(tx, [(w.incoming.sender, w.item) for w in works])
        judged.wanted = gate.wanted
        deliveries = tx.deliveries({w.item.delivery_id for w in works})
        refusals = tx.refusals(_refusable(works, now))
        fresh = []
        for work in works:
            sender = str(work.incoming.sender)
            barred = gate.bars(work.incoming.sender, work.packet, work.item, work.digest)
            if barred:
                self._hold(work, barred)
                continue
            delivery = deliveries.get(work.item.delivery_id)
            row: DeliveryRow | RefusalRow | None = delivery
            if delivery is None or delivery.message_digest != work.digest:
                row = elsewhere.refused(refusals, sender, work.item, work.digest)
            if row is None and aside.key(sender, work.digest, now) in refusals:
                self._hold(work, aside.CODE)
            elif row is None:
                fresh.append(work)
            else:
                judged.answered.append(Answered(work.incoming, work.item, work.digest, row))
        return fresh

    def _open(self, work: Work) -> Work:
        try:
            return replace(work, opened=self._verifier.open(work.item.octets, work.digest))
        except Rejection as error:
            return replace(work, code=error.code)

    def _decide(
        self, work: Work, found: Voucher | Refusal | None, stated: Mapping[str, LayerRow]
    ) -> Decided:
        code, told, voucher, role = work.code, "", None, None
        if found is not None:
            try:
                if not isinstance(found, Voucher):
                    raise found
                role = self._role(work, found, stated)
                voucher = found
            except Rejection as error:
                self._hold_for_list(work, error)
                self._hold_for_clock(error)
                code = error.code
                told = hearing.told(self._verifier, work.incoming.sender, work.opened)
        return Decided(
            work.incoming, work.packet, work.item, work.digest, work.proof_at, voucher, role, code,
            self._origin(work, voucher), told,
        )  # fmt: skip

    def _origin(self, work: Work, voucher: Voucher | None) -> NodeId | None:
        """Whose node a layer comes from that somebody else has handed back to the hub."""
        if voucher is None or not self._place.is_hub or not handed_back(work.item.delivery_id):
            return None
        return self._place.directory.node_of.get(voucher.top.id.party)

    def _hold_for_list(self, work: Work, error: Rejection) -> None:
        """A newer list may say otherwise: registered seals, entitlements, who serves whom."""
        listed = isinstance(error, SealUntrusted) or error.code in _LISTED
        if listed and work.packet.trust_number > self._verifier.trust_number:
            raise Held("trust_list_awaited", n=work.packet.trust_number)

    def _hold_for_clock(self, error: Rejection) -> None:
        """A refusal is final: none for a time that is in doubt."""
        if error.code in TIMED and self._clocks is not None and self._clocks.suspect():
            raise Held(CLOCK_SUSPECT)

    def _role(self, work: Work, voucher: Voucher, stated: Mapping[str, LayerRow]) -> Role:
        top, receiver = voucher.top, work.item.receiver
        back = handed_back(work.item.delivery_id)
        if back:
            return self._role_back(back, voucher, receiver)
        if not self._verifier.may_submit(work.incoming.sender, top.id.party):
            raise SealUntrusted("not_entitled_to_submit")
        if not self._place.serves(receiver):
            raise RuleBroken("not_served")
        if voucher.id.kind == probes.KIND:
            raise RuleBroken("probe_form")  # no ledger, no outbox: it has a parcel of its own
        kind = self._verifier.kind(voucher)
        role = routing.role_of(top, receiver, kind.copies)
        if role is None:
            raise RuleBroken("no_role")
        if role is Role.RELAY:
            routing.receivers(voucher, kind, self._place.directory)  # refuses what has no route
        if voucher.id.kind == statements.KIND:
            self._check_statement(voucher, stated)
        return role

    def _role_back(self, back: str, voucher: Voucher, receiver: Party) -> Role:
        """The hub routes it again, a party's node has only its own layers handed back.

        Who sends it need not be entitled to submit it; so it must be what its name says.
        """
        if back.rsplit("/", 2)[0] != str(voucher.top.id):
            raise RuleBroken("no_role")
        if self._place.is_hub and self._place.serves(receiver):
            return Role.RELAY
        if not self._place.serves(receiver) or receiver != voucher.top.id.party:
            raise RuleBroken("no_role")
        return Role.BACK

    def _check_statement(self, voucher: Voucher, stated: Mapping[str, LayerRow]) -> None:
        statements.read(voucher)  # refuses what is no status
        early = statements.require_receiver(voucher, stated)
        if early:
            about = str(voucher.id)
            self._observe(Fact("statement_early", {"document_id": about, "count": early}))


def _refusable(works: Sequence[Work], now: Instant) -> set[tuple[str, bytes]]:
    each = [(str(w.incoming.sender), w.item, w.digest) for w in works]
    found = {aside.key(sender, digest, now) for sender, _, digest in each}
    return found.union(*(elsewhere.keys(*one) for one in each))


def _asked(works: Sequence[Work], now: Instant) -> Ahead:
    """What is looked up for every batch; what a restore has to ask besides may be newer."""
    return Ahead(
        deliveries={w.item.delivery_id for w in works},
        refusals={digest for _, digest in _refusable(works, now)},
        lives={w.incoming.sender for w in works}, restore=True, only=True,
    )  # fmt: skip
