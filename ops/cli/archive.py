"""`hubctl archive`: days that left the store, each in a file that proves itself."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer

from hub.errors import HubError
from hub.exchange.archives import DayProof
from hub.money import yuan
from ops.advice import advice
from ops.archives import service
from ops.cli.command import noun, verb
from ops.cli.options import NODE, Config, identity_of
from ops.cli.output import Exit, Report, Said, Table, counted
from ops.cli.placing import fills
from ops.exits import exit_of
from ops.look_wiring import node
from ops.wiring_archive import DayReader

app: Final = noun("archive")


@verb(app, "run")
def run(
    config: Config = NODE,
    day: Annotated[str, typer.Option(help="Only this day, yyyymmdd.")] = "",
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would move.")] = False,
) -> Report:
    """Move closed days out of the store; doing it again goes on where it was broken off.

    Example: hubctl archive run --config hub.toml --dry-run
    """
    with node(config) as this:
        done = service.run(this.parts, day, dry=dry_run)
    held = [one for one in done if one.state == "held"]
    rows = [
        (one.day, one.state, one.messages, one.body_bytes, one.code, one.example)
        for one in done
        if one.state != "empty"
    ]
    columns = ("day", "state", "messages", "bytes", "why", "voucher")
    blocks = [Table("Days", columns, rows)] if rows else []
    moved = len(rows) - len(held)
    told = Said(
        f"{counted(moved, 'day')} archived, {len(held)} held",
        f"已归档 {moved} 日，暂留 {len(held)} 日",
    )
    reasons = [_reason(code) for code in sorted({one.code for one in held})]
    data = {"days": [asdict(one) for one in done if one.state != "empty"], "dry_run": dry_run}
    return Report("archive.run", data, [*blocks, *reasons, told])


def _reason(code: str) -> Said:
    found = advice(code)
    assert found is not None, "a test looks for advice of every code"
    return Said(f"{code}: {found.why} {found.do}", f"{code}：{found.why_zh}{found.do_zh}")


@verb(app, "list")
def list_(config: Config = NODE) -> Report:
    """List the days in archives: how much each holds, until when it is kept, whether it is there.

    Example: hubctl archive list --config hub.toml
    """
    with node(config, within_scope=True) as this:
        found = service.days(this.parts)
    rows = [
        (one.day, one.state, one.messages, one.body_bytes, one.keep_until,
         "yes" if there else "NO", one.proof.hex()[:16])
        for one, there in found
    ]  # fmt: skip
    columns = ("day", "state", "messages", "bytes", "keep until", "file", "proof")
    data = {
        "days": [
            {"day": one.day, "state": one.state, "messages": one.messages,
             "body_bytes": one.body_bytes, "keep_until": one.keep_until, "file": there,
             "proof": one.proof.hex()}
            for one, there in found
        ]
    }  # fmt: skip
    total = sum(one.messages for one, _ in found)
    told = Said(
        f"{counted(len(rows), 'day')}, {counted(total, 'message')}",
        f"{len(rows)} 日，消息 {total} 条",
    )
    return Report("archive.list", data, [Table("Days", columns, rows), told])


@verb(app, "verify")
def verify(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files; without any, all of the node.")
    ] = None,
    config: Config = NODE,
) -> Report:
    """Make a file's proof again from its content; files need no node, store or key.

    Example: hubctl archive verify bank-a-20260901.archive
    """
    if files:
        found = service.verify_files(files)
    else:
        with node(config) as this:
            found = service.verify_node(this.parts)
    bad = [(name, one) for name, one in found if isinstance(one, HubError)]
    columns = ("file", "state", "messages", "keep until", "proof")
    rows = [(name, *_told(one)) for name, one in found]
    data = {
        "files": [{"file": name, **_data(one)} for name, one in found], "good": not bad,
    }  # fmt: skip
    told = Said(
        f"{len(found) - len(bad)} whole, {len(bad)} not",
        f"完整 {len(found) - len(bad)}，异常 {len(bad)}",
    )
    blocks = [Table("Archives", columns, rows), *_amounts(found)]
    wrong = [_wrong(name, one) for name, one in bad]
    return Report("archive.verify", data, [*blocks, *wrong, told], _exit([one for _, one in bad]))


def _exit(bad: Sequence[HubError]) -> Exit:
    if not bad:
        return Exit.DONE
    missing = all(exit_of(one) is Exit.NOT_FOUND for one in bad)
    return Exit.NOT_FOUND if missing else Exit.DAMAGED


def _wrong(name: str, error: HubError) -> Said:
    """What is wrong with one file, where, and what to do now."""
    found = advice(error.code)
    assert found is not None, "a test looks for advice of every code"
    return Said(
        f"{name}: {error}: {found.why} {found.do}", f"{name}：{error}：{found.why_zh}{found.do_zh}"
    )


def _amounts(found: Sequence[tuple[str, DayProof | HubError]]) -> list[Table]:
    """Of a single file that is whole: what its messages say, by kind."""
    one = found[0][1] if len(found) == 1 else None
    if not isinstance(one, DayProof):
        return []
    columns = ("kind", "layer", "messages", "yuan")
    rows = [(kind, layer, count, yuan(fen)) for kind, layer, count, fen in one.amounts]
    return [Table("Amounts", columns, rows)]


def _told(one: DayProof | HubError) -> tuple[str, int, str, str]:
    if isinstance(one, HubError):
        return (one.code, 0, "", "")
    return ("whole", one.counts["message"], one.keep_until, one.digest.hex()[:16])


def _data(one: DayProof | HubError) -> dict[str, object]:
    if isinstance(one, HubError):
        found = advice(one.code)
        assert found is not None, "a test looks for advice of every code"
        return {"code": one.code, "context": one.context, "why": found.why, "do": found.do}
    return {"code": "", "digest": one.digest.hex(), "proof": asdict(one)}


@verb(app, "fetch")
def fetch(
    voucher: Annotated[
        str, typer.Argument(help="division/year/kind/issuer/number", metavar="VOUCHER")
    ],
    to: Annotated[Path, fills("Folder to write into.", "--to")],
    config: Config = NODE,
    file: Annotated[Path | None, typer.Option(help="Out of this file; no node is needed.")] = None,
) -> Report:
    """Copy the messages of a voucher out of an archive, as they were recorded.

    Example: hubctl archive fetch 370100/2026/5201/011.370100/1 --to out --config hub.toml
    """
    if file is not None:
        reader = DayReader(file)
        identity = identity_of(voucher, reader.proof().env)
        written = service.fetch([reader], str(identity), to)
    else:
        with node(config, within_scope=True) as this:
            env = this.parts.settings.env
            identity = identity_of(voucher.removeprefix(f"{env}/"), env)
            this.scope.require(str(identity))
            written = service.fetch(service.readers_of(this.parts), str(identity), to)
    columns = ("layer", "file")
    data = {"files": [dict(zip(columns, row, strict=True)) for row in written]}
    told = Said(f"{counted(len(written), 'message')} written", f"已写出消息 {len(written)} 条")
    return Report("archive.fetch", data, [Table("Messages", columns, written), told])
