"""Wiring of archives: the node's folder, and who moves days into it."""

from adapters.store.archive_file import ArchiveFolder, DayReader
from adapters.store.archiving import ArchiveDay, Archiver, Held, Owner
from hub.errors import HubError, Misconfigured
from hub.exchange.archives import LONGEST_YEARS
from ops.settings import NodeSettings
from ops.wiring import Parts

__all__ = ["ArchiveDay", "DayReader", "Held", "archiver", "day_files"]


def day_files(settings: NodeSettings) -> ArchiveFolder:
    """The node's folder of archives.

    Raises:
        Misconfigured: `archive_unset`.
    """
    if settings.archive is None:
        raise Misconfigured("archive_unset")
    return ArchiveFolder(settings.archive.folder, settings.node)


def archiver(parts: Parts) -> Archiver:
    """Moves days of this node.

    Raises:
        Misconfigured: `archive_unset`.
    """
    settings = parts.settings
    schemas = parts.releases.schemas(parts.releases.newest)

    def years(kind: str, division: str, year: str) -> int:
        try:
            return schemas.kind(kind, division, year).retention_years
        except HubError:
            return LONGEST_YEARS

    owner = Owner(settings.env, settings.node, str(parts.lane), parts.lane.incarnation)
    return Archiver(parts.store, day_files(settings), owner, years)
