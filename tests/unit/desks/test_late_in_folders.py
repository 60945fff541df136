"""Late answers in a core's folder: none is removed unread, and what contradicts is on record."""

from __future__ import annotations

import json
import pathlib
import threading
from typing import TYPE_CHECKING, Any

import pytest

from adapters.cores.folder import FolderMailbox
from adapters.cores.simulated import Trouble
from hub.desks import told
from hub.desks.model import IntentState
from hub.desks.paper import answer_paper
from hub.desks.ports import Done, NotKnown, Order, Refused
from hub.money import Fen
from hub.observer import silent
from ops.attend.attendant import Attendant
from tests.support.town import Town
from tests.support.town_window import a_window
from tests.support.town_words import AMOUNT, DONE, REFUSED, differences, intent_of, parked, say

if TYPE_CHECKING:
    from pathlib import Path

    from hub.desks.window import Window
    from tests.support.town import Node


def lay(root: Path, key: str, answer: Done | Refused | NotKnown) -> None:
    """As a bank does: made elsewhere, then renamed to its place."""
    made = root / "made"
    made.write_text(json.dumps(answer_paper(answer)))
    made.replace(root / "answers" / f"{key}.json")


def test_a_late_answer_in_the_folder_is_seen_though_nobody_asks_about_it(tmp_path: Path) -> None:
    town = Town(5, banking=Trouble(lost=1.0))
    bank, folder = parked(town), FolderMailbox(tmp_path)
    window: Window[Any] = a_window(town, "bank-a", decides=True)
    attendant = Attendant(window, threading.Lock(), (), silent, arrivals=folder)
    with bank.store.read() as tx:
        (intent,) = told.asked(tx, tx.parked_tasks(5)[0])
    lay(tmp_path, intent.key, NotKnown())
    attendant.step()
    town.settle()  # woken, it asks, and is parked again
    say(bank, REFUSED)
    attendant.step()
    assert [] == differences(bank)
    lay(tmp_path, intent.key, DONE)  # in the place of the other
    attendant.step()
    assert [(0, AMOUNT)] == [(one.ours_fen, one.theirs_fen) for one in differences(bank)]
    assert [] == list((tmp_path / "answers").iterdir())
    assert IntentState.REFUSED is intent_of(bank, intent.key).state
    with bank.store.read() as tx:
        mail = tx.mail([intent.key])[intent.key]
    assert ("done", DONE.trace, DONE.day) == (mail.outcome, mail.trace, mail.day)


class Between:
    """A window; while it puts a word on record, the bank acts."""

    def __init__(self, window: Any, act: Any) -> None:
        self._window, self._act = window, act

    def __getattr__(self, verb: str) -> Any:
        return getattr(self._window, verb)

    def heed(self, said: Any) -> list[str]:
        act, self._act = self._act, lambda: None
        act()
        found: list[str] = self._window.heed(said)
        return found


def read_once(root: Path, *, said: bool = True) -> tuple[Node, FolderMailbox, Any, str]:
    """Bank A, whose core has refused a payment; a worker has read it, and it is on record."""
    town = Town(5, banking=Trouble(lost=1.0))
    bank, folder = parked(town), FolderMailbox(root)
    with bank.store.read() as tx:
        (intent,) = told.asked(tx, tx.parked_tasks(5)[0])
    lay(root, intent.key, REFUSED)
    assert {intent.key: REFUSED} == folder.answers([intent.key])
    if said:
        say(bank, REFUSED)
    return bank, folder, a_window(town, "bank-a", decides=True), intent.key


def test_a_late_answer_that_is_half_written_stays_until_it_is_read(tmp_path: Path) -> None:
    bank, folder, window, key = read_once(tmp_path)
    attendant = Attendant(window, threading.Lock(), (), silent, arrivals=folder)
    place, whole = tmp_path / "answers" / f"{key}.json", json.dumps(answer_paper(DONE))
    place.write_text(whole[:9])
    attendant.step()
    assert ([], whole[:9]) == (differences(bank), place.read_text())
    place.write_text(whole)
    attendant.step()
    assert [(0, AMOUNT)] == [(one.ours_fen, one.theirs_fen) for one in differences(bank)]
    assert not place.exists()


def test_an_answer_laid_while_another_is_heard_is_heard_too(tmp_path: Path) -> None:
    bank, folder, window, key = read_once(tmp_path)
    between = Between(window, lambda: lay(tmp_path, key, DONE))
    attendant = Attendant(between, threading.Lock(), (), silent, arrivals=folder)
    lay(tmp_path, key, REFUSED)
    attendant.step()
    assert [] == differences(bank)
    attendant.step()
    assert [(0, AMOUNT)] == [(one.ours_fen, one.theirs_fen) for one in differences(bank)]
    assert [] == list((tmp_path / "answers").iterdir())


def test_a_second_answer_before_the_first_is_on_record_is_heard_after_it(tmp_path: Path) -> None:
    bank, folder, window, key = read_once(tmp_path, said=False)
    attendant = Attendant(window, threading.Lock(), (), silent, arrivals=folder)
    lay(tmp_path, key, DONE)
    attendant.step()
    assert {key: REFUSED} == folder.answers([key])  # the first stands
    bank.desk.work(5)  # woken, it asks, and is parked again
    say(bank, REFUSED)
    attendant.step()
    assert [(0, AMOUNT)] == [(one.ours_fen, one.theirs_fen) for one in differences(bank)]
    assert [] == list((tmp_path / "answers").iterdir())


