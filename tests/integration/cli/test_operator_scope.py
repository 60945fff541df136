"""A bureau's node serves many divisions: an operator tries to read across, by every command.

The tables (`tests.support.scoped`) name every command that takes a node's settings, with what asks
it for another division's vouchers. A command that is not there fails the first test; one there that
shows anything of them, or does not refuse where it has no scope, fails the others.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from getpass import getuser
from pathlib import Path
from typing import Any, Final

import pytest

from hub.clearing.breaks import Break
from hub.clearing.model import QuotaKey
from hub.clearing.movement import Movement, compare_quota
from hub.clearing.reconciliation import Item, compare
from hub.clock import MINUTE, Instant
from hub.desks import window
from hub.desks.checks import breaks_of
from hub.desks.model import Task, TaskKind, TaskState
from hub.exchange.alarms import Alarm, AlarmState
from hub.exchange.model import RefusalRow
from hub.money import Fen, yuan
from hub.parties import FINANCE, Party
from hub.trust.model import Duty
from keys.plan import OperatorPlan, Plan
from ops.cli.main import branch
from ops.cli.output import Exit
from ops.cli.places import NOUNS, VERBS
from ops.clock import SystemClock
from ops.demo.ground import Embedded
from ops.demo.site import Site
from ops.demo.town import BUREAU_NODE, HUB_NODE, Town, town
from ops.import_wiring import importer
from ops.look import alarms as look_alarms
from ops.look import conflicts as look_conflicts
from ops.look import finding
from ops.look_wiring import node
from ops.payments_import.rows import parse
from ops.scope import Scope
from tests.support.hubctl import run, shown
from tests.support.payments import as_csv, rows
from tests.support.scoped import NO_LOOK, WHOLE, WITHIN

OWN, OTHER = "990100", "990200"
WHO: Final = "zhao.yi"
REASON: Final = ("--reason", "looking")


class Staffed(Town):
    """The town, with an operator of one division."""

    @property
    def plan(self) -> Plan:
        one = OperatorPlan(WHO, Party(FINANCE, OWN), Duty.SYSTEM, (OWN,))
        return replace(super().plan, operators=(one,))


@dataclass(frozen=True)
class Office:
    """A bureau's node, and what another division has there."""

    whole: Path
    """Settings of the node's own account."""
    part: Path
    """Settings of the operator of `OWN`."""
    markers: frozenset[str]
    """Numbers, names, accounts and amounts of the other divisions alone."""
    words: Mapping[str, str]
    """What the table asks for, by its name there."""

    def argv(self, command: str, asked: str) -> list[str]:
        return [*command.split(), *asked.format(**self.words).split()]

    def leaked(self, said: str) -> list[str]:
        return [m for m in self.markers if re.search(rf"(?<![0-9.]){re.escape(m)}(?![0-9])", said)]


@pytest.fixture(name="office", scope="module")
def _office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    root = tmp_path_factory.mktemp("scope")
    base = town()
    home = Staffed(base.divisions, base.banks, base.bank_nodes, base.treasury)
    site = Site(root, home, Embedded(root))
    site.make(SystemClock())
    whole = site.config(BUREAU_NODE)
    csv = root / "payments.csv"
    csv.write_bytes(as_csv(rows(9, seed=11)))
    with importer(whole) as this:
        this.send(this.look(parse(csv.read_bytes())))
    part = whole.with_name("part.toml")
    part.write_text(f'operator = "{WHO}"\n{whole.read_text()}')
    return _told(site, whole, part, csv)


def _told(site: Site, whole: Path, part: Path, csv: Path) -> Office:
    found_all = run("voucher", "find", "--since", "20000101", "--config", whole)["rows"]
    told = {
        mine: [r for r in found_all if (r["division"] == OWN) is mine] for mine in (True, False)
    }
    assert all(told.values()), "both have payments"
    strange = next(
        r for r in told[False] if r["division"] == OTHER and r["kind"] in {"5201", "8202"}
    )
    words = {"voucher": strange["voucher_id"], "csv": str(csv), "file": str(csv)}
    words |= {"new": str(site.root / "new"), "folder": str(site.root / "pki")}
    _write(site, lambda tx: _trouble(tx, strange))
    words["parked"] = run("parked", "list", "--config", whole)["parked"][-1]["id"]
    kept = run("breaks", "list", "--config", whole, expect=Exit.BREAKS_OPEN)["breaks"]
    words["break_id"] = next(b["id"] for b in kept if b["party"] == f"011.{OTHER}")
    account = f"{csv}.accounts"
    Path(account).write_text(
        "code,name,agency,agency_name,type,bank\n"
        "6222000099887766,蓝色账户,101001,蓝色单位,2,蓝色银行\n",
        "utf-8",
    )
    published = ("--division", OTHER, "--category", "ACCOUNT", "--version", "1")
    run("basedata", "import", account, *published, "--config", whole)
    marks = {mine: {text for row in rows_ for text in _marks(row)} for mine, rows_ in told.items()}
    strangers = (marks[False] - marks[True]) | {
        "6222000099887766",
        "蓝色账户",
        "蓝色银行",
        "777.77",
        "77777",
    }
    return Office(whole, part, frozenset(strangers), words)


