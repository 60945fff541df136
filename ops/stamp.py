"""The stamping process of a node instance: a token over everything that was recorded (protocol 8).

A child of its own, so that an authority that is slow or away delays nothing but tokens. It takes
closed windows of the journal (adapters.store.windows), one after the other, while its keeper is
active. A token is kept after it has verified, with the list it is over, in one transaction: ended
at any instant, the process stamps the same window again.

Who waits longer than the settings allow is told of (`stamps_late`) at each attempt.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final, Protocol

from hub.clock import MINUTE, Instant
from hub.errors import HubError, OutcomeUnknown, Rejection, StoreDown, TargetDown
from hub.exchange.stamps import Span, StampedList, listed
from hub.observer import Fact, Observer
from hub.parties import NodeId
from hub.voucher.timestamp import Stamp
from ops.leash import Leash

LOOK_SECONDS: Final = 5.0
STANDBY_SECONDS: Final = 0.5
BACK_OFF_SECONDS: Final = 30.0
AWAY: Final = (StoreDown, OutcomeUnknown, TargetDown, Rejection)
"""An authority that refuses, or answers what does not hold, is as good as away: asked again."""

Stamper = Callable[[bytes], tuple[bytes, Stamp]]
"""A verified token over octets, and what it says (keys.tsa)."""


class Window(Protocol):
    """A closed window of the journal."""

    @property
    def opening(self) -> Any:  # noqa: ANN401 - a checkpoint
        """After this."""
        ...

    @property
    def closing(self) -> Any:  # noqa: ANN401 - a checkpoint
        """Up to this."""
        ...

    @property
    def digests(self) -> frozenset[bytes]:
        """What was recorded."""
        ...


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose lists are made, and how long a window may wait."""

    env: str
    node: NodeId
    incarnation: str
    late_minutes: int


class Stamping:
    """The loop of the stamping process."""

    def __init__(
        self,
        leash: Leash,
        due: Callable[[], Window | None],
        begin: Callable[[], AbstractContextManager[Any]],
        stamp: Stamper,
        whose: Whose,
        now: Callable[[], Instant],
        observe: Observer,
    ) -> None:
        """`due` gives the earliest window that is not stamped; `begin` opens a transaction."""
        self._leash = leash
        self._due = due
        self._begin = begin
        self._stamp = stamp
        self._whose = whose
        self._now = now
        self._observe = observe

    def run(self) -> None:
        """Until the leash says stop.

        Raises:
            Fenced: the store lives another life: this process must begin anew.
        """
        while not self._leash.stopping:
            if not self._leash.active:
                self._leash.rest(STANDBY_SECONDS)
                continue
            window: Window | None = None
            try:
                window = self._due()
                if window is not None:
                    self.step(window)
            except AWAY as error:
                self._waits(error, window)
                self._leash.rest(BACK_OFF_SECONDS)
                continue
            if window is None:
                self._leash.rest(LOOK_SECONDS)

    def step(self, window: Window) -> None:
        """Have one window stamped, and keep the token.

        Raises:
            TargetDown, Rejection: no token; StoreDown, OutcomeUnknown: it may not be kept.
            Fenced: `other_incarnation`.
        """
        whose, closing = self._whose, window.closing
        span = Span(whose.env, whose.node, whose.incarnation, window.opening.number, closing.number)
        octets = listed(span, window.digests)
        token, said = self._stamp(octets)
        row = StampedList(closing.number, closing.at, said.at, octets, token)
        with self._begin() as tx:
            tx.fence.require_incarnation(whose.incarnation)
            tx.add_stamped([row])
            tx.commit()
        self._observe(Fact("stamped", {"n": closing.number, "count": len(window.digests)}))

    def _waits(self, error: HubError, window: Window | None) -> None:
        self._observe(Fact("stamping_waits", {"code": error.code}))
        late = self._whose.late_minutes * MINUTE
        if window is not None and self._now() - window.closing.at > late:
            self._observe(Fact("stamps_late", {"code": error.code}))
