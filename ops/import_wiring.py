"""Wires an import of payments: a bureau node's settings become its books, directory and memory."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.clearing.calendar import Calendar
from hub.clock import business_day
from hub.errors import Misconfigured
from hub.observer import silent
from hub.parties import UNIT, Party
from hub.voucher import open_message, rules, xml
from hub.voucher.model import Body, Draft, Voucher
from ops.clock import SystemClock
from ops.growing import grow
from ops.payments_import.importing import Importer
from ops.payments_import.memory import FileMemory, only_one
from ops.payments_import.requests import Known
from ops.profiles import read
from ops.scope import scope_of
from ops.settings import load
from ops.wiring import Parts

MEMORY = "imported-payments"
LOCK = "import.lock"


@dataclass(frozen=True)
class NodeBooks:
    """The node's store and desk as an import sees them."""

    parts: Parts

    def recorded(self, layer_ids: Collection[str]) -> Mapping[str, Body]:
        """Contents of the originals that are on record."""
        with self.parts.store.read() as tx:
            rows = tx.layers(layer_ids)
            octets = tx.messages({row.message_digest for row in rows.values()})
        return {
            layer_id: xml.content(open_message(octets[row.message_digest]).layers[0].body)
            for layer_id, row in rows.items()
            if row.message_digest in octets
        }

    def judge(self, draft: Draft) -> None:
        """Schema and rules, as sealing will check them."""
        voucher, layer = draft.id.voucher, draft.id.layer
        release = self.parts.releases.schemas(draft.cat)
        kind = release.kind(voucher.kind, voucher.division, voucher.year)
        release.write(voucher.kind, voucher.division, voucher.year, layer, draft.body)
        today = business_day(self.parts.clock.now())
        rules.check(kind, layer, draft.body, None, today[:4])

    def issue(self, drafts: Sequence[Draft]) -> list[Voucher]:
        """Seal and post."""
        posted: list[Voucher] = self.parts.desk.issue(drafts)
        while grow(self.parts.suites):  # own seals are verified as they are made
            continue
        return posted


@contextmanager
def importer(config: Path, overrides: Sequence[str] = ()) -> Iterator[Importer]:
    """The import of a bureau node, one at a time.

    Raises:
        Misconfigured: what `load` raises; `import_not_a_bureau`.
        SealUntrusted: as `ops.scope.scope_of` says; rows of divisions that are not within the
            scope are strangers'.
        TargetDown: `import_runs_already`, `import_memory_away`.
    """
    clock = SystemClock()
    now = clock.now()
    settings = load(config, overrides=overrides)
    if settings.application.desk != "bureau" or settings.application.profile is None:
        raise Misconfigured("import_not_a_bureau")
    settings.data.mkdir(parents=True, exist_ok=True)
    parts: Any = Parts(settings, "import", str(now), silent, clock)
    with closing(parts), only_one(settings.data / LOCK):
        place = parts.place
        meant = read(settings.application.profile).directory(place.env, place.directory)
        served: frozenset[Party] = place.directory.nodes[place.node]
        scope = scope_of(parts)
        known = Known(
            {
                code: party
                for code, party in meant.finances.items()
                if party in served and scope.covers(code)
            },
            meant.banks,
            frozenset(party for party in served if party.org_type == UNIT),
            meant.treasuries,
        )
        yield Importer(
            known,
            NodeBooks(parts),
            FileMemory(settings.data / MEMORY, now),
            settings.env,
            parts.releases.newest,
            Calendar(frozenset()).business_day(now),
        )
