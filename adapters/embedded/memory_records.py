"""Messages, layers, deliveries and refusals in memory."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Final

from adapters.embedded.memory_tables import Table, Work
from hub.errors import Damaged, StoreDown
from hub.exchange.model import DeliveryRow, LayerRow, RefusalRow, Verdict

MESSAGES: Final = Table[bytes, bytes]("message")
LAYERS: Final = Table[str, LayerRow]("layer")
LAYERS_OF: Final = Table[str, tuple[str, ...]]("layer_by_voucher")
STACKS: Final = Table[bytes, None]("layer_by_stack")
DELIVERIES: Final = Table[str, DeliveryRow]("delivery")
REFUSALS: Final = Table[tuple[str, bytes], RefusalRow]("refusal")


class Records(Work):
    """What is on record: octets and identities."""

    def add_messages(self, octets: Mapping[bytes, bytes]) -> None:
        """Keep message octets by SHA-256."""
        self.before("add_messages")
        kept = self.rows(MESSAGES)
        for digest, message in octets.items():
            if digest not in kept:
                self.put(MESSAGES, digest, message)

    def messages(self, digests: Collection[bytes]) -> Mapping[bytes, bytes]:
        """Octets of those that are kept."""
        self.before("messages")
        kept = self.rows(MESSAGES)
        found = {digest: kept[digest] for digest in digests if digest in kept}
        for digest, message in found.items():
            if hashlib.sha256(message).digest() != digest:
                raise Damaged("message_damaged", digest=digest.hex())
        return found

    def apart(self) -> AbstractContextManager[None]:
        """Where a reading that fails ends nothing else of the transaction."""
        self.before("apart")
        return nullcontext()

    def layers(self, layer_ids: Collection[str]) -> Mapping[str, LayerRow]:
        """Rows of these layers."""
        self.before("layers")
        rows = self.rows(LAYERS)
        return {layer_id: rows[layer_id] for layer_id in layer_ids if layer_id in rows}

    def layers_of(self, voucher_id: str) -> list[LayerRow]:
        """All layers of one voucher, in the order of recording."""
        self.before("layers_of")
        rows = self.rows(LAYERS)
        return [rows[layer_id] for layer_id in self.rows(LAYERS_OF).get(voucher_id, ())]

    def add_layers(self, rows: Sequence[LayerRow]) -> None:
        """Occupy identities, or raise what was seen below."""
        self.before("add_layers")
        kept = self.rows(LAYERS)
        for row in rows:
            old = kept.get(row.layer_id)
            if old is None:
                self.put(LAYERS, row.layer_id, row)
                siblings = self.rows(LAYERS_OF).get(row.voucher_id, ())
                self.put(LAYERS_OF, row.voucher_id, (*siblings, row.layer_id))
                self.put(STACKS, row.stack_digest, None)
            elif old.body_digest != row.body_digest:
                raise StoreDown("store_contended")
            elif (old.verdict, row.verdict) == (Verdict.SEEN_BELOW, Verdict.RECORDED):
                raised = replace(old, verdict=row.verdict, message_digest=row.message_digest)
                self.put(LAYERS, row.layer_id, raised)

    def known_stacks(self, stack_digests: Collection[bytes]) -> set[bytes]:
        """Which of these lower layers were verified here before."""
        self.before("known_stacks")
        return self.rows(STACKS).keys() & set(stack_digests)

    def deliveries(self, delivery_ids: Collection[str]) -> Mapping[str, DeliveryRow]:
        """Rows of these deliveries."""
        self.before("deliveries")
        rows = self.rows(DELIVERIES)
        return {known: rows[known] for known in delivery_ids if known in rows}

    def add_deliveries(self, rows: Sequence[DeliveryRow]) -> None:
        """Record new deliveries."""
        self.before("add_deliveries")
        kept = self.rows(DELIVERIES)
        for row in rows:
            if row.delivery_id in kept:
                raise StoreDown("store_contended")
            self.put(DELIVERIES, row.delivery_id, row)

    def refusals(
        self, keys: Collection[tuple[str, bytes]]
    ) -> Mapping[tuple[str, bytes], RefusalRow]:
        """Refusals by (sender, digest)."""
        self.before("refusals")
        rows = self.rows(REFUSALS)
        return {key: rows[key] for key in keys if key in rows}

    def add_refusals(self, rows: Sequence[RefusalRow]) -> None:
        """Record refusals; an existing one stays as it is."""
        self.before("add_refusals")
        kept = self.rows(REFUSALS)
        for row in rows:
            if (row.sender, row.digest) not in kept:
                self.put(REFUSALS, (row.sender, row.digest), row)
