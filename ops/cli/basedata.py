"""`hubctl basedata`: code lists and the register of accounts that vouchers are checked against."""

from pathlib import Path
from typing import Annotated, Final

import typer

from hub.desks.base_data import CATEGORIES, Pack, in_force
from hub.desks.base_drafts import Edition, drafts
from hub.errors import Misconfigured
from hub.parties import FINANCE, Party
from ops.base_files import receivers, rows_of
from ops.cli.command import noun, verb
from ops.cli.files import read
from ops.cli.options import NODE, Config
from ops.cli.output import Report, Said, Table, counted
from ops.look_wiring import Node, day_of, node

BYTES_MAX: Final = 32 * 1024 * 1024
SHOWN: Final = 50
app: Final = noun("basedata")
Division = Annotated[str, typer.Option(help="The division, as 370100.")]
Category = Annotated[str, typer.Option(help=f"One of {', '.join(CATEGORIES)}.")]
Day = Annotated[str | None, typer.Option("--on", help="A business day, as 20261123; else today.")]


@verb(app, "list")
def list_(config: Config = NODE, on: Day = None) -> Report:
    """Show the editions this node has, and which of them counts on a day.

    Example: hubctl basedata list --config bank/hub.toml
    """
    with node(config, within_scope=True) as this:
        day = day_of(on, this.parts.clock)
        with this.parts.store.read() as tx:
            every: list[Pack] = tx.base_packs("")
        packs = [pack for pack in every if this.scope.covers(pack.division)]
    counts = {
        (division, category, version)
        for division in {pack.division for pack in packs}
        for category, version in in_force([p for p in packs if p.division == division], day).items()
    }
    editions: dict[tuple[str, str, int], list[Pack]] = {}
    for pack in packs:
        editions.setdefault((pack.division, pack.category, pack.version), []).append(pack)
    names = ("division", "category", "version", "since", "packs", "state")
    told = [
        (*key, found[0].since, f"{len(found)}/{found[0].count}",
         "in_force" if key in counts else "on_record")
        for key, found in sorted(editions.items())
    ]  # fmt: skip
    data = {"day": day, "editions": [dict(zip(names, row, strict=True)) for row in told]}
    columns = ("division", "category", ">version", "since", ">packs", "state")
    table = Table("Base data", columns, told)
    return Report(
        "basedata.list",
        data,
        [
            table,
            Said(
                f"{counted(len(counts), 'edition')} in force on {day}",
                f"{day} 有效版本 {len(counts)} 个",
            ),
        ],
    )


@verb(app, "show")
def show(
    division: Division, category: Category, config: Config = NODE, on: Day = None,
    code: Annotated[list[str] | None, typer.Option(help="A code or account; may stand often.")]
    = None,
) -> Report:  # fmt: skip
    """Show the codes of the edition that counts on a day; the first 50 unless codes are named.

    Example: hubctl basedata show --division 370100 --category EXPFUNC --config bank/hub.toml
    """
    with node(config, within_scope=True) as this:
        this.scope.require_division(division)
        day = day_of(on, this.parts.clock)
        with this.parts.store.read() as tx:
            version = in_force(tx.base_packs(division), day).get(category)
            if version is None:
                raise Misconfigured("base_missing", division=division)
            found = tx.base_entries(division, category, version, code or ())
    names = ("code", "name", "parent", "type", "leaf", "open", "begin", "end")
    told = [
        (e.code, e.name, e.parent, e.sort, e.leaf, e.on(day), e.begins, e.ends)
        for e in found.values()
    ]  # fmt: skip
    data = {
        "division": division, "category": category, "version": version, "day": day,
        "codes": [dict(zip(names, row, strict=True)) for row in told],
    }  # fmt: skip
    columns = ("code", "name", "parent", "type", "leaf", "open", "begin", "end")
    table = Table("Codes", columns, told if code else told[:SHOWN])
    return Report(
        "basedata.show",
        data,
        [
            table,
            Said(
                f"version {version}: {counted(len(told), 'code')}",
                f"版本 {version}：{len(told)} 个代码",
            ),
        ],
    )


@verb(app, "import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV: code, name, parent, enabled, …")],
    division: Division,
    category: Category,
    version: Annotated[int, typer.Option(help="Higher than the version before.")],
    config: Config = NODE,
    since: Annotated[str | None, typer.Option(help="From this day on; else today.")] = None,
) -> Report:
    """Publish an edition: seal it, send it to all, check own vouchers against it from then on.

    Example: hubctl basedata import codes.csv --division 370100 --category EXPFUNC --version 1
    """
    with node(config, within_scope=True) as this:
        this.scope.require_division(division)
        parts = this.parts
        issuer = _finance(this, division)
        edition = Edition(
            parts.settings.env, division, category, version, day_of(since, parts.clock), issuer,
            receivers(parts.directory.node_of, issuer),
        )  # fmt: skip
        made = drafts(edition, rows_of(read(file, BYTES_MAX), category), parts.releases.newest)
        posted = parts.desk.issue(made)
    data = {"packs": len(made), "posted": len(posted), "version": version, "since": edition.day}
    told = Said(
        f"{category} of {division}, version {version}: {counted(len(posted), 'pack')} posted",
        f"{division} 的 {category}，版本 {version}：已提交 {len(posted)} 包",
    )
    return Report("basedata.import", data, [told])


def _finance(this: Node, division: str) -> Party:
    issuer = Party(FINANCE, division)
    place = this.parts.place
    if issuer not in place.directory.nodes[place.node]:
        raise Misconfigured("import_not_a_bureau")
    return issuer
