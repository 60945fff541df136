"""Dead letters at a node: read by its first worker once a minute; retried, discarded by command."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from hub.clock import Clock
from hub.errors import ChannelDown, Misconfigured, RuleBroken
from hub.exchange import dead
from hub.exchange.dead import DeadLetter, Graveyard, LetterState
from hub.exchange.dead_reading import DeadReader
from hub.exchange.model import Incoming
from hub.observer import Fact, Observer
from hub.trust.operators import Act
from ops import apart
from ops.guarded import Consent, require
from ops.wiring import Parts

EVERY_SECONDS: Final = 60.0
DISCARD: Final = "deadletter.discard"


class DeadRounds:
    """Called at each step of a worker; looks into every graveyard once a minute.

    Only into those that are reached: a broker that does not answer the dial holds up no voucher;
    one that falls silent while it is read does.
    """

    def __init__(
        self, reader: DeadReader[Any], graveyards: Sequence[Graveyard], clock: Clock,
        observe: Observer,
    ) -> None:  # fmt: skip
        self._reader = reader
        self._graveyards = graveyards
        self._clock = clock
        self._observe = observe
        self._due = clock.monotonic() + EVERY_SECONDS
        self._left: list[Graveyard] = []
        """To be looked into in this round."""

    def __call__(self) -> None:
        """Look when it is time; a broker that is away is looked at another time."""
        if self._clock.monotonic() >= self._due:
            self._due = self._clock.monotonic() + EVERY_SECONDS
            self._left = list(self._graveyards)
        if not self._left:
            return
        try:
            for graveyard in [one for one in self._left if one.reach()]:
                self._left.remove(graveyard)
                self._read(graveyard)
        except Exception:
            for one in self._left:  # nobody knows when there is a next step: dialled again then
                one.close()
            raise

    def _read(self, graveyard: Graveyard) -> None:
        try:
            self._reader.read(graveyard)
        except ChannelDown as error:
            fields = {"channel": graveyard.name, "code": error.code}
            self._observe(Fact("dead_letters_unread", fields))


def rounds(parts: Parts) -> Callable[[], None]:
    """The rounds of a worker process; nothing to do where no channel keeps dead letters."""
    graveyards = parts.graveyards()
    if not graveyards:
        return lambda: None
    reader = DeadReader(parts.place, parts.store, _recorder(parts), parts.observe)
    return DeadRounds(reader, graveyards, parts.clock, parts.observe)


def _recorder(parts: Parts) -> Callable[[Incoming], None]:
    return lambda incoming: apart.record_apart(parts.exchange, [incoming])


def letters(parts: Parts) -> list[DeadLetter]:
    """All letters on record."""
    with parts.store.read() as tx:
        found: list[DeadLetter] = tx.letters()
    return found


def find(parts: Parts, name: str) -> DeadLetter:
    """One letter.

    Raises:
        Misconfigured: `letter_unknown`.
    """
    for one in letters(parts):
        if one.id == name:
            return one
    raise Misconfigured("letter_unknown")


def retry(parts: Parts, name: str) -> DeadLetter:
    """Give a letter to the exchange once more.

    Raises:
        Misconfigured: `letter_unknown`.
        RuleBroken: `letter_without_sender`: nobody can be answered for it.
    """
    one = find(parts, name)
    if not one.incoming:
        raise RuleBroken("letter_without_sender")
    with parts.store.read() as tx:
        octets = tx.messages([one.digest])[one.digest]
    after = dead.work(one, octets, _recorder(parts))
    _put(parts, after, f"retried {one.id}")
    return after


def act_of(parts: Parts, one: DeadLetter) -> Act:
    """The act of discarding one letter, bound to this life of the store."""
    place = parts.place
    arguments = {"node": str(place.node), "letter": one.id, "incarnation": place.incarnation}
    return Act(place.env, DISCARD, arguments)


def discard(parts: Parts, name: str, consent: Consent) -> Act:
    """Say of a letter that nothing more is to be done about it; its octets are kept.

    Raises:
        Misconfigured, RuleBroken, SealUntrusted: as `find` and `ops.guarded.require` say.
    """
    one = find(parts, name)
    act = act_of(parts, one)
    require(parts, act, consent)
    _put(parts, replace(one, state=LetterState.DISCARDED), f"act {DISCARD} {act.digest.hex()}")
    return act


def _put(parts: Parts, one: DeadLetter, line: str) -> None:
    place = parts.place  # reads the store: before the transaction
    with parts.store.begin() as tx:
        tx.fence.require_incarnation(place.incarnation)
        tx.put_letters([one])
        tx.append_journal(str(place.lane), line.encode())
        tx.commit()
