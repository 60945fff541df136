"""What is parked, from the command line: listed, tried again, given up by a guarded act only."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hub.clock import MINUTE, Instant
from hub.desks.model import Intent, IntentState, Task, TaskKind, TaskState, intent_key
from hub.desks.told import ASKS
from hub.exchange.model import RowState
from hub.money import Fen
from ops.cli.output import Exit
from ops.demo.site import Site
from ops.demo.town import ENV, HUB_NODE
from tests.support.hubctl import run, shown
from tests.support.rows import BANK, a_hop, a_layer, digest
from tests.support.staffed import copied

OCTETS = b"message 1"
"""Their digest is that of the row's message."""
PARTY, ISSUER = "102.370100", "011.370100"
NAME = f"{ENV}/370100/2026/5201/{ISSUER}/1"
ORIGINAL = f"{NAME}/original/{ISSUER}"
TASK = f"pay:{PARTY}:{NAME}"


@pytest.fixture(name="site")
def _site(ready: Site, tmp_path: Path) -> Site:
    return copied(ready, tmp_path / "town")


@pytest.fixture(name="config")
def _config(site: Site) -> tuple[str, str]:
    return ("--config", str(site.config(HUB_NODE)))


def write(site: Site, work: Callable[[Any], Any]) -> None:
    store = site.store(HUB_NODE)
    with store.begin() as tx:
        work(tx)
        tx.commit()
    store.close()


def park(tx: Any) -> None:
    tx.claim_hops("w", Instant(tx.now + MINUTE), 9, [BANK])
    tx.park_hops("w", [(f"{ORIGINAL}/{PARTY}/to", BANK)])


def row_parked(tx: Any) -> None:
    tx.add_hops([replace(a_hop("1"), delivery_id=f"{ORIGINAL}/{PARTY}/to")])
    park(tx)


def task_parked(tx: Any) -> None:
    at = Instant(tx.now)
    tx.add_tasks([Task(TASK, PARTY, TaskKind.PAY, NAME, b"", TaskState.DUE, at, at, "20261122")])
    (task,) = tx.claim_tasks("w", Instant(at + MINUTE), 1, {TaskKind.PAY})
    tx.save_tasks("w", [replace(task, state=TaskState.PARKED, next_action="task_fault")])


def layer(kind: str, party: str) -> Any:
    name = f"{NAME}/{kind}/{party}"
    made = replace(a_layer("1"), layer_id=name, voucher_id=NAME, layer=kind, party=party)
    return replace(made, stack_digest=digest(name), message_digest=digest("message 1"))


def states(site: Site) -> tuple[list[RowState], list[TaskState]]:
    store = site.store(HUB_NODE)
    with store.read() as tx:
        found = ([row.state for row in tx.oldest_hops(9)], [t.state for t in tx.open_tasks(9)])
    store.close()
    return found


def mended(path: Path, config: tuple[str, str]) -> list[tuple[int, int]]:
    """Put the octets back twice, after others were refused."""
    path.write_bytes(b"another message")
    strange = run("store", "mend", path, *config, expect=Exit.MISCONFIGURED)["error"]
    assert "octets_unknown" == strange["code"]
    path.write_bytes(OCTETS)
    said = [run("store", "mend", path, *config) for _ in range(2)]
    return [(one["mended"], one["whole"]) for one in said]


