"""Messages, layers, deliveries and refusals."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import fields
from operator import attrgetter, itemgetter
from typing import Any, Final

from sqlalchemy import Executable, bindparam, select, update

from adapters.store.archive_tables import ARCHIVED
from adapters.store.session import Forms, Row, Session
from adapters.store.tables import DELIVERY, LAYER, MESSAGE, REFUSAL
from adapters.store.unit import Unit
from hub.clock import Instant
from hub.errors import Damaged, StoreDown
from hub.exchange.model import (
    DeliveryRow,
    LayerRow,
    MessageClass,
    RefusalRow,
    Role,
    Verdict,
)
from hub.fence import Fence
from hub.journal import LaneHeads

_LAYER: Final = attrgetter(*(field.name for field in fields(LayerRow)))
_DELIVERY: Final = attrgetter(*(field.name for field in fields(DeliveryRow)))
_REFUSAL: Final = attrgetter(*(field.name for field in fields(RefusalRow)))


def _messages(forms: Forms) -> Executable:
    return select(MESSAGE).where(forms.among(MESSAGE.c.digest, "digests"))


def _archived(forms: Forms) -> Executable:
    return select(ARCHIVED).where(forms.among(ARCHIVED.c.digest, "digests"))


def layers_by_id(forms: Forms) -> Executable:
    """Layers among some."""
    return select(LAYER).where(forms.among(LAYER.c.layer_id, "ids"))


def _layers_of(_forms: Forms) -> Executable:
    """A voucher's layers stand together: their ids begin with the voucher's."""
    layer_id = LAYER.c.layer_id
    within = (layer_id > bindparam("first"), layer_id < bindparam("last"))
    return select(LAYER).where(*within).order_by(LAYER.c.recorded_at, layer_id)


def stacks_among(forms: Forms) -> Executable:
    """Those of some stacks that are on record."""
    return select(LAYER.c.stack_digest).where(forms.among(LAYER.c.stack_digest, "digests"))


def _raise(_forms: Forms) -> Executable:
    return (
        update(LAYER)
        .where(LAYER.c.layer_id == bindparam("raised_id"))
        .values(verdict=Verdict.RECORDED.value, message_digest=bindparam("message"))
    )


def deliveries_by_id(forms: Forms) -> Executable:
    """Deliveries among some."""
    return select(DELIVERY).where(forms.among(DELIVERY.c.delivery_id, "ids"))


def refusals_by_digest(forms: Forms) -> Executable:
    """Refusals of some octets, whoever sent them."""
    return select(REFUSAL).where(forms.among(REFUSAL.c.digest, "digests"))


def _layer(row: Row) -> LayerRow:
    values = list(row)
    values[9] = Verdict(row[9])
    return LayerRow(*values)


def read_delivery(row: Row) -> DeliveryRow:
    """The delivery in a row."""
    values = list(row)
    values[3] = Role(row[3])
    values[7] = MessageClass(row[7])
    return DeliveryRow(*values)


class Records(Unit):
    """What is on record: octets and identities."""

    def __init__(self, session: Session, fence: Fence, now: Instant, lanes: LaneHeads) -> None:
        super().__init__(session, fence, now, lanes)
        self.layers_read: dict[str, LayerRow | None] = {}
        """Layers this transaction has read (None: not there), so `add_layers` need not again."""

    def add_messages(self, octets: Mapping[bytes, bytes]) -> None:
        """Keep message octets by SHA-256."""
        self.session.add_octets(MESSAGE, sorted(octets.items()))

    def messages(self, digests: Collection[bytes]) -> Mapping[bytes, bytes]:
        """Octets of those that are kept, here or in an archive.

        Raises:
            Damaged: `message_damaged`; `archive_damaged`, `archive_incomplete`.
            TargetDown: `archive_away`.
        """
        found = {row[0]: row[1] for row in self.session.rows_among(_messages, "digests", digests)}
        for digest, message in found.items():
            if hashlib.sha256(message).digest() != digest:
                raise Damaged("message_damaged", digest=digest.hex())
        missing = {digest for digest in digests if digest not in found}
        if missing:
            rows = self.session.rows_among(_archived, "digests", sorted(missing))
            moved: dict[bytes, str] = {row[0]: row[1] for row in rows}
            found |= self.archive(moved) if moved else {}
        return found

    def apart(self) -> AbstractContextManager[None]:
        """Where a reading that fails ends nothing else of the transaction."""
        return self.session.apart()

    def layers(self, layer_ids: Collection[str]) -> Mapping[str, LayerRow]:
        """Rows of these layers."""
        found = {
            row[0]: _layer(row) for row in self.session.rows_among(layers_by_id, "ids", layer_ids)
        }
        self.layers_read.update((layer_id, found.get(layer_id)) for layer_id in layer_ids)
        return found

    def layers_of(self, voucher_id: str) -> list[LayerRow]:
        """All layers of one voucher, in the order of recording."""
        within = {"first": f"{voucher_id}/", "last": f"{voucher_id}0"}
        return [_layer(row) for row in self.session.rows(_layers_of, **within)]

    def add_layers(self, rows: Sequence[LayerRow]) -> None:
        """Occupy identities, or raise what was seen below."""
        unread = [row.layer_id for row in rows if row.layer_id not in self.layers_read]
        if unread:
            self.layers(unread)
        new: list[LayerRow] = []
        raised: list[dict[str, Any]] = []
        for row in rows:
            old = self.layers_read[row.layer_id]
            if old is None:
                new.append(row)
            elif old.body_digest != row.body_digest:
                raise StoreDown("store_contended")
            elif (old.verdict, row.verdict) == (Verdict.SEEN_BELOW, Verdict.RECORDED):
                raised.append({"raised_id": row.layer_id, "message": row.message_digest})
        new.sort(key=_LAYER)
        self.session.add(LAYER, [_LAYER(row) for row in new])
        self.session.run_each(_raise, sorted(raised, key=itemgetter("raised_id")))
        for row in rows:
            self.layers_read.pop(row.layer_id, None)

    def known_stacks(self, stack_digests: Collection[bytes]) -> set[bytes]:
        """Which of these lower layers were verified here before."""
        return {row[0] for row in self.session.rows_among(stacks_among, "digests", stack_digests)}

    def deliveries(self, delivery_ids: Collection[str]) -> Mapping[str, DeliveryRow]:
        """Rows of these deliveries."""
        found = self.session.rows_among(deliveries_by_id, "ids", delivery_ids)
        return {row[0]: read_delivery(row) for row in found}

    def add_deliveries(self, rows: Sequence[DeliveryRow]) -> None:
        """Record new deliveries."""
        self.session.add(DELIVERY, sorted(map(_DELIVERY, rows)))

    def refusals(
        self, keys: Collection[tuple[str, bytes]]
    ) -> Mapping[tuple[str, bytes], RefusalRow]:
        """Refusals by (sender, digest)."""
        digests = {digest for _, digest in keys}
        found = self.session.rows_among(refusals_by_digest, "digests", digests)
        rows = {(row[0], row[1]): RefusalRow(*row) for row in found}
        return {key: rows[key] for key in keys if key in rows}

    def add_refusals(self, rows: Sequence[RefusalRow]) -> None:
        """Record refusals; an existing one stays as it is."""
        self.session.add_new(REFUSAL, sorted(map(_REFUSAL, rows)))
