"""Vouchers handed over by files: a party's own system lays a draft down and hears two words.

    drafts/<name>.json    laid down by the system (made elsewhere on the disk, then renamed here)
    stored/<name>.json    the node has it on record; the draft is gone
    safe/<name>.json      the hub has it, with the number of its copies
    refused/<name>.json   the node or the hub refuses it: code, why, what to do

What lies in `stored` is therefore what is stored and not safe. Laying the same draft down again is
harmless: its identity is in it.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final

from adapters.cores.folder import NEW, write_whole
from adapters.cores.plain import UNREADABLE, octets_of
from hub.errors import TargetDown

DRAFTS: Final = "drafts"
STORED: Final = "stored"
SAFE: Final = "safe"
REFUSED: Final = "refused"
NAME: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,99}")
BYTES_MAX: Final = 8 * 1024 * 1024


class FolderPost:
    """The folder of one party's own system."""

    def __init__(self, root: Path) -> None:
        """`root` is made with its inner folders where missing.

        Raises:
            TargetDown: `core_folder_away`.
        """
        self._root = root
        with _border():
            for name in (DRAFTS, STORED, SAFE, REFUSED, NEW):
                (root / name).mkdir(parents=True, exist_ok=True)

    def drafts(self, limit: int) -> list[tuple[str, bytes]]:
        """Drafts laid down, by name, with their octets.

        Other names, and what cannot be read, are left alone.
        """
        with _border():
            paths = sorted((self._root / DRAFTS).glob("*.json"))
            named = [path for path in paths if NAME.fullmatch(path.stem)]
            read = ((path.stem, octets) for path in named if (octets := _octets(path)) is not None)
            return list(islice(read, limit))

    def stored(self, name: str, ack: Mapping[str, Any]) -> None:
        """Tell that it is on record here; the draft goes."""
        with _border():
            self._tell(STORED, name, ack)
            self._remove(DRAFTS, name)

    def safe(self, name: str, ack: Mapping[str, Any]) -> None:
        """Tell that the hub has it."""
        with _border():
            self._tell(SAFE, name, ack)
            self._remove(STORED, name)

    def refused(self, name: str, why: Mapping[str, Any]) -> None:
        """Tell that it is refused; the draft goes."""
        with _border():
            self._tell(REFUSED, name, why)
            self._remove(DRAFTS, name)
            self._remove(STORED, name)

    def unsafe(self, limit: int) -> Sequence[tuple[str, str]]:
        """(name, layer id) of what is stored and not safe, oldest name first."""
        with _border():
            paths = sorted((self._root / STORED).glob("*.json"))[:limit]
            return [(path.stem, name) for path in paths if (name := _layer(_octets(path)))]

    def _tell(self, where: str, name: str, paper: Mapping[str, Any]) -> None:
        assert NAME.fullmatch(name), "names come from `drafts`"
        write_whole(self._root / NEW, self._root / where / f"{name}.json", paper)

    def _remove(self, where: str, name: str) -> None:
        (self._root / where / f"{name}.json").unlink(missing_ok=True)


def _layer(octets: bytes | None) -> str:
    """The layer a `stored` file is about; empty when somebody has written into it."""
    if octets is None:
        return ""
    try:
        return str(json.loads(octets)["layer_id"])
    except (ValueError, KeyError, TypeError):
        return ""


def _octets(path: Path) -> bytes | None:
    try:
        return octets_of(path, BYTES_MAX)
    except UNREADABLE:
        return None


@contextmanager
def _border() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TargetDown("core_folder_away", reason=type(error).__name__) from error