def test_what_is_parked_is_listed_retried_and_given_up_only_when_nothing_is_lost(
    site: Site, config: tuple[str, str], tmp_path: Path
) -> None:
    assert [] == run("parked", "list", *config)["parked"]
    write(site, row_parked)
    write(site, task_parked)
    row, task = run("parked", "list", *config)["parked"]
    few = run("parked", "list", "--limit", "1", *config)
    assert (2, False) == (len(few["parked"]), few["more"])
    assert ("row", "message_damaged", NAME) == (row["what"], row["code"], row["voucher_id"])
    assert ("task", "task_fault", NAME) == (task["what"], task["code"], task["voucher_id"])
    assert row["id"] in shown("parked", "list", *config)
    assert "发送行" in shown("parked", "list", *config, "--zh")

    told = run("parked", "show", row["id"], *config)
    assert (False, "parked_needed") == (told["octets_whole"], told["needed"])
    run("parked", "retry", "--all", *config, expect=Exit.DAMAGED)
    assert ([RowState.PARKED], [TaskState.PARKED]) == states(site)
    assert [(1, 0), (0, 1)] == mended(tmp_path / "message.xml", config)
    assert run("parked", "show", row["id"], *config)["octets_whole"]
    assert [row["id"]] == [o["id"] for o in run("parked", "retry", row["id"], *config)["retried"]]
    assert ([RowState.DUE], [TaskState.PARKED]) == states(site)
    run("parked", "retry", row["id"], *config, expect=Exit.NOT_FOUND)
    run("parked", "retry", *config, expect=Exit.USAGE)

    write(site, park)
    written = tmp_path / "act.json"
    for one in (row, task):
        act = ("parked", "discard", one["id"], "--reason", "recalled", *config)
        run(*act, "--yes", "--type", HUB_NODE, expect=Exit.INVALID)
    assert ([RowState.PARKED], [TaskState.PARKED]) == states(site)
    write(site, lambda tx: tx.add_layers([layer("original", ISSUER), layer("return", PARTY)]))
    act = ("parked", "discard", row["id"], "--reason", "recalled", *config)
    run(*act, expect=Exit.MISCONFIGURED)
    run(*act, "--yes", "--type", "no-such", expect=Exit.MISCONFIGURED)
    digest_of = run(*act, "--write-act", written)["digest"]
    assert ([RowState.PARKED], [TaskState.PARKED]) == states(site)
    assert digest_of == run(*act, "--yes", "--type", HUB_NODE)["act"]
    run("parked", "discard", task["id"], "--reason", "r", *config, "--yes", "--type", HUB_NODE)
    assert [] == run("parked", "list", *config)["parked"]
    assert ([], []) == states(site)
    events = run("voucher", "trace", NAME.removeprefix(f"{ENV}/"), *config)["events"]
    assert ["given up"] == [e["what"] for e in events if "discarded" in e["detail"]]


def core_asked(tx: Any) -> None:
    at, name = Instant(tx.now), NAME.replace("5201", "8202")
    intents = [
        Intent(intent_key(name, row), PARTY, name, row, Fen(100 * row), IntentState.OPEN, at)
        for row in (1, 2)
    ]
    tx.open_intents(intents)
    task = Task(f"pay:{PARTY}:{name}", PARTY, TaskKind.PAY, name, b"", TaskState.DUE, at, at, "1")
    tx.add_tasks([task])
    (held,) = tx.claim_tasks("w", Instant(at + MINUTE), 1, {TaskKind.PAY})
    tx.save_tasks("w", [replace(held, state=TaskState.PARKED, next_action=ASKS)])


def intents(site: Site) -> list[tuple[IntentState, str, str, str]]:
    store, name = site.store(HUB_NODE), NAME.replace("5201", "8202")
    with store.read() as tx:
        found = tx.intents_of(PARTY, [name])[name]
    store.close()
    return [(one.state, one.trace, one.code, one.day) for one in found]


