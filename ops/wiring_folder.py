"""Wiring of the looks into a party's folders: what lies there and cannot be read."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from adapters.cores.unread import unread
from hub.clock import MINUTE, SECOND, Instant
from ops.settings import ApplicationSettings

UNREAD_AFTER: Final = MINUTE
"""So long a file may lie before it counts as one that cannot be read."""
FOLDER: Final = "folder:"
"""Before the path, where a core is attached by one."""


def has_folder(application: ApplicationSettings) -> bool:
    """Whether there is one to look into."""
    return application.folder is not None or application.core.startswith(FOLDER)


def unread_in(application: ApplicationSettings, now: Instant) -> Mapping[str, int]:
    """What lies in the party's folders and cannot be read, by inner folder.

    Raises:
        TargetDown: `core_folder_away`.
    """
    head = application.core.partition("?")[0]
    core = Path(head.removeprefix(FOLDER)) if head.startswith(FOLDER) else None
    return unread(application.folder, core, (now - UNREAD_AFTER) / SECOND)
