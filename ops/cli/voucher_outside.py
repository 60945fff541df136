"""`hubctl voucher settle-outside | outside`: payments executed by paper or telephone."""

from pathlib import Path
from typing import Annotated

import typer

from hub.clock import iso
from ops import outside
from ops.cli.command import verb
from ops.cli.guarded import Guard
from ops.cli.options import NODE, Config, Reason, identity_of
from ops.cli.output import At, Block, Pairs, Report, Said, Table
from ops.cli.voucher_many import app
from ops.look_wiring import node

__all__ = ["app"]


@verb(app, "settle-outside")
def settle(
    voucher: Annotated[str, typer.Argument(help="division/year/kind/issuer/number.")],
    reason: Reason,
    evidence: Annotated[Path, typer.Option(help="A scan or note; it is kept by its digest.")],
    config: Config = NODE,
    *,
    guard: Guard,
) -> Report:
    """Close a payment that was executed by other means: it is never paid electronically.

    At the bank that was to pay; two operators sign, or a development node's name is typed.

    Example: hubctl voucher settle-outside 370100/2026/5201/011.370100/7 --reason paper-17
    --evidence scan.pdf --config icbc/hub.toml --proposal p.json --approval a.json --yes
    """
    octets = outside.evidence(evidence)
    with node(config, within_scope=True) as this:
        env = this.parts.settings.env
        named = identity_of(voucher.removeprefix(f"{env}/"), env)
        this.scope.require(str(named))
        act = outside.act_of(this.parts, named, reason, octets)
        if (written := guard.written(act)) is not None:
            return written
        here = outside.settle(this.parts, act, octets, guard.consent())
    data = {
        "voucher": str(named), "state": "outside", "reason": reason, "on_record": here,
        "evidence": act.arguments["evidence"], "act": act.digest.hex(),
    }  # fmt: skip
    told = [(name, data[name]) for name in ("voucher", "state", "reason", "evidence", "act")]
    later = Said(
        "it is closed, its issuer will hear of it" if here
        else "it is not here yet: its copy will be recorded and answered, not paid",
        "已办结，签发方将收到通知" if here else "尚未收到：其电子凭证到达后只登记并答复，不支付",
    )  # fmt: skip
    return Report("voucher.settle-outside", data, [Pairs("Settled outside", told), later])


@verb(app, "outside")
def list_(config: Config = NODE) -> Report:
    """List the payments this node has closed as settled by other means.

    Example: hubctl voucher outside --config icbc/hub.toml
    """
    with node(config, within_scope=True) as this:
        every = outside.all_outside(this.parts)
        found = [one for one in every if this.scope.sees(one.voucher_id)]
    rows = [(At(one.at), one.voucher_id, one.reason, one.evidence.hex()) for one in found]
    data = [
        {
            "at": iso(one.at), "voucher": one.voucher_id, "party": one.party,
            "reason": one.reason, "evidence": one.evidence.hex(), "act": one.act,
        }
        for one in found
    ]  # fmt: skip
    told = Said(f"{len(found)} settled outside", f"线下办结 {len(found)} 笔")
    columns = ("at", "voucher", "reason", "evidence")
    blocks: list[Block] = [told]
    if rows:
        blocks.insert(0, Table("Settled outside", columns, rows))
    return Report("voucher.outside", {"outside": data}, blocks)
