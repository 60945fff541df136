"""What people in the town of desks want: payments, quota."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    unit_notice,
)
from hub.money import Fen
from tests.support.town_map import (
    BANKS,
    DAY,
    DIVISION,
    ENV,
    FINANCE,
    PAYER,
    PEOPLES,
    TRE_CODE,
    UNITS,
    a_bank,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.parties import Party
    from hub.voucher.model import Draft


class People:
    """Numbers their requests."""

    numbers = 0

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

    def notice(self, requests: Sequence[PaymentRequest]) -> Draft:
        """The 5108 for direct payments of one bank."""
        self.numbers += 1
        return direct_notice(
            QuotaNotice(DIVISION, "2026", f"Q{self.numbers}", DAY, FINANCE, PEOPLES,
                        requests[0].bank, direct_rows(requests)),
            ENV, 1,
        )  # fmt: skip

    def unit_plan(self, bank: Party, *rows: tuple[Budget, int]) -> Draft:
        """A 5105."""
        self.numbers += 1
        return unit_notice(
            QuotaNotice(DIVISION, "2026", f"U{self.numbers}", DAY, FINANCE, PEOPLES, a_bank(bank),
                        tuple(QuotaRow(budget, Fen(amount)) for budget, amount in rows)),
            "11", ENV, 1,
        )  # fmt: skip

    def plan(self, bank: Party, *rows: tuple[Budget, int]) -> Draft:
        """A 5106."""
        self.numbers += 1
        return authorised_notice(
            QuotaNotice(DIVISION, "2026", f"P{self.numbers}", DAY, FINANCE, PEOPLES, a_bank(bank),
                        tuple(QuotaRow(budget, Fen(amount)) for budget, amount in rows)),
            "11", ENV, 1,
        )  # fmt: skip
