"""The catalogue releases of an environment, and which of them counts when (protocol rule 10.5).

Rules of this file:
- A release counts from its moment on; its predecessor stays good for 72 hours more.
- Clocks may differ as much as they may for seals: a release that begins within 300 s counts.
- After its end a release carries new effects for 72 hours; old vouchers keep it for ever.
- What an environment began with has always counted, and never ends.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from hub.clock import HOUR, SECOND, Instant
from hub.errors import Misconfigured
from hub.voucher.catalogue import Catalogue
from hub.voucher.schema import Schemas

SUCCESSION: Final = 72 * HOUR
"""How long the predecessor stays good for new vouchers."""
GRACE: Final = 72 * HOUR
"""How long a release that has ended carries new effects."""
AHEAD: Final = 300 * SECOND
EVER: Final = Instant(0)


@dataclass(frozen=True)
class Release:
    """One release, compiled when it is first asked for.

    Source: protocol rule 10.1; protocol rule 10.7
    """

    number: int
    make: Callable[[], Catalogue]
    effective_at: Instant = EVER
    expires_at: Instant | None = None

    @cached_property
    def schemas(self) -> Schemas:
        """Its kinds with their schemas."""
        return Schemas(self.make())


class Releases:
    """The releases a node has. Implements `Catalogues`; more may be taken in at any time.

    Source: protocol rule 10.5; protocol rule 10.7; protocol rule 8.3
    """

    def __init__(self, releases: Iterable[Release], now: Callable[[], Instant]) -> None:
        """Required: one release at least, the first of which has always counted."""
        self._now = now
        self._all: Mapping[int, Release] = {}
        self.take(releases)

    def take(self, releases: Iterable[Release]) -> None:
        """Take in releases; one whose number is here already stays as it is."""
        fresh = {one.number: one for one in releases}
        self._all = dict(sorted((fresh | dict(self._all)).items()))

    @property
    def numbers(self) -> tuple[int, ...]:
        """All that are here, ascending."""
        return tuple(self._all)

    @property
    def newest(self) -> int:
        """The release in force now: what is sealed, is sealed under it."""
        return self.at(self._now()).number

    def at(self, when: Instant) -> Release:
        """The release in force at a moment; the first one before any counted."""
        begun = [one for one in self._all.values() if one.effective_at <= when]
        return begun[-1] if begun else next(iter(self._all.values()))

    def release(self, number: int) -> Schemas | None:
        """The compiled release, or None when it is not here."""
        found = self._all.get(number)
        return found.schemas if found is not None else None

    def schemas(self, number: int) -> Schemas:
        """The compiled release.

        Raises:
            Misconfigured: `catalogue_missing`.
        """
        found = self.release(number)
        if found is None:
            raise Misconfigured("catalogue_missing", n=number)
        return found

    def in_force(self, number: int, at: Instant) -> bool:
        """Whether a voucher may be sealed under it at a proof time."""
        found = self._all.get(number)
        if found is None or found.effective_at > at + AHEAD:
            return False
        if found.expires_at is not None and at > found.expires_at + GRACE:
            return False
        after = next((one for other, one in self._all.items() if other > number), None)
        return after is None or at <= after.effective_at + SUCCESSION

    def coming(self, at: Instant) -> tuple[Release, ...]:
        """Those that are here and do not count yet, in order."""
        return tuple(one for one in self._all.values() if one.effective_at > at)

    def lasting(self, at: Instant) -> Release:
        """The last of those that follow the release in force without a gap: its end is the end."""
        last = self.at(at)
        for one in self.coming(at):
            if last.expires_at is None or one.effective_at <= last.expires_at + GRACE:
                last = one
        return last

    def expired(self, at: Instant) -> bool:
        """Whether the release in force at `at` carries no new effects any more."""
        ends = self.at(at).expires_at
        return ends is not None and at > ends + GRACE


def always(catalogue: Catalogue) -> Releases:
    """One release that always counts: where there is no store, and no other one.

    Source: protocol rule 10.7
    """
    return Releases([Release(catalogue.release, lambda: catalogue)], lambda: Instant(0))
