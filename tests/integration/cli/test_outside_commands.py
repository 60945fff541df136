"""Settling outside from the command line: guarded, at the bank, with evidence that is kept."""

import hashlib
from pathlib import Path

import pytest

from ops.cli.output import Exit
from ops.demo.site import Site
from ops.demo.town import BUREAU_NODE
from tests.support.hubctl import run, shown
from tests.support.staffed import copied

SCAN = b"a scan of the paper"


@pytest.fixture(name="site", scope="module")
def _site(ready: Site, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return copied(ready, tmp_path_factory.mktemp("town"))


def test_a_payment_is_settled_outside_by_a_guarded_act(site: Site, tmp_path: Path) -> None:
    bank = min(site.town.bank_nodes.values())
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(SCAN)
    name = "370100/2026/5201/011.370100/2026000000017"
    config = ("--config", site.config(bank))
    act = ("voucher", "settle-outside", name, "--reason", "paper-17", "--evidence", scan)
    run(*act, *config, expect=Exit.MISCONFIGURED)
    run(*act, *config, "--yes", "--type", "no-such", expect=Exit.MISCONFIGURED)
    said = run(*act, *config, "--yes", "--type", bank)
    digest = hashlib.sha256(SCAN).hexdigest()
    assert ("outside", False, digest) == (said["state"], said["on_record"], said["evidence"])
    run(*act, *config, "--yes", "--type", bank, expect=Exit.INVALID)
    (row,) = run("voucher", "outside", *config)["outside"]
    assert (True, "paper-17", said["act"]) == (
        row["voucher"].endswith(name), row["reason"], row["act"],
    )  # fmt: skip
    with site.store(bank).read() as tx:
        assert {hashlib.sha256(SCAN).digest(): SCAN} == tx.messages([bytes.fromhex(digest)])
    assert "1 settled outside" in shown("voucher", "outside", *config)


def test_only_the_bank_that_was_to_pay_says_it_and_with_evidence(
    site: Site, tmp_path: Path
) -> None:
    scan = tmp_path / "scan.pdf"
    name = "370100/2026/5201/011.370100/2026000000018"
    act = ("voucher", "settle-outside", name, "--reason", "paper-18", "--evidence", scan, "--yes")
    config = ("--config", site.config(BUREAU_NODE), "--type", BUREAU_NODE)
    missing = run(*act, *config, expect=Exit.NOT_FOUND)["error"]
    assert ("file_missing", {"file": str(scan)}) == (missing["code"], missing["context"])
    scan.write_bytes(b"")
    assert str(scan) == run(*act, *config, expect=Exit.MISCONFIGURED)["error"]["context"]["file"]
    scan.write_bytes(SCAN)
    run(*act, *config, expect=Exit.INVALID)
