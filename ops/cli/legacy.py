"""`hubctl voucher import-legacy`, `export-legacy`: the older GBK envelope at the party's edge."""

from pathlib import Path
from typing import Annotated, Final

import typer

from hub.parties import party
from hub.voucher import drafts, legacy
from hub.voucher.codec import MESSAGE_BYTES_MAX
from ops.alone_wiring import alone
from ops.cli import evidence
from ops.cli.command import verb
from ops.cli.files import read, write
from ops.cli.options import FileArgument, Site
from ops.cli.output import Report, Said, Table, counted
from ops.cli.placing import fills, writes
from ops.clock import SystemClock
from ops.legacy_files import drafts_of, written

app: Final = evidence.app
Envelope = Annotated[Path, writes(evidence.WRITES, ".xml", option="--out")]


@verb(app, "import-legacy")
def import_legacy(
    file: FileArgument,
    out: Annotated[Path, fills("Folder for the drafts.", "--out")],
    site: Site,
    acting: Annotated[str, typer.Option("--party", help="Party that made it, as 011.370100.")],
    to: Annotated[list[str] | None, typer.Option(help="Party that executes it.")] = None,
    on: Annotated[Path | None, typer.Option(help="The sealed voucher it answers.")] = None,
) -> Report:
    """Read an older unsealed envelope into drafts to be sealed; the envelope is attached by digest.

    Example: hubctl voucher import-legacy 5201.xml --party 011.370100 --to 102.370100
    --site var/site --out drafts
    """
    library, octets = alone(site, SystemClock()), read(file, legacy.BYTES_MAX)
    below = library.read(read(on, MESSAGE_BYTES_MAX)) if on else None
    made = drafts_of(octets, library, party(acting), to or [], below)
    out.mkdir(parents=True, exist_ok=True)
    paths = [out / f"{d.id.voucher.kind}-{d.id.voucher.number}.{d.id.layer}.json" for d in made]
    for path, draft in zip(paths, made, strict=True):
        write(path, drafts.write(draft))
    attached = out / f"{made[0].body.attachments[0].digest}.xml"
    write(attached, octets)
    rows = [(str(path), str(draft.id)) for path, draft in zip(paths, made, strict=True)]
    return Report(
        "voucher.import_legacy",
        {"drafts": [str(path) for path in paths], "attachment": str(attached)},
        [
            Table("", ("draft", "layer"), rows),
            Said(
                f"{counted(len(made), 'draft')}; attached: {attached}",
                f"草稿 {len(made)} 份；附件：{attached}",
            ),
        ],
    )


@verb(app, "export-legacy")
def export_legacy(file: FileArgument, out: Envelope, site: Site) -> Report:
    """Write a voucher that verifies as the older GBK envelope; a receipt with what it answers.

    Example: hubctl voucher export-legacy voucher.xml --site var/site --out 5201.xml
    """
    library = alone(site, SystemClock())
    octets = written(library.read(read(file, MESSAGE_BYTES_MAX)), library)
    write(out, octets)
    return Report(
        "voucher.export_legacy",
        {"file": str(out), "bytes": len(octets)},
        [Said(f"{out}: {len(octets)} bytes, GBK", f"{out}：{len(octets)} 字节，GBK")],
    )
