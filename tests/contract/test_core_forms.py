"""The cores' port in each form a bank attaches by: Python, a folder, HTTP.

The other end is the sample program of the documents. Answers come late, twice, or not at all.
"""

from __future__ import annotations

import os
import socket
from math import inf
from typing import TYPE_CHECKING, Any

import pytest

from adapters.cores.unread import unread
from hub.desks.movement import ask
from hub.desks.ports import Done, KeyKnown, NotKnown, Refused, Unclear
from hub.errors import Malformed, TargetDown
from hub.observer import Fact
from tests.support.attached import DAY, FORMS, an_order, attached

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.attached import Attached

WRITTEN = ("folder", "http")
ORDER = an_order()
KEYS = {ORDER.key}


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def circle(path: Path) -> None:
    path.symlink_to(path)


def socket_file(path: Path) -> None:
    handle = os.open(path.parent, os.O_RDONLY)  # a socket's own path has to be short
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(f"/proc/self/fd/{handle}/{path.name}")
    os.close(handle)


@pytest.fixture(params=FORMS)
def core(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Attached]:
    with attached(request.param, tmp_path) as made:
        yield made


@pytest.fixture(params=WRITTEN)
def slow(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Attached]:
    """A core that is asked in writing: the test says when it looks."""
    with attached(request.param, tmp_path) as made:
        yield made


def test_an_order_moves_once_and_the_key_is_known_then(core: Attached) -> None:
    done = core.settle([ORDER], KEYS)[ORDER.key]
    assert Done(f"T{ORDER.key[:20]}", DAY) == done
    assert [KeyKnown()] == core.core.execute([an_order(amount=999)])
    assert [done] == core.core.inquire([ORDER.key])
    core.turn()
    assert [(ORDER.key, 100)] == core.ledger.moved()


def test_a_refusal_is_for_ever(core: Attached) -> None:
    order = an_order(to_account="6220000")
    assert Refused("account_closed") == core.settle([order], KEYS)[order.key]
    assert [Refused("account_closed")] == core.core.inquire([order.key])
    assert [] == core.ledger.moved()


def test_a_key_nobody_was_asked_for_is_not_known_by_the_core(core: Attached) -> None:
    core.core.inquire([ORDER.key])
    core.turn()
    assert [NotKnown()] == core.core.inquire([ORDER.key])


def test_orders_after_a_crash_are_inquired_first_and_move_once(core: Attached) -> None:
    orders = [an_order(n, n) for n in range(1, 30)]
    core.settle(orders[:10], {o.key for o in orders[:10]})
    outcomes = core.settle(orders, set())
    assert {o.key for o in orders} == outcomes.keys()
    assert sorted((o.key, o.amount_fen) for o in orders) == sorted(core.ledger.moved())


def test_answers_keep_the_order_asked(core: Attached) -> None:
    orders = [an_order(3), an_order(1, to_account="0000"), an_order(2)]
    core.settle(orders, {o.key for o in orders})
    kinds = [type(answer) for answer in core.core.inquire([o.key for o in orders])]
    assert [Done, Refused, Done] == kinds


def test_a_late_answer_is_unknown_until_it_comes(slow: Attached) -> None:
    for fresh in (KEYS, set[str](), set[str]()):
        assert {ORDER.key: Unclear()} == ask(slow.core, [ORDER], fresh)
    slow.turn()
    assert isinstance(ask(slow.core, [ORDER], set())[ORDER.key], Done)
    assert [(ORDER.key, 100)] == slow.ledger.moved()


def test_a_bank_that_never_answers_is_asked_and_nothing_is_assumed(slow: Attached) -> None:
    ask(slow.core, [ORDER], KEYS)
    for _ in range(5):
        assert [Unclear()] == slow.core.inquire([ORDER.key])
        assert [KeyKnown()] == slow.core.execute([ORDER])


def test_an_order_the_bank_took_and_lost_is_inquired_and_handed_out_again(slow: Attached) -> None:
    ask(slow.core, [ORDER], KEYS)
    take_without_answering(slow)
    assert {ORDER.key: Unclear()} == ask(slow.core, [ORDER], set())
    slow.turn()  # the inquiry: not known
    assert isinstance(slow.settle([ORDER], set())[ORDER.key], Done)
    assert [(ORDER.key, 100)] == slow.ledger.moved()


def test_money_that_moved_without_an_answer_is_found_by_inquiring(slow: Attached) -> None:
    ask(slow.core, [ORDER], KEYS)
    for paper in take_without_answering(slow):
        slow.ledger.pay(paper)
    assert isinstance(slow.settle([ORDER], set())[ORDER.key], Done)
    assert [(ORDER.key, 100)] == slow.ledger.moved()


