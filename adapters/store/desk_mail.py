"""The desks' mail: what a party's own system reads and says."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Executable, Select, bindparam, select, update

from adapters.store.desk_tables import MAIL, MAIL_WAITING
from adapters.store.session import Forms, Row
from adapters.store.unit import Unit
from hub.desks.mail import BOUNCE, WAITING, Mail, MailState

_VALUES: Final = attrgetter(*(field.name for field in fields(Mail)))
_STATE: Final = [field.name for field in fields(Mail)].index("state")
_ASKED: Final = [field.name for field in fields(Mail)].index("asked")
_CHANGING: Final = ("state", "content", "asked", "outcome", "code", "trace", "day")


def _row(mail: Mail) -> Row:
    values = list(_VALUES(mail))
    values[_STATE] = mail.state.value
    return tuple(values)


def _mail(row: Row) -> Mail:
    values = list(row)
    values[_STATE], values[_ASKED] = MailState(row[_STATE]), bool(row[_ASKED])
    return Mail(*values)


def _by_id(forms: Forms) -> Select[Any]:
    return select(MAIL).where(forms.among(MAIL.c.id, "ids")).order_by(MAIL.c.id)


def _by_id_locked(forms: Forms) -> Executable:
    return _by_id(forms).with_for_update()


def _waiting(_forms: Forms) -> Select[Any]:
    wanted = (
        MAIL_WAITING,
        MAIL.c.party == bindparam("of"),
        MAIL.c.state == bindparam("in_state"),
        MAIL.c.division.like(bindparam("in_division")),
    )
    return select(MAIL).where(*wanted).order_by(MAIL.c.at, MAIL.c.id).limit(bindparam("limit"))


def _waiting_of(forms: Forms) -> Executable:
    return _waiting(forms).where(forms.among(MAIL.c.kind, "kinds"))


def _bounces(_forms: Forms) -> Executable:
    mine = (MAIL.c.party == bindparam("of"), MAIL.c.day == bindparam("on"), MAIL.c.kind == BOUNCE)
    return select(MAIL).where(*mine).order_by(MAIL.c.id)


def _put(_forms: Forms) -> Executable:
    values: dict[str, Any] = {name: bindparam(f"to_{name}") for name in _CHANGING}
    return update(MAIL).where(MAIL.c.id == bindparam("of_id")).values(**values)


class DeskMail(Unit):
    """What a party's own system reads and says."""

    def add_mail(self, mail: Sequence[Mail]) -> None:
        """Record mail that is new."""
        self.session.add_new(MAIL, sorted(map(_row, mail)))

    def put_mail(self, mail: Sequence[Mail]) -> None:
        """Write what may change."""
        rows = []
        for piece in sorted(mail, key=attrgetter("id")):
            values: dict[str, Any] = {f"to_{name}": getattr(piece, name) for name in _CHANGING}
            rows.append({**values, "to_state": piece.state.value, "of_id": piece.id})
        self.session.run_each(_put, rows)

    def mail(self, ids: Collection[str]) -> Mapping[str, Mail]:
        """Mail by id; locked in a write transaction."""
        form = _by_id_locked if self.writing else _by_id
        return {row[0]: _mail(row) for row in self.session.rows_among(form, "ids", sorted(ids))}

    def mail_waiting(
        self, party: str, state: MailState, kinds: Collection[str], division: str, limit: int
    ) -> list[Mail]:
        """Mail NEW or READ, oldest first."""
        assert state in WAITING, "what is finished does not wait"
        given = {"of": party, "in_state": state.value, "limit": limit}
        given["in_division"] = division or "%"
        if kinds:
            rows = self.session.rows(_waiting_of, kinds=sorted(kinds), **given)
        else:
            rows = self.session.rows(_waiting, **given)
        return [_mail(row) for row in rows]

    def bounces_told(self, party: str, day: str) -> list[Mail]:
        """Bounces of a business day."""
        return [_mail(row) for row in self.session.rows(_bounces, of=party, on=day)]
