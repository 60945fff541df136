"""Output: one object for machines, tables for people, an exit code for every class of error."""

import io
import json

import pytest

from hub import errors
from ops.cli.output import Exit, Pairs, Report, Screen, Table, exit_of, visible
from ops.exits import EXIT_OF


def a_screen(*, chinese: bool = False) -> tuple[Screen, io.StringIO, io.StringIO]:
    out, err = io.StringIO(), io.StringIO()
    return Screen(out, err, chinese=chinese), out, err


def test_json_is_one_object_with_a_schema_number_and_nothing_else() -> None:
    screen, out, err = a_screen()
    screen.as_json = True
    assert Exit.DONE == screen.show(Report("some.thing", {"n": 1}, ["for people"]))
    assert {"schema": 1, "report": "some.thing", "n": 1} == json.loads(out.getvalue())
    assert "" == err.getvalue()


def test_a_redirected_table_is_neither_coloured_nor_cut() -> None:
    screen, out, _ = a_screen()
    long = "甲" * 300
    screen.show(
        Report("t", {}, [Table("清单", ("name", ">n"), [(long, 1)]), Pairs("", [("a", None)])])
    )
    assert long in out.getvalue()
    assert "\x1b" not in out.getvalue()
    assert "- " in out.getvalue() or out.getvalue().rstrip().endswith("-")


def test_text_from_outside_cannot_move_the_cursor() -> None:
    assert "a\\u001b[2Jb\\u202e" == visible("a\x1b[2Jb\u202e")
    screen, out, _ = a_screen()
    screen.show(Report("t", {}, [Table("", ("x",), [("\x1b[31mred",)])]))
    assert "\x1b" not in out.getvalue()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.Malformed("x"), 5),
        (errors.Conflict("x"), 5),
        (errors.Held("x"), 11),
        (errors.StoreDown("x"), 8),
        (errors.OutcomeUnknown("x"), 12),
        (errors.Fenced("x"), 7),
        (errors.Misconfigured("x"), 3),
        (errors.Misconfigured("file_missing"), 4),
        (errors.Misconfigured("reason_format"), 5),
        (errors.Damaged("x"), 9),
    ],
)
def test_the_exit_code_says_what_a_script_may_do(error: errors.HubError, code: int) -> None:
    assert code == exit_of(error)


def test_every_leaf_of_the_error_tree_has_an_exit_code() -> None:
    leaves = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type)
        and issubclass(kind, errors.HubError)
        and not kind.__subclasses__()
    ]
    assert len(leaves) >= 14
    assert [] == [kind for kind in leaves if not issubclass(kind, tuple(k for k, _ in EXIT_OF))]


@pytest.mark.parametrize(
    ("chinese", "words"), [(False, ("error:", "why:", "do:")), (True, ("错误:", "原因:", "处理:"))]
)
def test_an_error_says_what_why_and_what_to_do(*, chinese: bool, words: tuple[str, ...]) -> None:
    screen, out, err = a_screen(chinese=chinese)
    assert Exit.INVALID == screen.error(errors.RuleBroken("amount_format", field="PayAmt"))
    lines = err.getvalue().splitlines()
    assert list(words) == [line.split(" ", 1)[0] for line in lines]
    assert "amount_format field=PayAmt" in lines[0]
    assert "" == out.getvalue()


def test_a_json_error_carries_both_languages() -> None:
    screen, out, _ = a_screen()
    screen.as_json = True
    screen.error(errors.RuleBroken("amount_format", field="PayAmt"))
    error = json.loads(out.getvalue())["error"]
    assert {"code", "kind", "what", "context", "why", "do", "why_zh", "do_zh"} == error.keys()
    assert ("amount_format", {"field": "PayAmt"}) == (error["code"], error["context"])


def test_a_bug_shows_no_values_unless_asked() -> None:
    screen, _, err = a_screen()
    assert Exit.BUG == screen.bug(ValueError("secret account 622202"))
    assert "622202" not in err.getvalue()
    screen.debug = True
    screen.bug(ValueError("secret account 622202"))
    assert "622202" in err.getvalue()