def _marks(row: Mapping[str, Any]) -> list[str]:
    amount = row["amount_fen"]
    return [row["voucher_id"], row["payee"], row["account"], yuan(amount), str(amount)]


def _differences(party: str, begin: str, ours: Fen) -> list[Break]:
    """A statement of each sort that differs; numbers and treasuries begin as a division does."""
    rows = compare([Item(f"{begin}0000001", ours)], [])
    cleared = compare([Item(f"2301/{begin}0000001#1", ours)], [])
    key = QuotaKey(f"{begin}0001", "102990000011", "101", "2050202", "1", "2026", "11")
    quota = compare_quota([Movement(key, ours, Fen(0), Fen(0))], [])
    return [
        one
        for about, result in (("5108", rows), ("3507", cleared), ("3510", quota))
        for one in breaks_of(result.differences, party, "001.9901", about, "20261122")
    ]


def _trouble(tx: Any, row: Mapping[str, Any]) -> None:
    """A break, alarms, a conflict and a parked task about another division's voucher."""
    name, at, party = row["voucher_id"], Instant(tx.now), f"011.{OTHER}"
    tx.put_breaks([b for who in (party, f"001.{OWN}") for b in _differences(who, OWN, Fen(77777))])
    tx.put_breaks(_differences(f"011.{OWN}", OTHER, Fen(5)))
    tx.put_alarms(
        [
            Alarm(code, HUB_NODE, AlarmState.OPEN, 9, at, at, at, Instant(at + MINUTE))
            for code in ("peer_absent", "conflict")
        ]
    )
    again = f"{name}/original/{party}/011.{OWN}/to"
    tx.add_refusals([RefusalRow(HUB_NODE, b"2" * 32, "identity_conflict", again, at)])
    task = Task(
        f"send:{party}:{name}", party, TaskKind.PAY, name, b"", TaskState.DUE, at, at, "20261122"
    )
    tx.add_tasks([task])
    (claimed,) = tx.claim_tasks("w", Instant(at + MINUTE), 1, {TaskKind.PAY})
    tx.save_tasks("w", [replace(claimed, state=TaskState.PARKED, next_action="core_ask_operator")])


def _write(site: Site, work: Callable[[Any], None]) -> None:
    store = site.store(BUREAU_NODE)
    with store.begin() as tx:
        work(tx)
        tx.commit()
    store.close()


def commands() -> set[str]:
    """Every command that takes a node's settings."""
    taken = set()
    for name in (*VERBS, *NOUNS):
        made = branch(name)
        for verb, command in getattr(made, "commands", {"": made}).items():
            if any("--config" in one.opts for one in command.params):
                taken.add(f"{name} {verb}".strip())
    return taken


def test_every_command_that_takes_a_nodes_settings_is_in_one_of_the_tables() -> None:
    assert commands() == {*WITHIN, *WHOLE, *NO_LOOK}
    assert len(commands()) == len(WITHIN) + len(WHOLE) + len(NO_LOOK)


@pytest.mark.parametrize("command", sorted(WITHIN))
def test_an_operator_reads_nothing_of_another_division(command: str, office: Office) -> None:
    argv = [*office.argv(command, WITHIN[command]), "--config", str(office.part)]
    asked, said = " ".join(argv), run(*argv, expect=None)
    if re.search("{voucher}|{parked}|{break_id}|--category", WITHIN[command]):
        assert "operator_scope" == said["error"]["code"], "there or not, it is none of his"
    for told in (str(said), shown(*argv), shown(*argv, "--zh")):
        assert [] == [mark for mark in office.leaked(told) if mark not in asked]
        assert "Traceback" not in told


@pytest.mark.parametrize("command", sorted(WHOLE))
def test_a_command_about_the_whole_node_is_refused_to_who_sees_a_part(
    command: str, office: Office
) -> None:
    argv = [*office.argv(command, WHOLE[command]), "--config", str(office.part)]
    refused = run(*argv, expect=Exit.INVALID)
    assert ("operator_scope", WHO) == (
        refused["error"]["code"], refused["error"]["context"]["operator"],
    )  # fmt: skip


