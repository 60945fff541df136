"""`hubctl store create | upgrade`: a node's records from its first day over every version."""

import os
import subprocess
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command

from adapters.store.making import migrations_of
from adapters.store.opening import REVISION, connected, engine_at
from adapters.store.tables import META
from hub.observer import silent
from ops.cli.output import Exit
from ops.demo.ground import Embedded
from ops.demo.site import Site
from ops.demo.town import BUREAU_NODE, HUB_NODE
from ops.members import Members
from ops.wiring_store import open_lease
from tests.support.hubctl import run
from tests.support.rows import a_beat, digest
from tests.support.staffed import copied

OLD = "0011"


@pytest.fixture(name="site")
def _site(ready: Site, tmp_path: Path) -> Site:
    return copied(ready, tmp_path)


def without_store(site: Site) -> str:
    """The address of the hub's store, which is gone."""
    file = site.root / HUB_NODE / "store.sqlite"
    for path in file.parent.glob(f"{file.name}*"):
        path.unlink()
    return f"sqlite:///{file}"


def refused(*argv: str | Path) -> str:
    said = run(*argv, expect=Exit.MISCONFIGURED)
    return str(said["error"]["code"])


def upgraded(config: tuple[str, Path]) -> tuple[str, str]:
    said = run("store", "upgrade", *config)
    return said["before"], said["after"]


def test_a_store_is_made_once_and_the_node_is_ready(site: Site) -> None:
    without_store(site)
    config = ("--config", site.config(HUB_NODE))
    assert "store_missing" == refused("status", *config)
    assert HUB_NODE == run("store", "create", *config)["node"]
    run("status", *config)
    assert (
        "store_exists"
        == run("store", "create", *config, expect=Exit.MISCONFIGURED)["error"]["code"]
    )


def test_a_store_of_an_older_version_is_refused_until_it_is_upgraded(site: Site) -> None:
    with connected(engine_at(without_store(site), create=True)) as connection:
        connection.exec_driver_sql("BEGIN")
        command.upgrade(migrations_of(connection), OLD)
        row = {"id": 1, "incarnation": "a" * 16, "trust_state": 1, "token": 0}
        connection.execute(META.insert(), row)
        connection.exec_driver_sql("COMMIT")
    config = ("--config", site.config(HUB_NODE))
    assert "store_schema" == refused("status", *config)
    assert (OLD, REVISION) == upgraded(config)
    run("status", *config)
    assert (REVISION, REVISION) == upgraded(config)


def test_what_a_neighbour_holds_shows_that_a_journal_was_cut(site: Site) -> None:
    bureau, beat = ("--config", site.config(BUREAU_NODE)), a_beat(BUREAU_NODE)
    with site.store(BUREAU_NODE).begin() as tx:
        made, life = tx.make_checkpoint(), tx.fence.incarnation
        tx.commit()
    said = replace(beat, incarnation=life, checkpoint=made.number, checkpoint_hash=made.hash)
    with site.store(HUB_NODE).begin() as tx:
        tx.seen([said])
        tx.commit()
    (held,) = run("store", "anchors", "--config", site.config(HUB_NODE))["anchors"]
    assert BUREAU_NODE == held["node"]
    check = ("store", "verify", "--anchor", held["anchor"], *bureau)
    found = run(*check)
    assert (1, []) == (found["anchors"], found["damaged"])
    url = f"sqlite:///{site.root / BUREAU_NODE / 'store.sqlite'}"
    with connected(engine_at(url)) as connection:
        connection.exec_driver_sql("BEGIN")
        connection.exec_driver_sql("DELETE FROM checkpoint WHERE number = ?", (made.number,))
        connection.exec_driver_sql("COMMIT")
    assert [] == run("store", "verify", *bureau)["damaged"]
    (damaged,) = run(*check, expect=Exit.DAMAGED)["damaged"]
    assert damaged.startswith("anchor_differs")
    for wrong, code in (("1", "anchor_form"), (f"{'0' * 16}/1/{'0' * 64}", "anchor_other_life")):
        refused = run("store", "verify", "--anchor", wrong, *bureau, expect=Exit.INVALID)
        assert code == refused["error"]["code"]


def test_what_is_held_of_a_journal_that_went_back_is_let_go_by_a_guarded_act(site: Site) -> None:
    config = ("--config", site.config(HUB_NODE))
    act = ("store", "let-go", BUREAU_NODE, "--reason", "compared", *config)

    def say(number: int, text: str) -> tuple[str, str]:
        beat = a_beat(BUREAU_NODE, checkpoint=number)
        with closing(site.store(HUB_NODE)) as store, store.begin() as tx:
            life = {p: row.incarnation for p, row in tx.peers().items()}.get(BUREAU_NODE)
            own = life or beat.incarnation
            tx.seen([replace(beat, incarnation=own, checkpoint_hash=digest(text))])
            tx.commit()
        (held,) = run("store", "anchors", *config)["anchors"]
        return held["anchor"].partition("/")[2], held["went_back_at"]

    true = f"900/{digest('true').hex()}"
    assert (true, "") == say(900, "true")
    early = run(*act, "--yes", "--type", HUB_NODE, expect=Exit.INVALID)
    assert "anchor_not_kept" == early["error"]["code"]
    kept, since = say(900, "forged")
    assert true == kept
    assert since
    assert (true, since) == say(950, "forged further")
    nobody = run(*act, "--yes", "--type", "somebody", expect=Exit.MISCONFIGURED)
    assert "name_not_typed" == nobody["error"]["code"]
    assert (true, since) == say(951, "forged further")
    assert run(*act, "--yes", "--type", HUB_NODE)["anchor"].endswith(true)
    assert [] == run("store", "anchors", *config)["anchors"]
    assert (f"952/{digest('agreed').hex()}", "") == say(952, "agreed")


def test_a_store_in_use_a_missing_one_and_a_newer_one_are_not_upgraded(site: Site) -> None:
    config = ("--config", site.config(HUB_NODE))
    with closing(open_lease(Embedded(site.root).lease(HUB_NODE))) as lease:
        lease.renew("hub-a", 60_000)
        assert "store_in_use" == refused("store", "upgrade", *config)
        lease.release("hub-a")
    members = Members(site.root / HUB_NODE, "hub-b", silent)
    members.note([os.getpid()])  # stands by: it holds no lease
    said = run("store", "upgrade", *config, expect=Exit.MISCONFIGURED)["error"]
    assert ("store_in_use", "hub-b") == (said["code"], said["context"]["instance"])
    gone = subprocess.Popen(["true"])
    members.note([gone.pid])
    gone.wait()
    assert (REVISION, REVISION) == upgraded(config)
    url = f"sqlite:///{site.root / HUB_NODE / 'store.sqlite'}"
    with connected(engine_at(url)) as connection:
        connection.exec_driver_sql("BEGIN")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        connection.exec_driver_sql("COMMIT")
    assert "store_newer" == refused("store", "upgrade", *config)
    without_store(site)
    assert "store_missing" == refused("store", "upgrade", *config)
