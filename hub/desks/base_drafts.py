"""An edition of base data as drafts: 5904 for elements, 5901 for lists, 5951 for accounts. Pure.

Level and leaf follow from the parents; packs hold 500 codes. The same edition makes the same
drafts, so that publishing it again posts nothing new.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hub.desks.base_data import ACCOUNT, CATEGORIES, REGISTER, ROW_MAX
from hub.errors import RuleBroken
from hub.parties import Party
from hub.voucher.model import Body, Draft, LayerId, LayerType, VoucherId

Row = Mapping[str, str]
_ELEMENTS: Final = frozenset({"AGENCY", "EXPFUNC", "GOVEXPECO", "DEPEXPECO"})
_LEVELS_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class Edition:
    """All codes of a category in a division, under a version."""

    env: str
    division: str
    category: str
    version: int
    day: str
    """From this day it counts."""
    issuer: Party
    to: tuple[str, ...]

    @property
    def kind(self) -> str:
        """The kind of voucher it travels as."""
        if self.category == ACCOUNT:
            return REGISTER
        return "5904" if self.category in _ELEMENTS else "5901"


def drafts(edition: Edition, rows: Sequence[Row], cat: int) -> list[Draft]:
    """One draft a pack. Rows: code, name, parent, enabled, begin, end; of an account also more.

    Raises:
        RuleBroken: `base_category_unknown`, `base_empty`, `base_code_twice`, `base_parent_unknown`.
    """
    if edition.category not in CATEGORIES:
        raise RuleBroken("base_category_unknown", category=edition.category)
    if not rows:
        raise RuleBroken("base_empty")
    account = edition.category == ACCOUNT
    made = [_account(row) for row in rows] if account else _codes(rows)
    key = "AcctNo" if account else "EleCode"
    seen: set[str] = set()
    for n, one in enumerate(made, 1):
        if one[key] in seen:
            raise RuleBroken("base_code_twice", row=n)
        seen.add(one[key])
    packs = [made[at : at + ROW_MAX] for at in range(0, len(made), ROW_MAX)]
    return [_draft(edition, cat, n, len(packs), pack, len(made)) for n, pack in enumerate(packs, 1)]


def _draft(
    edition: Edition, cat: int, pack: int, packs: int, rows: Sequence[Row], count: int
) -> Draft:
    check = f"{edition.category}-{edition.version}"
    number = f"{check}-{pack}"
    head = {
        "Id": number, "AdmDivCode": edition.division, "StYear": edition.day[:4],
        "VtCode": edition.kind, "VouDate": edition.day, "VoucherNo": number,
        "VoucherCheckNo": check, "ChildPackNum": str(packs), "CurPackNo": str(pack),
        "EleCatCode": edition.category, "EleVersion": str(edition.version),
        "AllNum": str(count),
    }  # fmt: skip
    named = tuple({"Id": str(n), **row} for n, row in enumerate(rows, 1))
    voucher = VoucherId(
        edition.env, edition.division, edition.day[:4], edition.kind, edition.issuer, number
    )
    layer = LayerId(voucher, LayerType.ORIGINAL, edition.issuer)
    return Draft(layer, cat, edition.to, Body(head, named))


def _codes(rows: Sequence[Row]) -> list[dict[str, str]]:
    parents = {row["code"]: row.get("parent", "") for row in rows}
    above = set(parents.values())
    made = []
    for n, row in enumerate(rows, 1):
        code = row["code"]
        made.append(
            _filled(
                EleCode=code, EleName=row["name"], ParentEleCode=parents[code],
                LevelNo=str(_level(code, parents, n)), IsLeaf="0" if code in above else "1",
                **_dates(row),
            )
        )  # fmt: skip
    return made


def _level(code: str, parents: Mapping[str, str], row: int) -> int:
    level = 1
    while parents[code]:
        code, level = parents[code], level + 1
        if code not in parents or level > _LEVELS_MAX:
            raise RuleBroken("base_parent_unknown", row=row)
    return level


def _account(row: Row) -> dict[str, str]:
    return _filled(
        AgencyCode=row["agency"], AgencyName=row["agency_name"], AcctTypeCode=row["type"],
        AcctNo=row["code"], AcctName=row["name"], AcctBankName=row["bank"],
        AcctBankNo=row.get("bank_no", ""), **_dates(row),
    )  # fmt: skip


def _dates(row: Row) -> dict[str, str]:
    return {
        "Enabled": "0" if row.get("enabled") == "0" else "1",
        "BeginDate": row.get("begin", ""), "EndDate": row.get("end", ""),
    }  # fmt: skip


def _filled(**values: str) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}