def test_without_the_scope_the_same_commands_show_it(office: Office) -> None:
    """Else nothing would be shown by those that look for what is kept back."""
    for command in (
        "status",
        "voucher find",
        "voucher show",
        "parked list",
        "breaks list",
        "alarm list",
    ):
        argv = [*office.argv(command, WITHIN[command]), "--config", str(office.whole)]
        assert office.leaked(str(run(*argv, expect=None))), command


def test_an_operator_reads_what_is_of_his_own_division(office: Office) -> None:
    part = ("--config", str(office.part))
    rows_ = run("voucher", "find", "--since", "20000101", *part)["rows"]
    assert {OWN} == {row["division"] for row in rows_}
    one = rows_[0]["voucher_id"]
    assert one == run("voucher", "trace", one, *part)["voucher_id"]
    named = [move["voucher_id"] for move in run("status", "--limit", "1", *part)["oldest"]]
    assert [OWN] == [name.split("/")[1] for name in named], "though others wait longer"
    for option in (("--division", OTHER), ("--division", OWN, "--division", OTHER)):
        across = run("voucher", "find", "--since", "20000101", *option, *part, expect=Exit.INVALID)
        assert "operator_scope" == across["error"]["code"]


def test_an_operator_sees_and_explains_the_breaks_of_his_own_bureau(office: Office) -> None:
    part = ("--config", office.part)
    own = run("breaks", "list", *part, expect=Exit.BREAKS_OPEN)["breaks"]
    assert {"5108", "3507", "3510"} == {one["subject"].partition("/")[0] for one in own}
    assert {f"011.{OWN}"} == {one["party"] for one in own}
    run("breaks", "explain", own[0]["id"], "--reason", "23 日重发", *part)


def test_an_alarm_tells_an_operator_the_money_of_his_own_division(office: Office) -> None:
    every, conflict = _by_code(run("alarm", "list", "--config", office.whole))
    own, hidden = _by_code(run("alarm", "list", "--config", office.part))
    assert office.words["voucher"] == conflict["conflict"]["voucher_id"]
    assert "conflict" not in hidden
    assert 0 < own["amount_fen"] < every["amount_fen"]
    assert 0 < own["vouchers"] < every["vouchers"]


def test_conflicts_of_others_are_none_of_an_operator_s_more(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look_conflicts, "MOST", 0)
    for config, cut in ((office.whole, True), (office.part, False)):
        argv = ["voucher", "conflicts", "--config", str(config)]
        assert cut is run(*argv)["cut"]
        assert cut is ("there are more" in shown(*argv))


@pytest.mark.parametrize("division", [OWN, OTHER])
def test_what_others_have_hides_nothing_of_an_operator_s_own(
    division: str, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each sort one is shown; what waits for the one division lies before the other's."""
    monkeypatch.setattr(window, "ASKED_MAX", 1)
    monkeypatch.setattr(look_alarms, "MOST", 1)
    scope = Scope(WHO, (division,))
    with node(office.whole) as this:
        (ack,), more, _ = finding.unsafe(this.parts, scope, replay=False)
        _, shown_ = look_alarms.alarms(this.parts, scope, everything=True)
    assert (division, True) == (ack.layer_id.split("/")[1], more)
    absent = {one.alarm.code: one.consequence for one in shown_}["peer_absent"]
    assert absent is not None
    assert (1, False) == (absent.vouchers, absent.whole)


def _by_code(said: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    found = {alarm["code"]: alarm for alarm in said["alarms"]}
    return found["peer_absent"], found["conflict"]


def test_whoever_is_no_operator_in_office_reads_nothing(office: Office) -> None:
    stranger = office.part.with_name("stranger.toml")
    stranger.write_text(office.part.read_text().replace(WHO, "nobody"))
    refused = run("voucher", "find", "--unit", "1", "--config", stranger, expect=Exit.INVALID)
    assert "operator_unknown operator=nobody" == refused["error"]["what"]


def test_an_alarm_is_taken_on_by_an_operator_the_list_knows(office: Office) -> None:
    act = ("alarm", "ack", "peer_absent", HUB_NODE)
    for by in ((), ("--by", "somebody")):
        refused = run(*act, *by, "--config", office.whole, expect=Exit.INVALID)["error"]
        assert "operator_unknown" == refused["code"]
        assert refused["context"]["operator"] in {*by, getuser()}
        assert "hubctl operator list" in refused["do"]
    other = run(*act, "--by", "li.si", "--config", office.part, expect=Exit.INVALID)
    assert "operator_other" == other["error"]["code"]
    spoken = run(*act, "--by", "Li Si", "--config", office.whole, expect=Exit.INVALID)
    assert "operator_format" == spoken["error"]["code"]
    assert WHO == run(*act, "--config", office.part)["acknowledged_by"]
