"""A node with an authority in its settings: root registered, payments stamped, maker believed."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hub.desks.search import Query
from ops.cli.output import Exit
from ops.demo.site import Site
from ops.demo.town import BUREAU_NODE
from ops.import_wiring import importer
from ops.payments_import.rows import parse
from tests.support.hubctl import run
from tests.support.payments import as_csv, rows
from tests.support.staffed import staffed
from tests.support.tsa import Authority, serving

BUREAU, TREASURY = "011.990100", "001.0299000000"
WAIT_SECONDS = 120.0
pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is missing")


@contextmanager
def a_child(config: Path, url: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The stamping process as a keeper begins it."""
    words = [sys.executable, "-m", "ops.stamp_child", "stamp", str(config), "p", "1-1"]
    words += [f"tsa.url={url}", "tsa.window_minutes=1"]
    with log.open("wb") as errors:
        process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
        )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(b"active\n")
        process.stdin.flush()
        yield process
    finally:
        process.stdin.close()
        process.stdout.read()
        process.wait(WAIT_SECONDS)
        process.stdout.close()


def facts(log: Path) -> list[tuple[str, str]]:
    said = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return [(str(one.get("event", "")), str(one.get("code", ""))) for one in said]


def until_told(log: Path, wanted: tuple[str, str], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while wanted not in facts(log):
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


def register(site: Site, root: Path, folder: Path) -> None:
    """The authority's root in the next list, taken in at the bureau."""
    config = site.config(BUREAU_NODE)
    keys = ("--site", site.root / "pki", "--passphrase-file", site.root / "passphrase")
    run("trust", "anchor", root, "--out", folder / "tsa.records")
    run(
        "trust", "propose", "--issuer", BUREAU, "--add", folder / "tsa.records",
        "--out", folder / "next", "--config", config,
    )  # fmt: skip
    for party in (BUREAU, TREASURY):
        sealed = run(
            "trust", "sign", folder / "next", "--party", party, *keys, "--config", config
        )  # fmt: skip
    run("trust", "import", sealed["file"], "--config", config)


def test_a_payment_is_proven_by_its_makers_node_alone_once_it_is_stamped(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    site, authority = staffed(tmp_path / "site"), Authority(tmp_path / "tsa")
    config = site.config(BUREAU_NODE)
    with importer(config) as node:
        node.send(node.look(parse(as_csv(rows(2, seed=11)))))
    store = site.store(BUREAU_NODE)
    with store.begin() as tx:
        tx.make_checkpoint()
        tx.commit()
    with store.read() as tx:
        name = tx.find(Query(days=("20000101", "29991231")), 1).rows[0].voucher_id
    log = tmp_path / "log.jsonl"
    with serving(authority) as url:
        with a_child(config, url, log) as process:
            until_told(log, ("stamping_waits", "timestamp_chain"), process)
        told = run(
            "voucher", "evidence", name, "--config", config, "--to", tmp_path / "own.zip",
            expect=Exit.INDETERMINATE,
        )  # fmt: skip
        assert "NO_POE" == told["sub_indication"]
        register(site, authority.folder / "root.pem", tmp_path)
        with a_child(config, url, log) as process:
            until_told(log, ("stamped", ""), process)
    store.close()
    told = run("voucher", "evidence", name, "--config", config, "--to", tmp_path / "own.zip")
    [one] = told["messages"]
    assert ("TOTAL_PASSED", "stamped_list") == (told["indication"], one["proof"])
    shown = run("voucher", "verify", name, "--config", config)
    assert [("passed", "stamped_list")] == [
        (check["result"], check["evidence"])
        for check in shown["checks"]
        if check["check"] == "timestamp"
    ]
    again = run("voucher", "verify-evidence", tmp_path / "own.zip")
    assert told["messages"] == again["messages"]


def test_only_a_root_is_registered_as_one(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "tsa", "rsa")
    made = run(
        "trust", "anchor", authority.folder / "root.pem", "--out", tmp_path / "good.records"
    )  # fmt: skip
    assert 1 == made["records"]
    refused = run(
        "trust", "anchor", authority.folder / "tsa.pem", "--out", tmp_path / "bad.records",
        expect=None,
    )  # fmt: skip
    assert "certificate_usage" == refused["error"]["code"]
    assert not (tmp_path / "bad.records").exists()
