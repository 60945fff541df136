"""One life of a connection: dial, handshake, publish and consume, watch, end. I/O thread only.

A line that is cut or a broker that is frozen is found by whichever comes first: TCP_USER_TIMEOUT;
the confirm-silence timer while something is unconfirmed; a ping twice a second while nothing is;
pika's heartbeat. All of them end the life, and with it everything that belonged to it.

Well before that the link *hesitates*: a word is overdue, so nothing more goes this way and what is
unconfirmed may go another. If the word comes after all, the line is slow: it is given more time.
"""

import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import pika

from adapters.rabbit.connection import Connection
from adapters.rabbit.dialling import Dialling
from adapters.rabbit.errors import (
    AWAY,
    BLOCKED,
    LEADERLESS,
    MISSING,
    NACKED,
    SILENT,
    UNROUTABLE,
    code_of,
)
from adapters.rabbit.failback import FailBack
from adapters.rabbit.handshake import Handshake
from adapters.rabbit.lines import Line, LineOrder, Login, parameters
from adapters.rabbit.loop import Loop
from adapters.rabbit.mailbox import Mailbox
from adapters.rabbit.patience import Patience
from adapters.rabbit.publisher import Publisher
from adapters.rabbit.subscription import Subscription
from adapters.rabbit.topology import differences
from hub.exchange.model import ChannelState, MessageClass

FAIL_BACK: Final = "fail_back"
_TICK_SECONDS: Final = 0.2
_HANDSHAKE_SECONDS: Final = 4.0
_CLOSE_SECONDS: Final = 1.0
_SUSPECT_SECONDS: Final = 0.5


def _prefetch() -> dict[MessageClass, int]:
    return {
        MessageClass.URGENT: 100,
        MessageClass.ONLINE: 200,
        MessageClass.BATCH: 20,
        MessageClass.HOP: 200,
    }


@dataclass(frozen=True, slots=True)
class Tuning:
    """Of one use of a RabbitMQ channel."""

    window: int = 400
    """Unconfirmed messages at most."""
    window_bytes: int = 16 << 20
    """Unconfirmed octets at most, give or take one message."""
    prefetch: dict[MessageClass, int] = field(default_factory=_prefetch)
    """Unacked messages at most, per class."""
    precedence: int = 0
    """Among the consumers of a queue: the highest with room left is served."""
    silence_seconds: float = 2.0
    """Without any confirm or answer for so long, the connection counts as dead."""
    doubt_seconds: float = 0.8
    """Without any for so long, something else is used meanwhile."""
    ping_seconds: float = 0.5
    """After so long without a word, ask."""
    fail_back_seconds: float = 30.0
    """So long must the main line answer probes before it is used again."""


