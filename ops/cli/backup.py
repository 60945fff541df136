"""`hubctl backup`: sets of a node's store and what stands beside it."""

from pathlib import Path
from typing import Annotated, Final

import typer

from hub.clock import Instant, iso
from ops.cli.command import noun, verb
from ops.cli.options import instant_of
from ops.cli.output import At, Pairs, Report, Said, Table, kept
from ops.cli.placing import fills
from ops.clock import SystemClock
from ops.node_backup import backups, policy
from ops.settings import load

app: Final = noun("backup")

Config = Annotated[Path, typer.Option(help="The node's settings.")]
SetId = Annotated[str | None, typer.Option("--set", help="A set's id; else the newest.")]


@verb(app, "now")
def now(
    config: Config = Path("hub.toml"),
    *,
    prune: Annotated[
        bool, typer.Option("--prune", help="Then delete sets that retention no longer keeps.")
    ] = False,
) -> Report:
    """Make a backup set now and verify it; the running node goes on.

    Example: hubctl backup now --config hub.toml
    """
    settings = load(config)
    service = backups(settings, config, SystemClock())
    made = service.now()
    gone = service.prune(policy(settings)) if prune else []
    data = {"set": made.set_id, "checkpoint": made.checkpoint.n, "pieces": len(made.pieces)}
    return Report(
        "backup.now", {**data, "pruned": gone},
        [Pairs("Backup set", [*data.items(), ("pruned", len(gone))])],
    )  # fmt: skip


@verb(app, "list")
def list_(config: Config = Path("hub.toml")) -> Report:
    """List the sets on the target, oldest first.

    Example: hubctl backup list --config hub.toml
    """
    found = backups(load(config), config, SystemClock()).sets()
    rows = [(o.set_id, At(o.made_at), o.kind, o.state, o.code) for o in found]
    columns = ("set", "made_at", "kind", "state", "code")
    both = zip(rows, found, strict=True)
    data = {"sets": [{**kept(columns, row), "made_at": _utc(one.made_at)} for row, one in both]}
    return Report("backup.list", data, [Table("Backup sets", columns, rows)])


@verb(app, "verify")
def verify(
    set_id: Annotated[str, typer.Argument(help="The set's id.", metavar="SET")],
    config: Config = Path("hub.toml"),
    scratch: Annotated[
        Path | None, fills("Also restore it into this new folder and check it.", "--scratch")
    ] = None,
) -> Report:
    """Check a set against its digests; with a scratch folder rebuild it there and check that too.

    Example: hubctl backup verify SET --config hub.toml --scratch /tmp/look
    """
    seen = backups(load(config), config, SystemClock()).verify(set_id, scratch)
    reached = _utc(seen.reached_at) if seen else None
    data = {"set": set_id, "good": True, "reached_at": reached}
    told = {**data, "reached_at": At(seen.reached_at) if seen else None}
    return Report("backup.verify", data, [Pairs("Verified", list(told.items()))])


@verb(app, "restore")
def restore(
    to: Annotated[Path, fills("A new folder; nothing is overwritten.", "--to")],
    config: Config = Path("hub.toml"),
    set_id: SetId = None,
    until: Annotated[
        str | None, typer.Option(help="Roll forward to this moment, 2026-11-21T08:00:00Z.")
    ] = None,
) -> Report:
    """Rebuild a node's data from a set in a new folder; the node that runs is not touched.

    The store in it begins another life: put it in its place by hand and start the node, which is
    mute until it has been compared with its neighbours.

    Example: hubctl backup restore --config hub.toml --to restored
    """
    service = backups(load(config), config, SystemClock())
    done = service.restore(to.resolve(), set_id, instant_of(until))
    data = {
        "set": done.set_id,
        "data": str(done.data),
        "incarnation": done.incarnation,
        "reached_at": iso(done.reached_at),
        "seconds": round(done.seconds, 3),
        "pieces": {name: str(path) for name, path in done.pieces.items()},
    }
    told = {**data, "reached_at": At(done.reached_at)}
    del told["pieces"]
    return Report("backup.restore", data, [Pairs("Restored", list(told.items())), _then(done.data)])


def _then(made: Path) -> Said:
    """What is left to people: a folder is a PostgreSQL cluster, a file an SQLite store.

    SQLite would read an old write-ahead file into the new store.
    """
    place, place_zh = (
        (f"let PostgreSQL run on {made}", f"让 PostgreSQL 使用 {made}")
        if made.is_dir()
        else (
            f"move its store's file away with the -wal and -shm beside it, put {made} in its place",
            f"移走存储文件及其旁边的 -wal、-shm，再把 {made} 放到原处",
        )
    )
    return Said(
        f"nothing that runs was touched; stop the node, {place}, start it: it is mute until "
        "compared with its neighbours, which `hubctl resync list` shows",
        f"未改动运行中的节点；请停止节点，{place_zh}，然后启动：核对完相邻节点前不签发，"
        "进度见 hubctl resync list",
    )


def _utc(at: Instant | None) -> str | None:
    return iso(at) if at else None
