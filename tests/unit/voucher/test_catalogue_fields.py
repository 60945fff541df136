"""Every field of the domain reference stands in the catalogue, as the reference has it."""

from itertools import chain

import pytest

from hub.voucher.catalogue import FieldRule, Presence
from tests.support.added import added
from tests.support.field_table import FORMS, HEAD, ROW, TABLE
from tests.support.sealed import schemas

KINDS = schemas().catalogue.kinds
DEMANDED = {Presence.MANDATORY, Presence.RECEIPT}
MARKS = {
    (False, True): Presence.MANDATORY,
    (False, False): Presence.OPTIONAL,
    (True, True): Presence.RECEIPT,
    (True, False): Presence.RECEIPT_OPTIONAL,
}
Listed = dict[str, Presence]


def listed(words: str) -> Listed:
    """The fields that words of the table stand for."""
    found: Listed = {}
    for word in words.split():
        receipt, must = word.startswith("R:"), word.endswith("*")
        name = word.removeprefix("R:").removesuffix("*")
        stem = name[:-1]
        if name.endswith("/"):
            found |= {f"{stem}Code": MARKS[receipt, must], f"{stem}Name": MARKS[receipt, False]}
        elif name.endswith("#"):
            found |= {f"{stem}{end}": MARKS[receipt, must] for end in ("No", "Name", "BankName")}
        else:
            found[name] = MARKS[receipt, must]
    return found


def differences(wanted: Listed, rules: tuple[FieldRule, ...]) -> dict[str, object]:
    """What the catalogue lacks, has otherwise, or demands besides."""
    there = {rule.name: rule.presence for rule in rules}
    wrong = {name: there.get(name) for name, mark in wanted.items() if there.get(name) != mark}
    more = {n: mark for n, mark in there.items() if mark in DEMANDED and n not in wanted}
    return {**wrong, **more}


@pytest.mark.parametrize(("codes", "header", "row"), TABLE, ids=[codes for codes, *_ in TABLE])
def test_a_kind_has_every_field_of_the_reference_and_demands_no_other(
    codes: str, header: str, row: str
) -> None:
    for code in codes.split():
        kind = KINDS[code]
        assert {} == differences(listed(f"{HEAD} {header}"), kind.header), code
        assert {} == differences(listed(f"{ROW} {row}") if row else {}, kind.detail), code


def test_the_table_names_every_kind_once() -> None:
    named = list(chain.from_iterable(codes.split() for codes, *_ in TABLE))
    told = {code for code, kind in KINDS.items() if not kind.document} - added()
    assert sorted(named) == sorted(told)


def test_a_field_that_is_lost_or_demanded_anew_is_told() -> None:
    kind = KINDS["2301"]
    wanted = listed("Id* SupDep/ XPayeeAcct#")
    without = tuple(rule for rule in kind.detail if rule.name != "XPayeeAcctName")
    found = differences(wanted, without)
    assert found["XPayeeAcctName"] is None
    assert {"SupDepCode", "VoucherNo", "ExpFuncCode", "PayAmt", "XPayeeAcctName"} == set(found)


@pytest.mark.parametrize(("names", "pattern", "length"), FORMS, ids=[row[0] for row in FORMS])
def test_a_value_has_the_form_and_length_of_the_reference(
    names: str, pattern: str, length: int
) -> None:
    rules = {rule.name: rule for kind in KINDS.values() for rule in (*kind.header, *kind.detail)}
    for name in names.split():
        assert (pattern, length) == (rules[name].pattern, rules[name].length_max), name
