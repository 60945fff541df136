"""Questions of this node, in memory."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from adapters.embedded.memory_tables import Table, Work
from hub.clock import Instant
from hub.exchange.probes import UNANSWERED, ProbeRow

PROBES: Final = Table[tuple[str, str], ProbeRow]("probe")


class Probes(Work):
    """What was asked, and when it was answered."""

    def put_probes(self, rows: Sequence[ProbeRow], before: Instant) -> None:
        """Record questions; those sent before that moment are forgotten."""
        self.before("put_probes")
        for key, row in list(self.rows(PROBES).items()):
            if row.sent_at < before:
                self.drop(PROBES, key)
        for row in rows:
            if (row.number, row.party) not in self.rows(PROBES):
                self.put(PROBES, (row.number, row.party), row)

    def answer_probe(self, number: str, party: str, channel: str) -> bool:
        """Note an answer, now."""
        self.before("answer_probe")
        row = self.rows(PROBES).get((number, party))
        if row is None or row.channel != channel or row.answered_at != UNANSWERED:
            return False
        self.put(PROBES, (number, party), replace(row, answered_at=self.now))
        return True

    def probes(self, numbers: Collection[str]) -> list[ProbeRow]:
        """Questions of these numbers, by number and party."""
        self.before("probes")
        found = [row for row in self.rows(PROBES).values() if row.number in set(numbers)]
        return sorted(found, key=lambda row: (row.number, row.party))
