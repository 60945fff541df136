"""Statements: what an end party says of a layer, end to end; and the fifteen status numbers.

A statement is a sealed document `ST01` made by the end party for one original issuer; the hub reads
it for its own states and relays the unchanged octets (protocol 4). The numbers are
a projection of statements, receipts and returns only; a hop notice never becomes one.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, Protocol

from hub.clock import Instant, business_day
from hub.errors import Malformed, RuleBroken
from hub.exchange.looking import HopTrace
from hub.exchange.model import (
    Arrival,
    LayerRow,
    Role,
    RowState,
    StatementEntry,
    StatusEvent,
)
from hub.parties import Party
from hub.voucher.model import Body, Draft, LayerId, LayerType, Voucher, VoucherId

KIND: Final = "ST01"
ENTRIES_MAX: Final = 500
STATUSES: Final = ("received", "signed_for", "sign_failed", "returned")


def due(arrivals: Iterable[Arrival], day: str) -> list[StatementEntry]:
    """What the end party has to say of new deliveries: signed for, because they are verified.

    Documents are never stated upon, nor copies, nor what the hub relays.
    """
    return [
        StatementEntry(
            layer_id=str(arrival.voucher.top.id),
            digest=arrival.voucher.digest,
            status="signed_for",
            code="",
            proof_at=arrival.proof_at,
            business_day=day,
            issuer=str(_addressee(arrival.voucher)),
            party=arrival.delivery.receiver,
        )
        for arrival in arrivals
        if arrival.delivery.role is Role.TO
        and arrival.voucher.top.id.layer is not LayerType.DOCUMENT
    ]


def _addressee(voucher: Voucher) -> Party:
    """Whoever made the layer wants to know."""
    return voucher.top.id.party


def draft(
    entries: Sequence[StatementEntry], env: str, cat: int, made_at: Instant, number: str
) -> Draft:
    """The statement document of one party for one issuer; `number` is incarnation-serial."""
    first = entries[0]
    assert all((e.party, e.issuer) == (first.party, first.issuer) for e in entries)
    org_type, code = first.party.split(".", 1)
    maker = Party(org_type, code)
    body = Body(
        fields={"Party": first.party, "Issuer": first.issuer, "AllNum": str(len(entries))},
        details=tuple(
            {
                "LayerId": e.layer_id,
                "Digest": e.digest.hex(),
                "Status": e.status,
                **({"Code": e.code} if e.code else {}),
                "ProofAt": str(e.proof_at),
                "BusinessDay": e.business_day,
            }
            for e in entries
        ),
    )
    division = first.layer_id.split("/")[1]  # one in which its maker certainly acts
    identity = VoucherId(env, division, business_day(made_at)[:4], KIND, maker, number)
    return Draft(LayerId(identity, LayerType.DOCUMENT, maker), cat, (first.issuer,), body)


def read(voucher: Voucher) -> list[StatusEvent]:
    """The status events a verified statement tells.

    Raises:
        Malformed: `statement_status` for a word that is no status.
    """
    party = str(voucher.top.id.party)
    events = []
    for row in voucher.top.content.details:
        if row["Status"] not in STATUSES:
            raise Malformed("statement_status")
        events.append(
            StatusEvent(
                row["LayerId"],
                row["Status"],
                Instant(int(row["ProofAt"])),
                party,
                row.get("Code", ""),
            )
        )
    return events


def allowed(party: str, layer: LayerRow | None) -> bool:
    """Whether this party may state something of a layer: it is a receiver in the sealed `to=`.

    Of a layer that is not on record here nobody can tell; a statement is never too early.
    """
    receivers = layer.receivers.split(",") if layer is not None and layer.receivers else []
    return not receivers or party in receivers or receivers == ["*"]


def require_receiver(voucher: Voucher, layers: Mapping[str, LayerRow]) -> int:
    """Check who states; how many of the layers stated upon are not on record here.

    Raises:
        RuleBroken: `statement_not_receiver`.
    """
    party = str(voucher.top.id.party)
    stated = [row["LayerId"] for row in voucher.top.content.details]
    if not all(allowed(party, layers.get(layer_id)) for layer_id in stated):
        raise RuleBroken("statement_not_receiver")
    return sum(layer_id not in layers for layer_id in stated)


def heard(layer: LayerRow, events: Iterable[StatusEvent]) -> list[StatusEvent]:
    """Events of a layer that count: what was stated before it was here may be anybody's word."""
    return [e for e in events if e.layer_id == layer.layer_id and allowed(e.party, layer)]


def answers(voucher: Voucher, at: Instant) -> list[StatusEvent]:
    """The status event that a receipt or return itself is."""
    top = voucher.top.id
    if top.layer is LayerType.RECEIPT:
        return [StatusEvent(str(voucher.original.id), "receipt", at, str(top.party))]
    if top.layer is LayerType.RETURN:
        code = voucher.top.content.fields.get("Return_Code", "")
        return [StatusEvent(str(voucher.original.id), "returned", at, str(top.party), code)]
    return []


ORIGINAL: Final[Mapping[str, int]] = {
    "sent": 0, "received": 1, "receive_failed": 2, "signed_for": 3, "sign_failed": 4,
    "returned": 5, "receipt": 12,
}  # fmt: skip
ANSWER: Final[Mapping[str, int]] = {
    "sent": 6, "received": 7, "receive_failed": 8, "signed_for": 9, "sign_failed": 10,
    "returned": 11,
}  # fmt: skip
_RANK: Final = (
    "sent", "receive_failed", "received", "sign_failed", "signed_for", "returned", "receipt",
)  # fmt: skip


def number(layer_id: str, known: bool, sent: bool, events: Iterable[StatusEvent]) -> int:  # noqa: FBT001 - two facts of a table
    """The official status number of a layer as its sender sees it: -1, 0-14."""
    answer = "/receipt/" in layer_id or "/return/" in layer_id
    if not known:
        return -1
    if not sent:
        return 14 if answer else 13
    reached = max(
        (e.status for e in events if e.layer_id == layer_id and e.status in _RANK),
        key=_RANK.index,
        default="sent",
    )
    table = ANSWER if answer else ORIGINAL
    return table.get(reached, table["signed_for"])


class Recorded(Protocol):
    """The records that status numbers are made of."""

    def status_of(self, voucher_ids: Collection[str]) -> Mapping[str, list[StatusEvent]]:
        """Status events by voucher."""
        ...

    def layers_of(self, voucher_id: str) -> list[LayerRow]:
        """All layers of a voucher."""
        ...

    def hops_of(self, voucher_id: str) -> list[HopTrace]:
        """All hops of a voucher."""
        ...


def numbers(
    tx: Recorded, voucher_ids: Collection[str], served: Collection[str]
) -> dict[str, dict[str, int]]:
    """Status numbers of all layers on record of these vouchers, by layer id; -1 alone: unknown."""
    told = tx.status_of(voucher_ids)
    found: dict[str, dict[str, int]] = {}
    for name in voucher_ids:
        rows = tx.layers_of(name)
        hops = tx.hops_of(name)
        gone = {
            hop.row.delivery_id.rsplit("/", 2)[0]
            for hop in hops
            if hop.closing is not None or hop.row.state is RowState.SENT
        }
        found[name] = {
            row.layer_id: number(
                row.layer_id,
                known=True,
                sent=row.layer_id in gone or row.party not in served,
                events=heard(row, told.get(name, ())),
            )
            for row in rows
        } or {name: number(name, known=False, sent=False, events=())}
    return found
