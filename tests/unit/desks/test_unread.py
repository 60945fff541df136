"""What lies in a party's folder and says nothing is counted, and nothing else is."""

import json
import os
import re
from pathlib import Path

import pytest

from adapters.cores.folder import INNER, FolderMailbox
from adapters.cores.folder_post import FolderPost
from adapters.cores.unread import MOST, unread
from hub.desks.paper import answer_paper
from hub.desks.ports import Done
from hub.errors import TargetDown

KEY = "ab" * 32
OLD, NOW = 1_000_000.0, 2_000_000.0
BACK = json.dumps({"code": "account_closed"})
GOOD = json.dumps({"schema": 1, "key": KEY, **answer_paper(Done("317", "20261122"))})


@pytest.fixture(name="root")
def _root(tmp_path: Path) -> Path:
    FolderPost(tmp_path)
    FolderMailbox(tmp_path)
    return tmp_path


def lay(path: Path, text: str, at: float = OLD) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    os.utime(path, (at, at))


def test_a_folder_in_order_counts_nothing(root: Path) -> None:
    lay(root / "drafts" / "7.json", "whatever: the node answers it")
    lay(root / "answers" / f"{KEY}.json", GOOD)
    lay(root / "answers" / ".half.json", "")
    assert {} == unread(root, root, NOW)


def test_what_the_node_passes_over_is_counted_by_folder(root: Path) -> None:
    lay(root / "drafts" / "凭证 7.json", "{}")
    lay(root / "drafts" / "7.xml", "<a/>")
    (root / "drafts" / "folder.json").mkdir()
    os.utime(root / "drafts" / "folder.json", (OLD, OLD))
    lay(root / "answers" / f"{KEY}.json", "{half")
    lay(root / "answers" / "317.json", GOOD)
    lay(root / "bounces" / "20261122" / f"{KEY}.json", "[]")
    assert {"drafts": 3, "answers": 2, "bounces": 1} == unread(root, root, NOW)
    assert {"drafts": 3} == unread(root, None, NOW)


def test_what_has_just_come_is_not_counted_yet(root: Path) -> None:
    lay(root / "answers" / f"{KEY}.json", "{half", at=NOW)
    assert {} == unread(root, root, NOW)


def test_a_folder_that_is_gone_is_told_as_that(tmp_path: Path) -> None:
    with pytest.raises(TargetDown, match="core_folder_away"):
        unread(None, tmp_path / "gone", NOW)


@pytest.mark.parametrize("name", INNER)
def test_an_inner_folder_that_is_missing_is_named(root: Path, name: str) -> None:
    assert {} == unread(None, root, NOW)
    (root / name).rmdir()
    with pytest.raises(TargetDown, match=rf"^core_folder_away folder={re.escape(name)} ") as told:
        unread(None, root, NOW)
    assert {"folder": name, "reason": "missing"} == told.value.context
    FolderMailbox(root)
    assert {} == unread(None, root, NOW)


def test_an_inner_folder_that_cannot_be_made_is_named_by_the_node(root: Path) -> None:
    (root / "claimed").rmdir()
    (root / "claimed").write_text("a file in its place")
    with pytest.raises(TargetDown, match=r"^core_folder_away folder=claimed "):
        FolderMailbox(root)


def test_of_bounces_that_stay_for_ever_the_newest_days_are_looked_at(root: Path) -> None:
    lay(root / "bounces" / "20240102" / f"{KEY}.json", "[]")
    for n in range(MOST):
        lay(root / "bounces" / "20250102" / f"{n:064x}.json", "[]" if n < 3 else BACK)
    assert {"bounces": 3} == unread(None, root, NOW)
    lay(root / "bounces" / "20260102" / f"{KEY}.json", "[]")
    assert unread(None, root, NOW)["bounces"] in {3, 4}, "one more is seen, one less of before"
