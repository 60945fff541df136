"""Alarms on record. A write transaction locks them in order, so that nobody's word is lost."""

from collections.abc import Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Executable, Select, bindparam, select

from adapters.store.session import Forms
from adapters.store.tables import ALARM
from adapters.store.unit import Unit
from hub.exchange.alarms import Alarm, AlarmState, News

_FIELDS: Final = tuple(field.name for field in fields(Alarm))
_STATE: Final = _FIELDS.index("state")
_NEWS: Final = _FIELDS.index("news")
_KEY: Final = ("code", "subject")


def _all(_forms: Forms) -> Select[Any]:
    return select(ALARM).order_by(*(ALARM.c[name] for name in _KEY))


def _all_locked(forms: Forms) -> Executable:
    return _all(forms).with_for_update()


def _put(forms: Forms) -> Executable:
    values = {name: bindparam(f"to_{name}", type_=ALARM.c[name].type) for name in _FIELDS}
    later = {name: value for name, value in values.items() if name not in _KEY}
    new = forms.insert(ALARM).values(values)
    return new.on_conflict_do_update(index_elements=list(_KEY), set_=later)


class Alarms(Unit):
    """What a person must do."""

    def alarms(self) -> list[Alarm]:
        """All on record, by code and subject."""
        found = []
        for row in self.session.rows(_all_locked if self.writing else _all):
            values = list(row)
            values[_STATE], values[_NEWS] = AlarmState(row[_STATE]), News(row[_NEWS])
            found.append(Alarm(*values))
        return found

    def put_alarms(self, alarms: Sequence[Alarm]) -> None:
        """Record them; one of the same code and subject is replaced."""
        ordered = sorted(alarms, key=attrgetter("key"))
        self.session.run_each(_put, [_values(alarm) for alarm in ordered])


def _values(alarm: Alarm) -> dict[str, Any]:
    values = {f"to_{name}": getattr(alarm, name) for name in _FIELDS}
    return {**values, "to_state": alarm.state.value, "to_news": alarm.news.value}
