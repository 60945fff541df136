"""Whose command it is, and of which divisions that person may read: asked here and nowhere else.

Rules of this file (protocol rule 10.14):
- Settings name the operator (`operator`, by EVX_OPERATOR in what he logs in by). He has to be in
  the trust list and in office, and sees the divisions that it gives him. Where nobody is named it
  is the node's own account, which sees everything.
- What belongs to no division (a statement, a message nobody could read) is for those who see all.
- A command says that it keeps to the scope (`ops.look_wiring.node(…, within_scope=True)`); one that
  says nothing is refused to an operator who does not see everything.
- It keeps people apart who come by commands. Whoever may read the store's files reads them: that
  is the machine's to forbid.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from hub.clock import Instant
from hub.errors import Misconfigured, SealUntrusted
from hub.exchange.sought import Sought
from hub.trust.model import Status, matches
from hub.trust.operators import in_office
from hub.trust.view import View
from ops.wiring import Parts

EVERYTHING: Final = "*"
WORD: Final = re.compile(r"[0-9A-Za-z_.-]{1,60}", re.ASCII)
"""An operator's id, as the journal keeps it."""
LINE_MAX: Final = 60
"""Letters of a login, where there are no operators: any that can be printed."""
DIVISION: Final = 1
"""Where a voucher's id, and whatever begins with it, names the division."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What one person sees of a node."""

    operator: str = ""
    """Empty: the node's own account."""
    divisions: tuple[str, ...] = (EVERYTHING,)
    """Patterns of the trust list."""

    @property
    def whole(self) -> bool:
        """Whether it is everything."""
        return EVERYTHING in self.divisions

    def covers(self, division: str) -> bool:
        """Whether a division is within it."""
        return any(matches(pattern, division) for pattern in self.divisions)

    def sees(self, name: str) -> bool:
        """Whether what a voucher's, layer's or delivery's id names is within it."""
        words = name.split("/")
        return self.whole or (len(words) > DIVISION and self.covers(words[DIVISION]))

    def begins(self, env: str) -> tuple[str, ...] | None:
        """How the ids begin that it sees, in this environment; None: it is everything."""
        if self.whole:
            return None
        begun = (p[:-1] if p.endswith(EVERYTHING) else f"{p}/" for p in self.divisions)
        return tuple(f"{env}/{begin}" for begin in begun)

    def sought(self, env: str) -> Sought:
        """What a store is to look for."""
        return Sought(self.begins(env))

    def require(self, name: str) -> None:
        """Return when this id is within the scope, on record or not.

        Raises:
            SealUntrusted: `operator_scope`.
        """
        if not self.sees(name):
            raise SealUntrusted("operator_scope", operator=self.operator)

    def require_division(self, division: str) -> None:
        """Return when this division is within the scope.

        Raises:
            SealUntrusted: `operator_scope`.
        """
        if not self.covers(division):
            raise SealUntrusted("operator_scope", operator=self.operator)

    def require_whole(self) -> None:
        """Return when it is everything.

        Raises:
            SealUntrusted: `operator_scope`.
        """
        if not self.whole:
            raise SealUntrusted("operator_scope", operator=self.operator)

    def asked(self, wanted: Collection[str], known: Collection[str]) -> frozenset[str]:
        """The divisions to search for somebody who asks for these (none: all); empty: every one.

        `known` are the divisions there are, of which the patterns choose.

        Raises:
            SealUntrusted: `operator_scope`: one that is asked for, or all, are not within it.
        """
        for division in wanted:
            self.require_division(division)
        if wanted or self.whole:
            return frozenset(wanted)
        within = frozenset(filter(self.covers, known))
        if not within:
            raise SealUntrusted("operator_scope", operator=self.operator)
        return within


WHOLE: Final = Scope()
"""The node's own account's."""


def scope_of(parts: Parts) -> Scope:
    """The scope of whoever the settings name.

    Raises:
        SealUntrusted: `operator_unknown`, `operator_ended`.
    """
    name = parts.settings.operator
    if not name:
        return WHOLE
    view = parts.view(parts.fence.trust_state)
    return Scope(name, in_office(name, view, parts.clock.now()).divisions)


def acting(parts: Parts, by: str) -> str:
    """As `actor` says, by the trust list in force now.

    Raises:
        SealUntrusted, Misconfigured: as `actor` says.
    """
    view = parts.view(parts.fence.trust_state)
    return actor(by, parts.settings.operator, view, parts.clock.now())


def actor(by: str, named: str, view: View, at: Instant) -> str:
    """The id of whoever does something by himself: an operator, where the list has some.

    Whom the settings name (`named`) acts for nobody else. Where there is nobody of either sort, one
    line will do, such as a login of a domain.

    Raises:
        SealUntrusted: `operator_unknown`, `operator_ended`, `operator_other`.
        Misconfigured: `operator_format`.
    """
    who = _who(by, named)
    if view.has_operators or named:
        return in_office(_word(who), view, at).operator_id
    if len(who) > LINE_MAX or not who.isprintable() or not who.strip():
        raise Misconfigured("operator_format")
    return who


def bearer(by: str, named: str, view: View) -> str:
    """The id of whoever takes a carried file in: one word; an operator, where the list has some.

    His term may be over: files are carried where new lists do not come either, and what is taken in
    bears seals of its own. Somebody suspended is refused.

    Raises:
        SealUntrusted: `operator_unknown`, `operator_ended`, `operator_other`.
        Misconfigured: `operator_format`.
    """
    who = _word(_who(by, named))
    if view.has_operators or named:
        found = view.operator(who)
        if found is None:
            raise SealUntrusted("operator_unknown", operator=who)
        if found.status is not Status.ACTIVE:
            raise SealUntrusted("operator_ended", operator=who)
    return who


def _who(by: str, named: str) -> str:
    if named and by not in {"", named}:
        raise SealUntrusted("operator_other", operator=named)
    return by or named


def _word(who: str) -> str:
    if WORD.fullmatch(who) is None:
        raise Misconfigured("operator_format")
    return who
