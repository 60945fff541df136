"""A channel over RabbitMQ: the port's calls on one side, one I/O thread on the other.

The thread alone touches pika. It dials the lines in order, lives one connection after another
(`link`), and waits a little, with jitter, when every line has failed. The port's calls only reach
into the mailbox and never wait.

Outcomes of what was published through a connection that has ended are UNKNOWN. To record which
disk holds a message, take `health().incarnation` before `publish`.
"""

import random
import threading
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import Final

from adapters.rabbit.errors import AWAY
from adapters.rabbit.lines import Line, LineOrder, Login
from adapters.rabbit.link import FAIL_BACK, Link, Tuning
from adapters.rabbit.mailbox import Mailbox
from adapters.rabbit.patience import Patience
from hub.exchange.model import (
    ChannelHealth,
    ChannelState,
    Incoming,
    MessageClass,
    Outcome,
    Outgoing,
)
from hub.observer import Observer, silent
from hub.parties import NodeId

_PAUSE_SECONDS: Final = 0.05
_PAUSE_MAX_SECONDS: Final = 2.0
_STABLE_SECONDS: Final = 5.0
_JOIN_SECONDS: Final = 3.0


class RabbitChannel:
    """A node's process on one broker (`hub.exchange.ports.Channel`)."""

    def __init__(  # noqa: PLR0913 -- the parts of a channel, by keyword
        self,
        name: str,
        node: NodeId,
        lines: Sequence[Line],
        login: Login,
        *,
        founds: bool = False,
        wake: Callable[[], None] | None = None,
        failed: Callable[[], None] | None = None,
        observer: Observer = silent,
        tuning: Tuning | None = None,
    ) -> None:
        """Start connecting.

        Args:
            name: of the channel, the same at every node.
            node: ours; also the user name and the common name of the certificate.
            lines: the ways to the broker, main line first.
            login: certificates, or a password on loopback.
            founds: whether this node gives an empty broker its incarnation: the hub does.
            wake: called, from the I/O thread, when something has become ready.
            failed: the same when something published was refused or is unknown.
            observer: told of every change of state, from the I/O thread.
            tuning: windows and time limits.
        """
        self._mailbox = Mailbox(name, node, observer, wake, failed)
        self._order = LineOrder(lines)
        self._login = login
        self._founds = founds
        self._tuning = tuning or Tuning()
        seconds = (self._tuning.doubt_seconds, self._tuning.silence_seconds)
        self._patience = {line: Patience(*seconds) for line in lines}
        self._ending = threading.Event()
        self._link_lock = threading.Lock()
        self._link: Link | None = None
        self._thread = threading.Thread(target=self._run, name=f"channel-{name}", daemon=True)
        self._thread.start()

    @property
    def name(self) -> str:
        """Name of the channel."""
        return self._mailbox.name

    def publish(self, outgoing: Sequence[Outgoing]) -> None:
        """Queue for the I/O thread."""
        self._mailbox.hand_over(outgoing)

    def outcomes(self) -> list[Outcome]:
        """Outcomes since the last call."""
        return self._mailbox.take_outcomes()

    def receive(self, limit: int, classes: Collection[MessageClass]) -> list[Incoming]:
        """What has arrived; the first call that names a class subscribes this process to it."""
        return self._mailbox.take(limit, classes)

    def ack(self, tags: Collection[int]) -> None:
        """Forget these; tags of an earlier connection have no effect."""
        self._mailbox.decide(tags, keep=True)

    def release(self, tags: Collection[int]) -> None:
        """Give these back; tags of an earlier connection have no effect."""
        self._mailbox.decide(tags, keep=False)

    def health(self) -> ChannelHealth:
        """State, incarnation and what is outstanding."""
        return self._mailbox.health()

    def close(self) -> None:
        """Write the acks, close the connection, end the thread; at most 3 s."""
        self._ending.set()
        with self._link_lock:
            if self._link is not None:
                self._link.close()
        self._thread.join(_JOIN_SECONDS)

    # --- the I/O thread --------------------------------------------------------------------------

    def _run(self) -> None:
        failures = 0
        while not self._ending.is_set():
            line = self._order.current
            link = Link(self._mailbox, line, self._login, self._tuning, self._patience[line])
            reason = self._live(link)
            if self._ending.is_set():
                break
            if reason == FAIL_BACK:
                self._order.go_back()
                continue
            stable = link.ready_at and time.monotonic() - link.ready_at > _STABLE_SECONDS
            failures = 1 if stable else failures + 1
            if self._order.lost() or failures > 1:
                pause = min(_PAUSE_MAX_SECONDS, _PAUSE_SECONDS * 2 ** min(failures, 10))
                self._ending.wait(random.uniform(pause / 2, pause))
        self._mailbox.show(ChannelState.OPEN, "closed")

    def _live(self, link: Link) -> str:
        """One connection's life; nothing it raises may end the thread."""
        with self._link_lock:
            if self._ending.is_set():
                return "closed"
            self._link = link
        try:
            return link.run(self._order, founds=self._founds)
        except Exception as error:  # noqa: BLE001 -- the top of the thread
            with suppress(Exception):  # even an observer that raises must not end the thread
                self._mailbox.tell("channel_fault", reason=type(error).__name__)
            return AWAY
        finally:
            with self._link_lock:
                self._link = None
