"""The desks' mail in memory (hub.desks.ports.DeskTables)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from adapters.embedded.memory_tables import Table, Work
from hub.desks.mail import BOUNCE, Mail, MailState

MAIL: Final = Table[str, Mail]("desk_mail")


class DeskMail(Work):
    """What a party's own system reads and says."""

    def add_mail(self, mail: Sequence[Mail]) -> None:
        """Record mail that is new."""
        self.before("add_mail")
        for piece in mail:
            if piece.id not in self.rows(MAIL):
                self.put(MAIL, piece.id, piece)

    def put_mail(self, mail: Sequence[Mail]) -> None:
        """Write what may change."""
        self.before("put_mail")
        for piece in mail:
            old = self.rows(MAIL)[piece.id]
            same = {name: getattr(old, name) for name in ("party", "kind", "division", "at")}
            self.put(MAIL, piece.id, replace(piece, digest=old.digest, **same))

    def mail(self, ids: Collection[str]) -> Mapping[str, Mail]:
        """Mail by id."""
        self.before("mail")
        rows = self.rows(MAIL)
        return {name: rows[name] for name in ids if name in rows}

    def mail_waiting(
        self, party: str, state: MailState, kinds: Collection[str], division: str, limit: int
    ) -> list[Mail]:
        """Mail NEW or READ, oldest first."""
        self.before("mail_waiting")
        found = [
            piece
            for piece in self.rows(MAIL).values()
            if (piece.party, piece.state) == (party, state)
            and (not kinds or piece.kind in kinds)
            and (not division or piece.division == division)
        ]
        return sorted(found, key=lambda piece: (piece.at, piece.id))[:limit]

    def bounces_told(self, party: str, day: str) -> list[Mail]:
        """Bounces of a business day."""
        self.before("bounces_told")
        rows = self.rows(MAIL).values()
        told = [p for p in rows if (p.party, p.kind, p.day) == (party, BOUNCE, day)]
        return sorted(told, key=lambda piece: piece.id)
