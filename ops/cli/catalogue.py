"""`hubctl catalogue`: the releases of voucher kinds, and the way to the next one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import typer

from hub.clock import DAY, Instant
from hub.errors import Misconfigured
from hub.parties import party
from hub.trust.ports import Kept, KeptState
from keys.folders import new_folder, read, write_public
from keys.trust_files import read_release_files
from ops import release_drafts
from ops.cli.command import noun, verb
from ops.cli.options import NODE, Config, instant_of
from ops.cli.output import At, Block, Pairs, Report, Said, Table, counted, kept
from ops.cli.placing import fills
from ops.look_wiring import Node, node
from ops.trust_site import pinned_maker
from schemas import catalogue_files

DAYS: Final = 3 * 365
app: Final = noun("catalogue")


@verb(app, "list")
def list_(config: Config = NODE) -> Report:
    """Show every catalogue release this node has kept, and what became of it.

    Example: hubctl catalogue list --config bank/hub.toml
    """
    with node(config, within_scope=True) as this:
        newest = this.parts.releases.newest
        rows = this.parts.release_keeping.kept()
    names = ("number", "state", "code", "sealed", "effective", "expires", "digest")
    told = [
        (
            row.number, _state(row, newest), row.code, At(row.sealed_at), At(row.effective_at),
            At(row.expires_at), row.digest.hex(),
        )
        for row in rows
    ]  # fmt: skip
    data = {"in_force": newest, "releases": [kept(names, row) for row in told]}
    table = Table("Catalogue releases", (">number", *names[1:]), told)
    return Report(
        "catalogue.list",
        data,
        [table, Said(f"release {newest} is in force", f"现行目录第 {newest} 号")],
    )


@verb(app, "show")
def show(
    config: Config = NODE,
    number: Annotated[int | None, typer.Option(help="Of a release here; else in force.")] = None,
    out: Annotated[Path | None, fills("New folder for its files.", "--out")] = None,
) -> Report:
    """Show a release: its files, and which kinds differ from the release before it.

    Example: hubctl catalogue show --number 2 --out release-2 --config hub/hub-a.toml
    """
    with node(config, within_scope=True) as this:
        chosen, env = number or this.parts.releases.newest, this.parts.settings.env
        files = this.parts.release_source.files(chosen)
        before = this.parts.release_source.files(chosen - 1)
    if files is None:
        raise Misconfigured("catalogue_release_unknown", n=chosen)
    catalogue = catalogue_files.compiled(files, env)
    old = catalogue_files.compiled(before, env) if before is not None else catalogue
    differ = release_drafts.changes(old, catalogue)
    if out is not None:
        _write_files(out, files)
    kinds, overlays = len(catalogue.kinds), len(catalogue.overlays)
    rows = [(name, len(octets)) for name, octets in sorted(files.items())]
    data: dict[str, object] = {
        "number": chosen, "kinds": kinds, "overlays": overlays, "files": dict(rows),
        "changes": differ,
    }  # fmt: skip
    blocks: list[Block] = [Table("Files", ("file", ">bytes"), rows)]
    if differ:
        blocks.append(Table("Changes", ("kind", "state"), list(differ.items())))
    told = Said(
        f"release {chosen}: {counted(kinds, 'kind')}, {overlays} in divisions or years",
        f"目录第 {chosen} 号：{kinds} 类凭证，区划或年度专用 {overlays} 类",
    )
    return Report("catalogue.show", data, [*blocks, told])


@verb(app, "propose")
def propose(  # noqa: PLR0913 - options of a command
    issuer: Annotated[str, typer.Option(help="The pinned party that seals first.")],
    out: Annotated[Path, fills("New folder for the draft.", "--out")],
    config: Config = NODE,
    folders: Annotated[
        list[Path] | None,
        typer.Option("--with", help="Folder with kinds/ and overlays/ laid over; may stand often."),
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option(help="File to leave out, as kinds/ours.toml; often.")
    ] = None,
    effective: Annotated[
        str | None, typer.Option(help="From when it counts; else at once.")
    ] = None,
    days: Annotated[int, typer.Option(help="How long it is to be valid.")] = DAYS,
    *,
    shipped: Annotated[
        bool, typer.Option("--shipped", help="Begin with this package's files, not the newest's.")
    ] = False,
) -> Report:
    """Draw up the next release; it is judged as every node will judge it, and sealed by nobody.

    Example: hubctl catalogue propose --issuer 011.990100 --with ours --out next
    """
    with node(config) as this:
        parts = this.parts
        releases = parts.releases
        rows, last = parts.release_keeping.kept(), releases.numbers[-1]
        files = _shipped(this) if shipped else parts.release_source.files(last)
        assert files is not None, "the newest release is on record"
        at = instant_of(effective) or parts.clock.now()
        plan = release_drafts.Plan(
            at, Instant(at + days * DAY), party(issuer),
            release_drafts.changed(files, folders or (), without or ()),
        )  # fmt: skip
        drawn = release_drafts.draw_up(
            rows, releases.schemas(last).catalogue, plan, parts.trust_source.source.ground(),
            parts.view(parts.fence.trust_state).trust, out,
        )  # fmt: skip
    data = {
        "number": drawn.number, "changes": dict(drawn.changes), "entitlements": drawn.records,
        "folder": str(out),
    }  # fmt: skip
    table = Table("Changes", ("kind", "state"), list(drawn.changes.items()))
    told = [("number", drawn.number), ("folder", out), ("seals first", issuer)]
    if drawn.records:
        told.append(("entitlements", f"{drawn.records}: {out / release_drafts.RECORDS}"))
    return Report("catalogue.propose", data, [table, Pairs("Drawn up", told)])


@verb(app, "sign")
def sign(
    draft: Annotated[Path, typer.Argument(help="The draft's folder.")],
    by: Annotated[str, typer.Option("--party", help="The pinned party that seals now.")],
    site: Annotated[Path, typer.Option("--site", help="The ceremony's folder, with `ca`.")],
    passphrase: Annotated[Path, typer.Option("--passphrase-file", help="Opens its keys.")],
    config: Config = NODE,
) -> Report:
    """Put a pinned party's seal on a draft; the second seal makes the release.

    Example: hubctl catalogue sign next --party 011.990100 --site pki --passphrase-file passphrase
    """
    with node(config) as this:
        parts = this.parts
        maker = pinned_maker(parts, site, passphrase, party(by))
        ground, now = parts.trust_source.source.ground(), parts.clock.now()
        file = release_drafts.put_seal(draft, party(by), maker, ground, now)
    data = {"file": str(file), "party": by, "complete": file.suffix == ".xml"}
    return Report("catalogue.sign", data, [Pairs("Sealed", list(data.items()))])


@verb(app, "import")
def import_(
    files: Annotated[list[Path], typer.Argument(help="release-….xml with `sections` beside.")],
    config: Config = NODE,
) -> Report:
    """Take in sealed catalogue releases; what does not hold is refused by code.

    Example: hubctl catalogue import next/release-000002.xml --config hub/hub-a.toml
    """
    with node(config) as this:
        parts = this.parts
        parts.view(parts.fence.trust_state)
        for path in files:
            message = read(path, "catalogue_release_missing")
            taken = read_release_files(path.parent, message)
            parts.release_keeping.take(message, list(taken.values()))
        parts.release_source.refresh()
        newest, last = parts.releases.newest, parts.releases.numbers[-1]
    told, zh = f"release {newest} is in force", f"现行目录第 {newest} 号"
    if last > newest:
        told += f", release {last} waits for its moment"
        zh += f"，第 {last} 号待生效"
    return Report("catalogue.import", {"in_force": newest, "newest": last}, [Said(told, zh)])


def _shipped(this: Node) -> dict[str, bytes]:
    own = this.parts.settings.catalogue
    return catalogue_files.files(catalogue_files.shipped(), [own] if own else [])


def _write_files(out: Path, files: Mapping[str, bytes]) -> None:
    new_folder(out)
    for folder in catalogue_files.FOLDERS:
        new_folder(out / folder)
    for name, octets in files.items():
        write_public(out / catalogue_files.path_of(name), octets)


def _state(row: Kept, newest: int) -> str:
    if row.number == newest and row.state is not KeptState.REFUSED:
        return "in_force"
    return str(row.state)
