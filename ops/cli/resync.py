"""`hubctl resync`: how a restored node compares itself with its neighbours."""

from pathlib import Path
from typing import Annotated, Final

import typer

from hub.clock import iso
from hub.exchange.recovery import Progress, Way
from hub.exchange.resync import PeerState
from hub.parties import NodeId
from ops import neighbour_life, outside
from ops.cli.command import noun, verb
from ops.cli.guarded import Guard
from ops.cli.node_views import PEER_WORDS
from ops.cli.options import NODE, Config
from ops.cli.output import At, Block, Exit, Pairs, Report, Said, Table
from ops.cli.spoken import CLASSES_ZH, STEPS_ZH, spoken
from ops.look_wiring import node
from ops.resync import Compared, act_of, ask, look, set_aside

app: Final = noun("resync")
STEPS: Final = {Way.BACK: "own layers", Way.TO: "received"}
"""What is compared now."""


@verb(app, "list")
def list_(config: Config = NODE) -> Report:
    """List per neighbour how far comparing has come; exit 11 while the node is mute.

    Example: hubctl resync list --config bank/hub.toml
    """
    with node(config, within_scope=True) as this:
        found = look(this.parts)
    names = (
        "peer", "state", "present", "step", "listed", "wanted", "recovered", "left", "rows_open",
        "missing", "ended", "sequences",
    )  # fmt: skip
    rows = [_row(found, one) for one in found.peers]
    data = {
        "node": found.node,
        "incarnation": found.incarnation,
        "mute": found.mute,
        "forgotten_since": iso(found.since) if found.since else "",
        "intents_left": found.intents_left,
        "peers": [dict(zip(names, row, strict=True)) for row in rows],
    }
    told_rows = [
        (
            row[0], PEER_WORDS.get(str(row[1]), row[1]), row[2], spoken(str(row[3]), STEPS_ZH),
            *row[4:-1], _sequences(str(row[-1])),
        )
        for row in rows
    ]  # fmt: skip
    columns = (
        "peer", "state", "present", "step", ">listed", ">wanted", ">recovered", ">left",
        ">rows open", ">missing", ">ended", "recorded/sent",
    )  # fmt: skip
    told = {**data, "forgotten_since": At(found.since)}
    del told["peers"]
    own = Pairs("This store", list(told.items()))
    blocks: list[Block] = [Table("Neighbours", columns, told_rows), own]
    return Report("resync.list", data, blocks, Exit.INDETERMINATE if found.mute else Exit.DONE)


def _row(found: Compared, one: PeerState) -> tuple[object, ...]:
    progress = found.progress.get(one.peer)
    counts = (0, 0, 0, 0) if progress is None else (
        progress.listed, progress.wanted, progress.recovered, found.left[one.peer],
    )  # fmt: skip
    sequences = " ".join(f"{g.message_class} {g.recorded}/{g.sent}" for g in one.gaps)
    return (
        one.peer, one.state, one.present, _step(progress), *counts, one.rows_open, one.missing,
        one.ended, sequences,
    )  # fmt: skip


def _sequences(told: str) -> Said:
    words = told.split(" ")
    return Said(told, " ".join(CLASSES_ZH.get(word, word) for word in words))


def _step(progress: Progress | None) -> str:
    if progress is None:
        return ""
    return "done" if progress.done else STEPS[progress.way]


@verb(app, "aside")
def aside(
    peer: Annotated[str, typer.Option(help="The neighbour's node.")],
    config: Config = NODE,
    *,
    guard: Guard,
) -> Report:
    """Go on without an absent neighbour after a restore; it is compared when it comes back.

    Two operators sign, or a development node's name is typed.

    Example: hubctl resync aside --config hub/hub.toml --peer bank --yes --type hub
    """
    with node(config) as this:
        if (written := guard.written(act_of(this.parts, NodeId(peer)))) is not None:
            return written
        act = set_aside(this.parts, NodeId(peer), guard.consent())
    data = {"peer": peer, "state": "set_aside", "act": act.digest.hex()}
    return Report("resync.aside", data, [Pairs("Set aside", list(data.items()))])


@verb(app, "believe")
def believe(
    peer: Annotated[str, typer.Argument(help="The neighbour's node.")],
    life: Annotated[str, typer.Option(help="Of its store, as `hubctl check` says there.")],
    reason: Annotated[str, typer.Option(help="One word of your own, for the journal.")],
    evidence: Annotated[Path, typer.Option(help="What its operators wrote; kept by digest.")],
    config: Config = NODE,
    *,
    guard: Guard,
) -> Report:
    """Hear a restored neighbour that cannot answer (alarm peer_unheard): its release is too old.

    Two operators sign, or a development node's name is typed. The life known before is over for
    good: have the neighbour's operators read theirs out.

    Example: hubctl resync believe bank --life 0123456789abcdef --reason restored --evidence fax.pdf
    --config hub/hub.toml --yes --type hub
    """
    octets = outside.evidence(evidence)
    with node(config) as this:
        act = neighbour_life.act_of(this.parts, NodeId(peer), life, reason, octets)
        if (written := guard.written(act)) is not None:
            return written
        neighbour_life.believe(this.parts, act, octets, guard.consent())
    data = {"peer": peer, "life": life, "act": act.digest.hex()}
    return Report("resync.believe", data, [Pairs("Heard", list(data.items()))])


@verb(app, "ask")
def ask_(
    peer: Annotated[str, typer.Option(help="The neighbour's node.")],
    days: Annotated[int, typer.Option(help="From so many days ago on.", min=1, max=3660)] = 1,
    config: Config = NODE,
) -> Report:
    """Compare a running node with a neighbour again: a gap in its sequences is filled.

    Example: hubctl resync ask --config bank/hub.toml --peer hub --days 2
    """
    with node(config) as this:
        since = ask(this.parts, NodeId(peer), days)
    data = {"peer": peer, "since": iso(since)}
    return Report("resync.ask", data, [Pairs("Asked", [("peer", peer), ("since", At(since))])])
