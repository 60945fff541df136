"""Signs, sums, packs and seals of every kind against the domain reference."""

from itertools import chain
from typing import Any

import pytest

from hub.voucher.catalogue import Kind
from hub.voucher.model import LayerType
from tests.support.added import added
from tests.support.sealed import schemas

KINDS = {code: kind for code, kind in schemas().catalogue.kinds.items() if not kind.document}
KB = 1024

SUMS = (
    # codes, sign, header amount, row amount, the same of the receipt
    ("5105 5106 2105", "nonzero", "PlanAmt", "PlanAmt", "", ""),
    ("5108 3208 3268 3210 3251 5257 5553", "nonzero", "PayAmt", "PayAmt", "", ""),
    ("5201 8202 5214 8210 5212 5207 5267", "positive", "PayAmt", "PayAmt", "XPayAmt", "XPayAmt"),
    ("8207", "positive", "SumAmt", "PayAmt", "XSumAmt", "XPayAmt"),
    ("8201", "positive", "PayAmt", "PayAmt", "", ""),
    ("2301 2303 2305 5551 5287 5209 5408", "positive", "PayAmt", "PayAmt", "XPayAmt", ""),
    ("2302 2304 2306 5552", "negative", "PayAmt", "PayAmt", "XPayAmt", ""),
    ("2203 2204 2216 2252", "negative", "PayAmt", "PayAmt", "", ""),
    ("2205 3403", "nonzero", "PayAmt", "", "", ""),
    ("2206 2207", "any", "PayAmt", "PayAmt", "", ""),
    ("5253 5351", "zero", "PayAmt", "PayAmt", "", ""),
    ("5407", "nonzero", "CurAmt", "CurAmt", "", ""),
    ("5671 2671", "nonzero", "AllAmt", "Amt", "", ""),
    ("3501 3502 5502 2502 3511 5511 3512 5512 3513 5513", "any", "AllAmt", "Amt", "", ""),
    ("3514 3551 3552 3554 4004 4005 4006", "any", "AllAmt", "Amt", "", ""),
    ("3507 5507 2507 3508 5508 3509 5509", "any", "AllAmt", "PayAmt", "", ""),
    ("3510 5510 3515 5515", "any", "CurDateMoney", "CurDateMoney", "", ""),
    ("2222 3401 3402 3404 3453 3405 3406 3454 3455 3410 3553", "any", "", "", "", ""),
    ("5901 5904 5951", "any", "", "", "", ""),
)
EQUATIONS = {
    "2206 2207": ["PayAmt = PosAmt + NegAmt"],
    "3402 3404 3453": ["row: TodayBalance = YesterdayBalance + TodayReceipt - TodayPay"],
    "3510 5510 3515 5515": [
        "CurDateMoney = PreDateMoney + ClearAmt - CurReckMoney",
        "row: CurDateMoney = PreDateMoney + ClearAmt - CurReckMoney",
    ],
    "5407": ["CurAmt = OriAmt", "row: CurAmt = OriAmt"],
}
REPEATED = {
    "5201 8202 5214 8210 5212 8201": {
        "GovExpEcoCode": "GovExpEcoCode", "VoucherBillId": "Id", "VoucherBillNo": "VoucherNo",
    },
    "5207 5267": {"VoucherBillId": "Id"},
}  # fmt: skip
PACKS = {
    "2305 2306": ("AllNumber", "AllPacket", "NowadayPacket"),
    "3501 3502 5502 2502 3507 5507 2507 3508 5508 3509 5509 3510 5510 3515 5515 3511 5511 3512 "
    "5512 3513 5513 3514 3551 3552 3554 4004 4005 4006 5901 5904 5951":
        ("AllNum", "ChildPackNum", "CurPackNo"),
}  # fmt: skip
LONG_LISTS = {"2206", "2207", "3401", "3402", "3404", "3453", "3405", "3406", "3454", "3455",
              "3410", "3553", "8207"}  # fmt: skip
