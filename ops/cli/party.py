"""`hubctl party`: suspend, drain, limit and resume a party at a node; guarded acts."""

from pathlib import Path
from typing import Annotated, Final

import typer

from hub.clock import iso
from hub.exchange.party_orders import DRAINING, OPEN, SUSPENDED, UNLIMITED, PartyOrder
from ops import party_acts
from ops.cli.command import noun, verb
from ops.cli.guarded import Guard
from ops.cli.options import NODE, Config, Reason
from ops.cli.output import At, Block, Pairs, Report, Said, Table, counted
from ops.look_wiring import node

UNHINDERED: Final = Said("open", "未限制")
app: Final = noun("party")

Name = Annotated[str, typer.Argument(help="The party, as 102.370100.", metavar="PARTY")]


@verb(app, "list")
def list_(
    config: Config = NODE,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Also where nothing is ordered.")
    ] = False,
) -> Report:
    """List the parties of which something is ordered at this node, and what waits for them.

    Example: hubctl party list --all --config hub/hub-a.toml
    """
    with node(config, within_scope=True) as this:
        found = party_acts.look(this.parts, everything=everything)
    rows = [
        (
            one.order.party, one.node, one.order.state or UNHINDERED, one.order.per_minute or "-",
            one.room if one.order.per_minute else "-", one.order.reason or "-",
            At(one.order.at), one.present, one.waiting,
        )
        for one in found
    ]  # fmt: skip
    columns = (
        "party", "node", "state", ">per minute", ">left", "reason", "since", "present", ">waiting",
    )  # fmt: skip
    data = [{**_data(o.order), "node": o.node, "present": o.present, "waiting": o.waiting,
             "left": o.room} for o in found]  # fmt: skip
    ordered = sum(one.order.says for one in found)
    told = Said(
        f"{counted(ordered, 'party', 'parties')} under orders", f"有指令的机构 {ordered} 个"
    )
    blocks: list[Block] = [told]
    if rows:
        blocks.insert(0, Table("Parties", columns, rows))
    return Report("party.list", {"parties": data}, blocks)


@verb(app, "suspend")
def suspend(party: Name, reason: Reason, config: Config = NODE, *, guard: Guard) -> Report:
    """Take nothing of a party in and send nothing to it; all of it waits where it is.

    Example: hubctl party suspend 102.370100 --reason ticket-17 --yes --type hub
    """
    return _order(config, guard, ("suspend", party, reason), state=SUSPENDED)


@verb(app, "drain")
def drain(party: Name, reason: Reason, config: Config = NODE, *, guard: Guard) -> Report:
    """Let what a party has begun come to its end, and begin nothing new with it.

    Example: hubctl party drain 102.370100 --reason move --yes --type hub
    """
    return _order(config, guard, ("drain", party, reason), state=DRAINING)


@verb(app, "resume")
def resume(party: Name, reason: Reason, config: Config = NODE, *, guard: Guard) -> Report:
    """Go on with a suspended or drained party; a limit stays.

    Example: hubctl party resume 102.370100 --reason moved --yes --type hub
    """
    return _order(config, guard, ("resume", party, reason), state=OPEN)


@verb(app, "limit")
def limit(
    party: Name,
    per_minute: Annotated[
        int, typer.Argument(min=UNLIMITED, max=1_000_000, help="Vouchers; 0: any number.")
    ],
    reason: Reason,
    config: Config = NODE,
    *,
    guard: Guard,
) -> Report:
    """Take in no more vouchers of a party than so many a minute; the rest waits at its sender.

    Example: hubctl party limit 011.370100 600 --reason ticket-18 --yes --type hub
    """
    return _order(config, guard, ("limit", party, reason), per_minute=per_minute)


def _order(
    config: Path,
    guard: Guard,
    what: tuple[str, str, str],
    state: str | None = None,
    per_minute: int | None = None,
) -> Report:
    verb_, party, reason = what
    with node(config) as this:
        act = party_acts.act_of(
            this.parts, verb_, party, reason, state=state, per_minute=per_minute
        )
        if (written := guard.written(act)) is not None:
            return written
        given = party_acts.order(this.parts, act, guard.consent())
    data = {**_data(given), "act": act.digest.hex()}
    shown = [("party", given.party), ("state", given.state or UNHINDERED),
             ("per minute", given.per_minute or "-"), ("reason", given.reason),
             ("act", act.digest.hex())]  # fmt: skip
    return Report("party.order", data, [Pairs("Ordered", shown)])


def _state(order: PartyOrder) -> str:
    return order.state or "open"


def _data(order: PartyOrder) -> dict[str, object]:
    return {
        "party": order.party, "state": _state(order), "per_minute": order.per_minute,
        "reason": order.reason, "at": iso(order.at) if order.at else None,
    }  # fmt: skip
