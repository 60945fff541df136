"""What `hubctl run` says to whoever looks on: each change once, in both languages."""

import io
from pathlib import Path

from hub.observer import Fact
from ops.cli.output import Said, Screen
from ops.cli.run import telling
from ops.cli.streams import discard, file_of


def heard(*facts: Fact) -> list[Said]:
    said = list[Said]()
    hear = telling(said.append)
    for fact in facts:
        hear(fact)
    return said


def test_a_store_that_stays_away_is_said_once_with_what_to_do() -> None:
    waits = Fact("node_waits", {"node": "icbc-a", "code": "store_away"})
    (said,) = heard(waits, waits, waits)
    assert said.english.startswith("icbc-a waits: The database does not answer, or")
    assert "(store_away)" in said.english
    assert "work resumes by itself" in said.english
    assert "数据库无响应" in said.chinese


def test_it_is_said_again_after_something_else_came_between() -> None:
    waits = Fact("node_waits", {"node": "icbc-a", "code": "store_away"})
    active = Fact("standing", {"node": "icbc-a", "state": "active"})
    assert 3 == len(heard(waits, active, waits))


def test_what_only_the_log_needs_is_not_said() -> None:
    assert [] == heard(Fact("lease_unsure", {"node": "icbc-a"}))


def test_lines_beside_a_json_object_are_none() -> None:
    out = io.StringIO()
    screen = Screen(out, io.StringIO(), chinese=True)
    screen.tell(Said("runs", "已启动"))
    screen.as_json = True
    screen.tell(Said("runs", "已启动"))
    assert "已启动\n" == out.getvalue()


def test_a_reader_whose_disk_is_full_ends_no_node() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        screen = Screen(full, full, chinese=False)
        screen.tell(Said("runs", "已启动"))
        screen.note(Said("runs", "已启动"))
        discard(full)  # what is left at its end


def test_a_log_is_named_only_when_it_is_a_file(tmp_path: Path) -> None:
    with (tmp_path / "node.log").open("w", encoding="utf-8") as log:
        assert tmp_path / "node.log" == file_of(log)
    with Path("/dev/null").open("w", encoding="utf-8") as nowhere:
        assert file_of(nowhere) is None
    assert file_of(io.StringIO()) is None
