"""Base data over the town of desks: published, checked when issued and when decided, by the day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.desks.base_data import ACCOUNT, FIELDS, PAID_FROM, ROW_MAX, Pack, in_force
from hub.desks.base_drafts import Edition, Row, drafts
from hub.desks.bureau import payment_drafts
from hub.errors import Malformed, RuleBroken
from hub.exchange.model import Role
from hub.parties import Party
from hub.voucher.model import LayerType, Voucher
from ops.base_files import EVERYBODY, receivers, rows_of
from tests.support.town import Town
from tests.support.town_map import BANKS, DAY, DIVISION, ENV, FINANCE, HUB, PEOPLES, UNITS

BANK = BANKS[0]
TO = tuple(map(str, (*BANKS, PEOPLES)))
TOMORROW = "20261124"
FUNCTIONS = (
    {"code": "205", "name": "教育支出"},
    {"code": "20502", "name": "普通教育", "parent": "205"},
    {"code": "2050202", "name": "小学教育", "parent": "20502"},
    {"code": "2050203", "name": "初中教育", "parent": "20502"},
)


def account(code: str, agency: str, sort: str = "2", **more: str) -> Row:
    names = {"name": "零余额账户", "agency_name": "青禾小学", "bank": "云岭支行"}
    return {"code": code, "agency": agency, "type": sort, **names, **more}


ACCOUNTS = (account("ZB-F", DIVISION), account("ZB-1", "101001"), account("ZB-2", "101002"))


def an_edition(category: str, rows: Sequence[Row], version: int = 1, day: str = DAY) -> list[Any]:
    edition = Edition(ENV, DIVISION, category, version, day, FINANCE, TO)
    return drafts(edition, rows, 1)


def without(code: str, rows: Sequence[Row] = FUNCTIONS) -> list[Row]:
    return [row for row in rows if row["code"] != code]


def closed(code: str, rows: Sequence[Row] = FUNCTIONS) -> list[Row]:
    return [{**row, "enabled": "0"} if row["code"] == code else row for row in rows]


def pay(town: Town, *amounts: int, **more: Any) -> list[Voucher]:
    return town.issue(payment_drafts([town.request(*amounts or (100,), **more)], ENV, 1))


def refused(town: Town, **more: Any) -> dict[str, object]:
    before = len(town.nodes["bureau"].store._data.tables.get("layer", {}))
    with pytest.raises(RuleBroken) as error:
        pay(town, **more)
    assert before == len(town.nodes["bureau"].store._data.tables.get("layer", {}))
    return {"code": error.value.code, **error.value.context}


def test_a_payment_that_fits_goes_its_way() -> None:
    town = Town()
    town.issue(an_edition("EXPFUNC", FUNCTIONS) + an_edition(ACCOUNT, ACCOUNTS))
    town.settle()
    (voucher,) = pay(town)
    town.settle()
    assert LayerType.RECEIPT in answers(town, voucher)


def answers(town: Town, voucher: Voucher) -> dict[LayerType, Voucher]:
    """What the bureau has got on a voucher, by layer."""
    store, verifier = town.nodes["bureau"].store, town.verifier
    with store.read() as tx:
        rows = tx.layers_of(str(voucher.id))
        octets = tx.messages({row.message_digest for row in rows})
    found = verifier.reopen(list(octets.values()))
    return {one.top.id.layer: one for one in found}


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (without("2050202"), "base_code_unknown"),
        (closed("2050202"), "base_code_closed"),
        ([*FUNCTIONS, {"code": "205020201", "name": "x", "parent": "2050202"}],
         "base_code_not_leaf"),
        ([*without("2050202"), {**FUNCTIONS[2], "end": "20261122"}], "base_code_closed"),
        ([*without("2050202"), {**FUNCTIONS[2], "begin": TOMORROW}], "base_code_closed"),
    ],
)  # fmt: skip
def test_a_code_that_does_not_fit_is_refused_before_it_is_sealed(
    rows: Sequence[Row], code: str
) -> None:
    town = Town()
    pay(town)  # without base data nothing is checked
    town.issue(an_edition("EXPFUNC", rows))
    found = refused(town)
    assert (code, "ExpFuncCode", None) == (found["code"], found["field"], found["row"])


def test_a_row_is_named_by_its_place() -> None:
    town = Town()
    banks = [{"code": "102451000011", "name": "云岭支行"}]
    town.issue(an_edition("BANKNO", banks))
    town.numbers += 1
    found = refused(town)
    assert ("base_code_unknown", "PayeeAcctBankNo") == (found["code"], found["field"])
    town.issue(an_edition("BANKNO", [*banks, {"code": "102451000099", "name": "望海支行"}], 2))
    pay(town)


@pytest.mark.parametrize(
    ("row", "issuer", "code"),
    [
        (account("ZB-9", DIVISION), FINANCE, "base_account_unknown"),
        (account("ZB-F", DIVISION, "4"), FINANCE, "base_account_kind"),
        (account("ZB-F", DIVISION, enabled="0"), FINANCE, "base_account_closed"),
        (account("ZB-1", "101002"), UNITS[0], "base_account_owner"),
    ],
)
def test_an_account_must_be_registered_open_of_its_kind_and_the_units_own(
    row: Row, issuer: Any, code: str
) -> None:
    town = Town()
    town.issue(an_edition(ACCOUNT, [row]))
    found = refused(town, issuer=issuer)
    assert (code, "PayAcctNo") == (found["code"], found["field"])


def test_a_receiver_returns_what_its_own_base_data_does_not_know() -> None:
    town = Town()
    (voucher,) = pay(town, 100, 200)
    for base in town.issue(an_edition("EXPFUNC", without("2050202"))):
        town.deliver(base, BANK, Role.TO)
    town.settle()
    body = answers(town, voucher)[LayerType.RETURN].top.content.fields
    assert "base_code_unknown" == body["Return_Code"]
    assert body["Return_Reason"].endswith("（ExpFuncCode）")


def test_the_treasury_returns_a_notice_that_does_not_fit() -> None:
    town = Town()
    (notice,) = town.issue([town.notice([town.request(100)])])
    for base in town.issue(an_edition("EXPFUNC", without("2050202"))):
        town.deliver(base, PEOPLES, Role.TO)
    town.settle()
    body = answers(town, notice)[LayerType.RETURN].top.content.fields
    assert body["Return_Reason"].endswith("（ExpFuncCode#1）")


def replies(town: Town, voucher: Voucher) -> dict[str, tuple[str, str]]:
    """What the bureau has been told of base data, by who told it."""
    with town.nodes["bureau"].store.read() as tx:
        rows = [row for row in tx.layers_of(str(voucher.id)) if row.layer == LayerType.RECEIPT]
        octets = tx.messages({row.message_digest for row in rows})
    found = town.verifier.reopen(list(octets.values()))
    return {
        str(one.top.id.party): (
            one.top.content.fields["XDealResult"], one.top.content.fields.get("XAddWord", ""),
        )
        for one in found
    }  # fmt: skip


@pytest.mark.parametrize("twice", [0.0, 1.0])
def test_every_bank_and_treasury_says_that_it_has_taken_base_data(twice: float) -> None:
    town = Town()
    (functions,) = town.issue(an_edition("EXPFUNC", FUNCTIONS))
    (accounts,) = town.issue(an_edition(ACCOUNT, ACCOUNTS))
    assert {} == replies(town, functions)
    town.settle(twice=twice)
    for voucher in (functions, accounts):
        assert dict.fromkeys(TO, ("1", "")) == replies(town, voucher)


def test_an_answer_that_was_broken_off_is_made_again_once() -> None:
    town = Town()
    (voucher,) = town.issue(an_edition("EXPFUNC", FUNCTIONS))
    town.crash_at = {"save_tasks": 1, "commit": 9}
    town.restless()
    assert dict.fromkeys(TO, ("1", "")) == replies(town, voucher)


def test_who_had_that_pack_before_says_that_this_one_does_not_count() -> None:
    town = Town()
    (first,) = an_edition("EXPFUNC", FUNCTIONS)
    (other,) = an_edition("EXPFUNC", closed("2050202"))
    other_id = replace(other.id, voucher=replace(other.id.voucher, number="EXPFUNC-again"))
    fields = {**other.body.fields, "VoucherNo": "EXPFUNC-again"}
    second = replace(other, id=other_id, body=replace(other.body, fields=fields))
    town.issue([first])
    town.settle()
    (told,) = town.issue([second])
    town.settle()
    assert {"0"} == {result for result, _ in replies(town, told).values()}
    assert all("不生效" in why for _, why in replies(town, told).values())
    (voucher,) = pay(town)
    town.settle()
    assert LayerType.RECEIPT in answers(town, voucher), "the first edition counts"


def test_another_bureau_answers_for_itself_and_not_for_its_units() -> None:
    town = Town()
    edition = Edition(ENV, "370199", "EXPFUNC", 1, DAY, Party("011", "370199"), EVERYBODY)
    (draft,) = drafts(edition, FUNCTIONS, 1)
    (base,) = town.sealer.seal([draft])
    for receiver in (FINANCE, *UNITS):
        town.deliver(base, receiver, Role.TO)
    node = town.nodes["bureau"]
    with node.store.read() as tx:
        assert [str(FINANCE)] == [task.party for task in tx.open_tasks(9)]


def test_a_unit_quota_notice_that_does_not_fit_goes_back() -> None:
    town = Town(unit_quota=True)
    budget = town.request(100, issuer=UNITS[0]).budget
    (notice,) = town.issue([town.unit_plan(BANK, (budget, 100))])
    for base in town.issue(an_edition("EXPFUNC", without("2050202"))):
        town.deliver(base, BANK, Role.TO)
    town.settle()
    body = answers(town, notice)[LayerType.RETURN].top.content.fields
    assert "base_code_unknown" == body["Return_Code"]
    assert body["Return_Reason"].endswith("（ExpFuncCode#1）")


def test_a_batch_goes_back_with_its_detail_when_only_the_detail_does_not_fit() -> None:
    town = Town()
    made = payment_drafts([town.request(100, 200, batch=True)], ENV, 1)
    drawn = [
        replace(one, body=replace(one.body, fields={**one.body.fields, "ExpFuncCode": "2050299"}))
        if one.id.voucher.kind == "8207" else one
        for one in made
    ]  # fmt: skip
    vouchers = town.issue(drawn)
    for base in town.issue(an_edition("EXPFUNC", FUNCTIONS)):
        town.deliver(base, BANK, Role.TO)
    town.settle()
    for voucher in vouchers:
        body = answers(town, voucher)[LayerType.RETURN].top.content.fields
        assert "base_code_unknown" == body["Return_Code"]
        if voucher.id.kind == "5201":
            assert body["Return_Reason"].endswith("（8207 ExpFuncCode）")


def test_a_voucher_keeps_the_edition_of_its_own_day() -> None:
    town = Town()
    town.issue(an_edition("EXPFUNC", FUNCTIONS))
    town.issue(an_edition("EXPFUNC", closed("2050202"), 2, TOMORROW))
    (voucher,) = pay(town)
    town.settle()
    assert LayerType.RECEIPT in answers(town, voucher)


def test_an_edition_counts_when_all_its_packs_are_here() -> None:
    rows = [{"code": f"{n:07d}", "name": "x"} for n in range(ROW_MAX + 1)]
    first, second = an_edition("EXPFUNC", rows)
    town = Town()
    town.issue([first])
    pay(town)
    town.issue([second])
    assert "base_code_unknown" == refused(town)["code"]


def test_publishing_the_same_edition_again_posts_nothing_new() -> None:
    town = Town()
    made = an_edition("EXPFUNC", FUNCTIONS)
    assert (1, 0) == (len(town.issue(made)), len(town.issue(made)))


def test_level_and_leaf_follow_from_the_parents() -> None:
    (made,) = an_edition("EXPFUNC", FUNCTIONS)
    told = [(r["EleCode"], r["LevelNo"], r["IsLeaf"]) for r in made.body.details]
    expected = [("205", "1", "0"), ("20502", "2", "0"), ("2050202", "3", "1")]
    assert [*expected, ("2050203", "3", "1")] == told


@pytest.mark.parametrize(
    ("category", "rows", "code"),
    [
        ("NONE", FUNCTIONS, "base_category_unknown"),
        ("EXPFUNC", (), "base_empty"),
        ("EXPFUNC", (*FUNCTIONS, FUNCTIONS[0]), "base_code_twice"),
        ("EXPFUNC", FUNCTIONS[1:], "base_parent_unknown"),
        ("EXPFUNC", ({"code": "1", "name": "x", "parent": "1"},), "base_parent_unknown"),
    ],
)
def test_what_is_no_tree_is_not_drawn_up(category: str, rows: Sequence[Row], code: str) -> None:
    with pytest.raises(RuleBroken, match=code):
        an_edition(category, rows)


def test_a_file_is_read_with_or_without_a_mark_and_its_gaps_are_named() -> None:
    text = "code,name,parent\n205,教育支出,\n20502,普通教育,205\n"
    for octets in (text.encode(), text.encode("utf-8-sig")):
        assert ["205", "20502"] == [row["code"] for row in rows_of(octets, "EXPFUNC")]
    for wrong in (b"code\n1\n", b"code,name\n1,\n", b"\xff\xfe"):
        with pytest.raises(Malformed, match="base_file_columns"):
            rows_of(wrong, "EXPFUNC")
    with pytest.raises(Malformed, match="base_file_columns"):
        rows_of(text.encode(), ACCOUNT)


def test_receivers_are_named_as_long_as_a_seal_can_name_them() -> None:
    few = [*BANKS, PEOPLES, FINANCE, HUB, *UNITS]
    assert tuple(sorted(TO)) == tuple(sorted(receivers(few, FINANCE)))
    assert EVERYBODY == receivers(
        [*few, *(type(HUB)("104", f"37010{n}") for n in range(9))], FINANCE
    )


def test_every_checked_field_and_kind_is_one_of_the_catalogue() -> None:
    from tests.support.town_map import CATALOGUE

    kinds = CATALOGUE.catalogue.kinds
    names = {rule.name for kind in kinds.values() for rule in (*kind.header, *kind.detail)}
    assert {one.field for one in FIELDS} <= names
    assert PAID_FROM.keys() <= kinds.keys()
    assert all("PayAcctNo" in {r.name for r in kinds[k].header} for k in PAID_FROM)


PACKS = st.builds(
    Pack, st.just(DIVISION), st.sampled_from(["A", "B"]), st.integers(1, 3), st.integers(1, 2),
    st.just(2), st.sampled_from(["20260101", "20260601"]), st.just("v"),
)  # fmt: skip


@given(st.lists(PACKS, max_size=12), st.sampled_from(["20251231", "20260301", "20261231"]))
def test_only_whole_editions_that_have_begun_count(packs: list[Pack], day: str) -> None:
    for category, version in in_force(packs, day).items():
        of = [p for p in packs if (p.category, p.version) == (category, version)]
        assert {1, 2} == {pack.number for pack in of}
        assert of[0].since <= day
