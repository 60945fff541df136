"""Base data in memory (hub.desks.base_data.BaseTables)."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from adapters.embedded.memory_tables import Table, Work
from hub.desks.base_data import Entry, Pack

PACKS: Final = Table[tuple[str, str, int, int], Pack]("base_pack")
ENTRIES: Final = Table[tuple[str, str, int, str], Entry]("base_entry")


class BaseData(Work):
    """Code lists and the register of accounts."""

    def add_base(self, packs: Sequence[Pack], entries: Sequence[Entry]) -> None:
        """Record packs and their codes."""
        self.before("add_base")
        for pack in packs:
            key = (pack.division, pack.category, pack.version, pack.number)
            if key not in self.rows(PACKS):
                self.put(PACKS, key, pack)
        for entry in entries:
            name = (entry.division, entry.category, entry.version, entry.code)
            if name not in self.rows(ENTRIES):
                self.put(ENTRIES, name, entry)

    def base_packs(self, division: str) -> list[Pack]:
        """All packs of a division, or of all."""
        self.before("base_packs")
        rows = sorted(self.rows(PACKS).items())
        return [pack for _, pack in rows if division in {"", pack.division}]

    def base_entries(
        self, division: str, category: str, version: int, codes: Collection[str]
    ) -> Mapping[str, Entry]:
        """Codes of an edition."""
        self.before("base_entries")
        return {
            code: entry
            for (*edition, code), entry in sorted(self.rows(ENTRIES).items())
            if (division, category, version) == tuple(edition) and (not codes or code in codes)
        }
