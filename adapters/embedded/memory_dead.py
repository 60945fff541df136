"""Dead letters on record, in memory."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from adapters.embedded.memory_tables import Table, Work
from hub.exchange.dead import DeadLetter

LETTERS: Final = Table[str, DeadLetter]("dead_letter")


class DeadLetters(Work):
    """What brokers have given up on."""

    def put_letters(self, letters: Sequence[DeadLetter]) -> None:
        """Record them; one that is there takes the new state."""
        self.before("put_letters")
        for letter in letters:
            kept = self.rows(LETTERS).get(letter.id, letter)
            self.put(LETTERS, letter.id, replace(kept, state=letter.state))

    def letters(self) -> list[DeadLetter]:
        """All on record, by time and id."""
        self.before("letters")
        return sorted(self.rows(LETTERS).values(), key=lambda letter: (letter.at, letter.id))
