"""What a release once allowed it allows for ever: its kinds may only gain what may be left out."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.golden import forms, forms_path_of, schemas_of
from tests.support.sealed import schemas

NEWEST = schemas().catalogue.release
Forms = dict[str, Any]


def kept(release: int) -> Forms:
    found: Forms = json.loads(forms_path_of(release).read_text(encoding="utf-8"))
    return found


def taken(before: Forms, now: Forms) -> list[str]:
    """What was allowed before and is not now, or is demanded now and was not."""
    lost = []
    for code, lists in before["kinds"].items():
        for old, new in zip(lists, now["kinds"].get(code, ["", ""]), strict=True):
            lost += [f"{code}.{name}" for name in narrowed(old.split(), new.split())]
    for name, (pattern, length) in before["fields"].items():
        pattern_now, length_now = now["fields"].get(name, ["", 0])
        if pattern_now != pattern or length_now < length:
            lost.append(name)
    return lost


def narrowed(old: list[str], new: list[str]) -> list[str]:
    """Fields that are gone, demanded anew, or stand in another order."""
    gone = [word for word in old if word not in new and word.removesuffix("*") not in new]
    were = [word.removesuffix("*") for word in old]
    anew = [w for w in new if w.endswith("*") and w not in old and w[:-1] not in were]
    both = [word.removesuffix("*") for word in new if word.removesuffix("*") in were]
    return gone + anew + ([] if gone or both == were else ["order"])


@pytest.mark.parametrize("release", range(1, NEWEST + 1))
def test_a_release_takes_nothing_away_and_demands_nothing_more(release: int) -> None:
    assert [] == taken(kept(release), forms(schemas_of(release).catalogue))


def kind_2301(change: Callable[[str], str]) -> Callable[[Forms], None]:
    def spoil(now: Forms) -> None:
        now["kinds"]["2301"][1] = change(now["kinds"]["2301"][1])

    return spoil


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (kind_2301(lambda row: row.replace(" DAVoucherNo", "")), ["2301.DAVoucherNo"]),
        (kind_2301(lambda row: row.replace("XPayDate", "XPayDate*")), ["2301.XPayDate"]),
        (kind_2301(lambda row: row.replace("DAVoucherNo", "DAVoucherNo*")), ["2301.DAVoucherNo"]),
        (kind_2301(lambda row: f"{row} Hold5*"), ["2301.Hold5*"]),
        (kind_2301(lambda row: row.replace("Hold1 Hold2", "Hold2 Hold1")), ["2301.order"]),
        (lambda now: now["fields"].update(Remark=["[a-z]+", 300]), ["Remark"]),
        (lambda now: now["fields"].update(Remark=[now["fields"]["Remark"][0], 299]), ["Remark"]),
    ],
    ids=[
        "lost",
        "new and demanded",
        "demanded",
        "added and demanded",
        "order",
        "narrower",
        "shorter",
    ],
)
def test_what_a_kind_loses_is_told(spoil: Callable[[Forms], None], told: list[str]) -> None:
    now = forms(schemas().catalogue)
    before = copy.deepcopy(now)
    spoil(now)
    assert told == taken(before, now)
    assert [] == taken(before, before)
