"""Base data: code lists as versioned trees that vouchers are checked against. Pure.

Rules of this file:
- A 5901, 5904 or 5951 is one pack of one edition: all codes of a category in a division, under a
  version. An edition counts when all its packs are here, from its VouDate on; of several the
  highest version counts. What is on record is never changed, so an old voucher keeps the edition
  of its own day.
- A code must be in the edition of the voucher's day, enabled, and that day within its dates; where
  a field wants a leaf it must be one.
- An account must be registered, be of a kind that the voucher's kind is paid from, and with a
  unit's own voucher be that unit's.
- A division without base data of a category is not checked for it; so is a node.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from hub.errors import RuleBroken
from hub.parties import UNIT
from hub.voucher.model import Body, Draft, LayerType, Voucher, VoucherId

KINDS: Final = ("5901", "5904", "5951")
REGISTER: Final = "5951"
ACCOUNT: Final = "ACCOUNT"
"""Category of the register of accounts, whatever its voucher calls it."""
ROW_MAX: Final = 500
"""Codes in one pack."""
_OPEN_END: Final = "99999999"


@dataclass(frozen=True, slots=True)
class Checked:
    """A field whose codes stand in a category; `leaf`: only at a tree's end."""

    field: str
    category: str
    leaf: bool = True


FIELDS: Final = (
    Checked("AdmDivCode", "ADMDIV", leaf=False),
    Checked("AgencyCode", "AGENCY"),
    Checked("SupDepCode", "AGENCY", leaf=False),
    Checked("ExpFuncCode", "EXPFUNC"),
    Checked("GovExpEcoCode", "GOVEXPECO"),
    Checked("DepExpEcoCode", "DEPEXPECO"),
    Checked("FundTypeCode", "FUNDTYPE"),
    Checked("BgtTypeCode", "BGTTYPE"),
    Checked("PayTypeCode", "PAYTYPE"),
    Checked("BusinessTypeCode", "BUSINESSTYPE"),
    Checked("PayBankNo", "BANKNO"),
    Checked("PayeeAcctBankNo", "BANKNO"),
)
CATEGORIES: Final = (*dict.fromkeys(one.category for one in FIELDS), ACCOUNT)
SINGLE, ZERO_BALANCE, SPECIAL, OWN = "1", "2", "3", "4"
"""AcctTypeCode: 国库单一账户, 零余额账户, 财政专户, 单位实有资金账户."""
PAID_FROM: Final[Mapping[str, str]] = {
    "5201": ZERO_BALANCE, "8202": ZERO_BALANCE, "5214": ZERO_BALANCE,
    "8210": ZERO_BALANCE + OWN, "5207": SINGLE, "5212": SPECIAL, "5267": SPECIAL,
}  # fmt: skip
"""Kind → account kinds that PayAcctNo may be of."""


@dataclass(frozen=True, slots=True)
class Pack:
    """One recorded pack of an edition; (division, category, version, number) is unique."""

    division: str
    category: str
    version: int
    number: int
    count: int
    """Packs of the edition."""
    since: str
    """From this day the edition counts."""
    voucher_id: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One code of an edition; (division, category, version, code) is unique."""

    division: str
    category: str
    version: int
    code: str
    name: str
    parent: str
    """The code above; for an account the unit it belongs to."""
    sort: str
    """For an account its kind; else empty."""
    leaf: bool
    enabled: bool
    begins: str
    ends: str

    def on(self, day: str) -> bool:
        """Whether it may be used on a day."""
        return self.enabled and (self.begins or "") <= day <= (self.ends or _OPEN_END)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a voucher does not fit base data, and where."""

    code: str
    field: str
    row: int | None
    """None for the header."""

    @property
    def where(self) -> str:
        """`ExpFuncCode` or `ExpFuncCode#2`, as a return's reason tells it."""
        return self.field if self.row is None else f"{self.field}#{self.row}"


class BaseTables(Protocol):
    """The verbs of a node's store that base data rests on."""

    def add_base(self, packs: Sequence[Pack], entries: Sequence[Entry]) -> None:
        """Record packs and their codes; what is there already stays as it is."""
        ...

    def base_packs(self, division: str) -> list[Pack]:
        """All packs of a division, or of all when it is empty; in the order of their key."""
        ...

    def base_entries(
        self, division: str, category: str, version: int, codes: Collection[str]
    ) -> Mapping[str, Entry]:
        """Codes of an edition; all of them when none is named."""
        ...


def take(tx: BaseTables, vouchers: Iterable[Voucher]) -> None:
    """Record the base data among verified vouchers; others are left alone."""
    packs, entries = [], []
    for voucher in vouchers:
        if is_base(voucher):
            pack = _pack(voucher.id, voucher.original.content)
            packs.append(pack)
            entries += [_entry(pack, row) for row in voucher.original.content.details]
    if packs:
        tx.add_base(packs, entries)


def is_base(voucher: Voucher) -> bool:
    """Whether it publishes base data."""
    return voucher.id.kind in KINDS and voucher.top.id.layer is LayerType.ORIGINAL


