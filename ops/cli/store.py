"""`hubctl store create | upgrade | mend | anchors | let-go | verify`: a node's records."""

from pathlib import Path
from typing import Annotated, Final

import typer

from hub.clock import iso
from hub.errors import Misconfigured
from hub.journal import anchor
from hub.parties import NodeId
from hub.voucher.codec import MESSAGE_BYTES_MAX
from ops import neighbour_anchor
from ops.cli.command import noun, verb
from ops.cli.files import read
from ops.cli.guarded import Guard
from ops.cli.options import NODE, Config
from ops.cli.output import At, Exit, Pairs, Report, Said, Table, counted
from ops.look.status import active
from ops.look_wiring import node
from ops.members import living
from ops.preflight import make_folder
from ops.settings import NodeSettings, load
from ops.wiring_making import create_store, others, require_made, upgrade_store
from ops.wiring_store import open_lease

app: Final = noun("store")
FILE: Final = "sqlite:///"


@verb(app, "create")
def create(config: Config = NODE) -> Report:
    """Make the node's empty store where its settings say; the database itself must be there.

    Example: hubctl store create --config hub/hub-a.toml
    """
    settings = load(config)
    make_folder(settings.data)
    create_store(settings.store.url).close()
    name = settings.node
    said = Said(f"store of {name} made, empty", f"{name} 的数据存储已建立，暂无数据")
    return Report("store.create", {"node": name}, [said])


@verb(app, "upgrade")
def upgrade(config: Config = NODE) -> Report:
    """Bring the store's tables to this version; every instance of the node must be stopped.

    Make a backup first: there is no way back but to restore it.

    Example: hubctl store upgrade --config hub/hub-a.toml
    """
    settings = load(config)
    require_made(settings.store.url)
    _require_stopped(settings)
    before, after = upgrade_store(settings.store.url)
    name = settings.node
    said = Said(f"store of {name}: {before} -> {after}", f"{name} 的数据存储：{before} -> {after}")
    return Report("store.upgrade", {"node": name, "before": before, "after": after}, [said])


def _require_stopped(settings: NodeSettings) -> None:
    """Processes of the older version do not know the new tables, those that stand by neither."""
    url = settings.store.url
    if running := living(Path(url.removeprefix(FILE)).parent) if url.startswith(FILE) else []:
        raise Misconfigured("store_in_use", instance=",".join(running))
    if count := others(url):
        raise Misconfigured("store_in_use", count=count)
    lease = open_lease(settings.store.lease or url)
    try:
        holder = active(lease.read())
    finally:
        lease.close()
    if holder:
        raise Misconfigured("store_in_use", instance=holder)


@verb(app, "mend")
def mend(
    files: Annotated[list[Path], typer.Argument(help="Messages as recorded.", metavar="FILE")],
    config: Config = NODE,
) -> Report:
    """Put single damaged or missing messages back; only octets whose digest is on record here.

    They come from a backup, from `hubctl archive fetch`, or from whoever sent or got them.

    Example: hubctl store mend out/original.xml --config icbc/hub.toml
    """
    octets = [read(path, MESSAGE_BYTES_MAX) for path in files]
    with node(config) as this:
        done = sum([this.mend(one) for one in octets])
    whole = len(octets) - done
    said = Said(f"put back: {done}, whole before: {whole}", f"已放回 {done}，原本完好 {whole}")
    return Report("store.mend", {"mended": done, "whole": whole}, [said])


@verb(app, "anchors")
def anchors(config: Config = NODE) -> Report:
    """Show the newest checkpoint of each neighbour's journal that is held here.

    Read it out to the neighbour: it compares its store with it by `store verify --anchor`.

    Example: hubctl store anchors --config hub/hub-a.toml
    """
    with node(config) as this, this.parts.store.read() as tx:
        peers = [row for _, row in sorted(tx.peers().items()) if row.checkpoint]
    data = [
        {
            "node": row.peer, "seen_at": iso(row.seen_at), "anchor": str(row.hold.anchor),
            "went_back_at": iso(row.back_since) if row.back_since else "",
        }
        for row in peers
    ]  # fmt: skip
    rows = [(r.peer, At(r.seen_at), At(r.back_since), str(r.hold.anchor)) for r in peers]
    told = Said(
        f"of {counted(len(rows), 'neighbour')}: its own `hubctl store verify --anchor` compares",
        f"{len(rows)} 个相邻节点：由其用 hubctl store verify --anchor 核对",
    )
    columns = ("node", "last heard", "went back", "checkpoint")
    table = Table("Held for neighbours", columns, rows)
    return Report("store.anchors", {"anchors": data}, [table, told])


@verb(app, "let-go")
def let_go(
    peer: Annotated[str, typer.Argument(help="The neighbour's node.")],
    reason: Annotated[str, typer.Option(help="One word of your own, for the journal.")],
    config: Config = NODE,
    *,
    guard: Guard,
) -> Report:
    """Let go what is held of a neighbour's journal that went back (alarm peer_went_back).

    Two operators sign, or a development node's name is typed. It is evidence: have the neighbour
    compare its store with it first.

    Example: hubctl store let-go bank --reason compared --config hub/hub.toml --yes --type hub
    """
    with node(config) as this:
        act = neighbour_anchor.act_of(this.parts, NodeId(peer), reason)
        if (written := guard.written(act)) is not None:
            return written
        neighbour_anchor.let_go(this.parts, act, guard.consent())
    data = {"peer": peer, "anchor": act.arguments["anchor"], "act": act.digest.hex()}
    return Report("store.let-go", data, [Pairs("Let go", list(data.items()))])


@verb(app, "verify")
def verify(
    config: Config = NODE,
    held: Annotated[
        list[str] | None,
        typer.Option("--anchor", help="What a neighbour's `store anchors` shows of it; often."),
    ] = None,
) -> Report:
    """Check every stored message against its digest, every journal lane and checkpoint.

    A journal that was cut, or written anew, agrees with itself, not with what neighbours hold.

    Example: hubctl store verify --config bureau/hub.toml
    """
    with node(config) as this:
        found = this.verify([anchor(text) for text in held or ()])
    counts = {
        "messages": found.messages, "lanes": found.lanes, "entries": found.entries,
        "checkpoints": found.checkpoints, "anchors": found.anchors,
    }  # fmt: skip
    damaged = [str(damage) for damage in found.damaged]
    told = ", ".join(f"{count} {name}" for name, count in counts.items())
    summary = Said(
        f"{told}: {f'{len(damaged)} DAMAGED' if damaged else 'whole'}",
        f"消息 {found.messages}，日志链 {found.lanes}，日志 {found.entries}，"
        f"检查点 {found.checkpoints}，对端所存检查点 {found.anchors}："
        f"{f'损坏 {len(damaged)} 处' if damaged else '完好'}",
    )
    code = Exit.DAMAGED if damaged else Exit.DONE
    return Report("store.verify", {**counts, "damaged": damaged}, [*damaged, summary], code)
