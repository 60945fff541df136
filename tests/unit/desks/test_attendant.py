"""Attending to a folder: drafts taken over, told stored and safe, refused ones out of the way."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from adapters.cores.folder_post import FolderPost
from hub.desks import bureau
from hub.errors import Fenced, StoreDown
from hub.observer import Fact, silent
from hub.voucher import drafts
from ops.attend.attendant import Attendant
from tests.support.town import Town
from tests.support.town_map import ENV
from tests.support.town_window import a_window

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from hub.desks.acks import Ack
    from hub.voucher.model import Draft


class Broken:
    """A window with a fault of the program in it."""

    def __init__(self, window: Any, error: Exception, number: str = "") -> None:
        self._window, self._error, self._number = window, error, number

    def __getattr__(self, verb: str) -> Any:
        return getattr(self._window, verb)

    def hand_over(self, made: Sequence[Draft]) -> list[Ack]:
        if any(self._number in draft.id.voucher.number for draft in made):
            raise self._error
        found: list[Ack] = self._window.hand_over(made)
        return found


def lay(folder: Path, name: str, draft: Draft) -> None:
    (folder / "drafts" / f"{name}.json").write_bytes(drafts.write(draft))


def names(folder: Path, where: str) -> list[str]:
    return sorted(path.stem for path in (folder / where).glob("*.json"))


def an_attendant(
    folder: Path, town: Town, facts: list[Fact] | None = None, window: Any = None,
    ended: Sequence[Fenced] = (),
) -> Attendant:  # fmt: skip
    observe = (facts if facts is not None else []).append
    own = window or a_window(town, "bureau", decides=False)
    return Attendant(own, threading.Lock(), ended, observe, post=FolderPost(folder))


def payments(town: Town, count: int) -> list[Draft]:
    return bureau.payment_drafts([town.request(100 + n) for n in range(count)], ENV, 1)


def test_a_draft_is_stored_then_safe(tmp_path: Path) -> None:
    town = Town()
    attendant = an_attendant(tmp_path, town)
    (draft,) = payments(town, 1)
    lay(tmp_path, "pay-1", draft)
    attendant.step()
    assert ([], ["pay-1"], []) == tuple(names(tmp_path, w) for w in ("drafts", "stored", "safe"))
    lay(tmp_path, "pay-1", draft)  # the system has lost our answer: the same again
    attendant.step()
    town.settle()
    attendant.step()
    assert ([], [], ["pay-1"]) == tuple(names(tmp_path, w) for w in ("drafts", "stored", "safe"))
    told = json.loads((tmp_path / "safe/pay-1.json").read_text())
    assert (str(draft.id), True, 1) == (told["layer_id"], told["safe"], told["safe_copies"])


def test_changed_trust_is_taken_over_at_each_look() -> None:
    looks: list[str] = []
    own = a_window(Town(), "bureau", decides=False)
    attendant = Attendant(own, threading.Lock(), (), silent, refresh=lambda: looks.append(""))
    attendant.step()
    attendant.step()
    assert ["", ""] == looks


def test_what_is_refused_is_told_and_holds_up_nothing(tmp_path: Path) -> None:
    town = Town()
    attendant = an_attendant(tmp_path, town)
    good, other = payments(town, 2)
    lay(tmp_path, "good", good)
    changed = json.loads(drafts.write(other))
    changed["fields"]["PayAmt"] = "999.00"
    (tmp_path / "drafts/wrong-sum.json").write_text(json.dumps(changed))
    (tmp_path / "drafts/half.json").write_text('{"schema": 1')
    (tmp_path / "stored/strange.json").write_text("no JSON")
    attendant.step()
    assert ["good", "strange"] == names(tmp_path, "stored")
    assert ["half", "wrong-sum"] == names(tmp_path, "refused")
    assert "draft_form" == json.loads((tmp_path / "refused/half.json").read_text())["error"]
    assert [] == names(tmp_path, "drafts")


def test_a_folder_among_drafts_holds_up_nothing_and_stays(tmp_path: Path) -> None:
    town = Town()
    attendant = an_attendant(tmp_path, town)
    (draft,) = payments(town, 1)
    lay(tmp_path, "pay", draft)
    (tmp_path / "drafts/a-folder.json").mkdir()
    (tmp_path / "stored/a-folder.json").mkdir()
    attendant.step()
    assert ["a-folder", "pay"] == names(tmp_path, "stored")
    assert ["a-folder"] == names(tmp_path, "drafts")


def test_a_draft_that_meets_a_fault_is_put_away_and_the_others_go_on(tmp_path: Path) -> None:
    town, facts = Town(), list[Fact]()
    good, bad = payments(town, 2)
    window = Broken(
        a_window(town, "bureau", decides=False), ZeroDivisionError(), bad.id.voucher.number
    )
    attendant = an_attendant(tmp_path, town, facts, window)
    lay(tmp_path, "bad", bad)
    lay(tmp_path, "good", good)
    attendant.step()
    assert (["good"], ["bad"]) == (names(tmp_path, "stored"), names(tmp_path, "refused"))
    assert ["window_fault"] == [fact.name for fact in facts]


def test_while_the_store_is_away_drafts_stay(tmp_path: Path) -> None:
    town = Town()
    (draft,) = payments(town, 1)
    window = Broken(a_window(town, "bureau", decides=False), StoreDown("store_away"))
    attendant = an_attendant(tmp_path, town, window=window)
    lay(tmp_path, "pay", draft)
    with pytest.raises(StoreDown):
        attendant.step()
    assert (["pay"], []) == (names(tmp_path, "drafts"), names(tmp_path, "refused"))


def test_a_fenced_window_ends_the_process(tmp_path: Path) -> None:
    attendant = an_attendant(tmp_path, Town(), ended=[Fenced("lane_taken")])
    with pytest.raises(Fenced):
        attendant.step()