def test_the_first_of_two_answers_stands(slow: Attached) -> None:
    done = slow.settle([ORDER], KEYS)[ORDER.key]
    answer_again(slow, {"outcome": "refused", "code": "account_closed"})
    assert [done] == slow.core.inquire([ORDER.key])
    answer_again(slow, {"outcome": "done", "trace": "X", "day": DAY})
    assert [done] == slow.core.inquire([ORDER.key])


def test_a_mailbox_that_was_lost_proves_nothing(slow: Attached, tmp_path: Path) -> None:
    """A restored node forgets what it asked; the bank does not."""
    slow.settle([ORDER], KEYS)
    other = tmp_path / "restored"
    other.mkdir()
    form = "http" if (slow.root / "node.sqlite").exists() else "folder"
    with attached(form, other, slow.ledger) as restored:
        assert isinstance(restored.settle([ORDER], set())[ORDER.key], Done)
        assert [(ORDER.key, 100)] == restored.ledger.moved()


def test_half_an_answer_says_nothing(tmp_path: Path) -> None:
    with attached("folder", tmp_path) as core:
        ask(core.core, [ORDER], KEYS)
        path = tmp_path / "exchange" / "answers" / f"{ORDER.key}.json"
        unreal = '{"outcome": "done", "trace": "317", "day": "20261399"}'
        for half in (
            '{"outcome": "do',
            '{"outcome": "done"}',
            "[]",
            '{"outcome": "maybe"}',
            unreal,
        ):
            path.write_text(half)
            assert [Unclear()] == core.core.inquire([ORDER.key])
        core.turn()
        assert isinstance(core.core.inquire([ORDER.key])[0], Done)


def test_what_came_back_is_told_on_its_day(tmp_path: Path) -> None:
    with attached("folder", tmp_path) as core:
        folder = tmp_path / "exchange" / "bounces" / DAY
        folder.mkdir()
        (folder / f"{ORDER.key}.json").write_text('{"code": "account_closed"}')
        (folder / "unreadable.json").write_text("{")
        assert [(ORDER.key, "account_closed")] == [(b.key, b.code) for b in core.core.bounces(DAY)]
        assert [] == core.core.bounces("20261124")


def test_a_folder_where_an_answer_belongs_holds_up_nobody_else(tmp_path: Path) -> None:
    other = an_order(2)
    with attached("folder", tmp_path) as core:
        exchange = tmp_path / "exchange"
        (exchange / "bounces" / DAY / f"{ORDER.key}.json").mkdir(parents=True)
        (exchange / "answers" / f"{ORDER.key}.json").mkdir()
        (done,) = core.settle([other], {other.key}).values()
        assert Done(f"T{other.key[:20]}", DAY) == done
        assert [Unclear()] == core.core.inquire([ORDER.key])
        assert [] == core.core.bounces(DAY)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("made", [os.mkfifo, endless, circle, socket_file])
def test_what_is_no_plain_file_holds_up_nobody_else(
    made: Callable[[Path], object], tmp_path: Path
) -> None:
    other = an_order(2)
    with attached("folder", tmp_path) as core:
        exchange = tmp_path / "exchange"
        (exchange / "bounces" / DAY).mkdir(parents=True)
        for folder in (exchange / "answers", exchange / "bounces" / DAY):
            made(folder / f"{ORDER.key}.json")
        (done,) = core.settle([other], {other.key}).values()
        assert Done(f"T{other.key[:20]}", DAY) == done
        assert [Unclear()] == core.core.inquire([ORDER.key])
        assert [] == core.core.bounces(DAY)
        assert {"answers": 1, "bounces": 1} == unread(None, exchange, inf)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_came_back_and_may_not_be_read_is_asked_for_again(tmp_path: Path) -> None:
    with attached("folder", tmp_path) as core:
        folder = tmp_path / "exchange" / "bounces" / DAY
        folder.mkdir(parents=True)
        for name in (ORDER.key, "somebody-else"):
            (folder / f"{name}.json").write_text('{"code": "account_closed"}')
            (folder / f"{name}.json").chmod(0)
        with pytest.raises(TargetDown, match=r"^core_folder_away "):
            core.core.bounces(DAY)
        (folder / f"{ORDER.key}.json").chmod(0o600)
        assert [ORDER.key] == [bounce.key for bounce in core.core.bounces(DAY)]


def test_faults_of_the_banks_own_code_are_unknown_outcomes(tmp_path: Path) -> None:
    from adapters.cores.opening import open_core

    file = tmp_path / "core.py"
    file.write_text(
        "class Core:\n"
        "    refuses_repeated_keys = True\n"
        "    def execute(self, orders): raise ValueError('no')\n"
        "    def inquire(self, keys): return ['yes' for _ in keys]\n"
        "    def bounces(self, day): return []\n"
        "def open_core(): return Core()\n"
    )
    facts: list[Fact] = []
    core = open_core(f"python:///{file}", observe=facts.append)
    assert [Unclear("core_failed")] == core.execute([ORDER])
    assert [Unclear("core_failed")] == core.inquire([ORDER.key])
    assert ["execute: ValueError at core.py:3", "inquire: str is no answer"] == told(facts)


