"""`hubctl seal`: seals and detached signatures of any maker (GB/T 38540)."""

from pathlib import Path
from typing import Annotated, Final

import typer

from hub.voucher.codec import MESSAGE_BYTES_MAX
from hub.voucher.foreign import examine_signature, inspect_seal
from keys.site import suites
from ops.alone import seal_in, seals_in
from ops.alone_wiring import anchors_of
from ops.cli.command import noun, verb
from ops.cli.files import read, write
from ops.cli.options import FileArgument, ProofTime, instant_of
from ops.cli.output import Report
from ops.cli.placing import file_place, writes
from ops.cli.views import examined, inspected
from ops.clock import SystemClock

app: Final = noun("seal")
SIGNATURE_BYTES_MAX: Final = 1024 * 1024
DATA_BYTES_MAX: Final = 256 * 1024 * 1024
PICTURES: Final = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".svg", ".ofd")

Trust = Annotated[
    Path | None, typer.Option("--trust", help="Folder with root and CA certificates, also bundles.")
]


@verb(app, "verify")
def verify(
    signature: Annotated[Path, typer.Option(help="The SES_Signature, DER or base64 of it.")],
    data: Annotated[Path, typer.Option(help="The file it seals.")],
    trust: Trust = None,
    at: ProofTime = None,
) -> Report:
    """Verify a detached SES_Signature over any file.

    Example: hubctl seal verify --signature SignedValue.der --data Signature.xml
    """
    report = examine_signature(
        read(signature, SIGNATURE_BYTES_MAX), read(data, DATA_BYTES_MAX), suites=suites(),
        anchors=anchors_of(trust), at=instant_of(at) or SystemClock().now(),
    )  # fmt: skip
    return examined("seal.verify", report)


@verb(app, "inspect")
def inspect(
    file: FileArgument,
    trust: Trust = None,
    at: ProofTime = None,
    picture: Annotated[
        Path | None, writes("Write the seal's picture here", *PICTURES, option="--picture")
    ] = None,
    number: Annotated[
        int | None,
        typer.Option("--of-voucher", min=1, help="Of the voucher in FILE, this one of its seals."),
    ] = None,
) -> Report:
    """Show a seal, or the seal inside a signature, or one of a voucher's seals.

    A voucher's seals are counted as `voucher show` lists them, the lowest layer's first.

    Example: hubctl seal inspect UserV4.esl --picture seal.png
    """
    now = instant_of(at) or SystemClock().now()
    given = read(file, MESSAGE_BYTES_MAX if number else SIGNATURE_BYTES_MAX)
    octets = seal_in(_of_voucher(given, number) if number else given)
    seal, report = inspect_seal(octets, suites=suites(), anchors=anchors_of(trust), at=now)
    if seal and picture:
        kind = f".{seal.content.picture.type.lower()}"
        if kind in PICTURES:
            file_place(picture, *({".jpg", ".jpeg"} if kind in {".jpg", ".jpeg"} else {kind}))
        write(picture, seal.content.picture.data)
    return inspected(seal, report)


def _of_voucher(octets: bytes, number: int) -> bytes:
    seals = seals_in(octets)
    if number > len(seals):
        raise typer.BadParameter(f"this voucher has {len(seals)} seals")
    return seals[number - 1]
