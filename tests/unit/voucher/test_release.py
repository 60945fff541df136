"""Building a release: overlays, likeness, and what wrong data is told."""

import copy
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import Misconfigured
from hub.parties import party
from hub.voucher.catalogue import Catalogue, Kind, Presence
from hub.voucher.model import LayerType
from hub.voucher.release import catalogue_from
from schemas import catalogue_files

DATA = catalogue_files.read(catalogue_files.shipped())


def built(change: Callable[[dict[str, Any]], object]) -> Catalogue:
    data = copy.deepcopy(DATA)
    change(data)
    return catalogue_from(data, env="sd-test")


def overlaid(*overlays: dict[str, Any]) -> Catalogue:
    return built(lambda data: data.update(overlay=list(overlays)))


def kind(catalogue: Catalogue, code: str, division: str = "", year: str = "") -> Kind:
    found = catalogue.kind(code, division, year)
    assert found is not None
    return found


def test_all_rows_of_the_reference_are_there() -> None:
    codes = set(catalogue_from(DATA, env="x").kinds)
    assert 90 <= len(codes)
    assert {"ST01", "TL01", "CR01", "PR01", "MK01", "5901", "5904", "5951"} <= codes


def test_unconfirmed_codes_say_so() -> None:
    kinds = catalogue_from(DATA, env="x").kinds
    assert {
        "2105", "2205", "2207", "2216", "2222", "2303", "2304", "3403", "5212", "5214", "8210",
    } == {code for code, found in kinds.items() if not found.certain}  # fmt: skip


def test_the_most_specific_overlay_wins_and_keeps_what_it_does_not_say() -> None:
    catalogue = overlaid(
        {"year": "2027", "kind": {"5201": {"en": "year", "details_max": 7}}},
        {"division": "370100", "kind": {"5201": {"en": "division"}}},
        {"division": "370200", "year": "2027", "kind": {"5201": {"en": "both"}}},
    )
    base = catalogue.kinds["5201"]
    assert base is catalogue.kind("5201", "110000", "2026")
    assert ("year", 7) == _said(kind(catalogue, "5201", "110000", "2027"))
    assert ("division", 500) == _said(kind(catalogue, "5201", "370100", "2026"))
    assert ("division", 7) == _said(kind(catalogue, "5201", "370100", "2027"))
    assert ("both", 7) == _said(kind(catalogue, "5201", "370200", "2027"))
    assert base.header == kind(catalogue, "5201", "370200", "2027").header


def _said(found: Kind) -> tuple[str, int]:
    return found.name_en, found.details_max


def test_an_overlay_adds_and_disables_kinds_for_its_place_only() -> None:
    catalogue = overlaid(
        {
            "division": "350200",
            "kind": {"5801": {"like": "5407", "name": "更正"}, "5407": {"disabled": True}},
        }
    )
    assert catalogue.kind("5407", "350200", "2026") is None
    assert kind(catalogue, "5407").header == kind(catalogue, "5801", "350200").header
    assert catalogue.kind("5801", "370100", "2026") is None


def test_fields_of_an_overlay_are_added_after_the_base_ones() -> None:
    catalogue = overlaid(
        {"year": "2027", "kind": {"5106": {"header_more": ["ContractNo"]}}},
        {"division": "370100", "kind": {"5106": {"header_more": ["BondCode*"]}}},
    )
    last = [(r.name, r.presence) for r in kind(catalogue, "5106", "370100", "2027").header[-2:]]
    assert [("ContractNo", Presence.OPTIONAL), ("BondCode", Presence.MANDATORY)] == last


def test_an_overlay_may_change_the_seals_of_one_layer() -> None:
    catalogue = overlaid(
        {"division": "370100", "kind": {"5201": {"seals": {"receipt": "bank_one"}}}}
    )
    here, base = kind(catalogue, "5201", "370100"), catalogue.kinds["5201"]
    assert ["yh_ywzyz"] == [p.name for p in here.positions[LayerType.RECEIPT]]
    assert base.positions[LayerType.ORIGINAL] == here.positions[LayerType.ORIGINAL]


def test_positions_say_who_may_act_on_each_layer() -> None:
    kinds = catalogue_from(DATA, env="x").kinds
    bank, finance, treasury = party("102.370100"), party("011.370100"), party("001.370100")
    transfer = kinds["2301"]
    assert transfer.may_act(LayerType.ORIGINAL, bank)
    assert not transfer.may_act(LayerType.ORIGINAL, treasury)
    assert transfer.may_act(LayerType.RECEIPT, treasury)
    assert transfer.may_act(LayerType.RECALL, bank)
    assert not transfer.may_act(LayerType.DOCUMENT, bank)
    assert transfer.may_receive(treasury)
    assert transfer.may_copy(finance)
    assert not transfer.may_copy(bank)
    assert ["cz_jb", "cz_fh", "cz_gz"] == [
        p.name for p in kinds["5201"].positions[LayerType.ORIGINAL]
    ]
    assert "urgent" == transfer.class_of(LayerType.RECALL)


