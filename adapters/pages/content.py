"""What a voucher's page says, in reading order; where it stands is `layout`, how it looks `draw`.

Pure. Nothing a voucher holds is left out: fields without a place of their own become label and
value pairs, in the order of the body, under the catalogue's names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from adapters.pages.details import Details, details
from adapters.pages.faces import Face
from adapters.pages.labels import Pair, Rules, date, figures, pairs, rules_of
from hub.clock import BEIJING, Instant, moment
from hub.errors import RuleBroken
from hub.money import capitals, fen
from hub.voucher.catalogue import Kind
from hub.voucher.indication import FAILED, NOT_DONE, TOTAL_PASSED
from hub.voucher.model import LayerType, SealedLayer, Voucher

IN_HEAD: Final = frozenset(
    {"Id", "AdmDivCode", "StYear", "VtCode", "VouDate", "VoucherNo", "VoucherFlag"}
)
ACCOUNT_ENDINGS: Final = ("Name", "No", "BankName", "BankNo")
ACCOUNT_LABELS: Final = ("全　　称", "账　　号", "开户银行", "行　　号")
PAYERS: Final = ("PayAcct", "ClearAcct")
PAYEES: Final = ("PayeeAcct", "AgentAcct")
LAYERS: Final = {
    LayerType.ORIGINAL: "原件",
    LayerType.RECEIPT: "回单",
    LayerType.RETURN: "退回",
    LayerType.RECALL: "撤销",
    LayerType.DOCUMENT: "文件",
}
INDICATIONS: Final = {
    "TOTAL_PASSED": "验证通过",
    "TOTAL_FAILED": "未通过",
    "INDETERMINATE": "不能确定",
}
UNSTAMPED: Final = {NOT_DONE: "无时间戳", FAILED: "时间戳未通过"}
"""What is said of a passed voucher whose time no token proves."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of verification, as the report states it."""

    indication: str
    sub_indication: str | None
    at: Instant
    timestamp: str = NOT_DONE
    """Result of the check `timestamp`, the worst of all layers."""


@dataclass(frozen=True, slots=True)
class Section:
    """A titled block of pairs: what a receipt, return or recall adds."""

    title: str
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum in capitals and figures, as both stand on a voucher."""

    capitals: str
    figures: str


@dataclass(frozen=True, slots=True)
class Content:
    """Everything a page says."""

    title: str
    kind: str
    state: str
    division: str
    date: str
    number: str
    payer: tuple[Pair, ...]
    payee: tuple[Pair, ...]
    amount: Amount | None
    pairs: tuple[Pair, ...]
    sections: tuple[Section, ...]
    details: Details | None
    seals: tuple[tuple[str, tuple[Face, ...]], ...]
    """By layer: its title and its seals in sealing order."""
    verdict: str
    digest: str
    """SHA-256 of the original's body, hex: ties the paper to the octets."""
    identity: str
    mark: str
    """Written large across the page outside production; empty in production."""
    copy: str = ""
    """Which copy this is (联), as `第一联　签发方`; empty: a single one."""
    printed: str = ""
    """That it is printed and how often it has been; empty: a preview."""


def content(
    voucher: Voucher,
    kind: Kind,
    faces: Mapping[LayerType, Sequence[Face]],
    verdict: Verdict | None,
    mark: str,
) -> Content:
    """Arrange what a verified voucher says under the catalogue's labels."""
    original = voucher.original
    fields, rules = original.content.fields, rules_of(kind.header)
    payer_stem, payee_stem = _stem_of(fields, PAYERS), _stem_of(fields, PAYEES)
    placed = IN_HEAD | {kind.amount} | _account_fields(payer_stem) | _account_fields(payee_stem)
    attachments = [
        (f"附件 {item.name}", f"{item.length} 字节，SHA-256 {item.digest[:16]}…")
        for layer in voucher.layers
        for item in layer.content.attachments
    ]
    return Content(
        title=kind.name_zh,
        kind=kind.code if kind.certain else f"{kind.code}（编号暂定）",
        state=LAYERS[voucher.top.id.layer],
        division=fields.get("AdmDivCode", voucher.id.division),
        date=_long_date(fields.get("VouDate", "")),
        number=voucher.id.number,
        payer=_account(fields, payer_stem),
        payee=_account(fields, payee_stem),
        amount=_amount(fields.get(kind.amount, "")),
        pairs=(*pairs(fields, rules, placed), *attachments),
        sections=tuple(_section(layer, rules) for layer in voucher.layers[1:]),
        details=details(voucher, kind),
        seals=tuple(
            (LAYERS[layer.id.layer], tuple(faces[layer.id.layer]))
            for layer in voucher.layers
            if faces.get(layer.id.layer)
        ),
        verdict=_verdict(verdict),
        digest=original.body_digest.hex(),
        identity=str(voucher.id),
        mark=mark,
    )


def _stem_of(fields: Mapping[str, str], stems: Sequence[str]) -> str:
    return next((stem for stem in stems if fields.get(f"{stem}No")), "")


def _account_fields(stem: str) -> set[str]:
    return {f"{stem}{ending}" for ending in ACCOUNT_ENDINGS} if stem else set()


def _account(fields: Mapping[str, str], stem: str) -> tuple[Pair, ...]:
    if not stem:
        return ()
    found = [
        (label, fields.get(f"{stem}{ending}", ""))
        for label, ending in zip(ACCOUNT_LABELS, ACCOUNT_ENDINGS, strict=True)
    ]
    return tuple(found if found[-1][1] else found[:-1])


def _amount(text: str) -> Amount | None:
    try:
        return Amount(capitals(fen(text)), f"¥{figures(text)}") if text else None
    except RuleBroken:
        return Amount("", text)


def _section(layer: SealedLayer, rules: Rules) -> Section:
    titled = f"{LAYERS[layer.id.layer]}（{layer.id.party}）"
    return Section(titled, tuple(pairs(layer.content.fields, rules, IN_HEAD)))


def _long_date(text: str) -> str:
    year, _, rest = date(text).partition("-")
    month, _, day = rest.partition("-")
    return f"{year} 年 {month} 月 {day} 日" if day else text


def _verdict(verdict: Verdict | None) -> str:
    if verdict is None:
        return "未验证：本页不能作为凭据"
    said = INDICATIONS.get(verdict.indication, verdict.indication)
    detail = verdict.sub_indication or ""
    if verdict.indication == TOTAL_PASSED:
        detail = UNSTAMPED.get(verdict.timestamp, "")
    return f"验证结果：{said}{f'（{detail}）' if detail else ''}　{beijing(verdict.at)}"


def beijing(at: Instant) -> str:
    """2026-11-21 16:00:00, Beijing time."""
    return moment(at).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
