"""Trust on running nodes: a suspension counts in every worker, a list travels by itself."""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import pytest

from hub.parties import NodeId
from ops.demo.site import Site
from ops.demo.town import BUREAU_NODE, HUB_NODE
from ops.import_wiring import importer
from ops.payments_import.rows import parse
from tests.support.hubctl import run
from tests.support.payments import as_csv, rows
from tests.support.staffed import copied

WORKERS = 3
BOUND_SECONDS = 1.0
DEADLINE_SECONDS = 60.0
ICBC = NodeId("icbc")
BUREAU, TREASURY = "011.990100", "001.0299000000"


def wait(what: Callable[[], bool]) -> None:
    until = time.monotonic() + DEADLINE_SECONDS
    while not what():
        assert time.monotonic() < until, "deadline"
        time.sleep(0.05)


@contextmanager
def running(ready: Site, folder: Path) -> Iterator[Site]:
    site = copied(ready, folder)
    config = site.config(HUB_NODE)
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("\ndata =", f"\nworkers = {WORKERS}\ndata =", 1), "utf-8")
    try:
        for node in (HUB_NODE, ICBC, BUREAU_NODE):
            site.start(node)
        yield site
    finally:
        site.end()


@pytest.fixture(name="site", scope="module")
def _site(ready: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(ready, tmp_path_factory.mktemp("lives")) as site:
        yield site


@pytest.fixture(name="listed")
def _listed(ready: Site, tmp_path: Path) -> Iterator[Site]:
    """One of its own: a new list has processes begin anew, which others must not meet."""
    with running(ready, tmp_path / "listed") as site:
        yield site


def facts(site: Site, node: NodeId, name: str) -> list[dict[str, Any]]:
    log = (site.root / node / "log-a.jsonl").read_text(encoding="utf-8")
    told = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    return [one for one in told if one.get("event") == name]


def loaded(site: Site, node: NodeId, state: int) -> dict[str, float]:
    """Process → when it took over this trust state."""
    first: dict[str, float] = {}
    for one in facts(site, node, "trust_loaded"):
        if one["trust_state"] >= state and one["process"] != "expiry":
            at = datetime.fromisoformat(one["timestamp"]).timestamp()
            first.setdefault(one["process"], at)
    return first


class Stored:
    """When the hub's store first had each trust state, seen by looking all the time."""

    def __init__(self, site: Site) -> None:
        self._store = site.store(HUB_NODE)
        self._stop = threading.Event()
        self._first: dict[int, float] = {}
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._store.close()

    def at(self, state: int) -> float:
        """The instant this state, or a later one, was there."""
        wait(lambda: any(seen >= state for seen in self._first))
        return min(at for seen, at in self._first.items() if seen >= state)

    def _look(self) -> None:
        while not self._stop.wait(0.005):
            with self._store.read() as tx:
                now = time.time()  # noqa: TID251 - compared with the log's own times
                self._first.setdefault(tx.fence.trust_state, now)


@pytest.mark.timeout(240)
def test_a_suspension_counts_in_every_worker_within_a_second(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    processes = {"d", *(f"w{n}" for n in range(WORKERS))}
    wait(lambda: processes <= loaded(site, HUB_NODE, 1).keys())
    hub = ("--config", site.config(HUB_NODE), "--yes", "--type", "hub")
    suspend = ("suspend", f"party:{TREASURY}", "--since", "2026-01-01T00:00:00Z")
    took: list[float] = []
    with Stored(site) as stored:
        for verb in (suspend, ("lift", f"party:{TREASURY}")):
            state = run("trust", *verb, *hub)["trust_state"]
            wait(lambda: processes <= loaded(site, HUB_NODE, state).keys())  # noqa: B023 - at once
            took.append(max(loaded(site, HUB_NODE, state).values()) - stored.at(state))
    with capsys.disabled():
        figures = ", ".join(f"{seconds * 1000:.0f}" for seconds in took)
        sys.stdout.write(f"\nin {len(processes)} processes after {figures} ms\n")
    assert max(took) <= BOUND_SECONDS, took


@pytest.mark.timeout(240)
def test_who_is_suspended_is_refused(site: Site) -> None:
    hub = ("--config", site.config(HUB_NODE), "--yes", "--type", "hub")
    bureaus = [f"party:{division.finance}" for division in site.town.divisions]
    for subject in bureaus:
        run("trust", "suspend", subject, *hub, "--since", "2026-01-01T00:00:00Z")
    with importer(site.config(BUREAU_NODE)) as node:
        node.send(node.look(parse(as_csv(rows(3, seed=5)))))
    wait(lambda: "seal_suspended" in {one["code"] for one in facts(site, HUB_NODE, "refused")})
    for subject in bureaus:
        run("trust", "lift", subject, *hub)


@pytest.mark.timeout(240)
def test_a_list_travels_by_itself_and_a_new_party_is_served(listed: Site, tmp_path: Path) -> None:
    hub = ("--config", listed.config(HUB_NODE))
    keys = ("--site", listed.root / "pki", "--passphrase-file", listed.root / "passphrase")
    records, draft = tmp_path / "bank.records", tmp_path / "next"
    wait(lambda: {"d", "w0"} <= loaded(listed, ICBC, 1).keys())
    run(
        "keys", "enrol", "--party", "103.990000", "--name", "青山银行", "--node", "icbc",
        "--out", records, *keys, *hub,
    )  # fmt: skip
    run("trust", "propose", "--issuer", BUREAU, "--out", draft, "--add", records, *hub)
    for party in (BUREAU, TREASURY):
        sealed = run("trust", "sign", draft, "--party", party, *keys, *hub)
    assert 2 == run("trust", "import", sealed["file"], *hub)["in_force"]
    stores = [listed.store(node) for node in (ICBC, BUREAU_NODE)]

    def arrived() -> bool:
        numbers = []
        for store in stores:
            with store.read() as tx:
                numbers.append(tx.trust_number())
        return [2, 2] == numbers

    wait(arrived)
    for store in stores:
        store.close()
    wait(lambda: any(one["n"] == 2 for one in facts(listed, ICBC, "trust_loaded")))
    ended = {one["task"] for one in facts(listed, ICBC, "child_ended") if one["state"] == "0"}
    wait(lambda: {"work-w0", "send-d"} <= {o["task"] for o in facts(listed, ICBC, "child_ended")})
    assert ended <= {"work-w0", "send-d"}, "they begin anew, for who is served where has changed"
