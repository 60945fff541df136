"""Breaks by command: explained by one, closed by two, never twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hub.clearing.breaks import BreakKind, found
from hub.money import Fen
from ops.cli.output import Exit
from ops.demo.site import Site
from ops.demo.town import TREASURY_NODE
from tests.support.hubctl import run
from tests.support.staffed import copied

if TYPE_CHECKING:
    from pathlib import Path

ONE = found("001.1", "102.1", BreakKind.AMOUNT_DIFFERS, "2301/n", "20261123", Fen(2), Fen(1))
TWO = found("001.1", "102.1", BreakKind.MISSING_HERE, "2301/m", "20261123", Fen(0), Fen(1))


@pytest.fixture(name="site", scope="module")
def _site(ready: Site, tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = copied(ready, tmp_path_factory.mktemp("breaks"))
    with site.store(TREASURY_NODE).begin() as tx:
        tx.put_breaks([ONE, TWO])
        tx.commit()
    return site


def states(config: Path) -> list[tuple[str, str]]:
    told = run("breaks", "list", "--all", "--config", config, expect=None)
    return sorted((one["state"], one["reason"]) for one in told["breaks"])


def test_a_break_is_explained_then_closed_by_consent_and_journalled(site: Site) -> None:
    config = site.config(TREASURY_NODE)
    at = ("--config", config)
    run("breaks", "explain", ONE.id[:8], "--reason", "金额录入有误", *at)
    assert [("explained", "金额录入有误"), ("open", "")] == states(config)
    closing = ("breaks", "close", ONE.id, "--reason", "已更正", *at)
    run(*closing, expect=Exit.MISCONFIGURED)  # not confirmed
    run(*closing, "--yes", expect=Exit.MISCONFIGURED)  # no name typed
    told = run(*closing, "--yes", "--type", TREASURY_NODE)
    assert ("closed", 64) == (told["state"], len(told["act"]))
    assert [("closed", "已更正"), ("open", "")] == states(config)
    run(*closing, "--yes", "--type", TREASURY_NODE, expect=Exit.INVALID)  # closed is closed
    run("breaks", "explain", "none", "--reason", "x", *at, expect=Exit.NOT_FOUND)
    run("breaks", "explain", TWO.id, "--reason", "长" * 99, *at, expect=Exit.INVALID)


def test_a_production_node_closes_nothing_without_two_signatures(site: Site) -> None:
    config = site.config(TREASURY_NODE)
    text = config.read_text(encoding="utf-8")
    other = config.with_name("production.toml")
    other.write_text(text.replace('purpose = "development"', 'purpose = "test"'), encoding="utf-8")
    said = run(
        "breaks", "close", TWO.id, "--reason", "已更正", "--yes", "--type", TREASURY_NODE,
        "--config", other, expect=Exit.INVALID,
    )  # fmt: skip
    assert "act_unsigned" in str(said)
