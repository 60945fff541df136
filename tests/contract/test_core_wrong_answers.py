"""What a core answers in other words is no answer: its developer is told, and it is asked again."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from adapters.cores.folder import FolderMailbox
from adapters.cores.mailbox import MailboxCore
from adapters.cores.served import StoreMailbox
from adapters.cores.unread import unread
from hub.desks.paper import answer_of, answer_paper
from hub.desks.ports import Done, Refused, Unclear
from hub.errors import Malformed, TargetDown
from ops.attend.verbs import Verbs
from tests.support.attached import (
    BANK,
    DAY,
    TOKEN,
    a_window,
    an_order,
    sample,
    serving,
    store_at,
)

if TYPE_CHECKING:
    from pathlib import Path

ORDER = an_order()
KEY = ORDER.key
LATER = 1e12
RIGHT = {"outcome": "refused", "code": "account_closed"}
WRONG: list[tuple[object, str]] = [
    ({"outcome": "refused", "code": "AC01"}, "code"),
    ({"outcome": "refused", "code": "Account_Closed"}, "code"),
    ({"outcome": "refused", "code": " account_closed "}, "code"),
    ({"outcome": "refused", "code": ""}, "code"),
    ({"outcome": "refused", "code": None}, "code"),
    ({"outcome": "refused"}, "code"),
    ({"outcome": "Refused", "code": "account_closed"}, "outcome"),
    ({"outcome": " refused", "code": "account_closed"}, "outcome"),
    ({"outcome": "rejected", "code": "account_closed"}, "outcome"),
    ({"outcome": "", "code": "account_closed"}, "outcome"),
    ({}, "outcome"),
    ({"outcome": "done", "trace": "3 17", "day": DAY}, "trace"),
    ({"outcome": "done", "trace": "317", "day": "2026-11-23"}, "day"),
    ([RIGHT], "json"),
]


def lay(root: Path, paper: object) -> bytes:
    octets = json.dumps(paper).encode()
    (root / "answers" / f"{KEY}.json").write_bytes(octets)
    return octets


@pytest.fixture(name="taken")
def _taken(tmp_path: Path) -> MailboxCore:
    """A core that has taken its order from the folder, and not answered."""
    core = MailboxCore(FolderMailbox(tmp_path))
    assert [Unclear()] == core.execute([ORDER])
    (tmp_path / "requests" / f"{KEY}.json").unlink()
    return core


@pytest.mark.parametrize(("paper", "member"), WRONG)
def test_a_file_of_another_form_is_set_aside_with_what_is_expected(
    taken: MailboxCore, paper: object, member: str, tmp_path: Path
) -> None:
    octets = lay(tmp_path, paper)
    assert [Unclear()] == taken.inquire([KEY]), "unknown, not refused, and not lost"
    assert [f"{KEY}.json"] == [path.name for path in (tmp_path / "inquiries").iterdir()]
    answers = tmp_path / "answers"
    assert octets == (answers / f"{KEY}.wrong").read_bytes()
    why = json.loads((answers / f"{KEY}.why").read_text(encoding="utf-8"))
    assert ("core_answer_form", member, KEY) == (why["error"], why["member"], why["key"])
    assert {"expected", "why", "do", "why_zh", "do_zh"} <= why.keys()
    assert {"answers": 1} == unread(None, tmp_path, LATER), "an alarm until somebody looks"

    lay(tmp_path, RIGHT)
    assert [Refused("account_closed")] == taken.inquire([KEY])
    assert [] == list(answers.iterdir())
    assert {} == unread(None, tmp_path, LATER)


def test_whoever_hears_answers_at_any_time_sets_it_aside_too(tmp_path: Path) -> None:
    mailbox = FolderMailbox(tmp_path)
    lay(tmp_path, {"outcome": "rejected"})
    assert {KEY} == set(mailbox.arrived())
    assert {} == mailbox.laid({KEY})
    assert {f"{KEY}.wrong", f"{KEY}.why"} == {p.name for p in (tmp_path / "answers").iterdir()}
    assert {} == mailbox.arrived()


def test_a_second_answer_of_another_form_takes_nothing_back(
    taken: MailboxCore, tmp_path: Path
) -> None:
    lay(tmp_path, {"outcome": "done", "trace": "317", "day": DAY})
    assert [Done("317", DAY)] == taken.inquire([KEY])
    lay(tmp_path, {"outcome": "REFUSED"})
    assert [Done("317", DAY)] == taken.inquire([KEY])


def test_what_was_read_before_is_not_heard_again_for_a_file_of_another_form(
    taken: MailboxCore, tmp_path: Path
) -> None:
    lay(tmp_path, {"outcome": "done", "trace": "317", "day": DAY})
    assert [Done("317", DAY)] == taken.inquire([KEY])
    lay(tmp_path, {"outcome": "REFUSED"})
    assert {} == FolderMailbox(tmp_path).laid({KEY})
    assert {f"{KEY}.wrong", f"{KEY}.why"} == {p.name for p in (tmp_path / "answers").iterdir()}


def test_nothing_is_set_aside_whose_reason_cannot_be_written(tmp_path: Path) -> None:
    mailbox = FolderMailbox(tmp_path)
    octets = lay(tmp_path, {"outcome": "REFUSED"})
    why = tmp_path / "answers" / f"{KEY}.why"
    why.mkdir()
    with pytest.raises(TargetDown, match="core_folder_away"):
        mailbox.laid({KEY})
    assert [octets] == [path.read_bytes() for path in (tmp_path / "claimed").iterdir()]
    assert [why] == list((tmp_path / "answers").iterdir())
    why.rmdir()
    assert {} == mailbox.laid({KEY})
    assert octets == why.with_suffix(".wrong").read_bytes()


def test_several_that_look_at_once_do_not_hold_each_other_up(tmp_path: Path) -> None:
    keys = [an_order(n).key for n in range(150)]
    octets = json.dumps({"outcome": "REFUSED"}).encode()
    looking = [FolderMailbox(tmp_path) for _ in range(4)]
    for key in keys:
        (tmp_path / "answers" / f"{key}.json").write_bytes(octets)
    with ThreadPoolExecutor(len(looking)) as pool:
        assert [{}] * len(looking) == list(pool.map(lambda one: one.laid(keys), looking))
    assert sorted(f"{key}{ending}" for key in keys for ending in (".why", ".wrong")) == sorted(
        path.name for path in (tmp_path / "answers").iterdir()
    )
    assert [] == list((tmp_path / "claimed").iterdir())


@pytest.mark.parametrize("half", ["", '{"outcome": "refu', "\N{REPLACEMENT CHARACTER}"])
def test_what_may_be_half_a_file_stays_where_it_lies(
    taken: MailboxCore, half: str, tmp_path: Path
) -> None:
    file = tmp_path / "answers" / f"{KEY}.json"
    file.write_text(half, encoding="utf-8")
    assert [Unclear()] == taken.inquire([KEY])
    assert half == file.read_text(encoding="utf-8")
    file.write_text(json.dumps(RIGHT))
    assert [Refused("account_closed")] == taken.inquire([KEY])


@pytest.mark.parametrize(("paper", "member"), WRONG)
def test_over_http_it_is_refused_with_what_is_expected_and_asked_again(
    paper: Any, member: str, tmp_path: Path
) -> None:
    store = store_at(tmp_path)
    core = MailboxCore(StoreMailbox(store, str(BANK)))
    verbs = Verbs(a_window(store)).table()
    assert [Unclear()] == core.execute([ORDER])
    verbs["read"]({"kinds": ["order"]})
    other = an_order(2).key
    with pytest.raises(Malformed, match="core_answer_form") as refused:
        verbs["answer"]({"answers": {other: RIGHT, KEY: paper}})
    told = refused.value.context
    assert (member, KEY) == (told["member"], told["key"])
    assert told["expected"]
    assert [Unclear()] == core.inquire([KEY])
    asked: Any = verbs["read"]({"kinds": ["order"]})
    assert [("inquiry", KEY)] == [(one["type"], one["key"]) for one in asked["mail"]]
    verbs["answer"]({"answers": {KEY: RIGHT}})
    assert [Refused("account_closed")] == core.inquire([KEY])
    store.close()


def test_the_banks_sample_prints_what_the_window_says_of_a_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "token").write_text(TOKEN)
    ledger = sample("bank_ledger").Ledger
    monkeypatch.setattr(ledger, "pay", lambda *_: {"outcome": "Refused"})
    with closing(store_at(tmp_path)) as store, serving(store) as port:
        MailboxCore(StoreMailbox(store, str(BANK))).execute([ORDER])
        files = (tmp_path / "token", tmp_path / "ledger.sqlite")
        command = ["bank_http.py", f"http://localhost:{port}", *map(str, files), "--once"]
        monkeypatch.setattr("sys.argv", command)
        sample("bank_http").main()
    said = capsys.readouterr().out
    assert "the node answers 422" in said
    assert '"member": "outcome"' in said


def test_what_is_expected_is_what_is_taken() -> None:
    def expected(paper: object) -> str:
        with pytest.raises(Malformed) as refused:
            answer_of(paper)
        return str(refused.value.context["expected"])

    for word in expected({}).split(" | "):
        said = answer_paper(answer_of({"outcome": word, "code": "a1", "trace": "1", "day": DAY}))
        assert word == said["outcome"]
    assert re.fullmatch(expected({"outcome": "refused"}), "account_closed")
    assert not re.fullmatch(expected({"outcome": "refused"}), "AC01")
