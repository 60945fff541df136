"""Clerks and cores of the town of desks, by node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.cores.book import MemoryBook
from adapters.cores.simulated import SimulatedCore, Trouble
from hub.clearing.matching import Mode, Modes
from hub.desks.bank import BankClerk
from hub.desks.bank_rules import BankProfile
from hub.desks.bureau_desk import BureauClerk
from hub.desks.treasury import TreasuryClerk, TreasuryProfile
from tests.support.town_map import (
    ACCOUNTS,
    BANKS,
    FINANCE,
    LINE_NO,
    PAYER,
    PEOPLES,
    TRE_CODE,
    UNITS,
)

if TYPE_CHECKING:
    from hub.desks.step import Clerk, Means
    from hub.parties import Party

BANK_OF: Final = dict(zip(("bank-a", "bank-b"), BANKS, strict=True))
PARTIES: Final = ("bureau", *BANK_OF, "treasury")


def clerks_of(
    name: str, means: Means, mode: Mode = Mode.BY_NUMBER, *, unit_quota: bool = False
) -> dict[Party, Clerk]:
    """Who works at a node."""
    if name == "bureau":
        return dict.fromkeys((FINANCE, *UNITS), BureauClerk(means))
    if name == "treasury":
        treasury = TreasuryProfile(PEOPLES, TRE_CODE, "云岭国库", Modes({"11": mode}))
        return {PEOPLES: TreasuryClerk(treasury, means)}
    party = BANK_OF[name]
    bank = BankProfile(
        party, party.org_type, "云岭银行", LINE_NO[party], {TRE_CODE: ACCOUNTS},
        {number: str(owner) for owner, number in PAYER.items()}, unit_quota=unit_quota,
    )  # fmt: skip
    return {party: BankClerk(bank, means)}


def core_of(
    name: str, seed: int, banking: Trouble | None, treasury: Trouble | None, *,
    refuses_repeated_keys: bool = True,
) -> SimulatedCore | None:  # fmt: skip
    """The core behind a node; a bureau has none."""
    if name == "bureau":
        return None
    key, trouble = (f"t{seed}", treasury) if name == "treasury" else (f"{name}{seed}", banking)
    return SimulatedCore(MemoryBook(), key, trouble, refuses_repeated_keys=refuses_repeated_keys)