def told(facts: list[Fact]) -> list[str]:
    """What the bank's developer reads in the log."""
    assert {"core_code_fails"} == {fact.name for fact in facts}
    return [f"{fact.fields['act']}: {fact.fields['reason']}" for fact in facts]


@pytest.mark.parametrize(
    ("says", "reason"),
    [("return []", "0 answers to 1"), ("return None", "TypeError at python_core.py:"),
     ("return [Done('3 17', '20261122')]", "Done: trace is not "),
     ("return [Done('317', '2026-11-22')]", "Done: day is not yyyyMMdd"),
     ("return [Refused('AC01')]", "Refused: code is not "),
     ("raise SystemExit(9)", "SystemExit at core.py:4"),
     ("return [NotKnown()]", "NotKnown is no answer")],
)  # fmt: skip
def test_the_log_says_what_is_wrong_with_an_answer_of_the_banks_own_code(
    says: str, reason: str, tmp_path: Path
) -> None:
    from adapters.cores.opening import open_core

    file = tmp_path / "core.py"
    file.write_text(
        "from hub.desks.ports import Done, NotKnown, Refused\n"
        "class Core:\n"
        "    refuses_repeated_keys = True\n"
        f"    def execute(self, orders): {says}\n"
        "    def inquire(self, keys): return [NotKnown() for _ in keys]\n"
        "    def bounces(self, day): raise KeyError('9901841561482379938')\n"
        "def open_core(): return Core()\n"
    )
    facts: list[Fact] = []
    core = open_core(f"python:///{file}", observe=facts.append)
    core.execute([ORDER])
    assert [NotKnown()] == core.inquire([ORDER.key])  # a right answer is no fact
    with pytest.raises(TargetDown, match="core_failed"):
        core.bounces(DAY)
    executed, bounced = told(facts)
    assert executed.startswith(f"execute: {reason}")
    assert bounced == "bounces: KeyError at core.py:6"  # and no account


@pytest.mark.parametrize(
    ("said", "heard"),
    [("Done(317, '20261122')", Unclear("core_answer_form")),
     ("Done('317', '20261399')", Unclear("core_answer_form")),
     ("Done('3 17', '20261122')", Unclear("core_answer_form")),
     ("Refused('销户')", Refused("core_refused")), ("Refused('AC01')", Refused("core_refused")),
     ("Refused(None)", Refused("core_refused")), ("Refused('wrong_day')", Refused("wrong_day"))],
)  # fmt: skip
def test_what_no_receipt_could_bear_is_no_answer_of_the_banks_own_code_but_a_refusal_is(
    said: str, heard: Unclear | Refused, tmp_path: Path
) -> None:
    from adapters.cores.opening import open_core

    file = tmp_path / "core.py"
    file.write_text(
        "from hub.desks.ports import Bounce, Done, Refused\n"
        "class Core:\n"
        "    refuses_repeated_keys = True\n"
        f"    def execute(self, orders): return [{said}]\n"
        f"    def inquire(self, keys): return [{said}]\n"
        f"    def bounces(self, day): return [Bounce('k', 'account_closed', day)]\n"
        "def open_core(): return Core()\n",
        encoding="utf-8",
    )
    core = open_core(f"python:///{file}")
    assert [heard] == core.execute([ORDER])
    assert [heard] == core.inquire([ORDER.key])
    with pytest.raises(Malformed, match=r"^core_answer_form "):
        core.bounces(DAY)


def take_without_answering(slow: Attached) -> list[dict[str, Any]]:
    """The bank takes its orders and says nothing."""
    import json

    exchange = slow.root / "exchange"
    if exchange.is_dir():
        paths = sorted((exchange / "requests").glob("*.json"))
        papers = [json.loads(path.read_text()) for path in paths]
        for path in paths:
            path.unlink()
        return papers
    mail = node_of(slow).read(["order"])
    return [json.loads(piece.content) for piece in mail]


def answer_again(slow: Attached, said: dict[str, str]) -> None:
    from hub.desks.paper import answer_of
    from tests.support.attached import sample

    exchange = slow.root / "exchange"
    if exchange.is_dir():
        sample("bank_folder").answer(exchange, ORDER.key, said)
    else:
        node_of(slow).answer({ORDER.key: answer_of(said)})


def node_of(slow: Attached) -> Any:
    from tests.support.attached import a_window, store_at

    return a_window(store_at(slow.root))
