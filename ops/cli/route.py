"""`hubctl route`: who gets a kind of voucher, and by which rule."""

from typing import Annotated, Final

import typer

from hub.exchange.routing import explain
from ops.cli.command import noun, verb
from ops.cli.options import NODE, Config
from ops.cli.output import Report, Table
from ops.look_wiring import day_of, node

app: Final = noun("route")


@verb(app, "explain")
def explain_(
    kind: Annotated[str, typer.Argument(help="Voucher kind, as 5201.", metavar="KIND")],
    division: Annotated[str, typer.Option(help="Division it is made in, as 370100.")],
    issuer: Annotated[str, typer.Option("--from", help="Organisation type that makes it, as 011.")],
    config: Config = NODE,
    day: Annotated[str | None, typer.Option("--on", help="Day yyyyMMdd; else today's.")] = None,
) -> Report:
    """Say who receives originals of a kind in a division on a day, and by which rule.

    Example: hubctl route explain 5201 --division 370100 --from 011 --config hub/hub.toml
    """
    with node(config) as this:
        on = day_of(day, this.parts.clock)
        number = this.parts.releases.newest
        found_kind = this.parts.releases.schemas(number).kind(kind, division, on[:4])
        found = explain(found_kind, division, issuer, this.parts.directory)
    rows = [(str(one.party), str(one.node), str(one.role), one.rule) for one in found]
    names = ("party", "node", "role", "rule")
    data = {
        "kind": kind, "division": division, "from": issuer, "on": on, "catalogue": number,
        "receivers": [dict(zip(names, row, strict=True)) for row in rows],
    }  # fmt: skip
    told = f"{kind} of {division} on {on}, catalogue release {number}: {len(rows)} may get it"
    return Report("route.explain", data, [Table("Route", names, rows), told])
