"""`hubctl breaks explain | close`: what becomes of a difference that reconciliation has found."""

from typing import Annotated

import typer

from hub.clearing.breaks import Break
from ops import breaks
from ops.cli.command import verb
from ops.cli.guarded import Guard
from ops.cli.nodes import breaks_app as app
from ops.cli.options import NODE, Config
from ops.cli.output import Report, Said
from ops.cli.words import STATES
from ops.look_wiring import node

__all__ = ["app"]

Name = Annotated[str, typer.Argument(help="The break's id, or its beginning.", metavar="BREAK")]
Reason = Annotated[str, typer.Option(help="Why; at most 200 bytes.")]


@verb(app, "explain")
def explain(name: Name, reason: Reason, config: Config = NODE) -> Report:
    """Say why two books differ; the break is not settled by that.

    Example: hubctl breaks explain 3f2a90c1 --reason "23 日重发" --config pboc/hub.toml
    """
    with node(config, within_scope=True) as this:
        after = breaks.explain(this.parts, name, reason, this.scope)
    return Report(
        "breaks.explain",
        _data(after),
        [Said(f"{after.id}: {after.state}", f"{after.id}：{STATES.get(after.state, after.state)}")],
    )


@verb(app, "close")
def close(
    name: Name,
    reason: Reason,
    config: Config = NODE,
    *,
    guard: Guard,
) -> Report:
    """Say that a break is settled; it corrects no book.

    Two operators sign it, or a development node's name is typed.

    Example: hubctl breaks close 3f2a90c1 --reason "已更正" --yes --type pboc
    """
    with node(config) as this:
        act = breaks.act_of(this.parts, breaks.closed(this.parts, name, reason))
        if (written := guard.written(act)) is not None:
            return written
        after, act = breaks.close(this.parts, name, reason, guard.consent())
    data = {**_data(after), "act": act.digest.hex()}
    return Report(
        "breaks.close",
        data,
        [Said(f"{after.id}: {after.state}", f"{after.id}：{STATES.get(after.state, after.state)}")],
    )


def _data(one: Break) -> dict[str, object]:
    return {"id": one.id, "state": one.state.value, "reason": one.reason}
