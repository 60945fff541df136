"""Where a command is to write: looked at before it does any work, and told in its help.

- A name that ends like another form of file (`.png` for a draft) is refused: nobody who opens it by
  its name would find what it says. A name that ends in nothing known is left to its owner.
- The folder of a file has to be there; a new folder is made with those above it.
- A device or a pipe is never put aside for a file.
"""

import os
from pathlib import Path
from typing import Any, Final

import typer

from hub.errors import Misconfigured, TargetDown

FORMS: Final = frozenset(
    {".bmp", ".csv", ".der", ".doc", ".docx", ".evx", ".gif", ".htm", ".html", ".jpeg", ".jpg"}
    | {".json", ".ofd", ".pdf", ".pem", ".png", ".py", ".pyz", ".records", ".svg", ".tar", ".tif"}
    | {".tiff", ".toml", ".txt", ".xls", ".xlsx", ".xml", ".zip"}
)
"""Endings that say what a file is."""


def writes(says: str, *endings: str, option: str) -> Any:  # noqa: ANN401 - typer's own
    """An option that names a file to write, with the endings that its form may bear."""

    def look(path: Path | None) -> Path | None:
        return None if path is None else file_place(path, *endings)

    return typer.Option(option, help=f"{says} ({' or '.join(endings)}).", callback=look)


def fills(says: str, option: str) -> Any:  # noqa: ANN401 - typer's own
    """An option that names a folder to write into."""

    def look(path: Path | None) -> Path | None:
        return None if path is None else folder_place(path)

    return typer.Option(option, help=says, callback=look)


def file_place(path: Path, *endings: str) -> Path:
    """The path, where a file of that form can be written.

    Raises:
        Misconfigured: `file_ending`, `file_is_folder`, `folder_missing`.
        TargetDown: `file_unwritable`.
    """
    ending = path.suffix.lower()
    if ending in FORMS and ending not in endings:
        raise Misconfigured("file_ending", file=str(path), expected=" ".join(endings))
    try:
        if path.is_dir():
            raise Misconfigured("file_is_folder", file=str(path))
        if not path.parent.exists():
            raise Misconfigured("folder_missing", folder=str(path.parent))
        fit = path.is_file() or not os.path.lexists(path)
    except OSError:  # a name that cannot be one, or a folder nobody may look into
        fit = False
    if not fit or not _open(path.parent):
        raise TargetDown("file_unwritable", file=str(path))
    return path


def folder_place(path: Path) -> Path:
    """The path, where a folder stands that can be written into, or one can be made.

    Raises:
        TargetDown: `not_a_folder`, `file_unwritable`.
    """
    try:
        there = next(one for one in (path, *path.absolute().parents) if os.path.lexists(one))
        if not there.is_dir():
            raise TargetDown("not_a_folder", file=str(there))
        fit = _open(there)
    except OSError:
        fit = False
    if not fit:
        raise TargetDown("file_unwritable", file=str(path))
    return path


def _open(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
