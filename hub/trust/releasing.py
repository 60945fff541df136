"""A catalogue release as a sealed document (PROTOCOL §10): kind CR01, sealed by two pinned keys.

The body names every file of the catalogue by SHA-256; the files stand beside it, as sections of a
trust list do, so that only what has changed is moved.

Rules of this file:
- A file's name is `fields.toml` of the base, `kinds.clearing.toml`, or `overlays.310000.toml`: no
  path, so that a name can lead nowhere.
- A release is judged by the pinned keys at its own sealing time, like a trust list.
- What a node began with is sealed by nobody: it is kept as a list of digests and names.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hub.clock import Instant, business_day, instant, iso
from hub.errors import Malformed
from hub.parties import Party
from hub.trust.listing import NATION, ListGround, open_pinned
from hub.trust.model import RELEASE_KIND
from hub.voucher import open_message, xml
from hub.voucher.model import Body, Draft, LayerId, LayerType, VoucherId

_NAME: Final = re.compile(r"((kinds|overlays)\.)?[0-9A-Za-z_\-]+\.toml", re.ASCII)


@dataclass(frozen=True, slots=True)
class ReleaseHead:
    """What two of the three pinned keys seal."""

    env: str
    number: int
    effective_at: Instant
    expires_at: Instant
    files: Mapping[str, str]
    """Name → SHA-256 in hex."""


@dataclass(frozen=True, slots=True)
class SealedRelease:
    """The verified head of a release, and who sealed it; its files may not be here yet."""

    head: ReleaseHead
    sealed_by: frozenset[Party]
    sealed_at: Instant


def publish_release(
    head: ReleaseHead, sizes: Mapping[str, int], issuer: Party, release: int
) -> Draft:
    """The release as a draft to be sealed at the positions of a trust list; `sizes` by name.

    `release`: the catalogue release under which this one is sealed.
    """
    number = f"catalogue-{head.number:06d}"
    fields = {
        "Id": number,
        "Env": head.env,
        "Number": str(head.number),
        "EffectiveFrom": iso(head.effective_at),
        "Expires": iso(head.expires_at),
        "Count": str(len(head.files)),
    }
    rows = tuple(
        {"Id": str(row), "FileName": name, "Digest": digest, "Length": str(sizes[name])}
        for row, (name, digest) in enumerate(sorted(head.files.items()), 1)
    )
    year = business_day(head.effective_at)[:4]
    voucher = VoucherId(head.env, NATION, year, RELEASE_KIND, issuer, number)
    layer = LayerId(voucher, LayerType.DOCUMENT, issuer)
    return Draft(layer, release, ("*",), Body(fields, rows))


def open_release(message: bytes, ground: ListGround, now: Instant) -> SealedRelease:
    """The head of a release whose seals hold under pinned keys; how many sealed it is not judged.

    Raises:
        Rejection: what `hub.voucher.verify` raises; `catalogue_release_form`.
        Held: `catalogue_missing`.
    """
    voucher, sealed_by, sealed_at = open_pinned(message, ground, now)
    if voucher.id.kind != RELEASE_KIND:
        raise Malformed("catalogue_release_form")
    return SealedRelease(_head(voucher.top.content), sealed_by, sealed_at)


def release_files(message: bytes) -> Mapping[str, str]:
    """Name → SHA-256 in hex, as a sealed release says; only its form is judged.

    Raises:
        Malformed: `catalogue_release_form`, and what the voucher library says of the envelope.
    """
    return _head(xml.content(open_message(message).layers[-1].body)).files


def founding(files: Mapping[str, bytes]) -> bytes:
    """The list of what a node begins with: a line `digest  name` for every file, by name."""
    lines = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}" for name in sorted(files)]
    return "".join(f"{line}\n" for line in lines).encode()


def founding_files(octets: bytes) -> Mapping[str, str]:
    """Name → SHA-256 in hex, as `founding` wrote it."""
    split = [line.split("  ", 1) for line in octets.decode().splitlines()]
    return {name: digest for digest, name in split}


def file_name(name: str) -> bool:
    """Whether a catalogue's file may be called so."""
    return _NAME.fullmatch(name) is not None


def _head(body: Body) -> ReleaseHead:
    """Head of a release's body; the schema has checked the fields of a verified one."""
    try:
        fields = body.fields
        head = ReleaseHead(
            fields["Env"],
            int(fields["Number"]),
            instant(datetime.fromisoformat(fields["EffectiveFrom"])),
            instant(datetime.fromisoformat(fields["Expires"])),
            {row["FileName"]: row["Digest"] for row in body.details},
        )
    except (KeyError, ValueError) as error:
        raise Malformed("catalogue_release_form") from error
    if len(head.files) != len(body.details) or not all(map(file_name, head.files)):
        raise Malformed("catalogue_release_form")
    return head
