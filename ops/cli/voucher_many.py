"""`hubctl voucher find | status | unsafe`: many vouchers at a node."""

from pathlib import Path
from typing import Annotated, Final

import typer

from hub.clock import iso
from hub.desks.search import Findable, Found, Query
from hub.errors import HubError, Misconfigured
from hub.money import yuan
from ops.cli.command import verb
from ops.cli.files import read
from ops.cli.legacy import app
from ops.cli.options import NODE, Config, identity_of
from ops.cli.output import At, Exit, Report, Said, Table, counted
from ops.cli.spoken import layer
from ops.look import finding
from ops.look_wiring import day_text, node

__all__ = ["app"]

LIST_BYTES_MAX: Final = 2 * 1024 * 1024
FIRST, LAST = "00000000", "99999999"


@verb(app, "find")
def find(  # noqa: PLR0913 - each is a condition
    config: Config = NODE,
    *,
    payee: Annotated[str, typer.Option(help="The payee's name begins so.")] = "",
    account: Annotated[str, typer.Option(help="The payee's account ends so: 4 digits up.")] = "",
    amount: Annotated[str | None, typer.Option(help="Yuan, as 128.50; alone: exactly.")] = None,
    amount_to: Annotated[str | None, typer.Option(help="Yuan: up to.")] = None,
    unit: Annotated[str, typer.Option(help="Code of the budget unit.")] = "",
    since: Annotated[str, typer.Option(help="From this day on, yyyyMMdd.")] = "",
    until: Annotated[str, typer.Option(help="Up to this day.")] = "",
    purpose: Annotated[str, typer.Option(help="The purpose begins so.")] = "",
    division: Annotated[list[str] | None, typer.Option(help="Only these; may stand often.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Rows to show at most.")] = 200,
) -> Report:
    """Find vouchers by what people remember; the conditions given must all hold.

    Example: hubctl voucher find --account 9938 --amount 128.50 --config icbc/hub.toml
    """
    first, last = (day_text(day) if day else end for day, end in ((since, FIRST), (until, LAST)))
    if last < first:
        raise Misconfigured("period_reversed")
    days = (first, last) if since or until else None
    asked = Query(
        account, finding.amounts(amount, amount_to), unit, payee, days, purpose,
        frozenset(division or ()),
    )  # fmt: skip
    with node(config, within_scope=True) as this:
        return _found(finding.find(this.parts, asked, this.scope, limit))


@verb(app, "status")
def status(
    vouchers: Annotated[
        list[str] | None, typer.Argument(help="division/year/kind/issuer/number, often.")
    ] = None,
    config: Config = NODE,
    *,
    file: Annotated[Path | None, typer.Option(help="A file with one identity a line.")] = None,
) -> Report:
    """Show the official status number of every layer of many vouchers.

    Example: hubctl voucher status --file vouchers.txt --config bureau/hub.toml
    """
    if not vouchers and file is None:
        raise typer.BadParameter("name vouchers, or give --file")
    lines = _lines(read(file, LIST_BYTES_MAX)) if file else []
    with node(config, within_scope=True) as this:
        env = this.parts.settings.env
        named = [(text, None) for text in vouchers or ()] + lines
        names = [_named(text, env, line) for text, line in named]
        for name in names:
            this.scope.require(name)
        told = finding.status(this.parts, names)
    rows = [(name, layer, n) for name, layers in told.items() for layer, n in layers.items()]
    unknown = sum(n < 0 for _, _, n in rows)
    return Report(
        "voucher.status",
        {"status": told, "unknown": unknown},
        [
            Table(
                "",
                ("voucher", "layer", ">number"),
                [(v, layer(_short(name)), n) for v, name, n in rows],
            ),
            Said(
                f"{counted(len(told), 'voucher')}, {unknown} not on record here",
                f"凭证 {len(told)} 张，本节点无记录 {unknown}",
            ),
        ],
        Exit.NOT_FOUND if unknown == len(told) else Exit.DONE,
    )


def _lines(octets: bytes) -> list[tuple[str, int | None]]:
    """What a list names, with the number of its line; an editor may have put a mark before it."""
    lines = octets.decode("utf-8-sig", errors="replace").splitlines()
    return [(word, number) for number, line in enumerate(lines, 1) for word in line.split()]


def _named(text: str, env: str, line: int | None) -> str:
    """The identity; one that is none is told with its line, where it has one."""
    try:
        return str(identity_of(text.removeprefix(f"{env}/"), env))
    except HubError as error:
        if line is None:
            raise
        raise type(error)(error.code, **{**error.context, "line": line}) from None


@verb(app, "unsafe")
def unsafe(
    config: Config = NODE,
    *,
    replay: Annotated[bool, typer.Option("--replay", help="Send them again now.")] = False,
) -> Report:
    """Show what this node has on record and the hub has not confirmed; send it again on demand.

    Example: hubctl voucher unsafe --replay --config icbc/hub.toml
    """
    with node(config, within_scope=True) as this:
        waiting, more, hops = finding.unsafe(this.parts, this.scope, replay=replay)
    rows = [(At(ack.stored_at), ack.layer_id, ack.refused or "-") for ack in waiting]
    data = [
        {"layer_id": a.layer_id, "stored_at": iso(a.stored_at), "refused": a.refused}
        for a in waiting
    ]
    again = (f", {hops} sent again", f"，重发 {hops}") if replay else ("", "")
    rest = (", and more", "，另有更多") if more else ("", "")
    said = Said(
        f"{len(waiting)} stored and not safe{rest[0]}{again[0]}",
        f"已存未确认 {len(waiting)}{rest[1]}{again[1]}",
    )
    return Report(
        "voucher.unsafe",
        {"unsafe": data, "more": more, "replayed": hops},
        [*([Table("", ("stored", "layer", "refused"), rows)] if rows else []), said],
    )


def _found(found: Found) -> Report:
    rows = [
        (one.day, one.kind, one.unit, one.payee, one.account[::-1], yuan(one.amount_fen),
         one.purpose, one.voucher_id, one.row)
        for one in found.rows
    ]  # fmt: skip
    columns = ("day", "kind", "unit", "payee", "account", ">元", "purpose", "voucher", ">row")
    more = "; there are more, add a condition" if found.partial else ""
    more_zh = "；还有更多，请增加条件" if found.partial else ""
    return Report(
        "voucher.find",
        {"partial": found.partial, "rows": [_row(one) for one in found.rows]},
        [
            *([Table("", columns, rows)] if rows else []),
            Said(f"{counted(len(rows), 'row')} found{more}", f"找到 {len(rows)} 行{more_zh}"),
        ],
        Exit.DONE if rows else Exit.NOT_FOUND,
    )


def _row(one: Findable) -> dict[str, object]:
    return {
        "voucher_id": one.voucher_id, "row": one.row, "division": one.division,
        "kind": one.kind, "day": one.day, "amount_fen": one.amount_fen, "unit": one.unit,
        "payee": one.payee, "account": one.account[::-1], "purpose": one.purpose,
    }  # fmt: skip


def _short(layer_id: str) -> str:
    return "/".join(layer_id.split("/")[6:8]) or "-"
