"""What lies in a party's folder and says nothing: counted, so that a person can look at it.

The node passes over what it cannot read (folder, folder_post), because it must not hold up the
others; a draft or an answer that somebody waits for must not vanish from sight by that. Only what
has lain there for a while counts: a file may be about to be renamed. Names are not told.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Final

from adapters.cores.folder import ANSWERS, BOUNCES, FILE_BYTES_MAX, INNER, WHY
from adapters.cores.folder_post import DRAFTS, NAME
from adapters.cores.plain import octets_of
from hub.desks.paper import KEY, answer_of, bounce_of, read_json
from hub.errors import Malformed, TargetDown

MOST: Final = 1000
"""Entries looked at in one folder: more of them say no more."""


def unread(post: Path | None, core: Path | None, before: float) -> Mapping[str, int]:
    """How many entries older than `before` (seconds since 1970) say nothing, by inner folder.

    Raises:
        TargetDown: `core_folder_away`, with the inner folder where one is missing: the node may not
            make it, or has not run yet.
    """
    found = {}
    try:
        if post is not None:
            found[DRAFTS] = _count(_entries(post / DRAFTS, before), _is_draft)
        if core is not None:
            for name in INNER:
                if not (core / name).is_dir():
                    raise TargetDown("core_folder_away", folder=name, reason="missing")
            found[ANSWERS] = _count(_entries(core / ANSWERS, before), _is_answer)
            days = [day for day in (core / BOUNCES).iterdir() if day.is_dir()]
            newest = sorted(days, reverse=True)  # they stay for ever: the last ones are looked at
            told = (path for day in newest for path in _entries(day, before))
            found[BOUNCES] = _count(islice(told, MOST), _is_bounce)
    except OSError as error:
        raise TargetDown("core_folder_away", reason=type(error).__name__) from error
    return {name: count for name, count in found.items() if count}


def _entries(folder: Path, before: float) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        for _, entry in zip(range(MOST), entries, strict=False):
            hidden = entry.name.startswith(".") or entry.name.endswith(WHY)
            if not hidden and entry.stat(follow_symlinks=False).st_mtime < before:
                yield Path(entry.path)


def _count(paths: Iterator[Path], reads: Callable[[Path, bytes], bool]) -> int:
    return sum(not _says(path, reads) for path in paths)


def _says(path: Path, reads: Callable[[Path, bytes], bool]) -> bool:
    try:
        return path.suffix == ".json" and reads(path, octets_of(path, FILE_BYTES_MAX))
    except FileNotFoundError:
        return True  # taken meanwhile
    except OSError:
        return False


def _is_draft(path: Path, _octets: bytes) -> bool:
    """Whatever stands in it, the node answers: only its name must be one."""
    return NAME.fullmatch(path.stem) is not None


def _is_answer(path: Path, octets: bytes) -> bool:
    try:
        return KEY.fullmatch(path.stem) is not None and bool(answer_of(read_json(octets)))
    except Malformed:
        return False


def _is_bounce(path: Path, octets: bytes) -> bool:
    try:
        return bool(bounce_of(path.stem, read_json(octets), path.parent.name))
    except Malformed:
        return False
