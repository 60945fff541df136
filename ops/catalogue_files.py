"""Reads the catalogue's TOML folder into the one mapping that `hub.voucher.release` builds from.

A folder holds types, fields, groups, seals, release; `kinds/` and `overlays/` hold any number of
files. A site's own folder may hold more of the last two; a kinds file may bring fields of its own.
"""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import schemas
from hub.errors import Misconfigured
from hub.voucher.catalogue import Catalogue
from hub.voucher.release import catalogue_from

_PARTS: Final = ("release", "types", "fields", "groups", "seals")


def shipped() -> Path:
    """The folder that comes with the package."""
    return Path(str(schemas.__file__)).parent / "catalogue"


def read(folder: Path, more: Sequence[Path] = ()) -> dict[str, Any]:
    """All files of the folder as one mapping; `more` are site folders with kinds and overlays.

    Raises:
        Misconfigured: `catalogue_unreadable`, `catalogue_defined_twice`, with the file's name.
    """
    data: dict[str, Any] = {}
    for part in _PARTS:
        data.update(_toml(folder / f"{part}.toml"))
    kinds: dict[str, Any] = {}
    overlays: list[Any] = []
    for place in (folder, *more):
        for path in sorted((place / "kinds").glob("*.toml")):
            found = _toml(path)
            _add(kinds, found.get("kind", {}), path.name)
            _add(data["fields"], found.get("fields", {}), path.name)
        for path in sorted((place / "overlays").glob("*.toml")):
            overlays.extend(_toml(path).get("overlay", []))
    return {**data, "kind": kinds, "overlay": overlays}


def _add(into: dict[str, Any], found: dict[str, Any], file: str) -> None:
    if twice := sorted(set(found) & set(into)):
        raise Misconfigured("catalogue_defined_twice", where=f"{file}: {twice[0]}")
    into.update(found)


def load(
    env: str,
    folder: Path | None = None,
    more: Sequence[Path] = (),
    release: int | None = None,
) -> Catalogue:
    """The catalogue of an environment, by default as shipped.

    Raises:
        Misconfigured: a file cannot be read, or its content is wrong (with `where`).
    """
    return catalogue_from(read(folder or shipped(), more), env=env, release=release)


def _toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise Misconfigured("catalogue_unreadable", where=path.name) from None
