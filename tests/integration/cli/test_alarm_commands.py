"""Alarms from the command line: their consequence in money, taking one on, trying the hook."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub.clearing.breaks import BreakKind, found
from hub.clock import Instant
from hub.desks.late import CORE
from hub.exchange.alarms import Alarm, AlarmState
from hub.exchange.model import RefusalRow
from hub.money import Fen
from hub.parties import NodeId
from ops.cli.output import Exit
from ops.demo.site import Site
from ops.demo.town import BUREAU_NODE, HUB_NODE
from ops.look.alarms import MOST
from tests.integration.cli.test_node_commands import COUNT, _issued
from tests.support.hubctl import run, shown

__all__ = ["_issued"]

BANK_NODE = NodeId("icbc")


@pytest.fixture(name="alarmed")
def _alarmed(issued: Site) -> Site:
    """Six payments wait for a hub that nobody hears; what a test answered is open again."""
    with issued.store(BUREAU_NODE).begin() as tx:
        at = Instant(tx.now - 60_000)
        rows = [
            Alarm("peer_absent", HUB_NODE, AlarmState.OPEN, COUNT, at, at, at, Instant(at + 9)),
            Alarm("channel_down", "c2", AlarmState.CLEARED, 1, at, at, at, at),
        ]
        tx.put_alarms(rows)
        tx.commit()
    return issued


def test_an_alarm_says_how_many_vouchers_and_how_much_money_wait(alarmed: Site) -> None:
    said = run("alarm", "list", "--config", alarmed.config(BUREAU_NODE))
    (alarm,) = [
        one for one in said["alarms"] if one["code"] == "peer_absent"
    ]  # others leave theirs
    with alarmed.store(BUREAU_NODE).read() as tx:
        totals = tx.line_totals()
        issued = {line.voucher_id for line in tx.unfinished_lines(1000)}
    assert len(issued) >= COUNT, "payments and the quotas before them"
    money = sum(total.amount_fen for total in totals.values())
    assert (len(issued), money, True) == (alarm["vouchers"], alarm["amount_fen"], alarm["whole"])
    assert ("system", "docs/how-to/answer-an-alarm.md#peer_absent") == (
        alarm["owner"], alarm["runbook"],
    )  # fmt: skip
    everything = run("alarm", "list", "--all", "--config", alarmed.config(BUREAU_NODE))
    assert {"peer_absent", "channel_down"} <= {one["code"] for one in everything["alarms"]}
    assert f"{len(said['alarms'])} unanswered" in shown(
        "alarm", "list", "--config", alarmed.config(BUREAU_NODE)
    )


def test_alarms_about_one_neighbour_or_about_tasks_read_what_waits_once(
    issued: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Any, ...]] = []
    with issued.store(BUREAU_NODE).begin() as tx:
        at, view = Instant(tx.now), type(tx)
        about = [(code, str(HUB_NODE)) for code in ("peer_absent", "rows_parked", "rows_late")]
        about += [("tasks_parked", f"subject_{n}") for n in range(3)]
        tx.put_alarms([Alarm(*one, AlarmState.OPEN, 1, at, at, at, at) for one in about])
        tx.commit()

    def counted(name: str) -> Callable[..., Any]:
        read = getattr(view, name)

        def reading(self: Any, limit: int, *values: Any) -> Any:
            asked.append((name, limit, *values[:-1]))
            return read(self, limit, *values)

        return reading

    for name in ("oldest_hops", "parked_tasks"):
        monkeypatch.setattr(view, name, counted(name))
    said = run("alarm", "list", "--config", issued.config(BUREAU_NODE))["alarms"]
    assert {*about} <= {(one["code"], one["subject"]) for one in said}
    assert [("oldest_hops", MOST + 1, HUB_NODE), ("parked_tasks", MOST + 1)] == sorted(asked)


def test_a_core_that_contradicts_says_how_much_money_it_is_about(issued: Site) -> None:
    party = "102.370100"
    rows = [
        found(party, CORE, BreakKind.CORE_DIFFERS, f"{name}#1", "20261121", Fen(ours), Fen(theirs))
        for name, ours, theirs in [("v/1", 0, 300), ("v/2", 500, 0)]
    ]
    with issued.store(BANK_NODE).begin() as tx:
        at = Instant(tx.now)
        tx.put_breaks(rows)
        tx.put_alarms(
            [Alarm("core_contradicts", party, AlarmState.OPEN, 2, at, at, at, Instant(at + 9))]
        )
        tx.commit()
    said = run("alarm", "list", "--config", issued.config(BANK_NODE))
    (alarm,) = said["alarms"]
    assert "core_contradicts" == alarm["code"]
    assert (2, 800, True) == (alarm["vouchers"], alarm["amount_fen"], alarm["whole"])
    assert "breaks" in alarm["command"]


def test_somebody_takes_an_alarm_on_and_the_journal_says_who(
    alarmed: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = alarmed.config(BUREAU_NODE)
    act = ("alarm", "ack", "peer_absent", HUB_NODE, "--by", "svc@corp", "--config", config)
    said = run(*act)
    assert ("acknowledged", "svc@corp") == (said["state"], said["acknowledged_by"])
    assert "svc@corp" == run(*act)["acknowledged_by"]
    with monkeypatch.context() as container:  # whose accounts are numbers
        container.setattr("os.getuid", lambda: 54_321)
        for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
            container.delenv(name, raising=False)
        nameless = run(*act[:4], "--config", config, expect=Exit.INVALID)
        assert "operator_format" == nameless["error"]["code"]
    missing = ("alarm", "ack", "peer_absent", "nobody", "--config", config)
    assert "alarm_unknown" == run(*missing, expect=Exit.NOT_FOUND)["error"]["code"]
    over = ("alarm", "ack", "channel_down", "c2", "--config", config)
    assert "alarm_cleared" == run(*over, expect=Exit.INVALID)["error"]["code"]


def test_a_conflict_says_which_voucher_and_both_messages_can_be_looked_at(
    alarmed: Site, tmp_path: Path
) -> None:
    config, bank = alarmed.config(BUREAU_NODE), "102.990000"
    rows = run("voucher", "find", "--since", "20000101", "--config", config)["rows"]
    first, second = list(dict.fromkeys(row["voucher_id"] for row in rows))[:2]
    with alarmed.store(BUREAU_NODE).begin() as tx:
        at = Instant(tx.now)
        (row,) = tx.layers_of(first)
        (other,) = tx.layers_of(second)  # stands for the other content
        name = f"{row.layer_id}/{bank}/to"
        made = RefusalRow(HUB_NODE, other.message_digest, "identity_conflict", name, at)
        tx.add_refusals([made])
        tx.put_alarms([Alarm("conflict", HUB_NODE, AlarmState.OPEN, 1, at, at, at, at)])
        before, after = row.message_digest, other.message_digest
        octets = tx.messages([before, after])
        tx.commit()
    found = run("alarm", "list", "--config", config)["alarms"]
    (alarm,) = [one for one in found if one["code"] == "conflict"]
    about = alarm["conflict"]
    assert (first, HUB_NODE, before.hex(), after.hex()) == (
        about["voucher_id"], about["from"], about["on_record"], about["refused"],
    )  # fmt: skip
    assert first in alarm["why"]
    words = alarm["command"].removeprefix("hubctl ").removesuffix("both").split()
    said = run(*words, tmp_path / "both", "--config", config)
    assert [alarm["conflict"]] == said["conflicts"]
    assert {octets[before], octets[after]} == {Path(file).read_bytes() for file in said["files"]}
    for file in said["files"]:
        assert run("voucher", "show", file)
    none = ("voucher", "conflicts", second, "--config", config)
    assert "conflict_unknown" == run(*none, expect=Exit.NOT_FOUND)["error"]["code"]


def test_the_hook_can_be_tried(alarmed: Site, tmp_path: Path) -> None:
    config = alarmed.config(BUREAU_NODE)
    refused = run("alarm", "test", "--config", config, expect=Exit.MISCONFIGURED)
    assert "hook_not_set" == refused["error"]["code"]
    place, with_hook = tmp_path / "took", config.with_name("with-hook.toml")
    program = f"import sys; open({str(place)!r}, 'w').write(sys.stdin.read())"
    command = json.dumps([sys.executable, "-c", program])
    with_hook.write_text(f"{config.read_text()}\n[alarms]\ncommand = {command}\n")
    assert run("alarm", "test", "--config", with_hook)["delivered"]
    took = json.loads(place.read_text())
    assert ("test", BUREAU_NODE) == (took["event"], took["node"])


def test_a_monitoring_plug_in_gets_its_one_line(alarmed: Site) -> None:
    config = alarmed.config(BUREAU_NODE)
    line = shown("check", "--format", "nagios", "--config", config)
    assert line.startswith("EVX CRITICAL - lease: nobody is active")
    assert 1 == line.count("\n")
    with alarmed.store(BUREAU_NODE).read() as tx:
        assert f"to_send={tx.open_hops()};;;0" in line
    gone = shown("check", "--format", "nagios", "--config", config.with_name("gone.toml"))
    assert gone.startswith("EVX UNKNOWN - settings_missing")
