"""What is parked, from the command line: listed, tried again, given up by a guarded act only."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hub.clock import MINUTE, Instant
from hub.desks.model import Task, TaskKind, TaskState
from hub.exchange.model import RowState
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


@pytest.fixture(name="site", scope="module")
def _site(ready: Site, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return copied(ready, tmp_path_factory.mktemp("town"))


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


def test_what_is_parked_is_listed_retried_and_given_up_only_when_nothing_is_lost(
    site: Site, config: tuple[str, str], tmp_path: Path
) -> None:
    assert [] == run("parked", "list", *config)["parked"]
    write(site, row_parked)
    write(site, task_parked)
    row, task = run("parked", "list", *config)["parked"]
    assert ("row", "message_damaged", NAME) == (row["what"], row["code"], row["voucher_id"])
    assert ("task", "task_fault", NAME) == (task["what"], task["code"], task["voucher_id"])
    assert row["id"] in shown("parked", "list", *config)
    assert "发送行" in shown("parked", "list", *config, "--zh")

    told = run("parked", "show", row["id"], *config)
    assert (False, "parked_needed") == (told["octets_whole"], told["needed"])
    run("parked", "retry", "--all", *config, expect=Exit.DAMAGED)
    assert ([RowState.PARKED], [TaskState.PARKED]) == states(site)
    write(site, lambda tx: tx.add_messages({digest("message 1"): OCTETS}))
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
