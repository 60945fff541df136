"""What a day is, what its journal names, and what a message says moved."""

import hashlib
from dataclasses import replace

import pytest

from hub.clock import Instant
from hub.errors import Damaged
from hub.exchange.archives import (
    DayProof,
    Extent,
    amount_of,
    digest_of,
    marked,
    named,
    read_proof,
    row_digest,
    until,
    without_effect,
)
from hub.voucher.codec import write_message
from hub.voucher.model import Body, Head, Layer, LayerType, SealBlock
from hub.voucher.xml import write

PROOF = DayProof(
    "sd-test", "hub", "20260901", {"message": 1, "octets": 9}, {"message": "00"},
    [("5201", "original", 1, 5)], [("102.3701", "5201", "paid", 1, 5)], [(30, 1, "20561231")],
    (1, "aa"), (9, "bb"), "",
)  # fmt: skip


def a_message(kind: str, *layers: tuple[LayerType, dict[str, str]]) -> bytes:
    made = [
        Layer(type_, write(Body({"Id": "1", **fields}, ())), (SealBlock("p", b"s"),))
        for type_, fields in layers
    ]
    return write_message(Head("370100", "2026", kind, "1"), made)


def test_a_day_is_a_day_in_beijing() -> None:
    day = Extent("20261231")
    assert day.ends - day.begins == 24 * 3600 * 1000
    assert "20270101" == day.next.day
    assert day.holds(day.begins)
    assert not day.holds(day.ends)
    assert not day.holds(Instant(day.begins - 1))


def test_the_journal_names_what_was_recorded_and_what_was_made_here() -> None:
    digest = "ab" * 32
    own = "e/370100/2026/5201/011.370100/1/original/011.370100"
    text = f"recorded {own}/102.1/to {digest}\nposted {own} {digest}\nrefused hub {digest} code\nx"
    assert [(own, True), (own, False)] == [(n.layer_id, n.received) for n in named(text.encode())]
    assert [] == list(named(b"posted \xff \nrecorded\n"))


def test_the_journal_names_what_was_kept_without_effect() -> None:
    one, two, three, four = ("ab" * 32, "cd" * 32, "ef" * 32, "12" * 32)
    text = (
        f"refused hub {one} code\nwithheld hub {two} trust_list_over\nset_aside hub {three}\n"
        f"resealed a/102.1/to {four}\nrefused hub {four[1:]} code\nrefused\nwithheld hub"
    ).encode()
    assert [one, two, three] == [digest.hex() for digest in without_effect(text)]
    assert [(four, True)] == [(n.digest.hex(), n.again) for n in named(text)]


def test_a_mark_names_what_has_moved_and_nothing_else_is_one() -> None:
    assert hashlib.sha256(b"list").digest() == digest_of(marked(b"list"))
    assert [b"", b"", b""] == [digest_of(octets) for octets in (b"", b"evx1 list", b"\x30\x82")]


@pytest.mark.parametrize(
    ("layers", "fen"),
    [
        ([(LayerType.ORIGINAL, {"PayAmt": "1.05"})], 105),
        ([(LayerType.ORIGINAL, {"PlanAmt": "-2.00"})], -200),
        ([(LayerType.ORIGINAL, {})], 0),
        ([(LayerType.ORIGINAL, {"PayAmt": "3.00"}), (LayerType.RECEIPT, {"XPayAmt": "1.00"})], 100),
        ([(LayerType.ORIGINAL, {"PlanAmt": "3.00"}), (LayerType.RECEIPT, {})], 300),
        ([(LayerType.ORIGINAL, {"PayAmt": "3.00"}), (LayerType.RETURN, {})], 300),
        ([(LayerType.DOCUMENT, {"PayAmt": "3.00"})], 0),
    ],
)
def test_a_message_says_what_moved(
    layers: list[tuple[LayerType, dict[str, str]]], fen: int
) -> None:
    assert ("5201", layers[-1][0], fen) == amount_of(a_message("5201", *layers))


def test_a_proof_is_read_as_it_was_written() -> None:
    assert PROOF == read_proof(PROOF.text)
    assert PROOF.digest != replace(PROOF, previous="cc").digest
    assert "20561231" == PROOF.keep_until


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", PROOF.text + b" ", PROOF.text[:-1]])
def test_any_other_text_is_no_proof(text: bytes) -> None:
    with pytest.raises(Damaged, match="archive_damaged"):
        read_proof(text)


def test_retention_counts_from_the_end_of_the_year() -> None:
    assert ("20271231", "20561231") == (until("20260101", 1), until("20261231", 30))


def test_rows_are_counted_and_digested_in_their_order() -> None:
    rows = [("a", 1, b"\x00"), ("b", 2, b"")]
    assert row_digest(rows) == row_digest([list(row) for row in rows])
    assert row_digest(rows)[1] != row_digest(rows[::-1])[1]
    assert 2 == row_digest(rows)[0]
