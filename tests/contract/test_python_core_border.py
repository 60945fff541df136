"""Whatever the bank's own code raises ends that call, and neither the process nor its work."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from adapters.cores.python_core import GuardedCore, open_python
from hub.desks.ports import Bounce, Unclear
from hub.errors import HubError, Malformed, Misconfigured, TargetDown
from hub.observer import Fact
from tests.support.attached import DAY, an_order

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ORDER = an_order()


def leaves() -> None:
    sys.exit("no line")


def is_cancelled() -> None:
    async def pay() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(1)

    asyncio.run(pay())


def fails() -> None:
    raise RuntimeError("no line")


def is_interrupted() -> None:
    raise KeyboardInterrupt


FAULTS = {leaves: "SystemExit", is_cancelled: "CancelledError", fails: "RuntimeError"}


class Faulty:
    """A bank's object all of whose members do the same."""

    def __init__(self, act: Callable[[], None]) -> None:
        self._act = act

    @property
    def refuses_repeated_keys(self) -> bool:
        self._act()
        return True

    def execute(self, _orders: object) -> list[Any]:
        self._act()
        return []

    inquire = bounces = execute


@pytest.mark.parametrize(("act", "name"), FAULTS.items())
def test_whatever_it_raises_ends_only_the_call(act: Callable[[], None], name: str) -> None:
    facts: list[Fact] = []
    core = GuardedCore(Faulty(act), facts.append)
    assert [Unclear("core_failed")] == core.execute([ORDER])
    assert [Unclear("core_failed")] == core.inquire([ORDER.key])
    with pytest.raises(TargetDown, match="core_failed"):
        core.bounces(DAY)
    assert core.refuses_repeated_keys is False
    assert ["execute", "inquire", "bounces", "refuses_repeated_keys"] == [
        fact.fields["act"] for fact in facts
    ]
    assert all(str(fact.fields["reason"]).startswith(f"{name} at ") for fact in facts)
    assert "no line" not in str(facts)


@pytest.mark.parametrize(
    "text",
    ["import sys\nsys.exit(3)\n",
     "import asyncio\ndef open_core(): raise asyncio.CancelledError\n",
     ("class Core:\n"
     "    execute = inquire = bounces = None\n"
     "    @property\n"
     "    def refuses_repeated_keys(self): raise SystemExit\n"
     "open_core = Core\n")],
)  # fmt: skip
def test_a_file_that_ends_its_process_is_a_setting_to_be_mended(text: str, tmp_path: Path) -> None:
    file = tmp_path / "core.py"
    file.write_text(text)
    with pytest.raises(Misconfigured, match="core_address"):
        open_python(file, "open_core", {})


@pytest.mark.parametrize("leaf", [TargetDown, Malformed, Misconfigured])
def test_an_error_of_this_program_s_own_kind_tells_no_account_either(leaf: type[HubError]) -> None:
    def leaks() -> None:
        raise leaf("core_failed", reason="account 6222020001112223334")

    facts: list[Fact] = []
    with pytest.raises(TargetDown) as raised:
        GuardedCore(Faulty(leaks), facts.append).bounces(DAY)
    assert "6222" not in f"{raised.value} {facts}"
    (fact,) = facts
    assert str(fact.fields["reason"]).startswith(f"{leaf.__name__} at ")


@pytest.mark.parametrize("member", ["key", "code", "day"])
def test_what_came_back_in_another_form_is_told_by_its_member(member: str) -> None:
    account = "account 6222020001112223334"
    right = Bounce(ORDER.key, "account_closed", DAY)
    wrong = replace(right, **{member: account})
    core: Any = Faulty(fails)
    core.bounces = lambda _day: [right, wrong]
    facts: list[Fact] = []
    with pytest.raises(Malformed, match=f"^core_answer_form member={member} ") as raised:
        GuardedCore(core, facts.append).bounces(DAY)
    (fact,) = facts
    assert str(raised.value) == fact.fields["reason"]
    assert "6222" not in f"{raised.value} {facts}"


def test_a_person_can_still_interrupt_it() -> None:
    with pytest.raises(KeyboardInterrupt):
        GuardedCore(Faulty(is_interrupted)).execute([ORDER])