def pack_of(tx: BaseTables, voucher: Voucher) -> Pack | None:
    """The pack on record in the place that a voucher's has."""
    own = _pack(voucher.id, voucher.original.content)
    place = (own.category, own.version, own.number)
    for pack in tx.base_packs(own.division):
        if (pack.category, pack.version, pack.number) == place:
            return pack
    return None


def in_force(packs: Iterable[Pack], day: str) -> dict[str, int]:
    """Category → version that counts on a day, of one division's packs."""
    whole: dict[tuple[str, int], tuple[set[int], int, str]] = {}
    for pack in packs:
        numbers, _, _ = whole.setdefault(
            (pack.category, pack.version), (set(), pack.count, pack.since)
        )
        numbers.add(pack.number)
    found: dict[str, int] = {}
    for (category, version), (numbers, count, since) in sorted(whole.items()):
        if len(numbers) >= count and since <= day:
            found[category] = version
    return found


def fault(tx: BaseTables, voucher: VoucherId, body: Body) -> Fault | None:
    """The first place at which a voucher does not fit the base data of its day, if any."""
    if voucher.kind in KINDS:
        return None
    packs = tx.base_packs(voucher.division)
    day = body.fields.get("VouDate", "")
    versions = in_force(packs, day) if packs else {}
    if not versions:
        return None
    named = _named(body, versions)
    known = {
        category: tx.base_entries(voucher.division, category, versions[category], codes)
        for category, codes in sorted(named.items())
    }
    for row, values in enumerate((body.fields, *body.details)):
        for one in FIELDS:
            code = values.get(one.field, "") if one.category in known else ""
            said = _wrong(known[one.category].get(code), one, day) if code else ""
            if said:
                return Fault(said, one.field, row or None)
    return _account_fault(voucher, body, known[ACCOUNT], day) if ACCOUNT in known else None


def require(tx: BaseTables, drafts: Sequence[Draft]) -> None:
    """Own originals fit the base data this node has.

    Raises:
        RuleBroken: `base_code_unknown`, `base_code_closed`, `base_code_not_leaf`,
            `base_account_unknown`, `base_account_closed`, `base_account_kind`,
            `base_account_owner`, with field and row.
    """
    for draft in drafts:
        if draft.below is None:
            found = fault(tx, draft.id.voucher, draft.body)
            if found is not None:
                raise RuleBroken(
                    found.code, field=found.field, row=found.row,
                    number=draft.id.voucher.number,
                )  # fmt: skip


def _named(body: Body, versions: Mapping[str, int]) -> dict[str, set[str]]:
    named: dict[str, set[str]] = {}
    for values in (body.fields, *body.details):
        for one in FIELDS:
            if one.category in versions and values.get(one.field):
                named.setdefault(one.category, set()).add(values[one.field])
    account = body.fields.get("PayAcctNo", "")
    if ACCOUNT in versions and account:
        named[ACCOUNT] = {account}
    return named


def _wrong(entry: Entry | None, checked: Checked, day: str) -> str:
    if entry is None:
        return "base_code_unknown"
    if not entry.on(day):
        return "base_code_closed"
    return "base_code_not_leaf" if checked.leaf and not entry.leaf else ""


def _account_fault(
    voucher: VoucherId, body: Body, known: Mapping[str, Entry], day: str
) -> Fault | None:
    sorts = PAID_FROM.get(voucher.kind)
    if sorts is None:
        return None
    entry = known.get(body.fields["PayAcctNo"])
    code = ""
    if entry is None:
        code = "base_account_unknown"
    elif not entry.on(day):
        code = "base_account_closed"
    elif entry.sort not in sorts:
        code = "base_account_kind"
    elif voucher.issuer.org_type == UNIT and entry.parent != body.fields.get("AgencyCode"):
        code = "base_account_owner"
    return Fault(code, "PayAcctNo", None) if code else None


def _pack(voucher: VoucherId, body: Body) -> Pack:
    fields = body.fields
    category = ACCOUNT if voucher.kind == REGISTER else fields["EleCatCode"]
    return Pack(
        voucher.division, category, int(fields["EleVersion"]), int(fields["CurPackNo"]),
        int(fields["ChildPackNum"]), fields["VouDate"], str(voucher),
    )  # fmt: skip


def _entry(pack: Pack, row: Mapping[str, str]) -> Entry:
    account = pack.category == ACCOUNT
    return Entry(
        division=pack.division,
        category=pack.category,
        version=pack.version,
        code=row["AcctNo"] if account else row["EleCode"],
        name=row["AcctName"] if account else row["EleName"],
        parent=row["AgencyCode"] if account else row.get("ParentEleCode", ""),
        sort=row["AcctTypeCode"] if account else "",
        leaf=account or row["IsLeaf"] == "1",
        enabled=row["Enabled"] == "1",
        begins=row.get("BeginDate", ""),
        ends=row.get("EndDate", ""),
    )