class Link:
    """One connection's life. `run` returns when it is over."""

    def __init__(
        self, mailbox: Mailbox, line: Line, login: Login, tuning: Tuning, patience: Patience
    ) -> None:
        """`patience`: with this line, kept from one connection to the next."""
        self._mailbox = mailbox
        self._line = line
        self._login = login
        self._tuning = tuning
        self._patience = patience
        self._loop = Loop(self._fault)
        self._reason = ""
        self._started = time.monotonic()
        self._heard_at = self._started
        self._pinged_at = 0.0
        self._handshake: Handshake | None = None
        self._control: Any = None
        self._publisher: Publisher | None = None
        self._subscriptions: dict[MessageClass, Subscription] = {}
        self._blocked = False
        self._doubted = True
        self._draining = False
        self._closing = False
        self._fail_back: FailBack | None = None
        self._founds = False
        self._connection: Any = None
        self._incarnation = ""
        self.ready_at = 0.0
        """When it became usable; 0 when it never did."""

    def run(self, order: LineOrder, *, founds: bool) -> str:
        """Live; returns the code of what ended it."""
        guarded = self._loop.guarded
        self._founds = founds
        try:
            self._connection = Connection(
                parameters(self._line, self._login),
                on_open_callback=guarded(self._opened),
                on_open_error_callback=guarded(self._ended),
                on_close_callback=guarded(self._ended),
                custom_ioloop=Dialling(self._loop),
            )
            if self._line is not order.main:
                probe = parameters(order.main, self._login)
                seconds = self._tuning.fail_back_seconds
                self._fail_back = FailBack(self._loop, probe, seconds, self._back)
            self._loop.later(_TICK_SECONDS, self._tick)
            self._loop.start()
        finally:
            if self._publisher is not None:
                self._publisher.abandon()
            self._patience.ended()
            self._mailbox.lost(self._reason or AWAY)
            self._loop.close()
        return self._reason or AWAY

    def close(self) -> None:
        """From any thread: end in order; what is unacked goes back."""
        with suppress(AttributeError, OSError):  # the loop has ended just now
            self._loop.add_callback_threadsafe(self._loop.guarded(self._close))

    # --- beginning -------------------------------------------------------------------------------

    def _opened(self, connection: Any) -> None:  # noqa: ANN401 -- pika ships no types
        guarded = self._loop.guarded
        connection.add_on_connection_blocked_callback(guarded(lambda *_: self._on_blocked()))
        connection.add_on_connection_unblocked_callback(guarded(lambda *_: self._on_unblocked()))
        self._handshake = Handshake(
            connection, self._loop, self._mailbox.node, self._founds, self._known,
            self._missing, self._token_missing,
        )  # fmt: skip

    def _token_missing(self) -> None:
        self._mailbox.emptied()
        self._mailbox.show(ChannelState.OPEN, "incarnation_missing")

    def _missing(self, names: list[str]) -> None:
        lacking = differences(self._mailbox.node, names)
        self._mailbox.tell("topology_missing", reason=lacking, count=len(names))
        self._mailbox.emptied()
        self.end(MISSING)

    def _known(self, control: Any, incarnation: str) -> None:  # noqa: ANN401
        """The disk is known: publish, then consume."""
        self._control = control
        self._incarnation = incarnation
        window = (self._tuning.window, self._tuning.window_bytes)
        self._publisher = Publisher(self._connection, self._loop, self._mailbox, self, window)
        self._publisher.open()

    def can_publish(self) -> None:
        """The first time: usable from now on. Later: on probation, after a nack."""
        if self.ready_at:
            self._mailbox.show(ChannelState.HALF_OPEN, NACKED)
            return
        self.ready_at = time.monotonic()
        self._mailbox.opened(
            self._ring, self._incarnation, self._line.name, standby=self._fail_back is not None
        )
        self._ping()

    # --- working ---------------------------------------------------------------------------------

    def _ring(self) -> None:
        """From any thread: look into the mailbox soon."""
        self._loop.add_callback_threadsafe(self._loop.guarded(self._look))

    def _look(self) -> None:
        if self._closing or self._publisher is None:
            return
        wanted, acks, releases = self._mailbox.look()
        for message_class in wanted - self._subscriptions.keys():
            self._subscriptions[message_class] = Subscription(
                self._connection, self._loop, self._mailbox, message_class,
                self._tuning.prefetch[message_class], self._tuning.precedence, self._heard,
            )  # fmt: skip
        for message_class, subscription in self._subscriptions.items():
            if mine := [tag for c, tag in acks if c is message_class]:
                subscription.ack(mine)
            if mine := [tag for c, tag in releases if c is message_class]:
                subscription.release(mine)
        if self._draining:
            self._mailbox.refuse_waiting("channel_suspect")
        elif self._blocked:
            self._mailbox.refuse_waiting(BLOCKED)
        else:
            self._publisher.pump()

    def _heard(self) -> None:
        self._heard_at = time.monotonic()

    # --- watching --------------------------------------------------------------------------------

    def _tick(self) -> None:
        if self._reason in {"", FAIL_BACK}:
            self._watch(time.monotonic())
        self._loop.later(_TICK_SECONDS, self._tick)

    def _watch(self, now: float) -> None:
        silence = self._tuning.silence_seconds
        if self._closing:
            return
        if self._draining and self._publisher is not None and not self._publisher.flying:
            self._close()
            return
        if not self.ready_at:
            waits = self._mailbox.health().reason == "incarnation_missing"
            if now - self._started > _HANDSHAKE_SECONDS and not waits:
                self._unready()
            return
        assert self._publisher is not None
        unconfirmed = self._publisher.silent_seconds()
        unanswered = now - self._pinged_at if self._pinged_at else 0.0
        if unconfirmed > silence:
            self.end(BLOCKED if self._blocked else SILENT)
        elif unanswered > silence:
            self.end(SILENT)
        elif self._patience.over(max(unconfirmed, unanswered), now):
            self._hesitate()
        elif not self._publisher.flying and now - self._heard_at > self._tuning.ping_seconds:
            self._ping()

    def _unready(self) -> None:
        """The handshake takes too long: the broker is silent, or only the queue it was asking."""
        if self._handshake is not None and self._handshake.asked:
            self._mailbox.tell(LEADERLESS, reason=self._handshake.asked)
            self.end(LEADERLESS)
        else:
            self.end(SILENT)

    def _ping(self) -> None:
        """Something the broker must answer; never behind a load of messages of our own."""
        if not self._pinged_at and self._control is not None and self._control.is_open:
            self._pinged_at = time.monotonic()
            self._control.basic_qos(prefetch_count=1, callback=self._loop.guarded(self._pong))

    def _hesitate(self) -> None:
        assert self._publisher is not None
        self._doubted = True
        nacked = self._mailbox.health().reason == NACKED  # a pong says nothing of that
        if not self._draining and not self._blocked and not nacked:
            self._mailbox.show(ChannelState.SUSPECT, SILENT)
        self._publisher.doubt()
        self._mailbox.refuse_waiting("channel_suspect")

    def _pong(self, _ok: Any) -> None:  # noqa: ANN401
        self._pinged_at = 0.0
        self._heard()
        assert self._publisher is not None
        reason = self._mailbox.health().reason
        if reason == "" or (reason == SILENT and not self._publisher.flying):
            self.confirmed()

    def confirmed(self) -> None:
        """The broker works: whatever was doubted is well again."""
        self._patience.heard()
        if self._doubted and not self._blocked and not self._draining:
            self._doubted = False
            self._mailbox.show(ChannelState.UP, "")

    def suspect(self, reason: str) -> None:
        """A nack, until a confirm comes; a mandatory return, for a moment."""
        self._mailbox.show(ChannelState.SUSPECT, reason)
        if reason == UNROUTABLE:
            self._loop.later(_SUSPECT_SECONDS, self._trust_again)
        else:
            self._doubted = True

    def _trust_again(self) -> None:
        if self._mailbox.health().reason == UNROUTABLE:
            self._mailbox.show(ChannelState.UP, "")

    def _on_blocked(self) -> None:
        self._blocked = self._doubted = True
        self._mailbox.show(ChannelState.SUSPECT, BLOCKED)
        self._mailbox.refuse_waiting(BLOCKED)

    def _on_unblocked(self) -> None:
        self._blocked = False
        self._mailbox.show(ChannelState.HALF_OPEN, "")
        self._ping()

    # --- ending ----------------------------------------------------------------------------------

    def end(self, reason: str) -> None:
        """Cut the connection now; pika then tells `_ended`."""
        if self._reason in {"", FAIL_BACK}:
            self._reason = reason
        self._mailbox.show(ChannelState.OPEN, self._reason)
        self._loop.cut()
        self._loop.call_later(_CLOSE_SECONDS / 2, self._loop.stop)

    def _close(self) -> None:
        self._reason = self._reason or "closed"
        if self._connection.is_open and self.ready_at:
            self._look()
            self._closing = True
            self._connection.close()
            self._loop.call_later(_CLOSE_SECONDS, self._loop.cut)
        else:
            self._loop.cut()
        self._closing = True
        self._loop.call_later(_CLOSE_SECONDS + 0.5, self._loop.stop)

    def _back(self) -> None:
        """The main line has answered long enough: leave this one in order."""
        self._draining = self._doubted = True
        self._reason = FAIL_BACK
        self._mailbox.show(ChannelState.SUSPECT, FAIL_BACK)

    def _ended(self, _connection: Any, error: BaseException) -> None:  # noqa: ANN401
        self._reason = self._reason or code_of(error)
        if self._fail_back is not None:
            self._fail_back.stop()
        self._loop.stop()

    def _fault(self, error: Exception) -> None:
        """An exception in a callback: told, and the connection is given up."""
        code = code_of(error) if isinstance(error, pika.exceptions.AMQPError) else "channel_fault"
        if code == "channel_fault":
            self._mailbox.tell("channel_fault", reason=type(error).__name__)
        self.end(code)
