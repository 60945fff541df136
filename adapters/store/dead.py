"""Dead letters on record."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final

from sqlalchemy import Executable, bindparam, select

from adapters.store.session import Forms, Row
from adapters.store.tables import DEAD_LETTER
from adapters.store.unit import Unit
from hub.exchange.dead import DeadLetter, LetterState

_FIELDS: Final = tuple(field.name for field in fields(DeadLetter))


def _all(_forms: Forms) -> Executable:
    return select(DEAD_LETTER).order_by(DEAD_LETTER.c.at, DEAD_LETTER.c.id)


def _put(forms: Forms) -> Executable:
    values = {n: bindparam(f"to_{n}", type_=DEAD_LETTER.c[n].type) for n in _FIELDS}
    new = forms.insert(DEAD_LETTER).values(values)
    return new.on_conflict_do_update(index_elements=["id"], set_={"state": values["state"]})


class DeadLetters(Unit):
    """What brokers have given up on."""

    def put_letters(self, letters: Sequence[DeadLetter]) -> None:
        """Record them; one that is there takes the new state."""
        self.session.run_each(_put, [_values(letter) for letter in letters])

    def letters(self) -> list[DeadLetter]:
        """All on record, by time and id."""
        return [_letter(row) for row in self.session.rows(_all)]


def _letter(row: Row) -> DeadLetter:
    values = list(row)
    values[-1] = LetterState(row[-1])
    return DeadLetter(*values)


def _values(letter: DeadLetter) -> dict[str, Any]:
    values = {f"to_{name}": getattr(letter, name) for name in _FIELDS}
    return {**values, "to_state": letter.state.value}
