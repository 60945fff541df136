"""Who lives in the town of desks, and the sealer that checks every body against the catalogue."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from hub.clock import instant
from hub.desks.bank_rules import ClearingAccounts
from hub.desks.bureau import Bank
from hub.desks.model import Directory
from hub.exchange.routing import Directory as Nodes
from hub.parties import NodeId, Party
from hub.voucher import rules
from hub.voucher.schema import Schemas
from schemas import catalogue_files
from tests.support.plain import PlainVerifier, sealed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.voucher.catalogue import Kind
    from hub.voucher.model import Draft, Voucher

ENV: Final = "town"
DIVISION: Final = "370100"
DAY: Final = "20261123"
NOON: Final = instant(datetime(2026, 11, 23, 4, 0, tzinfo=UTC))
FINANCE: Final = Party("011", DIVISION)
UNITS: Final = (Party("800", "101001"), Party("800", "101002"))
BANKS: Final = (Party("102", "3701"), Party("103", "3701"))
PEOPLES: Final = Party("001", "3701")
HUB: Final = Party("999", "hub")
TRE_CODE: Final = "1506000000"
LINE_NO: Final = {BANKS[0]: "102451000011", BANKS[1]: "103451000022"}
NODES: Final = Nodes(
    NodeId("hub"),
    HUB,
    {
        NodeId("hub"): frozenset({HUB}),
        NodeId("bureau"): frozenset({FINANCE, *UNITS}),
        NodeId("bank-a"): frozenset({BANKS[0]}),
        NodeId("bank-b"): frozenset({BANKS[1]}),
        NodeId("treasury"): frozenset({PEOPLES}),
    },
)
DIRECTORY: Final = Directory(
    ENV, {DIVISION: FINANCE}, {TRE_CODE: PEOPLES}, {no: bank for bank, no in LINE_NO.items()}
)
CATALOGUE: Final = Schemas(catalogue_files.load(ENV))
ACCOUNTS: Final = ClearingAccounts(
    "AG-1", "代理银行划款专户", "云岭支行", "TR-1", "国库单一账户", "云岭国库"
)
PAYER: Final = {FINANCE: "ZB-F", UNITS[0]: "ZB-1", UNITS[1]: "ZB-2"}


class CheckingSealer:
    """Seals plainly, after the body has passed the catalogue's schema and rules."""

    def __init__(self) -> None:
        self.sealed = 0

    def seal(self, drafts: Sequence[Draft]) -> list[Voucher]:
        return [self._one(draft) for draft in drafts]

    def _one(self, draft: Draft) -> Voucher:
        voucher, layer = draft.id.voucher, draft.id.layer
        where = (voucher.kind, voucher.division, voucher.year, layer)
        parsed = CATALOGUE.parse(*where, CATALOGUE.write(*where, draft.body))
        below = draft.below.original.content if draft.below else None
        kind = CATALOGUE.kind(voucher.kind, voucher.division, voucher.year)
        rules.check(kind, layer, parsed, below, "2026")
        self.sealed += 1
        return sealed(draft)


class CatalogueVerifier(PlainVerifier):
    """The plain verifier, with the shipped kinds."""

    def kind(self, voucher: Voucher) -> Kind:
        return CATALOGUE.kind(voucher.id.kind, voucher.id.division, voucher.id.year)

    def reopen(self, octets: Sequence[bytes]) -> list[Voucher]:
        nothing: Any = Nothing()
        return [self.one(self.open(one), NOON, nothing) for one in octets]


class Nothing:
    def known(self, stack_digest: bytes) -> bool:
        return not stack_digest


def a_bank(party: Party) -> Bank:
    """How vouchers name a bank."""
    return Bank(party, party.org_type, "云岭银行", LINE_NO[party])
