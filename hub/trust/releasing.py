"""A catalogue release as a numbered document: kind CR01; its parts are the catalogue's files.

Rules of this file:
- A file's name is `fields.toml` of the base, `kinds.clearing.toml`, or `overlays.310000.toml`: no
  path, so that a name can lead nowhere.
- What a node began with is sealed by nobody: it is kept as a list of digests and names.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Final

from hub.parties import Party
from hub.trust.model import RELEASE_KIND
from hub.trust.pinned import Head, Refusals, Sort, draft
from hub.voucher.model import Draft

_NAME: Final = re.compile(r"((kinds|overlays)\.)?[0-9A-Za-z_\-]+\.toml", re.ASCII)


def publish_release(head: Head, sizes: Mapping[str, int], issuer: Party, release: int) -> Draft:
    """The release as a draft to be sealed at the positions of a trust list.

    `sizes`: octets of each file of `head.parts`, by name. `release`: the catalogue release under
    which this one is sealed.

    Source: protocol rule 10.1; protocol rule 10.7
    """
    rows = [
        {"FileName": name, "Digest": digest, "Length": str(sizes[name])}
        for name, digest in sorted(head.parts.items())
    ]
    return draft(RELEASE, head, rows, issuer, release)


def founding(files: Mapping[str, bytes]) -> bytes:
    """The list of what a node begins with: a line `digest  name` for every file, by name.

    It is sealed by nobody: who starts a node answers for the files.

    Source: protocol rule 10.7
    """
    lines = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}" for name in sorted(files)]
    return "".join(f"{line}\n" for line in lines).encode()


def founding_files(octets: bytes) -> Mapping[str, str]:
    """Name → SHA-256 in hex. Required: octets that `founding` wrote.

    Source: protocol rule 10.7
    """
    split = [line.split("  ", 1) for line in octets.decode().splitlines()]
    return {name: digest for digest, name in split}


def file_name(name: str) -> bool:
    """Whether a catalogue's file may be called so: a plain name that leads nowhere.

    Source: protocol rule 14.5; protocol rule 10.1
    """
    return _NAME.fullmatch(name) is not None


def _files(rows: Sequence[Mapping[str, str]]) -> dict[str, str]:
    found = {row["FileName"]: row["Digest"] for row in rows}
    if len(found) != len(rows) or not all(map(file_name, found)):
        raise ValueError(len(rows))
    return found


RELEASE: Final = Sort(
    kind=RELEASE_KIND,
    name="catalogue release",
    prefix="catalogue",
    refusals=Refusals(
        form="catalogue_release_form",
        seals="catalogue_release_seals",
        other_environment="catalogue_release_other_environment",
        number="catalogue_release_number",
        conflict="catalogue_release_conflict",
        part_missing="catalogue_file_missing",
    ),
    named=_files,
)
