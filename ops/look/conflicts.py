"""Conflicts at a node: other content under a number that is taken. Both messages are on record.

An alarm names its newest one; `hubctl voucher conflicts` lists them and writes both messages out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from hub.clock import Instant
from hub.errors import Misconfigured
from hub.exchange.alarms import Alarm
from hub.exchange.model import LayerRow, RefusalRow
from hub.exchange.sought import ANY, Sought
from ops.said import Said
from ops.scope import Scope
from ops.wiring import Parts

CODE: Final = "conflict"
MOST: Final = 1000
_VOUCHER_WORDS: Final = 6
_LAYER_WORDS: Final = 8
_SHOWN: Final = 16
"""Digits of a digest in a sentence; data hold all."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """One refused message, and the one on record that has its number."""

    voucher_id: str
    layer_id: str
    """Of the refused message's top layer."""
    sender: str
    code: str
    at: Instant
    refused: bytes
    """Digest of the refused message."""
    on_record: bytes
    """Digest of the message that came before it; empty: it is not here any more."""

    @property
    def said(self) -> Said:
        """Which voucher, both digests, and how to look at both."""
        name, before, after = self.voucher_id, _short(self.on_record), _short(self.refused)
        look = command(self)
        return Said(
            f"The newest, of {name}: on record {before}, refused {after}; `{look}` shows both.",
            f"最近一次：{name}，已登记 {before}，被拒 {after}；用 {look} 查看两份。",
        )


def command(one: Conflict) -> str:
    """What shows both messages."""
    return f"hubctl voucher conflicts {one.voucher_id} --to both"


def conflicts(tx: Any, limit: int, sender: str = "", sought: Sought = ANY) -> list[Conflict]:  # noqa: ANN401 - a view
    """The newest sought, of one sender or of all."""
    rows: list[RefusalRow] = tx.conflicts(limit, sender, sought)
    return [_joined(row, tx.layers_of(_begin(row.delivery_id, _VOUCHER_WORDS))) for row in rows]


def newest(tx: Any, alarm: Alarm) -> Conflict | None:  # noqa: ANN401 - as above
    """What an alarm of this code is about; None: it has another, or nothing is on record."""
    found = conflicts(tx, 1, alarm.subject) if alarm.code == CODE else []
    return found[0] if found else None


def at_node(parts: Parts, scope: Scope, voucher_id: str) -> tuple[list[Conflict], bool]:
    """The newest within the scope, of one voucher or (empty) of all; whether there are more.

    Raises:
        Misconfigured: `conflict_unknown`: there is none of this voucher.
    """
    mine = Sought((f"{voucher_id}/",)) if voucher_id else scope.sought(parts.settings.env)
    with parts.store.read() as tx:
        found = conflicts(tx, MOST + 1, sought=mine)
    if voucher_id and not found:
        raise Misconfigured("conflict_unknown")
    return found[:MOST], len(found) > MOST


def messages(parts: Parts, found: Sequence[Conflict]) -> list[tuple[str, bytes]]:
    """File names and octets of what is on record and of what was refused, each once.

    Raises:
        TargetDown: `archive_away`. Damaged: `message_damaged`.
    """
    named = {one.on_record: f"on-record-{_short(one.on_record)}.xml" for one in found}
    named |= {one.refused: f"refused-{_short(one.refused)}.xml" for one in found}
    named.pop(b"", None)
    with parts.store.read() as tx:
        octets = tx.messages(set(named))
    return [(name, octets[digest]) for digest, name in sorted(named.items()) if digest in octets]


def _joined(row: RefusalRow, layers: Sequence[LayerRow]) -> Conflict:
    layer = _begin(row.delivery_id, _LAYER_WORDS)
    same = [one for one in layers if one.layer_id == layer]
    before = (same or list(layers))[-1].message_digest if layers else b""
    voucher = _begin(row.delivery_id, _VOUCHER_WORDS)
    return Conflict(voucher, layer, row.sender, row.code, row.refused_at, row.digest, before)


def _begin(delivery_id: str, words: int) -> str:
    return "/".join(delivery_id.split("/")[:words])


def _short(digest: bytes) -> str:
    return digest.hex()[:_SHOWN] or "-"
