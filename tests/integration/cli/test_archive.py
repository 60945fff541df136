"""Archives by command: run, list, verify, fetch; a file needs nobody to prove itself."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from adapters.store.making import create
from adapters.store.opening import open_store
from hub.clearing.model import LineState
from hub.exchange.archives import until
from hub.voucher.codec import open_message
from ops.cli.output import Exit
from ops.demo.site import Site
from ops.demo.town import TREASURY_NODE
from ops.look.message import newest
from ops.look_wiring import node
from tests.support.archived import (
    BANK,
    LANE,
    checkpoint,
    day_before,
    keep,
    message,
    pass_days,
    record,
    voucher_id,
)
from tests.support.hubctl import run, shown
from tests.support.staffed import copied

if TYPE_CHECKING:
    from pathlib import Path

BLOCK = '\n[archive]\nfolder = "archives"\nkeep_days = 0\n\n[application]'


@pytest.fixture(name="site", scope="module")
def _site(ready: Site, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return copied(ready, tmp_path_factory.mktemp("archives"))


@pytest.fixture(name="config")
def _config(site: Site, tmp_path: Path) -> Path:
    """A node with two vouchers of the day before yesterday."""
    store = create(f"sqlite:///{tmp_path}/store.sqlite")
    checkpoint(store)
    pass_days(store)
    record(store, "a", "b", env="demo")
    pass_days(store, 2)
    checkpoint(store)
    store.close()
    text = site.config(TREASURY_NODE).read_text(encoding="utf-8")
    text = re.sub('\nurl = ".*"', f'\nurl = "sqlite:///{tmp_path}/store.sqlite"', text)
    block = BLOCK.replace("archives", str(tmp_path / "archives"))
    path = site.config(TREASURY_NODE).with_name(f"{tmp_path.name}.toml")
    path.write_text(text.replace("\n[application]", block), encoding="utf-8")
    (tmp_path / "archives").mkdir()
    return path


def states(*argv: str | Path) -> list[tuple[str, int]]:
    return [(one["state"], one["messages"]) for one in run(*argv)["days"]]


def test_days_are_archived_listed_verified_and_fetched(config: Path, tmp_path: Path) -> None:
    at = ("--config", config)
    assert [("ready", 2)] == states("archive", "run", "--dry-run", *at)
    assert [("moved", 2)] == states("archive", "run", *at)
    assert [] == states("archive", "run", *at)
    listed = run("archive", "list", *at)["days"]
    assert [("moved", 2, True)] == [(d["state"], d["messages"], d["file"]) for d in listed]
    assert run("archive", "verify", *at)["good"]
    file = next((tmp_path / "archives").glob("*.archive"))
    alone = run("archive", "verify", file)["files"][0]
    assert listed[0]["proof"] == alone["digest"]
    voucher = "370100/2026/5201/011.370100/a"
    for n, source in enumerate((at, ("--file", file))):
        to = tmp_path / f"out{n}"
        written = run("archive", "fetch", voucher, "--to", to, *source)["files"]
        octets = (to / written[0]["file"]).read_bytes()
        assert message("a", 5) == octets
        assert f"{open_message(octets).digest.hex()}.xml" == written[0]["file"]
    with node(config) as this:
        assert message("a", 5) == newest(this.parts, voucher_id("a", env="demo"))[0]
    missing = voucher.replace("/a", "/z")
    run("archive", "fetch", missing, "--to", tmp_path, *at, expect=Exit.NOT_FOUND)


def test_a_spoilt_or_missing_file_is_damage(config: Path, tmp_path: Path) -> None:
    at = ("--config", config)
    run("archive", "run", *at)
    file = next((tmp_path / "archives").glob("*.archive"))
    content = file.read_bytes()
    file.chmod(0o600)
    file.write_bytes(content[: len(content) // 2])
    assert not run("archive", "verify", file, expect=Exit.DAMAGED)["good"]
    file.unlink()
    told = run("archive", "verify", *at, expect=Exit.DAMAGED)
    assert "archive_away" == told["files"][0]["code"]
    assert file.name == told["files"][0]["context"]["path"]
    assert "put the file back" in told["files"][0]["do"]
    assert [False] == [day["file"] for day in run("archive", "list", *at)["days"]]
    levels = {one["name"]: one["level"] for one in run("check", *at, expect=None)["checks"]}
    assert "FAIL" == levels["archive"]


def test_a_day_that_only_refused_is_listed_verified_and_missed(
    config: Path, tmp_path: Path
) -> None:
    at = ("--config", config)
    store = open_store(f"sqlite:///{tmp_path}/store.sqlite")
    pass_days(store)
    keep(store, "refused", b"what nobody could read", lane=f"{LANE}2")
    pass_days(store, 2)
    checkpoint(store)
    refused = day_before(store, 2)
    store.close()
    run("archive", "run", *at)
    (day,) = [one for one in run("archive", "list", *at)["days"] if one["day"] == refused]
    assert (0, True) == (day["messages"], day["file"])
    assert until(refused, 30) == day["keep_until"]
    next((tmp_path / "archives").glob(f"*-{refused}.archive")).unlink()
    told = run("archive", "verify", *at, expect=Exit.DAMAGED)["files"]
    assert [(refused, "archive_away")] == [(f["file"], f["code"]) for f in told if f["code"]]


def test_what_is_too_young_or_without_a_folder_is_refused(config: Path) -> None:
    run("archive", "run", "--day", "20990101", "--config", config, expect=Exit.INVALID)
    text = config.read_text(encoding="utf-8")
    none = re.sub(r"\[archive\][^\[]*", "", text)
    config.write_text(none, encoding="utf-8")
    run("archive", "run", "--config", config, expect=Exit.MISCONFIGURED)


def test_octets_leave_a_production_store_only_beyond_the_horizon(config: Path) -> None:
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace('purpose = "development"', 'purpose = "production"'))
    told = run("archive", "list", "--config", config, expect=Exit.MISCONFIGURED)
    assert "settings_invalid" == told["error"]["code"]


def test_a_person_reads_why_a_day_stays(config: Path, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/store.sqlite")
    with store.begin() as tx:
        name = voucher_id("b", env="demo")
        (line,) = tx.lines_of(BANK, [name])[name]
        tx.put_lines([replace(line, state=LineState.SUMMED)])
        tx.commit()
    store.close()
    told = shown("archive", "run", "--config", config)
    assert "archive_unfinished: Something of that day waits for somebody still" in told
    assert "0 days archived, 1 held" in told


def test_a_named_file_that_is_not_there_is_told_by_its_path_and_what_to_do(tmp_path: Path) -> None:
    missing = tmp_path / "bank-a-20260901.archive"
    (told,) = run("archive", "verify", missing, expect=Exit.NOT_FOUND)["files"]
    assert ("file_missing", str(missing)) == (told["code"], told["context"]["path"])
    assert "Check the path" in told["do"]
    said = "".join(shown("archive", "verify", missing).split())
    assert all(word in said for word in (str(missing), "file_missing", "Checkthepath"))
    other = tmp_path / "no.archive"
    other.write_bytes(b"nothing")
    run("archive", "verify", missing, other, expect=Exit.DAMAGED)
    elsewhere = tmp_path / "甲.archive".encode("gb18030").decode("utf-8", "surrogateescape")
    elsewhere.write_bytes(b"no archive")
    (told,) = run("archive", "verify", elsewhere, expect=Exit.DAMAGED)["files"]
    assert "archive_damaged" == told["code"]
