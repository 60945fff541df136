"""The dispatcher process of a machine: sends rows, notices, statements and beats on their beats.

Like a worker it lives on its keeper's leash and closes its channels while it stands by.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from hub.clock import Clock, Instant
from hub.errors import CustodyDown, Misconfigured, Rejection, StoreDown
from hub.exchange.model import ChannelHealth
from hub.exchange.presence import BEAT_SECONDS
from hub.observer import Fact, Observer
from ops.leash import Leash
from ops.work import BACK_OFF_SECONDS, REST_SECONDS, STANDBY_SECONDS

RETRANSMIT_SECONDS: Final = 1.0
STATE_SECONDS: Final = 0.5
HEALTH_SECONDS: Final = 2.0
TRUST_SECONDS: Final = 0.5
STATEMENTS_A_ROUND: Final = 20


class Sends(Protocol):
    """The dispatcher."""

    def step(self) -> int:
        """Send what is due."""
        ...

    def settle(self) -> None:
        """Write what outcomes said."""
        ...

    def retransmit(self, now: Instant) -> int:
        """Make silent rows due again."""
        ...


class Steps(Protocol):
    """Anything done in steps: statements, beats, trust."""

    def step(self) -> int:
        """Do one; returns how much was done."""
        ...


@dataclass(frozen=True, slots=True)
class Sending:
    """What a dispatcher process runs while it is active; `close` ends its channels."""

    dispatcher: Sends
    stater: Steps
    beater: Steps
    trust: Steps
    close: Callable[[], None]
    healths: Callable[[], Sequence[ChannelHealth]]


class Sender:
    """The loop of the dispatcher process."""

    def __init__(
        self, leash: Leash, start: Callable[[], Sending], clock: Clock, observe: Observer
    ) -> None:
        self._leash = leash
        self._start = start
        self._clock = clock
        self._observe = observe
        self._sending: Sending | None = None
        self._due: dict[str, float] = {}
        self.tell: Callable[[Sequence[ChannelHealth]], None] = lambda _healths: None
        """Hears now and then how the channels are; nothing while this process stands by."""

    def run(self) -> None:
        """Until the leash says stop."""
        idle = trouble = 0
        try:
            while not self._leash.stopping:
                if not self._leash.active:
                    self._close()
                    self._leash.rest(STANDBY_SECONDS)
                    continue
                try:
                    done = self.step()
                    trouble = 0
                except (StoreDown, CustodyDown) as error:
                    self._observe(Fact("dispatcher_waits", {"code": error.code}))
                    self._leash.rest(BACK_OFF_SECONDS[min(trouble, len(BACK_OFF_SECONDS) - 1)])
                    trouble += 1
                    continue
                idle = 0 if done else idle + 1
                if idle:
                    self._leash.rest(REST_SECONDS[min(idle, len(REST_SECONDS)) - 1])
        finally:
            self._close()

    def step(self) -> int:
        """Send what is due; the slower rounds when their time has come."""
        if self._sending is None:
            self._sending = self._start()
        sending = self._sending
        done = sending.dispatcher.step()
        if self._every("beat", BEAT_SECONDS):
            sending.beater.step()
        if self._every("health", HEALTH_SECONDS):
            self.tell(sending.healths())
        if self._every("trust", TRUST_SECONDS):
            done += sending.trust.step()
        if self._every("retransmit", RETRANSMIT_SECONDS):
            done += sending.dispatcher.retransmit(self._clock.now())
        if self._every("state", STATE_SECONDS):
            done += self._state(sending.stater)
        return done

    def _state(self, stater: Steps) -> int:
        """Make statements; one that cannot be sealed must not stop what else is to be sent."""
        done = 0
        try:
            for _ in range(STATEMENTS_A_ROUND):
                made = stater.step()
                done += made
                if not made:
                    break
        except (Rejection, Misconfigured) as error:
            self._observe(Fact("statement_fails", {"code": error.code}))
        return done

    def _every(self, name: str, seconds: float) -> bool:
        now = self._clock.monotonic()
        if now < self._due.get(name, float("-inf")):
            return False
        self._due[name] = now + seconds
        return True

    def _close(self) -> None:
        if self._sending is None:
            return
        try:
            self._sending.dispatcher.settle()
        except StoreDown:
            self._observe(Fact("dispatcher_waits", {"code": "settle"}))
        self._sending.close()
        self._sending = None
        self.tell(())
