"""Posting: what this node makes itself enters its store and its outbox. Also: what arrivals cause.

A number is used once: the same voucher again is nothing new, another body is a Conflict.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic

from hub.clock import Instant, business_day
from hub.errors import Conflict
from hub.exchange import inbox, routing, statements
from hub.exchange.model import (
    Arrival,
    DeliveryRow,
    Hop,
    LayerRow,
    MessageClass,
    Role,
    Verdict,
)
from hub.exchange.place import Place
from hub.exchange.ports import Application, T, Verifier
from hub.voucher.model import Voucher


def arrive(tx: T, application: Application[T], arrivals: Sequence[Arrival]) -> None:
    """Everything new deliveries cause in their recording transaction."""
    events = []
    for arrival in arrivals:
        events += statements.answers(arrival.voucher, tx.now)
        told = arrival.delivery.role not in {Role.COPY, Role.BACK}
        if arrival.voucher.id.kind == statements.KIND and told:
            events += statements.read(arrival.voucher)
    if events:
        tx.add_status(events)
    entries = statements.due(arrivals, business_day(tx.now))
    if entries:
        tx.add_statements(entries)
    application.recorded(tx, arrivals)


@dataclass(frozen=True, slots=True)
class _Lower:
    """Lower layers of what is posted: they were verified when they came."""

    stacks: frozenset[bytes]

    def known(self, stack_digest: bytes) -> bool:
        """Whether it is one of them."""
        return stack_digest in self.stacks


class Poster(Generic[T]):
    """Records vouchers made here and writes their outbox rows, in the caller's transaction."""

    def __init__(self, place: Place, verifier: Verifier, application: Application[T]) -> None:
        self._place = place
        self._verifier = verifier
        self._application = application

    def post(self, tx: T, vouchers: Sequence[Voucher]) -> None:
        """Record own layers, queue their hops, deliver to parties this node serves itself.

        Raises:
            Conflict: `number_used`: the layer is on record with another body.
            RuleBroken: `no_route`.
            Rejection: trust has changed since they were sealed, and they do not hold any more.
        """
        self._still_trusted(tx, vouchers)
        known = dict(tx.layers(inbox.layer_ids(vouchers)))
        rows: dict[str, LayerRow] = {}
        fresh: list[Voucher] = []
        for voucher in vouchers:
            row = known.get(str(voucher.top.id))
            if row is not None and row.body_digest != voucher.top.body_digest:
                raise Conflict("number_used", layer_id=row.layer_id)
            if row is not None and row.verdict is Verdict.RECORDED:
                continue
            fresh.append(voucher)
            for layer in voucher.layers:
                top = layer is voucher.top
                if top or str(layer.id) not in known:
                    verdict = Verdict.RECORDED if top else Verdict.SEEN_BELOW
                    made = inbox.layer_row(layer, voucher.digest, verdict, tx.now, tx.now)
                    known[made.layer_id] = rows[made.layer_id] = made
        if fresh:
            self._write(tx, fresh, rows)

    def _still_trusted(self, tx: T, vouchers: Sequence[Voucher]) -> None:
        """Verify again what was sealed under another trust state; that is rare."""
        if tx.fence.trust_state == self._verifier.trust_state:
            return
        self._verifier.refresh(tx.fence.trust_state)
        lower = frozenset(layer.stack_digest for v in vouchers for layer in v.layers[:-1])
        messages = [(self._verifier.open(voucher.octets), tx.now) for voucher in vouchers]
        for found in self._verifier.verify_many(messages, _Lower(lower)):
            if not isinstance(found, Voucher):
                raise found

    def _write(self, tx: T, fresh: Sequence[Voucher], rows: dict[str, LayerRow]) -> None:
        tx.add_messages({v.digest: v.octets for v in fresh})
        tx.add_layers([rows[key] for key in sorted(rows)])
        events = [e for v in fresh for e in statements.answers(v, tx.now)]
        if events:
            tx.add_status(events)
        hops: list[Hop] = []
        local: list[Arrival] = []
        for voucher in fresh:
            kind = self._verifier.kind(voucher)
            hops += routing.hops(voucher, kind, self._place.directory, self._place.node, None)
            local += self._local(voucher, tx.now)
        if hops:
            tx.add_hops(sorted(hops, key=lambda h: (h.peer, h.delivery_id)))
        if local:
            tx.add_deliveries([a.delivery for a in local])
            arrive(tx, self._application, local)
        lines = [f"posted {v.top.id} {v.digest.hex()}" for v in fresh]
        tx.append_journal(str(self._place.lane), "\n".join(lines).encode())

    def _local(self, voucher: Voucher, now: Instant) -> list[Arrival]:
        kind = self._verifier.kind(voucher)
        found = routing.receivers(voucher, kind, self._place.directory)
        return [
            Arrival(
                voucher,
                DeliveryRow(
                    delivery_id=routing.delivery_id(voucher.top.id, receiver, role),
                    layer_id=str(voucher.top.id),
                    receiver=str(receiver),
                    role=role,
                    message_digest=voucher.digest,
                    sender=self._place.node,
                    channel="local",
                    message_class=MessageClass(kind.message_class),
                    incarnation=self._place.incarnation,
                    n=0,
                    recorded_at=now,
                ),
                now,
            )
            for receiver, role in found
            if self._place.serves(receiver)
        ]
