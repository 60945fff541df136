"""The catalogue against the domain reference, row by row: issuers, receivers, answers."""

import pytest

from hub.voucher.model import LayerType
from tests.support.added import added
from tests.support.sealed import schemas

KINDS = schemas().catalogue.kinds
F, T, B, U = "011", "001", "bank", "800"
FULL = ("receipt", "return", "recall")
NOTICE = ("return", "recall")
LIST = ("return",)
NONE: tuple[str, ...] = ()
ROWS = (
    # row, codes, from, to, replies
    (1, "5105", (F,), (B,), FULL),
    (2, "5106", (F,), (T,), FULL),
    (3, "5108", (F,), (T,), FULL),
    (4, "2105", (B,), (U, F), NONE),
    (5, "8201", (U,), (F,), FULL),
    (6, "5201", (F,), (B,), FULL),
    (7, "8202", (U,), (B,), FULL),
    (8, "8207", (F, U), (B, T), FULL),
    (9, "8210", (U,), (B,), FULL),
    (10, "5214", (F,), (B,), FULL),
    (11, "5212", (F,), (B,), FULL),
    (12, "2203", (B,), (F,), NOTICE),
    (13, "2204", (B,), (F, U), NOTICE),
    (14, "2216", (B,), (F, U), NOTICE),
    (15, "2252", (B,), (F, T), FULL),
    (16, "2205", (B,), (U, F), NONE),
    (17, "2206", (B,), (F,), LIST),
    (18, "2207", (B,), (F,), LIST),
    (19, "5253", (F,), (T, B), FULL),
    (20, "5351", (F, B), (T,), FULL),
    (21, "2222", (F, U), (B,), FULL),
    (22, "2301", (B,), (T,), FULL),
    (23, "2302", (B,), (T,), FULL),
    (24, "2305 2306", (B,), (T,), FULL),
    (25, "5551 5552", (F,), (T,), FULL),
    (26, "2303 2304", (B,), (T,), NONE),
    (27, "5207", (F,), (T,), FULL),
    (28, "5287", (F,), (T,), FULL),
    (29, "5257 5553", (T, F), (F, T), NONE),
    (30, "3208", (T,), (F,), NOTICE),
    (31, "5267", (F,), (T,), FULL),
    (31, "3268", (T,), (F,), NOTICE),
    (32, "5209", (F,), (T,), FULL),
    (33, "3210 3251", (T,), (F,), NOTICE),
    (34, "5407", (F,), (T,), FULL),
    (35, "5408", (F,), (T, B), FULL),
    (36, "5671", (F,), (B,), NONE),
    (36, "2671", (B,), (F,), NONE),
    (37, "3401", (T,), (F,), NONE),
    (38, "3402 3404 3453", (T,), (F,), NONE),
    (39, "3403", (T,), (F,), NONE),
    (40, "3405 3406 3454 3455", (T,), (F,), NONE),
    (41, "3410 3553", (T,), (F,), NONE),
    (42, "3501", (T,), (F,), LIST),
    (42, "3502", (T,), (B,), LIST),
    (42, "5502", (F,), (T,), LIST),
    (42, "2502", (B,), (T,), LIST),
    (43, "3507", (T, F, B), (T, F, B), LIST),
    (43, "5507", (F,), (T, B), LIST),
    (43, "2507", (B,), (T, F), LIST),
    (44, "3508 3509", (T,), (F,), LIST),
    (44, "5508 5509", (F,), (T,), LIST),
    (45, "3510 3515", (T,), (F,), LIST),
    (45, "5510 5515", (F,), (T,), LIST),
    (46, "3511 3512 3513", (T,), (F,), LIST),
    (46, "5511 5512 5513", (F,), (T,), LIST),
    (46, "3514", (T,), (F,), ("receipt", "return")),
    (46, "3551 3552 3554 4004 4005 4006", (T,), (F, B), ("receipt", "return")),
    (47, "5901 5904 5951", (F,), ("any",), FULL),
)
ASSUMED = {
    "2105", "2205", "2207", "2216", "2222", "2303", "2304", "3403", "5212", "5214", "8210",
}  # fmt: skip
"""Codes, or what they mean, that no source confirms."""
BATCH = {
    "2206", "2207", "2305", "2306", "2502", "2507", "3401", "3402", "3404", "3405", "3406", "3410",
    "3453", "3454", "3455", "3501", "3502", "3507", "3508", "3509", "3510", "3511", "3512", "3513",
    "3514", "3515", "3551", "3552", "3553", "3554", "4004", "4005", "4006", "5502", "5507", "5508",
    "5509", "5510", "5511", "5512", "5513", "5515", "5901", "5904", "5951", "8207",
}  # fmt: skip
DOCUMENTS = {code for code, kind in KINDS.items() if kind.document}
CODES = {code for _, codes, *_ in ROWS for code in codes.split()}


@pytest.mark.parametrize(
    ("row", "codes", "issuers", "receivers", "replies"), ROWS, ids=[f"{r[0]}-{r[1]}" for r in ROWS]
)
def test_a_row_of_the_reference_is_in_the_catalogue(
    row: int,
    codes: str,
    issuers: tuple[str, ...],
    receivers: tuple[str, ...],
    replies: tuple[str, ...],
) -> None:
    assert 1 <= row <= 47
    for code in codes.split():
        kind = KINDS[code]
        assert (issuers, receivers) == (kind.issuers, kind.receivers)
        assert replies == tuple(str(layer) for layer in kind.replies)
        layers = [LayerType.ORIGINAL, *map(LayerType, replies)]
        assert layers == list(kind.layers)


def test_all_46_rows_and_the_base_data_are_there_and_no_kind_besides() -> None:
    assert set(range(1, 48)) == {row for row, *_ in ROWS}
    assert CODES | DOCUMENTS == set(KINDS) - added()
    assert {"CR01", "MK01", "PR01", "ST01", "TL01"} <= DOCUMENTS


def test_what_is_assumed_says_so_and_nothing_else_does() -> None:
    assert ASSUMED == {code for code, kind in KINDS.items() if not kind.certain} - added()


def test_large_lists_travel_in_batch_and_payments_online() -> None:
    for code in CODES:
        assert ("batch" if code in BATCH else "online") == KINDS[code].message_class, code
        assert "urgent" == KINDS[code].class_of(LayerType.RECALL)


def test_accounting_vouchers_are_kept_thirty_years() -> None:
    assert {30} == {KINDS[code].retention_years for code in CODES}


def test_the_clearing_request_is_copied_to_the_bureau_and_the_units_order_too() -> None:
    copied = {code for code, kind in KINDS.items() if F in kind.copies}
    assert {"2301", "2302", "2305", "2306", "8202", "8210"} <= copied


def test_every_kind_has_its_chinese_and_english_name_of_its_own() -> None:
    assert len(KINDS) == len({kind.name_zh for kind in KINDS.values()})
    assert len(KINDS) == len({kind.name_en for kind in KINDS.values()})
