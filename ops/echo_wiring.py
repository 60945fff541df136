"""Wiring of a node's echo: who makes probes here, and in which division."""

from typing import Any, Final, Protocol

from hub.clock import Clock
from hub.exchange.echo import Echo, Voice
from hub.exchange.place import Place
from hub.exchange.probes import Asking
from hub.exchange.sealing import PartySealer
from hub.exchange.verifying import Verification
from hub.observer import Observer
from hub.parties import Party
from hub.trust.view import View
from hub.voucher.releases import Releases

DIVISION_DIGITS: Final = 6


class Around(Protocol):
    """What an echo needs of its process (ops.wiring.Parts)."""

    @property
    def place(self) -> Place:
        """Where it runs."""
        ...

    @property
    def store(self) -> Any:  # noqa: ANN401 - the store is whatever wiring opened
        """The node's store."""
        ...

    @property
    def verification(self) -> Verification:
        """The voucher library."""
        ...

    @property
    def releases(self) -> Releases:
        """The catalogue in force."""
        ...

    @property
    def sealer(self) -> PartySealer:
        """Seals probes."""
        ...

    @property
    def voice(self) -> Voice:
        """How it answers."""
        ...

    @property
    def clock(self) -> Clock:
        """Time."""
        ...

    @property
    def observe(self) -> Observer:
        """Who listens."""
        ...

    def view(self, state: int) -> View:
        """The trust of a state."""
        ...


def build_echo(around: Around) -> Echo:
    """Answers probes, and makes them."""

    def asking(party: Party) -> Asking:
        """A division the party acts in: the first of its patterns, filled up with zeros."""
        entry = around.view(around.verification.trust_state).party(party)
        pattern = entry.divisions[0].rstrip("*") if entry is not None else ""
        division = pattern.ljust(DIVISION_DIGITS, "0")
        return Asking(around.place.env, party, division, around.releases.newest)

    return Echo(
        around.place, around.store, around.verification, around.sealer, asking, around.voice,
        around.clock, around.observe,
    )  # fmt: skip
