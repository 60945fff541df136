"""Dead letters: what a broker has given up on, read by the node itself, one by one (protocol 3).

A broker puts aside what was given back a thousand times and what bears no checked sender. Rules:
- A letter is kept in the store before its broker forgets it; the same letter is kept once.
- What has a sender goes through the exchange once more by itself: its content decides, never a
  count. It is recorded, refused or set aside there, and the letter is `worked`.
- What has no sender waits for an operator: retried, or discarded by a guarded act. Its octets stay.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Protocol

from hub.clock import Instant
from hub.exchange.model import Incoming, MessageClass
from hub.parties import NodeId

PORTION: Final = 50


class LetterState(StrEnum):
    """Where a letter stands."""

    WAITING = "waiting"
    """For an operator, or for the exchange, whichever comes first."""
    WORKED = "worked"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One letter on record."""

    id: str
    """Derived from channel, sender, class and octets."""
    channel: str
    sender: str
    """Empty: the broker knew none."""
    message_class: str
    """Empty: it came under no class of ours."""
    reason: str
    """The broker's word: `delivery_limit`, `rejected`, …"""
    digest: bytes
    body_bytes: int
    at: Instant
    state: LetterState

    @property
    def incoming(self) -> bool:
        """Whether the exchange can take it: it has a sender and a class."""
        return bool(self.sender and self.message_class in set(MessageClass))


@dataclass(frozen=True, slots=True)
class Found:
    """A letter in its broker's queue; `tag` names it while the graveyard is open."""

    tag: int
    sender: str
    message_class: str
    reason: str
    octets: bytes


class Burying(Protocol):
    """The verbs of a transaction that dead letters rest on."""

    def put_letters(self, letters: Sequence[DeadLetter]) -> None:
        """Record them; one that is there takes the new state."""
        ...

    def letters(self) -> list[DeadLetter]:
        """All on record, by time and id."""
        ...


class Graveyard(Protocol):
    """The dead letters of one channel, for this node."""

    @property
    def name(self) -> str:
        """Name of the channel."""
        ...

    def reach(self) -> bool:
        """Begin to reach it, while the caller goes on; whether that has ended, good or bad."""
        ...

    def take(self, limit: int) -> list[Found]:
        """Letters that lie there, when it is reached; not forgotten before `close` they come again.

        Raises:
            ChannelDown: it cannot be looked at now.
        """
        ...

    def forget(self, tags: Sequence[int]) -> None:
        """These are in the store.

        Raises:
            ChannelDown: they will come again.
        """
        ...

    def close(self) -> None:
        """Give back what was not forgotten; never raises."""
        ...


def letter(channel: str, found: Found, at: Instant) -> DeadLetter:
    """The row of a letter that was found."""
    digest = hashlib.sha256(found.octets).digest()
    name = f"{channel} {found.sender} {found.message_class} {digest.hex()}"
    return DeadLetter(
        hashlib.sha256(name.encode()).hexdigest()[:24],
        channel, found.sender, found.message_class, found.reason, digest, len(found.octets), at,
        LetterState.WAITING,
    )  # fmt: skip


def work(one: DeadLetter, octets: bytes, record: Callable[[Incoming], None]) -> DeadLetter:
    """Give a letter to the exchange; what it cannot take stays as it is."""
    if not one.incoming:
        return one
    message_class = MessageClass(one.message_class)
    record(Incoming(one.channel, 0, NodeId(one.sender), message_class, octets, redelivered=True))
    return replace(one, state=LetterState.WORKED)
