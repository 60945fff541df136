"""`hubctl trust`: lists, CRLs and suspensions of a node."""

from pathlib import Path
from typing import Annotated, Final

import typer

from hub.clock import SECOND, iso
from hub.trust.model import SORTS
from ops.cli.command import noun, verb
from ops.cli.guarded import Guard
from ops.cli.options import NODE, Config, instant_of
from ops.cli.output import At, Pairs, Report, Said, Table, kept
from ops.cli.spoken import STANDINGS_ZH, spoken
from ops.look_wiring import node
from ops.trust_acts import do_lift, do_suspend, lifting, suspension
from ops.trust_files_in import take_in

app: Final = noun("trust")

Subject = Annotated[
    str,
    typer.Argument(help="party:…, seal:…, certificate:… or node_key:…, as `trust show` has them."),
]


@verb(app, "list")
def list_(config: Config = NODE) -> Report:
    """Show every trust list this node has kept, and what became of it.

    Example: hubctl trust list --config bank/hub.toml
    """
    with node(config, within_scope=True) as this:
        rows = this.parts.keeping.kept()
        number = this.parts.view(this.parts.fence.trust_state).number
    names = ("number", "state", "code", "sealed", "effective", "expires", "digest")
    told = [
        (
            row.number, str(row.state), row.code, At(row.sealed_at), At(row.effective_at),
            At(row.expires_at), row.digest.hex(),
        )
        for row in rows
    ]  # fmt: skip
    data = {"in_force": number, "lists": [kept(names, row) for row in told]}
    table = Table("Trust lists", (">number", *names[1:]), told)
    return Report(
        "trust.list",
        data,
        [table, Said(f"list {number} is in force", f"现行信任清单第 {number} 号")],
    )


@verb(app, "show")
def show(
    config: Config = NODE,
    sort: Annotated[str, typer.Option(help=f"Records of a sort: {', '.join(SORTS)}.")] = "",
) -> Report:
    """Show the trust in force: its list, its standing, local suspensions, records of a sort.

    Example: hubctl trust show --config bank/hub.toml --sort seal
    """
    if sort and sort not in SORTS:
        raise typer.BadParameter(f"one of {', '.join(SORTS)}")
    with node(config, within_scope=True) as this:
        parts = this.parts
        view = parts.view(parts.fence.trust_state)
        with parts.store.read() as tx:
            suspended = tx.suspensions()
        now = parts.clock.now()
    records = [entry.record for entry in view.trust.register]
    wanted = [record for record in records if sort and type(record) is SORTS[sort]]
    counts = {name: sum(type(r) is kind for r in records) for name, kind in SORTS.items()}
    data: dict[str, object] = {
        "number": view.number,
        "standing": str(view.standing(now)),
        "effective": iso(view.trust.effective_at),
        "expires": iso(view.trust.expires_at),
        "trust_state": view.state,
        "crls": [{"number": crl.number, "until": iso(crl.next_update)} for crl in view.revocations],
        "counts": counts,
    }
    trust = view.trust
    told = {
        **data,
        "effective": At(trust.effective_at),
        "expires": At(trust.expires_at),
        "standing": spoken(str(view.standing(now)), STANDINGS_ZH),
    }
    head = [(name, value) for name, value in told.items() if name not in {"counts", "crls"}]
    rows = [(str(r.owner or ""), r.key, str(r.status), r.reason) for r in wanted]
    data["suspended"] = [
        {"subject": one.subject, "since": iso(one.since), "reason": one.reason} for one in suspended
    ]
    columns = ("owner", "key", "status", "reason")
    data["records"] = [dict(zip(columns, row, strict=True)) for row in rows]
    blocks: list[object] = [Pairs("In force", head), Pairs("Records", list(counts.items()))]
    blocks += [Table(sort, columns, rows)] if sort else []
    blocks += [
        Said(
            f"suspended here: {one.subject} ({one.reason})",
            f"本节点已停用：{one.subject}（{one.reason}）",
        )
        for one in suspended
    ]
    blocks.append(_standing(view.number, view.standing(now), len(suspended)))
    return Report("trust.show", data, blocks)  # type: ignore[arg-type]


def _standing(number: int, standing: str, suspended: int) -> Said:
    return Said(
        f"list {number} is {standing}, {suspended} suspended here",
        f"清单第 {number} 号（{STANDINGS_ZH.get(standing, standing)}），本节点停用 {suspended} 项",
    )


@verb(app, "import")
def import_(
    files: Annotated[list[Path], typer.Argument(help="list-….xml with `sections` beside, or .crl")],
    config: Config = NODE,
) -> Report:
    """Take in sealed trust lists and CRLs; what does not hold is refused by code.

    Example: hubctl trust import next/list-000002.xml --config bank/hub.toml
    """
    with node(config) as this:
        taken = take_in(this.parts, files)
    data = {"lists": taken.lists, "crls": taken.crls, "in_force": taken.number}
    return Report(
        "trust.import",
        data,
        [Said(f"list {taken.number} is in force", f"现行信任清单第 {taken.number} 号")],
    )


@verb(app, "suspend")
def suspend(
    subject: Subject,
    config: Config = NODE,
    reason: Annotated[str, typer.Option(help="As key_compromise, hold, cessation.")] = "hold",
    since: Annotated[str | None, typer.Option(help="As 2026-11-21T08:00:00Z; else now.")] = None,
    *,
    guard: Guard,
) -> Report:
    """Suspend a party, seal, certificate or node key at this node; effective at once. Guarded.

    Example: hubctl trust suspend party:102.990000 --config hub/hub-a.toml --yes --type hub
    """
    with node(config) as this:
        now = this.parts.clock.now()
        at = instant_of(since) or type(now)(now - now % SECOND)
        act = suspension(this.parts, subject, at, reason)
        if (written := guard.written(act)) is not None:
            return written
        state = do_suspend(this.parts, act, guard.consent())
    data = {"subject": subject, "trust_state": state, "act": act.digest.hex()}
    return Report("trust.suspend", data, [Pairs("Suspended", list(data.items()))])


@verb(app, "lift")
def lift(subject: Subject, config: Config = NODE, *, guard: Guard) -> Report:
    """Take this node's own suspension back. Guarded.

    Example: hubctl trust lift party:102.990000 --config hub/hub-a.toml --yes --type hub
    """
    with node(config) as this:
        act = lifting(this.parts, subject)
        if (written := guard.written(act)) is not None:
            return written
        state = do_lift(this.parts, act, guard.consent())
    data = {"subject": subject, "trust_state": state, "act": act.digest.hex()}
    return Report("trust.lift", data, [Pairs("Lifted", list(data.items()))])
