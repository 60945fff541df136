"""`hubctl resync`: compare a restored node with its neighbours, and open it."""

from pathlib import Path
from typing import Annotated, Final

import typer

from hub.errors import Misconfigured
from hub.parties import NodeId
from ops.cli.command import noun, verb
from ops.cli.options import Config
from ops.cli.output import Block, Exit, Pairs, Report, Table
from ops.guarded import Consent
from ops.look_wiring import node
from ops.resync import look, open_peer

NODE: Final[Path] = Path("hub.toml")
app: Final = noun("resync", "After a restore: compare with neighbours, open them.")

Signature = Annotated[Path | None, typer.Option(help="A signature file of an operator.")]


@verb(app, "list")
def list_(config: Config = NODE) -> Report:
    """List per neighbour what is missing or open; exit 11 while the node is mute.

    Example: hubctl resync list --config bank/hub.toml
    """
    with node(config) as this:
        found = look(this.parts)
    rows = [
        (
            one.peer, "recovering" if one.recovering else "open", one.present, one.rows_open,
            one.missing, " ".join(f"{g.message_class} {g.recorded}/{g.sent}" for g in one.gaps),
        )
        for one in found.peers
    ]  # fmt: skip
    columns = ("peer", "state", "present", ">rows open", ">missing", "recorded/sent")
    names = ("peer", "state", "present", "rows_open", "missing", "sequences")
    data = {
        "node": found.node,
        "incarnation": found.incarnation,
        "mute": found.mute,
        "intents_left": found.intents_left,
        "peers": [dict(zip(names, row, strict=True)) for row in rows],
    }
    told = [(name, value) for name, value in data.items() if name != "peers"]
    blocks: list[Block] = [Table("Neighbours", columns, rows), Pairs("This store", told)]
    return Report("resync.list", data, blocks, Exit.INDETERMINATE if found.mute else Exit.DONE)


@verb(app, "open")
def open_(
    peer: Annotated[str, typer.Option(help="The neighbour's node.")],
    config: Config = NODE,
    proposal: Signature = None,
    approval: Signature = None,
    typed: Annotated[str, typer.Option("--type", help="This node's name, on development.")] = "",
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Really open it.")] = False,
) -> Report:
    """Open a neighbour after a restore; two operators sign, or a development node's name is typed.

    Example: hubctl resync open --config bank/hub.toml --peer hub --yes --type bank
    """
    if not yes:
        raise Misconfigured("not_confirmed")
    with node(config) as this:
        act = open_peer(this.parts, NodeId(peer), Consent(proposal, approval, typed))
    data = {"peer": peer, "state": "open", "act": act.digest.hex()}
    return Report("resync.open", data, [Pairs("Opened", list(data.items()))])
