"""The evidence package: files by name in one zip, with a manifest of their digests.

Rules:
- One content has one writing: names sorted, fixed dates, the manifest first; the same files give
  the same octets.
- Reading accepts exactly what the manifest lists, each with its SHA-256 and length, below a bound;
  nothing is unpacked before names and sizes are known to be harmless.
- The manifest proves nothing by itself: what is in the files bears seals of its own.
"""

import hashlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from hub.errors import Malformed

SCHEMA: Final = 1
MANIFEST: Final = "manifest.json"
PACKAGE_BYTES_MAX: Final = 256 << 20
FILES_MAX: Final = 20_000
_PART: Final = r"[0-9A-Za-z_-][0-9A-Za-z_.-]{0,199}"
_NAME: Final = re.compile(rf"{_PART}(/{_PART}){{0,5}}")
_WRITINGS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Others unpack a few octets to gigabytes before anybody can stop them."""
_DATE: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Package:
    """What a package holds."""

    about: Mapping[str, str]
    """`env`, `voucher_id`, `made_at`, `made_by`: for people; nothing is believed of it."""
    files: Mapping[str, bytes]


def write(package: Package) -> bytes:
    """The package's octets. Required: names are relative paths of plain words."""
    assert all(_NAME.fullmatch(name) and name != MANIFEST for name in package.files)
    listed = {
        name: {"bytes": len(octets), "sha256": hashlib.sha256(octets).hexdigest()}
        for name, octets in package.files.items()
    }
    manifest = {"schema": SCHEMA, **package.about, "files": listed}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        _put(archive, MANIFEST, json.dumps(manifest, indent=1, sort_keys=True).encode() + b"\n")
        for name in sorted(package.files):
            _put(archive, name, package.files[name])
    return out.getvalue()


def read(octets: bytes) -> Package:
    """The package in octets, whole: every file as the manifest lists it.

    Raises:
        Malformed: `evidence_form`, `evidence_too_large`; `evidence_digest` with the file's name.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(octets)) as archive:
            infos = archive.infolist()
            _harmless(infos)
            found = {info.filename: archive.read(info) for info in infos}
        manifest = json.loads(found.pop(MANIFEST))
        return _checked(manifest, found)
    except (
        zipfile.BadZipFile, zlib.error, KeyError, ValueError, TypeError, AttributeError,
        NotImplementedError, RuntimeError, EOFError, RecursionError,
    ) as error:  # fmt: skip
        raise Malformed("evidence_form") from error


def is_package(octets: bytes) -> bool:
    """Whether octets look like a package at all."""
    return octets[:4] == b"PK\x03\x04"


def _put(archive: zipfile.ZipFile, name: str, octets: bytes) -> None:
    info = zipfile.ZipInfo(name, _DATE)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    archive.writestr(info, octets)


def _harmless(infos: list[zipfile.ZipInfo]) -> None:
    names = [info.filename for info in infos]
    if len(names) > FILES_MAX or sum(info.file_size for info in infos) > PACKAGE_BYTES_MAX:
        raise Malformed("evidence_too_large")
    if len(set(names)) != len(names) or not all(_NAME.fullmatch(name) for name in names):
        raise Malformed("evidence_form")
    folders = {str(folder) for name in names for folder in PurePosixPath(name).parents}
    if any(info.compress_type not in _WRITINGS for info in infos) or folders & set(names):
        raise Malformed("evidence_form")


def _checked(manifest: Mapping[str, Any], found: Mapping[str, bytes]) -> Package:
    if manifest["schema"] != SCHEMA or set(manifest["files"]) != set(found):
        raise Malformed("evidence_form")
    for name, octets in found.items():
        listed = manifest["files"][name]
        told = (listed["bytes"], listed["sha256"])
        if told != (len(octets), hashlib.sha256(octets).hexdigest()):
            raise Malformed("evidence_digest", file=name)
    about = {k: str(v) for k, v in manifest.items() if k not in {"schema", "files"}}
    return Package(about, found)
