"""`hubctl route`: who gets a kind of voucher, and by which rule."""

from collections.abc import Mapping
from typing import Annotated, Final

import typer

from hub.clock import day_end
from hub.errors import Misconfigured
from hub.exchange.model import Role
from hub.exchange.routing import explain
from ops.cli.command import noun, verb
from ops.cli.options import NODE, Config
from ops.cli.output import Report, Said, Table
from ops.look.trace_words import ROLES_ZH
from ops.look_wiring import day_of, node

app: Final = noun("route")
RULES_ZH: Final[Mapping[Role, str]] = {
    Role.RELAY: "各层均经枢纽登记后转发",
    Role.TO: "属该类凭证的接收方；以签章中的 to= 为准",
    Role.COPY: "按目录抄送本区划",
}


@verb(app, "explain")
def explain_(
    kind: Annotated[str, typer.Argument(help="Voucher kind, as 5201.", metavar="KIND")],
    division: Annotated[str, typer.Option(help="Division it is made in, as 370100.")],
    issuer: Annotated[str, typer.Option("--from", help="Organisation type that makes it, as 011.")],
    config: Config = NODE,
    day: Annotated[str | None, typer.Option("--on", help="Day yyyyMMdd; else today's.")] = None,
) -> Report:
    """Say who receives originals of a kind in a division on a day, and by which rule.

    The catalogue release that counts now, or at the end of the day asked for.

    Example: hubctl route explain 5201 --division 370100 --from 011 --config hub/hub.toml
    """
    with node(config, within_scope=True) as this:
        on = day_of(day, this.parts.clock)
        if division not in this.parts.directory.of_division:
            raise Misconfigured("division_unknown", division=division)
        releases = this.parts.releases
        number = releases.newest if day is None else releases.at(day_end(on)).number
        found_kind = releases.schemas(number).kind(kind, division, on[:4])
        found = explain(found_kind, division, issuer, this.parts.directory)
    rows = [(str(one.party), str(one.node), str(one.role), one.rule) for one in found]
    names = ("party", "node", "role", "rule")
    data = {
        "kind": kind, "division": division, "from": issuer, "on": on, "catalogue": number,
        "receivers": [dict(zip(names, row, strict=True)) for row in rows],
    }  # fmt: skip
    told = Said(
        f"{kind} of {division} on {on}, catalogue release {number}: {len(rows)} may get it",
        f"{division} 的 {kind}，{on}，目录第 {number} 号：可收到者 {len(rows)} 个",
    )
    spoken = [
        (
            one.party,
            one.node,
            Said(one.role, ROLES_ZH[one.role]),
            Said(one.rule, RULES_ZH[one.role]),
        )
        for one in found
    ]
    return Report("route.explain", data, [Table("Route", names, spoken), told])