def test_an_answer_laid_in_the_instant_of_a_removal_is_not_removed_for_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank, folder, window, key = read_once(tmp_path)
    attendant = Attendant(window, threading.Lock(), (), silent, arrivals=folder)
    lay(tmp_path, key, REFUSED)
    real, later = pathlib.Path.unlink, [DONE]

    def unlink(path: Path, *, missing_ok: bool = False) -> None:
        if later and path.name.startswith(key):
            lay(tmp_path, key, later.pop())
        real(path, missing_ok=missing_ok)

    monkeypatch.setattr(pathlib.Path, "unlink", unlink)
    attendant.step()
    assert ([], []) == (later, differences(bank))
    attendant.step()
    assert [(0, AMOUNT)] == [(one.ours_fen, one.theirs_fen) for one in differences(bank)]
    assert [[], []] == [list((tmp_path / name).iterdir()) for name in ("answers", "claimed")]


def test_an_answer_laid_while_its_order_is_handed_out_again_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, order = (
        FolderMailbox(tmp_path),
        Order("ab" * 32, "1", "x", "2", "y", "", Fen(5), "20261123"),
    )
    lay(tmp_path, order.key, NotKnown())
    real, later = FolderMailbox._write, [DONE]

    def write(self: FolderMailbox, name: str, key: str, paper: Any) -> None:
        real(self, name, key, paper)
        lay(tmp_path, key, later.pop())

    monkeypatch.setattr(FolderMailbox, "_write", write)
    assert {order.key} == folder.hand_out([order])
    assert {order.key: DONE} == folder.answers([order.key])
    assert set() == folder.hand_out([order])


def test_an_answer_that_was_claimed_when_the_process_died_is_heard_by_the_next(
    tmp_path: Path,
) -> None:
    def die() -> None:
        raise OSError("died")

    bank, folder, window, key = read_once(tmp_path)
    lay(tmp_path, key, DONE)
    dying = Between(window, die)
    with pytest.raises(OSError, match="died"):
        Attendant(dying, threading.Lock(), (), silent, arrivals=folder).step()
    lay(tmp_path, key, REFUSED)
    nxt = Attendant(window, threading.Lock(), (), silent, arrivals=FolderMailbox(tmp_path))
    for _ in range(2):
        nxt.step()
    assert [(0, AMOUNT)] == [(one.ours_fen, one.theirs_fen) for one in differences(bank)]
    assert [[], []] == [list((tmp_path / name).iterdir()) for name in ("answers", "claimed")]


@pytest.mark.parametrize("left", ['{"outcome": "not_known"}', '{"outcome": "do'])
def test_a_claim_left_over_that_says_nothing_yet_hides_no_late_answer(
    tmp_path: Path, left: str
) -> None:
    bank, folder, window, key = read_once(tmp_path)
    claim = tmp_path / "claimed" / f"{key}.node-7-0.json"
    claim.write_text(left)
    attendant = Attendant(window, threading.Lock(), (), silent, arrivals=folder)
    attendant.step()
    assert [] == differences(bank)
    lay(tmp_path, key, DONE)
    attendant.step()
    assert [(0, AMOUNT)] == [(one.ours_fen, one.theirs_fen) for one in differences(bank)]
    assert [] == list((tmp_path / "answers").iterdir())
    assert ("not_known" not in left) == claim.exists(), "what cannot be read stays"


def test_a_final_claim_is_heard_though_one_that_says_nothing_yet_comes_first(
    tmp_path: Path,
) -> None:
    bank, folder, window, key = read_once(tmp_path)
    lay(tmp_path, key, DONE)
    (tmp_path / "answers" / f"{key}.json").rename(tmp_path / "claimed" / f"{key}.node-8-0.json")
    (tmp_path / "claimed" / f"{key}.node-7-0.json").write_text('{"outcome": "not_known"}')
    Attendant(window, threading.Lock(), (), silent, arrivals=folder).step()
    assert [(0, AMOUNT)] == [(one.ours_fen, one.theirs_fen) for one in differences(bank)]
    assert [] == list((tmp_path / "claimed").iterdir())


def test_a_not_known_that_was_claimed_goes_with_the_final_answer(tmp_path: Path) -> None:
    folder, order = (
        FolderMailbox(tmp_path),
        Order("ab" * 32, "1", "x", "2", "y", "", Fen(5), "20261123"),
    )
    (tmp_path / "claimed" / f"{order.key}.node-7-0.json").write_text('{"outcome": "not_known"}')
    lay(tmp_path, order.key, DONE)
    assert set() == folder.hand_out([order])
    assert {order.key: DONE} == folder.answers([order.key])
    assert {} == folder.arrived()


def test_a_second_number_laid_in_the_folder_may_be_a_second_payment(tmp_path: Path) -> None:
    town = Town(5, banking=Trouble(lost=1.0))
    bank, folder = parked(town), FolderMailbox(tmp_path)
    key = say(bank, DONE).key
    window = a_window(town, "bank-a", decides=True)
    attendant = Attendant(window, threading.Lock(), (), silent, arrivals=folder)
    for answer in (DONE, Done("T2", DONE.day)):
        lay(tmp_path, key, answer)
        attendant.step()
    assert [(AMOUNT, 2 * AMOUNT)] == [(one.ours_fen, one.theirs_fen) for one in differences(bank)]
