"""The dispatcher process of a machine: sends rows, notices, statements and beats on their beats.

It sleeps until a worker rings, and looks by itself now and then: commands and other machines leave
rows without ringing. What its channels confirm is marked in slow rounds; they wake it only when
something has failed, so that it goes another way at once.
Like a worker it lives on its keeper's leash and closes its channels while it stands by. Told to
stop, it first sends the notices it owes and waits for what is out, for a moment.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from hub.clock import Clock, Instant
from hub.errors import CustodyDown, Fenced, Misconfigured, OutcomeUnknown, Rejection, StoreDown
from hub.exchange.model import ChannelHealth
from hub.exchange.presence import BEAT_SECONDS
from hub.observer import Fact, Observer
from ops.leash import Leash
from ops.work import BACK_OFF_SECONDS, SLOW_SECONDS, STANDBY_SECONDS

LOOK_SECONDS: Final = 0.1
"""So long may a row wait that nobody has rung for: what commands and other processes leave."""
PACE_SECONDS: Final = 0.006
"""Between two claims: what workers leave meanwhile goes in one."""
RETRANSMIT_SECONDS: Final = 0.5
OVERTAKE_SECONDS: Final = 0.2
STATE_SECONDS: Final = 0.75
HEALTH_SECONDS: Final = 2.0
TRUST_SECONDS: Final = 0.5
RESYNC_SECONDS: Final = 0.25
NEWS_SECONDS: Final = 0.5
"""How soon a neighbour's new life is answered."""
STATEMENTS_A_ROUND: Final = 20
FINISH_SECONDS: Final = 3.0
"""So long may it take, after the word to stop, to send what is owed and to hear it confirmed."""

Wake = Callable[[], None]


class Sends(Protocol):
    """The dispatcher."""

    @property
    def owes(self) -> bool:
        """Whether a slow round has something to do before long."""
        ...

    def step(self, *, slow: bool, rung: bool) -> bool:
        """Send what is due; whether more waits."""
        ...

    def finish(self) -> bool:
        """Send what this node still owes its neighbours; whether something of it is out."""
        ...

    def settle(self) -> None:
        """Write what outcomes said."""
        ...

    def retransmit(self, now: Instant) -> int:
        """Make silent rows due again."""
        ...

    def overtake(self) -> int:
        """Make rows due again that wait by a silent path."""
        ...


class Steps(Protocol):
    """Anything done in steps: statements, trust, resync."""

    def step(self) -> int:
        """Do one; returns how much was done."""
        ...


class Beats(Protocol):
    """Tells neighbours that this node lives."""

    def step(self, *, news: bool = False) -> int:
        """Beat; `news`: only to whom another life is to be told."""
        ...


@dataclass(frozen=True, slots=True)
class Sending:
    """What a dispatcher process runs while it is active; `close` ends its channels."""

    dispatcher: Sends
    stater: Steps
    beater: Beats
    trust: Steps
    resyncer: Steps
    close: Callable[[], None]
    healths: Callable[[], Sequence[ChannelHealth]]


class Sender:
    """The loop of the dispatcher process."""

    def __init__(
        self,
        leash: Leash,
        start: Callable[[Wake], Sending],
        clock: Clock,
        observe: Observer,
    ) -> None:
        """`start` is given what wakes this process."""
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
        trouble, rung = 0, False
        try:
            while not self._leash.stopping:
                if not self._leash.active:
                    self._close()
                    self._leash.rest(STANDBY_SECONDS)
                    continue
                try:
                    more = self.step(rung=rung)
                    trouble = 0
                except (StoreDown, OutcomeUnknown, CustodyDown) as error:
                    self._observe(Fact("dispatcher_waits", {"code": error.code}))
                    self._leash.rest(BACK_OFF_SECONDS[min(trouble, len(BACK_OFF_SECONDS) - 1)])
                    trouble += 1
                    continue
                rung = False
                if not more:
                    self._leash.pause(PACE_SECONDS)
                    rung = self._leash.rest(self._until_slow())
            self._finish()
        finally:
            self._close()

    def step(self, *, rung: bool = False) -> bool:
        """Send what is due; the slower rounds when their time has come. Whether more waits."""
        if self._sending is None:
            self._sending = self._start(self._leash.wake)
        sending = self._sending
        more = sending.dispatcher.step(slow=self._every("slow", SLOW_SECONDS), rung=rung)
        if self._every("beat", BEAT_SECONDS):
            sending.beater.step()
        if self._every("news", NEWS_SECONDS):
            sending.beater.step(news=True)
        if self._every("health", HEALTH_SECONDS):
            self.tell(sending.healths())
        if self._every("trust", TRUST_SECONDS):
            more |= sending.trust.step() > 0
        if self._every("resync", RESYNC_SECONDS):
            sending.resyncer.step()
        if self._every("retransmit", RETRANSMIT_SECONDS):
            more |= sending.dispatcher.retransmit(self._clock.now()) > 0
        if self._every("overtake", OVERTAKE_SECONDS):
            more |= sending.dispatcher.overtake() > 0
        if self._every("state", STATE_SECONDS):
            more |= self._state(sending.stater)
        return more

    def _finish(self) -> None:
        """Tell the neighbours what is on record here, so that they need not send it again."""
        if self._sending is None:
            return
        until = self._clock.monotonic() + FINISH_SECONDS
        try:
            while self._sending.dispatcher.finish() and self._clock.monotonic() < until:
                self._leash.pause(PACE_SECONDS)
        except (StoreDown, OutcomeUnknown, CustodyDown, Fenced) as error:
            self._observe(Fact("dispatcher_waits", {"code": error.code}))

    def _until_slow(self) -> float:
        """How long to rest unless somebody rings."""
        assert self._sending is not None, "a step was taken"
        if not self._sending.dispatcher.owes:
            return LOOK_SECONDS
        return min(LOOK_SECONDS, max(0.0, self._due["slow"] - self._clock.monotonic()))

    def _state(self, stater: Steps) -> bool:
        """Make statements; one that cannot be sealed must not stop what else is to be sent."""
        made = 0
        try:
            for _ in range(STATEMENTS_A_ROUND):
                step = stater.step()
                made += step
                if not step:
                    break
        except (Rejection, Misconfigured) as error:
            self._observe(Fact("statement_fails", {"code": error.code}))
        return made > 0

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
        except (StoreDown, OutcomeUnknown, Fenced):
            self._observe(Fact("dispatcher_waits", {"code": "settle"}))
        finally:
            self._sending.close()
            self._sending = None
            self.tell(())
