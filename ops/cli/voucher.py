"""`hubctl voucher`: draft, seal, verify, show and draw vouchers as files; trace one at a node."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from hub.clock import business_day
from hub.errors import Misconfigured
from hub.parties import party
from hub.voucher import drafts
from hub.voucher.attached import with_attachments
from hub.voucher.codec import MESSAGE_BYTES_MAX
from hub.voucher.model import LayerType
from ops.alone import ONE_COPY
from ops.alone import show as show_message
from ops.alone_wiring import alone, previews
from ops.cli.command import noun, verb
from ops.cli.files import given, read, write
from ops.cli.node_views import trace as traced
from ops.cli.options import (
    Config,
    FileArgument,
    Passphrase,
    ProofTime,
    Site,
    Values,
    identity_of,
    instant_of,
    values_of,
)
from ops.cli.output import Report, Said
from ops.cli.placing import file_place, writes
from ops.cli.views import drafted, examined, explained, message, written
from ops.clock import SystemClock
from ops.evidence.gather import tokens_of
from ops.look import message as look
from ops.look.trace import trace as find_trace
from ops.look_wiring import Node, node
from ops.prints import Prints


class Answer(StrEnum):
    """Layers that stand on an original."""

    RECEIPT = "receipt"
    RETURN = "return"
    RECALL = "recall"


DPI: Final = 144
WRITES: Final = "File to write; an older one is replaced"
Draft = Annotated[Path, writes(WRITES, ".json", option="--out")]
Sealed = Annotated[Path, writes(WRITES, ".xml", option="--out")]
Sheets = Annotated[Path, writes(WRITES, ".pdf", ".png", option="--out")]
What = Annotated[
    Path, typer.Argument(help="A file, or division/year/kind/issuer/number.", metavar="FILE")
]
OfNode = Annotated[Path | None, typer.Option("--config", help="For an id: the node.")]
app: Final = noun("voucher")


@verb(app, "new")
def new(
    voucher: Annotated[str, typer.Argument(help="division/year/kind/issuer/number")],
    out: Draft,
    site: Site,
    to: Annotated[list[str], typer.Option(help="Party that executes it, as 102.370100.")],
    values: Values = None,
) -> Report:
    """Write a draft with every mandatory field, to be filled in and sealed.

    Example: hubctl voucher new 990100/2026/5201/011.990100/2026-0001 --to 105.990000
    --set PayAmt=12.00 --site var/site --out draft.json
    """
    clock = SystemClock()
    library, today = alone(site, clock), {"VouDate": business_day(clock.now())}
    identity = identity_of(voucher, library.ground.env)
    draft = library.new(identity, to, {**today, **values_of(values)})
    write(out, drafts.write(draft))
    return drafted(draft, out, assumed=library.assumed(draft))


@verb(app, "answer")
def answer(
    file: FileArgument,
    out: Draft,
    site: Site,
    *,
    layer: Annotated[Answer, typer.Option(help="Which of the three.")],
    acting: Annotated[str, typer.Option("--party", help="Party that answers, as 102.370100.")],
    values: Values = None,
) -> Report:
    """Write a draft of a receipt, return or recall on a sealed voucher.

    Example: hubctl voucher answer voucher.xml --layer receipt --party 102.370100
    --set XPayAmt=12.00 --site var/site --out receipt.json
    """
    library = alone(site, SystemClock())
    below = library.read(read(file, MESSAGE_BYTES_MAX))
    draft = library.answer(LayerType(layer), party(acting), below, values_of(values))
    write(out, drafts.write(draft))
    return drafted(draft, out, assumed=library.assumed(draft))


@verb(app, "seal")
def seal(
    file: FileArgument,
    out: Sealed,
    site: Site,
    passphrase: Passphrase = None,
    on: Annotated[Path | None, typer.Option(help="The sealed voucher a draft answers.")] = None,
) -> Report:
    """Seal a draft at all positions its kind requires, and verify the result.

    Example: hubctl voucher seal draft.json --site var/site --out voucher.xml
    """
    library = alone(site, SystemClock(), passphrase)
    below = library.read(read(on, MESSAGE_BYTES_MAX)) if on else None
    voucher = library.seal(drafts.read(read(file, drafts.BYTES_MAX), below))
    write(out, voucher.octets)
    return written("voucher.seal", voucher, out)


@verb(app, "explain")
def explain(file: FileArgument, site: Site) -> Report:
    """Show what is wrong with the fields of a draft: what stands there, and what is expected.

    Several at once, but of fields that are missing the first only.

    Example: hubctl voucher explain draft.json --site var/site
    """
    draft = drafts.read(read(file, drafts.BYTES_MAX))
    return explained(alone(site, SystemClock()).explain(draft))


@verb(app, "verify")
def verify(
    file: What,
    site: Annotated[
        Path | None, typer.Option("--site", help="For a file: a site's folder.")
    ] = None,
    at: ProofTime = None,
    config: OfNode = None,
    attachment: Annotated[
        list[Path] | None,
        typer.Option(help="A file to compare with the attachments that are sealed."),
    ] = None,
) -> Report:
    """Verify a sealed message: every layer, every seal, every check; tokens beside it count.

    Example: hubctl voucher verify voucher.xml --site var/site
    """
    if (site is None) == (config is None):
        raise Misconfigured("evidence_of_what")
    if config is not None:
        with node(config, within_scope=True) as this:
            named = _named(file, this)
            octets, _ = look.newest(this.parts, named)
            report = look.examined(this.parts, named, instant_of(at))
    else:
        assert site is not None
        octets = read(file, MESSAGE_BYTES_MAX)
        report = alone(site, SystemClock()).examine(octets, instant_of(at), tokens_of(file, octets))
    if files := [given(path) for path in attachment or ()]:
        report = with_attachments(report, octets, files)
    return examined("voucher.verify", report)


def _named(text: Path | str, this: Node) -> str:
    """The id of a voucher that whoever asks may see, on record or not."""
    env = this.parts.settings.env
    name = str(identity_of(str(text).removeprefix(f"{env}/"), env))
    this.scope.require(name)
    return name


@verb(app, "show")
def show(file: What, config: OfNode = None) -> Report:
    """Show what a message says; nothing of it is verified.

    Example: hubctl voucher show voucher.xml
    """
    if config is not None:
        with node(config, within_scope=True) as this:
            named = _named(file, this)
            return message(show_message(look.newest(this.parts, named)[0]))
    return message(show_message(read(file, MESSAGE_BYTES_MAX)))


@verb(app, "page")
def page(
    file: FileArgument,
    out: Sheets,
    site: Site,
    at: ProofTime = None,
    *,
    copy: Annotated[
        list[str] | None, typer.Option(help="Name of a copy (联); one for each copy.")
    ] = None,
    printed: Annotated[
        bool, typer.Option("--print", help="Count it as printed; the page says how often.")
    ] = False,
    png: Annotated[
        bool,
        typer.Option("--png", help="Pictures, one a sheet; a name that ends in .png says so, too."),
    ] = False,
) -> Report:
    """Draw a voucher that verifies as a PDF page with its seals, or as PNG pictures.

    The file's name chooses: .png is for pictures, one a sheet.

    Example: hubctl voucher page voucher.xml --site var/site --out voucher.pdf
    """
    pictures = png or out.suffix.lower() == ".png"
    if pictures:
        file_place(out, ".png")
    library = alone(site, SystemClock())
    counted = Prints(site / "prints").count if printed else None
    message_octets = read(file, MESSAGE_BYTES_MAX)
    octets = library.page(
        message_octets, instant_of(at), tuple(copy or ONE_COPY), counted,
        tokens_of(file, message_octets),
    )  # fmt: skip
    sheets = previews(octets, DPI) if pictures else [octets]
    names = [out if n == 1 else out.with_stem(f"{out.stem}-{n}") for n in range(1, len(sheets) + 1)]
    for name, sheet in zip(names, sheets, strict=True):
        write(name, sheet)
    size = sum(map(len, sheets))
    return Report(
        "voucher.page",
        {"file": str(out), "files": [str(name) for name in names], "bytes": size},
        [
            Said(
                f"{', '.join(map(str, names))}: {size} bytes",
                f"{'、'.join(map(str, names))}：{size} 字节",
            )
        ],
    )


@verb(app, "trace")
def trace(
    voucher: Annotated[str, typer.Argument(help="division/year/kind/issuer/number")],
    config: Config = Path("hub.toml"),
) -> Report:
    """Show everything a node knows of one voucher, in the order of time.

    Example: hubctl voucher trace 370100/2026/5201/011.370100/2026-0001 --config bank/hub.toml
    """
    with node(config, within_scope=True) as this:
        return traced(find_trace(this.parts, _named(voucher, this)))
