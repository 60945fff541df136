"""A backup from the command line: made, restored, put in its place as the command says."""

from pathlib import Path

from ops.cli.output import Exit
from ops.demo.site import Site
from ops.demo.town import BUREAU_NODE
from tests.support.hubctl import run, shown
from tests.support.staffed import copied


def test_a_restored_store_is_put_where_the_command_says(ready: Site, tmp_path: Path) -> None:
    site = copied(ready, tmp_path / "site")
    config = site.config(BUREAU_NODE)
    with config.open("a") as settings:
        settings.write(f'\n[backup]\ntarget = "{tmp_path / "copies"}"\n')
    made = run("backup", "now", "--config", config)["set"]
    unknown = run("backup", "verify", "none", "--config", config, expect=Exit.NOT_FOUND)
    assert "set_unknown" == unknown["error"]["code"]
    assert run("backup", "verify", made, "--scratch", tmp_path / "look", "--config", config)["good"]
    said = shown("backup", "restore", "--to", tmp_path / "restored", "--config", config)
    restored = tmp_path / "restored" / "data" / "hub.sqlite"
    assert f"-wal and -shm beside it, put {restored} in its place" in said
    store = Path(site.ground.store(BUREAU_NODE).removeprefix("sqlite:///"))
    for file in store.parent.glob(f"{store.name}*"):
        file.unlink()
    restored.rename(store)
    assert run("resync", "list", "--config", config, expect=Exit.INDETERMINATE)["mute"]
