"""Reads the catalogue's TOML files into the one mapping that `hub.voucher.release` builds from.

A folder holds types, fields, groups, seals, release; `kinds/` and `overlays/` hold any number of
files. A site's own folder may hold more of the last two; a kinds file may bring fields of its own.
In a release files have names without a path: `fields.toml`, `kinds.clearing.toml`.
"""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from hub.errors import Misconfigured
from hub.voucher.catalogue import Catalogue
from hub.voucher.release import catalogue_from

PARTS: Final = ("release", "types", "fields", "groups", "seals")
FOLDERS: Final = ("kinds", "overlays")
OWN: Final = "site-"
"""Before the name of a site's file where the base has one of that name."""


def shipped() -> Path:
    """The folder that comes with the package.

    Source: protocol rule 13.1
    """
    return Path(__file__).parent / "catalogue"


def files(folder: Path, more: Sequence[Path] = ()) -> dict[str, bytes]:
    """All files of the folder by name; `more` are site folders with kinds and overlays.

    Raises:
        Misconfigured: `catalogue_unreadable`, with the file's name.

    Source: protocol rule 13.1; protocol rule 13.2
    """
    found = {f"{part}.toml": _octets(folder / f"{part}.toml") for part in PARTS}
    for place in (folder, *more):
        if not place.is_dir():  # else a site's own kinds would be missing without a word
            raise Misconfigured("catalogue_unreadable", where=place.name)
        for path in sorted(p for sub in FOLDERS for p in (place / sub).glob("*.toml")):
            name = f"{path.parent.name}.{path.name}"
            if name in found:
                name = f"{path.parent.name}.{OWN}{path.name}"
            found[name] = _octets(path)
    return found


def path_of(name: str) -> str:
    """Where a release's file stands in a folder: `kinds/clearing.toml`.

    Source: protocol rule 13.1; protocol rule 14.5
    """
    folder, dot, rest = name.partition(".")
    return f"{folder}/{rest}" if dot and folder in FOLDERS else name


def read(folder: Path, more: Sequence[Path] = ()) -> dict[str, Any]:
    """All files of the folder as one mapping.

    Raises:
        Misconfigured: `catalogue_unreadable`, `catalogue_defined_twice`, with the file's name.

    Source: protocol rule 13.1
    """
    return data_of(files(folder, more))


def data_of(found: Mapping[str, bytes]) -> dict[str, Any]:
    """Files by name as one mapping.

    Raises:
        Misconfigured: `catalogue_unreadable`, `catalogue_defined_twice`, with the file's name.

    Source: protocol rule 13.1; protocol rule 13.2
    """
    data: dict[str, Any] = {"fields": {}}
    for part in PARTS:
        data.update(_toml(f"{part}.toml", found))
    kinds: dict[str, Any] = {}
    overlays: list[Any] = []
    for name in found:
        if name.startswith("kinds."):
            table = _toml(name, found)
            _add(kinds, table.get("kind", {}), name)
            _add(data["fields"], table.get("fields", {}), name)
        elif name.startswith("overlays."):
            more = _toml(name, found).get("overlay", [])
            if not isinstance(more, list):
                raise Misconfigured("catalogue_unreadable", where=name)
            overlays.extend(more)
    return {**data, "kind": kinds, "overlay": overlays}


def compiled(found: Mapping[str, bytes], env: str) -> Catalogue:
    """The catalogue that files make; its number is the one they say.

    Raises:
        Misconfigured: `catalogue_unreadable`, `catalogue_defined_twice`, and what
            `catalogue_from` raises, with the wrong place.

    Source: protocol rule 10.7; protocol rule 13.1
    """
    return catalogue_from(data_of(found), env=env)


def load(
    env: str,
    folder: Path | None = None,
    more: Sequence[Path] = (),
    release: int | None = None,
) -> Catalogue:
    """The catalogue of an environment, by default as shipped; `more` are site folders.

    Raises:
        Misconfigured: `catalogue_unreadable`, `catalogue_defined_twice`, and what
            `catalogue_from` raises, with the wrong place.

    Source: protocol rule 10.7; protocol rule 13.2
    """
    return catalogue_from(read(folder or shipped(), more), env=env, release=release)


def _add(into: dict[str, Any], found: object, file: str) -> None:
    if not isinstance(found, dict):
        raise Misconfigured("catalogue_unreadable", where=file)
    if twice := sorted(set(found) & set(into)):
        raise Misconfigured("catalogue_defined_twice", where=f"{file}: {twice[0]}")
    into.update(found)


def _octets(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise Misconfigured("catalogue_unreadable", where=path.name) from None


def _toml(name: str, found: Mapping[str, bytes]) -> dict[str, Any]:
    try:
        return tomllib.loads(found[name].decode())
    except (KeyError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        raise Misconfigured("catalogue_unreadable", where=name) from None
