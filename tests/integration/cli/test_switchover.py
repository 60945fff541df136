"""Handing a node over by command: the other instance renews, or the old one keeps it."""

import re
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from adapters.store.making import create
from ops.demo.site import Site
from ops.demo.town import HUB_NODE
from ops.exits import Exit
from ops.wiring_store import open_lease
from tests.support.hubctl import run
from tests.support.staffed import copied


@contextmanager
def renewing(url: str, holder: str) -> Iterator[None]:
    """An instance that looks at the lease as a keeper does."""
    over = threading.Event()

    def renew() -> None:
        with closing(open_lease(url)) as lease:
            while not over.wait(0.05):
                if lease.read().holder == holder:
                    lease.renew(holder, 60_000)

    thread = threading.Thread(target=renew)
    thread.start()
    yield
    over.set()
    thread.join()


@pytest.fixture(name="config")
def _config(ready: Site, tmp_path: Path, postgres_url: str) -> Path:
    """The hub's settings, its store on PostgreSQL; instance a holds the lease."""
    site = copied(ready, tmp_path)
    create(postgres_url).close()
    config = site.config(HUB_NODE)
    text = config.read_text(encoding="utf-8")
    text = re.sub(r'url = "sqlite:[^"]*"\nlease = "[^"]*"', f'url = "{postgres_url}"', text)
    config.write_text(text, encoding="utf-8")
    with closing(open_lease(postgres_url)) as lease:
        lease.renew("hub-a", 60_000)
    return config


@pytest.mark.postgres
def test_the_other_instance_holds_the_lease_after_a_switchover(
    config: Path, postgres_url: str
) -> None:
    switch = ("lease", "switchover", "hub-b", "--config", config)
    run(*switch, expect=Exit.MISCONFIGURED)  # guarded
    assert "hub-a" == run("lease", "show", "--config", config)["active"]
    with renewing(postgres_url, "hub-b"):
        told = run(*switch, "--yes", "--type", "hub")
    assert "hub-b" == told["active"]
    assert "hub-b" == run("lease", "show", "--config", config)["active"]


@pytest.mark.postgres
def test_a_switchover_to_an_instance_that_does_not_run_says_so(config: Path) -> None:
    switch = ("lease", "switchover", "hub-b", "--config", config, "--yes", "--type", "hub")
    told = run(*switch, expect=Exit.UNAVAILABLE)
    assert "standby_silent" == told["error"]["code"]
    told = run(*switch[:2], "icbc-a", *switch[3:], expect=Exit.MISCONFIGURED)
    assert "instance_unknown" == told["error"]["code"]


def test_instances_on_one_file_hand_over_by_stopping(ready: Site, tmp_path: Path) -> None:
    site = copied(ready, tmp_path)
    switch = ("lease", "switchover", "hub-b", "--config", site.config(HUB_NODE))
    told = run(*switch, "--yes", "--type", "hub", expect=Exit.MISCONFIGURED)
    assert "switchover_needs_postgres" == told["error"]["code"]