def test_an_outcome_found_at_the_core_is_recorded_by_a_guarded_act_row_by_row(
    site: Site, config: tuple[str, str], tmp_path: Path
) -> None:
    write(site, core_asked)
    (task,) = [o for o in run("parked", "list", *config)["parked"] if o["code"] == ASKS]
    assert [1, 2] == run("parked", "show", task["id"], *config)["rows_asked"]
    line = tmp_path / "line.txt"
    line.write_text("000317", encoding="utf-8")
    act = ("parked", "outcome", task["id"], "--reason", "book", "--evidence", line, *config)
    moved = (*act, "--done", "000317", "--day", "20261121")
    sure = ("--yes", "--type", HUB_NODE)

    unclear = run(*moved, *sure, expect=Exit.INVALID)["error"]
    assert ("outcome_row", 2) == (unclear["code"], unclear["context"]["count"])
    both = run(*moved, "--refused", "x", "--row", "1", *sure, expect=Exit.INVALID)
    assert "outcome_which" == both["error"]["code"]
    for said, member in (("2026/317", "trace"), ("", "trace"), ("9" * 361, "trace")):
        wrong = run(*act, "--done", said, "--row", "1", *sure, expect=Exit.INVALID)["error"]
        assert ("core_answer_form", member) == (wrong["code"], wrong["context"]["member"])
    wrong = run(*act, "--refused", "Never Sent", "--row", "1", *sure, expect=Exit.INVALID)["error"]
    assert ("core_answer_form", "code") == (wrong["code"], wrong["context"]["member"])
    run(*moved, "--row", "1", expect=Exit.MISCONFIGURED)  # nobody has consented
    written = run(*moved, "--row", "1", "--write-act", tmp_path / "act.json")
    assert [IntentState.OPEN] * 2 == [state for state, *_ in intents(site)]

    told = run(*moved, "--row", "1", *sure)
    assert (1, written["digest"]) == (told["rows_left"], told["act"])
    assert TaskState.PARKED in states(site)[1]
    again = run(*moved, "--row", "1", *sure, expect=Exit.INVALID)["error"]
    assert "outcome_row" == again["code"]
    assert 0 == run(*act, "--refused", "never_sent", *sure)["rows_left"]
    assert [
        (IntentState.DONE, "000317", "", "20261121"), (IntentState.REFUSED, "", "never_sent", ""),
    ] == intents(site)  # fmt: skip
    assert [] == [o for o in run("parked", "list", *config)["parked"] if o["code"] == ASKS]
    run(*act, "--refused", "never_sent", *sure, expect=Exit.NOT_FOUND)


def test_no_outcome_is_taken_where_nobody_asks(
    site: Site, config: tuple[str, str], tmp_path: Path
) -> None:
    write(site, lambda tx: tx.add_tasks([other_task(tx)]))
    write(site, park_other)
    line = tmp_path / "line.txt"
    line.write_text("000317", encoding="utf-8")
    (task,) = [o for o in run("parked", "list", *config)["parked"] if "/2301/" in o["voucher_id"]]
    refused = run(
        "parked", "outcome", task["id"], "--done", "1", "--reason", "book", "--evidence", line,
        *config, "--yes", "--type", HUB_NODE, expect=Exit.INVALID,
    )  # fmt: skip
    assert "outcome_not_asked" == refused["error"]["code"]


def other_task(tx: Any) -> Task:
    at, name = Instant(tx.now), NAME.replace("5201", "2301")
    return Task(f"pay:{PARTY}:{name}", PARTY, TaskKind.PAY, name, b"", TaskState.DUE, at, at, "1")


def park_other(tx: Any) -> None:
    held = tx.claim_tasks("w", Instant(tx.now + MINUTE), 9, {TaskKind.PAY})
    tx.save_tasks(
        "w", [replace(one, state=TaskState.PARKED, next_action="task_fault") for one in held]
    )


def test_a_long_list_says_that_there_is_more(site: Site, config: tuple[str, str]) -> None:
    hops = [replace(a_hop(str(n)), delivery_id=f"{ORIGINAL[:-1]}{n}/{PARTY}/to") for n in (5, 6, 7)]
    write(site, lambda tx: tx.add_hops(hops))
    write(site, lambda tx: tx.claim_hops("w", Instant(tx.now + MINUTE), 9, [BANK]))
    write(site, lambda tx: tx.park_hops("w", [(hop.delivery_id, BANK) for hop in hops]))
    few = run("parked", "list", "--limit", "2", *config)
    assert (2, True) == (sum(o["what"] == "row" for o in few["parked"]), few["more"])
    assert "--limit" in shown("parked", "list", "--limit", "2", *config)
    last = run("parked", "list", *config)["parked"][2]
    assert last["id"] == run("parked", "show", last["id"], *config)["id"]
