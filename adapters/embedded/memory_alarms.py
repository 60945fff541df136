"""Alarms on record, in memory."""

from collections.abc import Sequence
from typing import Final

from adapters.embedded.memory_tables import Table, Work
from hub.exchange.alarms import Alarm

ALARMS: Final = Table[tuple[str, str], Alarm]("alarm")


class Alarms(Work):
    """What a person must do."""

    def alarms(self) -> list[Alarm]:
        """All on record, by code and subject."""
        self.before("alarms")
        return [alarm for _, alarm in sorted(self.rows(ALARMS).items())]

    def put_alarms(self, alarms: Sequence[Alarm]) -> None:
        """Record them; one of the same code and subject is replaced."""
        self.before("put_alarms")
        for alarm in alarms:
            self.put(ALARMS, alarm.key, alarm)
