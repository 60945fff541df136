"""Options and arguments that mean the same at every command, and how their text is read."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from hub.clock import Instant, instant
from hub.errors import Misconfigured
from hub.parties import party
from hub.voucher.model import VoucherId

IDENTITY_PARTS: Final = 5
EPOCH_YEAR: Final = 1970
"""Instants are counted from there; no voucher is older."""

Config = Annotated[Path, typer.Option("--config", help="The node's settings.")]
NODE: Final[Path] = Path("hub.toml")
"""Where they are, unless told."""
FileArgument = Annotated[Path, typer.Argument(help="The file.", metavar="FILE")]
Site = Annotated[
    Path,
    typer.Option(
        "--site", help="Folder of a ceremony: trust, keys. `hubctl keys ceremony --dev` makes one."
    ),
]
Passphrase = Annotated[
    Path | None, typer.Option("--passphrase-file", help="Opens the keys; else <site>/passphrase.")
]
ProofTime = Annotated[
    str | None, typer.Option("--at", help="Proof time, as 2026-11-21T08:00:00Z; else now.")
]

Reason = Annotated[str, typer.Option(help="One word of your own, for log and journal.")]
Values = Annotated[list[str] | None, typer.Option("--set", help="Field=value; may stand often.")]


def identity_of(text: str, env: str) -> VoucherId:
    """The voucher that `division/year/kind/issuer/number` names.

    Raises:
        Misconfigured: `identity_format`.
        Malformed: `party_format`.
    """
    parts = text.split("/")
    if len(parts) != IDENTITY_PARTS or not all(parts):
        raise Misconfigured("identity_format")
    division, year, kind, issuer, number = parts
    return VoucherId(env, division, year, kind, party(issuer), number)


def instant_of(text: str | None) -> Instant | None:
    """The instant of an option's text; None stays None.

    Raises:
        Misconfigured: `instant_format`.
    """
    if text is None:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise Misconfigured("instant_format") from None
    if read.tzinfo is None or read.year < EPOCH_YEAR:
        raise Misconfigured("instant_format")
    return instant(read)


def values_of(pairs: Sequence[str] | None) -> dict[str, str]:
    """`Field=value` texts as a mapping.

    Raises:
        Misconfigured: `value_format`.
    """
    split = [pair.partition("=") for pair in pairs or ()]
    if not all(name and equals for name, equals, _ in split):
        raise Misconfigured("value_format")
    return {name: value for name, _, value in split}