"""Lists of a day in one piece: as large as a pack."""
FINANCE_3, FINANCE_2 = "cz_jb cz_fh cz_gz", "cz_jb cz_fh? cz_gz"
TRANSFER, BANK = "rh_jz rh_fh rh_zqz", "yh_ywzyz yh_fh?"
SEALS = (
    # codes, positions of the original, of the receipt, in order; `?` may be left out
    ("5201 5212 5214", FINANCE_3, "yh_jb yh_ywzyz"),
    ("8202 8210", "dw_jb dw_fzr dw_gz", "yh_jb yh_ywzyz"),
    ("8201", "dw_jb dw_fzr dw_gz", "cz_zfzx_jb"),
    ("8207 2222", "jb ywzyz", "hd"),
    ("5351", "jb ywzyz", TRANSFER),
    ("5253", FINANCE_3, "hd"),
    ("5207 5267 5209 5407", FINANCE_3, TRANSFER),
    ("5106 5108 5287 5551 5552", FINANCE_2, TRANSFER),
    ("5105", FINANCE_2, "yh_ywzyz"),
    ("5408 5901 5904 5951", FINANCE_2, "hd"),
    ("5671", FINANCE_2, ""),
    ("2301 2302 2305 2306", BANK, TRANSFER),
    ("2252", BANK, "hd"),
    ("2203 2204 2216 2303 2304", BANK, ""),
    ("2105 2205 2206 2207 2671", "yh_ywzyz", ""),
    ("3208 3210 3251 3268 3401 3402 3403 3404 3405 3406 3410 3453 3454 3455 3553", "rh_ywzyz", ""),
    ("3514 3551 3552 3554 4004 4005 4006", "ywzyz", "hd"),
    ("3501 3502 3507 3508 3509 3510 3511 3512 3513 3515 5257 5553", "ywzyz", ""),
    ("5502 2502 5507 2507 5508 5509 5510 5511 5512 5513 5515", "ywzyz", ""),
)


def by_code(table: dict[str, Any]) -> dict[str, Any]:
    return {code: said for codes, said in table.items() for code in codes.split()}


def equations(kind: Kind) -> list[str]:
    return [
        f"{'row: ' if rule.on_detail else ''}{rule.total} = {' + '.join(rule.plus)}"
        + "".join(f" - {name}" for name in rule.minus)
        for rule in kind.equations
    ]


def seals(kind: Kind, layer: LayerType) -> str:
    places = kind.positions.get(layer, ())
    return " ".join(p.name if p.required else f"{p.name}?" for p in places)


@pytest.mark.parametrize(("codes", "sign", "total", "row", "paid", "paid_row"), SUMS)
def test_amounts_have_their_sign_and_add_up(
    codes: str, sign: str, total: str, row: str, paid: str, paid_row: str
) -> None:
    for code in codes.split():
        kind = KINDS[code]
        said = (kind.amount, kind.detail_amount, kind.receipt_amount, kind.receipt_detail_amount)
        assert (sign, total, row, paid, paid_row) == (str(kind.sign), *said), code
        rows = sign if sign in {"positive", "negative"} else "any"
        assert rows == str(kind.detail_sign), code


@pytest.mark.parametrize("code", sorted(KINDS))
def test_rows_balance_repeat_the_header_and_travel_in_packs_where_the_reference_says(
    code: str,
) -> None:
    kind = KINDS[code]
    assert by_code(EQUATIONS).get(code, []) == equations(kind)
    assert by_code(REPEATED).get(code, {}) == {same.detail: same.header for same in kind.equal}
    packed = by_code(PACKS).get(code)
    assert packed == ((kind.count, *kind.pack) if kind.pack else None)
    large = packed is not None or code in LONG_LISTS
    assert (1024 * KB if large else 64 * KB) == kind.body_bytes_max
    assert (5000 if code in LONG_LISTS - {"8207"} else 500) == kind.details_max


@pytest.mark.parametrize(("codes", "original", "receipt"), SEALS)
def test_seals_stand_at_their_positions_in_order(codes: str, original: str, receipt: str) -> None:
    for code in codes.split():
        kind = KINDS[code]
        assert (original, receipt) == (
            seals(kind, LayerType.ORIGINAL),
            seals(kind, LayerType.RECEIPT),
        ), code
        for layer, places in (("return", "th"), ("recall", "cx")):
            there = layer in {str(one) for one in kind.replies}
            assert (places if there else "") == seals(kind, LayerType(layer)), code


@pytest.mark.parametrize("table", [SUMS, SEALS], ids=["sums", "seals"])
def test_a_table_names_every_kind_once(table: tuple[tuple[str, ...], ...]) -> None:
    named = list(chain.from_iterable(row[0].split() for row in table))
    assert sorted(set(KINDS) - added()) == sorted(named)