@pytest.mark.parametrize(
    ("code", "where", "change"),
    [
        ("catalogue_kind_unknown", "kind.2302.like", lambda d: d["kind"].pop("2301")),
        (
            "catalogue_kind_unknown",
            "kind.5201.like",
            lambda d: d["kind"]["5201"].update(like="8202"),
        ),
        (
            "catalogue_field_unknown",
            "kind.5106.header.PlanAmt",
            lambda d: d["fields"].pop("PlanAmt"),
        ),
        ("catalogue_group_unknown", "kind.", lambda d: d["groups"].pop("head")),
        ("catalogue_type_unknown", "fields.", lambda d: d["types"].pop("amount")),
        (
            "catalogue_type_unknown",
            "types.amount",
            lambda d: d["types"]["amount"].update(pattern="("),
        ),
        (
            "catalogue_field_invalid",
            "kind.5106.header.Plan Amt",
            lambda d: d["kind"]["5106"].update(header=["Plan Amt"]),
        ),
        (
            "catalogue_field_invalid",
            "kind.",
            lambda d: d["groups"].update(head=["@head"]),
        ),
        (
            "catalogue_seals_unknown",
            "kind.",
            lambda d: d["seals"].pop("finance_two"),
        ),
        (
            "catalogue_seals_unknown",
            "kind.",
            lambda d: d["seals"]["return"][0].update(required=False),
        ),
        (
            "catalogue_rule_invalid",
            "kind.5106.SumAmt",
            lambda d: d["kind"]["5106"].update(amount="SumAmt"),
        ),
        (
            "catalogue_rule_invalid",
            "kind.5106.Remark",
            lambda d: d["kind"]["5106"].update(amount="Remark"),
        ),
        (
            "catalogue_rule_invalid",
            "kind.5901.EleCatName",
            lambda d: d["kind"]["5901"].update(count="EleCatName"),
        ),
        (
            "catalogue_rule_invalid",
            "kind.5901.CurPackNo",
            lambda d: d["groups"].update(pack=["VoucherCheckNo*", "ChildPackNum*", "CurPackNo"]),
        ),
        (
            "catalogue_rule_invalid",
            "kind.5201.Id",
            lambda d: d["groups"]["payment_row"].remove("Id*"),
        ),
        ("catalogue_type_unknown", "types.text", lambda d: d["types"]["text"].update(max=-1)),
        (
            "catalogue_rule_invalid",
            "kind.2206.equations",
            lambda d: d["kind"]["2206"].update(equations=["PayAmt"]),
        ),
        (
            "catalogue_value_invalid",
            "kind.5106.sign",
            lambda d: d["kind"]["5106"].update(sign="up"),
        ),
        (
            "catalogue_value_invalid",
            "kind.5106.to.by",
            lambda d: d["kind"]["5106"].update(to=["moon"]),
        ),
        ("catalogue_value_invalid", "kind.5106.nam", lambda d: d["kind"]["5106"].update(nam="x")),
        (
            "catalogue_value_invalid",
            "kind.5106.replies",
            lambda d: d["kind"]["5106"].update(replies=["original"]),
        ),
        (
            "catalogue_value_invalid",
            "kind.5106.body_bytes_max",
            lambda d: d["kind"]["5106"].update(body_bytes_max="64K"),
        ),
        (
            "catalogue_value_invalid",
            "kind.5106",
            lambda d: d["kind"]["5106"].update({"class": "fast"}),
        ),
        ("catalogue_value_invalid", "number", lambda d: d.update(number=0)),
        ("catalogue_overlay_invalid", "overlay.", lambda d: d.update(overlay=[{"kind": {}}])),
    ],
)
def test_wrong_data_is_misconfigured_and_says_where(
    code: str, where: str, change: Callable[[dict[str, Any]], object]
) -> None:
    with pytest.raises(Misconfigured) as refused:
        built(change)
    assert code == refused.value.code
    assert str(refused.value.context["where"]).startswith(where)


JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [None, 7, -1, True, "", "x", "(", [], [7], ["x"], {}, {"x": 7}, [{}], 1.5]
)


@settings(deadline=None)
@given(st.data())
def test_data_spoilt_anywhere_is_refused_and_never_crashes(data: st.DataObject) -> None:
    spoilt: Any = copy.deepcopy(DATA)
    spoilt["kind"] = {
        c: spoilt["kind"][c] for c in ("5106", "5108", "5201", "2206", "3510", "ST01")
    }
    spoilt["overlay"] = [{"division": "310000", "kind": {"5201": {"to": ["treasury"]}}}]
    place, deep = spoilt, data.draw(st.integers(0, 4))
    key: Any = data.draw(st.sampled_from(sorted(spoilt)))
    for _ in range(deep):
        inner = place[key]
        if not isinstance(inner, dict | list) or not inner:
            break
        place = inner
        keys = sorted(inner) if isinstance(inner, dict) else range(len(inner))
        key = data.draw(st.sampled_from(keys))
    place[key] = data.draw(JUNK)
    with suppress(Misconfigured):
        catalogue_from(spoilt, env="sd-test")
