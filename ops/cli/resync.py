"""`hubctl resync`: compare a restored node with its neighbours, and open it."""

from pathlib import Path
from typing import Annotated, Final

import typer

from hub.parties import NodeId
from ops.cli.command import noun, verb
from ops.cli.guarded import Approval, Proposal, Typed, Written, Yes, consent, written
from ops.cli.options import Config
from ops.cli.output import Block, Exit, Pairs, Report, Table
from ops.look_wiring import node
from ops.resync import act_of, look, open_peer

NODE: Final[Path] = Path("hub.toml")
app: Final = noun("resync", "After a restore: compare with neighbours, open them.")


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
    proposal: Proposal = None,
    approval: Approval = None,
    typed: Typed = "",
    write_act: Written = None,
    *,
    yes: Yes = False,
) -> Report:
    """Open a neighbour after a restore; two operators sign, or a development node's name is typed.

    Example: hubctl resync open --config bank/hub.toml --peer hub --yes --type bank
    """
    with node(config) as this:
        if write_act is not None:
            return written(act_of(this.parts, NodeId(peer)), write_act)
        yes_said = consent(proposal, approval, typed, yes=yes)
        act = open_peer(this.parts, NodeId(peer), yes_said)
    data = {"peer": peer, "state": "open", "act": act.digest.hex()}
    return Report("resync.open", data, [Pairs("Opened", list(data.items()))])
