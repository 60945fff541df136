"""Errors and facts: what may be said, and how."""

import ast
import re
from pathlib import Path

import pytest

from hub import errors
from hub.errors import Fenced, HubError, Malformed
from hub.fence import Fence
from hub.observer import FIELDS, Fact, silent
from tests.support.sources import nodes

ROOT = Path(__file__).parents[2]


def test_an_error_is_one_line_of_code_and_context() -> None:
    error = Malformed("body_too_large", kind="5201", bytes=70000, field=None)
    assert "body_too_large kind=5201 bytes=70000" == str(error)
    assert "body_too_large" == str(Malformed("body_too_large"))


def test_the_docstring_draws_every_error_there_is() -> None:
    drawn = errors.__doc__ or ""
    kinds = [k for k, v in vars(errors).items() if isinstance(v, type) and issubclass(v, HubError)]
    assert [] == [kind for kind in kinds if kind not in drawn]


def test_code_of_ours_raises_leaves_only() -> None:
    inner = {
        kind.__name__
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, HubError) and kind.__subclasses__()
    }
    assert {"HubError", "Rejection", "Unavailable", "Unknown", "NotOurs"} == inner
    said = re.compile(rf"raise\s+({'|'.join(inner)})\b")  # else it need not be parsed
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for area in ("hub", "adapters", "keys", "ops", "schemas")
        for path in (ROOT / area).rglob("*.py")
        if said.search(path.read_text(encoding="utf-8"))
        for node in nodes(path)
        if isinstance(node, ast.Raise)
        and isinstance(node.exc, ast.Call)
        and isinstance(node.exc.func, ast.Name)
        and node.exc.func.id in inner
    ]
    assert [] == found


def test_a_fact_has_allowed_fields_only() -> None:
    Fact("recorded", {"count": 3, "channel": "one"})
    with pytest.raises(AssertionError, match="amount"):
        Fact("recorded", {"amount": 100})


def test_no_allowed_field_names_what_must_not_be_told() -> None:
    told = {"name", "account", "amount", "amount_fen", "payer", "payee", "body", "text", "octets"}
    assert set() == FIELDS & told
    assert silent(Fact("anything")) is None  # type: ignore[func-returns-value]


def test_the_fence_stops_another_life_and_another_token() -> None:
    fence = Fence("a1", trust_state=4, token=7)
    fence.require_incarnation("a1")
    fence.require_token(7)
    with pytest.raises(Fenced, match=r"^other_incarnation$"):
        fence.require_incarnation("a2")
    with pytest.raises(Fenced, match=r"^lease_lost token=7$"):
        fence.require_token(8)
