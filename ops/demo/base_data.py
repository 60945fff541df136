"""The town's base data: what its vouchers are checked against, published before the day begins."""

from collections.abc import Iterator, Sequence

from hub.desks.base_data import ACCOUNT, ZERO_BALANCE
from hub.desks.base_drafts import Edition, Row, drafts
from hub.voucher.model import Draft
from ops.demo.day import STRANGER
from ops.demo.town import ENV, Division, Town

_LEVELS = (3, 5, 7)
"""Digits of a function subject: class, section, item."""


def published(town: Town, day: str, cat: int) -> list[Draft]:
    """One edition of each category that counts in the town, by every bureau."""
    to = tuple(str(p) for p in (*(bank.party for bank in town.banks), town.treasury))
    return [
        draft
        for division in town.divisions
        for category, rows in _lists(division)
        for draft in drafts(
            Edition(ENV, division.code, category, 1, day, division.finance, to), rows, cat
        )
    ]


def _lists(division: Division) -> Iterator[tuple[str, Sequence[Row]]]:
    yield "FUNDTYPE", [{"code": "1", "name": "一般公共预算资金"}]
    yield "EXPFUNC", _tree({unit.subject for unit in division.units})
    yield "AGENCY", list(_agencies(division))
    yield ACCOUNT, list(_accounts(division))


def _tree(leaves: set[str]) -> list[Row]:
    codes = sorted({leaf[:digits] for leaf in leaves for digits in _LEVELS})
    above = dict(zip(_LEVELS[1:], _LEVELS, strict=False))
    return [
        {"code": code, "name": f"科目{code}", "parent": code[: above.get(len(code), 0)]}
        for code in codes
    ]


def _agencies(division: Division) -> Iterator[Row]:
    for unit in division.units:
        agency = unit.party.code.partition("-")[2]
        yield {"code": agency[:3], "name": f"{unit.name}主管部门"}
        yield {"code": agency, "name": unit.name, "parent": agency[:3]}


def _accounts(division: Division) -> Iterator[Row]:
    def row(number: str, name: str, agency: str, bank: str) -> Row:
        told = {"code": number, "name": name, "agency": agency, "agency_name": name}
        return {**told, "type": ZERO_BALANCE, "bank": bank}

    for account in division.accounts.values():
        yield row(account.number, account.name, division.code, account.bank_name)
    for unit in division.units:
        agency, account = unit.party.code.partition("-")[2], unit.account
        yield row(account.number, account.name, agency, account.bank_name)
        yield row(f"{STRANGER}{agency}", account.name, agency, "他行")
    # Registered, but at none of these banks: the bank says so, not the bureau.
    yield row(STRANGER, f"{division.name}财政局", division.code, "他行")
