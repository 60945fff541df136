"""What is paid on the day: requests of bureaus and units, and their quota notices. Seeded."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from hub.desks.bureau import (
    Account,
    Payee,
    PaymentRequest,
    QuotaNotice,
    QuotaRow,
    direct_rows,
)
from hub.money import Fen
from ops.demo.town import BOUNCED_ACCOUNT, LINE_PREFIX, REFUSED_ACCOUNT, Division, Town, Unit
from ops.payments_import.rows import PaymentRow

STRANGER: Final = "9900000000000"
"""How accounts begin that no bank here keeps; a unit's ends with its code."""
AUTHORISED_SHARE: Final = 0.4
BATCH_SHARE: Final = 0.05
WRONG_PAYER_SHARE: Final = 0.005
NOTICE_ROWS_MAX: Final = 500
PAYEES_MAX: Final = 12
_TRADES: Final = ("建材", "图书", "药品", "印刷", "物业", "食品", "软件", "保洁", "运输", "园林")
_PLACES: Final = ("云中", "望海", "青禾", "北川", "南浦", "东原", "西桥")
_PURPOSES: Final = ("办公用品", "维修费", "劳务费", "设备采购", "水电费", "培训费", "印刷费")


@dataclass(frozen=True, slots=True)
class Day:
    """Everything the bureau's node will send, in order."""

    business_day: str
    payments: tuple[PaymentRequest, ...]
    direct: tuple[QuotaNotice, ...]
    authorised: tuple[QuotaNotice, ...]
    recalled: frozenset[str]
    """Numbers of payments that are taken back."""
    imported: tuple[PaymentRow, ...] = ()
    """Rows of the sample file that are imported, each a payment to one payee."""

    @property
    def count(self) -> int:
        """Payment vouchers."""
        return len(self.payments) + len(self.imported)

    @property
    def rows(self) -> int:
        """Rows of all payments."""
        return sum(len(payment.payees) for payment in self.payments) + len(self.imported)

    @property
    def amount_fen(self) -> int:
        """Of all payments."""
        made = sum(payment.amount_fen for payment in self.payments)
        return made + sum(row.amount_fen for row in self.imported)


def make(town: Town, payments: int, seed: int, business_day: str) -> Day:
    """The day of this seed; a small one has each case, too.

    The first payment is a batch of which one row is refused; of eight payments at least one each is
    returned, recalled, and paid and sent back.
    """
    chance = Random(seed)
    made = [_payment(town, chance, n, business_day) for n in range(1, payments + 1)]
    wrong = max(1, round(payments * WRONG_PAYER_SHARE))
    single = [n for n, payment in enumerate(made) if not payment.batch]
    for n in chance.sample(single, min(wrong, len(single))):
        agency = made[n].budget.agency if made[n].kind == "8202" else ""
        stranger = replace(made[n].payer, number=f"{STRANGER}{agency}")
        made[n] = replace(made[n], payer=stranger)
    good = [
        n for n, p in enumerate(made) if not p.payer.number.startswith(STRANGER) and not p.batch
    ]
    chance.shuffle(good)
    recalled = frozenset({made[good.pop()].number}) if len(good) > 1 else frozenset[str]()
    made[0] = _paid_to(made[0], REFUSED_ACCOUNT)
    for n in good[:1]:
        made[n] = _paid_to(made[n], BOUNCED_ACCOUNT)
    return Day(
        business_day,
        tuple(made),
        tuple(_direct_notices(town, made, business_day)),
        tuple(_authorised_notices(town, made, business_day)),
        recalled,
    )


def _paid_to(payment: PaymentRequest, account: str) -> PaymentRequest:
    """The first of its payees has this account."""
    first, *others = payment.payees
    there = replace(first, account=replace(first.account, number=account))
    return replace(payment, payees=(there, *others))


def _payment(town: Town, chance: Random, n: int, day: str) -> PaymentRequest:
    division = chance.choice(town.divisions)
    unit = chance.choice(division.units)
    direct = n == 1 or chance.random() >= AUTHORISED_SHARE
    batch = direct and (n == 1 or chance.random() < BATCH_SHARE)
    payees = chance.randint(2, PAYEES_MAX) if batch else 1
    return PaymentRequest(
        division=division.code,
        year=day[:4],
        number=f"{day[:4]}{n:09d}",
        day=day,
        issuer=division.finance if direct else unit.party,
        bank=unit.bank,
        payer=_payer(division, unit, direct=direct),
        budget=division.budget(unit),
        payees=tuple(_payee(chance) for _ in range(payees)),
        batch=batch,
        extra={"PaySummaryName": chance.choice(_PURPOSES)},
    )


def _payer(division: Division, unit: Unit, *, direct: bool) -> Account:
    return division.accounts[unit.bank.code] if direct else unit.account


def _payee(chance: Random) -> Payee:
    name = f"{chance.choice(_PLACES)}{chance.choice(_TRADES)}有限公司"
    bank = f"{LINE_PREFIX}{chance.choice(('102', '103', '104', '105'))}{chance.randint(1, 99):07d}"
    account = Account(f"99{chance.randrange(10**14):014d}", name, f"{name[:2]}支行", bank)
    amount = int(10 ** chance.uniform(4, 8.3))
    return Payee(account, Fen(amount - amount % chance.choice((1, 100, 1000))))


def _groups(
    town: Town, payments: Sequence[PaymentRequest]
) -> Iterator[tuple[Division, list[PaymentRequest]]]:
    groups: dict[tuple[str, str], list[PaymentRequest]] = defaultdict(list)
    for payment in payments:
        groups[payment.division, payment.bank.code].append(payment)
    divisions = {division.code: division for division in town.divisions}
    for (code, _), members in sorted(groups.items()):
        yield divisions[code], members


def _direct_notices(
    town: Town, payments: Sequence[PaymentRequest], day: str
) -> Iterator[QuotaNotice]:
    serial = 0
    for division, members in _groups(town, [p for p in payments if p.kind == "5201"]):
        rows = direct_rows(members)
        for start in range(0, len(rows), NOTICE_ROWS_MAX):
            serial += 1
            yield _notice(town, division, members[0], f"{day}D{serial:04d}", day,
                          rows[start : start + NOTICE_ROWS_MAX])  # fmt: skip


def _authorised_notices(
    town: Town, payments: Sequence[PaymentRequest], day: str
) -> Iterator[QuotaNotice]:
    groups = _groups(town, [p for p in payments if p.kind == "8202"])
    for serial, (division, members) in enumerate(groups, 1):
        sums: dict[str, int] = defaultdict(int)
        budgets = {}
        for payment in members:
            sums[payment.budget.agency] += payment.amount_fen
            budgets[payment.budget.agency] = payment.budget
        rows = tuple(QuotaRow(budgets[a], Fen(amount)) for a, amount in sorted(sums.items()))
        yield _notice(town, division, members[0], f"{day}A{serial:04d}", day, rows)


def _notice(
    town: Town,
    division: Division,
    first: PaymentRequest,
    number: str,
    day: str,
    rows: tuple[QuotaRow, ...],
) -> QuotaNotice:
    return QuotaNotice(
        division.code, day[:4], number, day, division.finance, town.treasury, first.bank, rows
    )
