"""Link tests: probes to parties, by each channel and line, with the time each answer took.

The command publishes by connections of its own, one a line, also where an order has taken the
channel out; the node's own workers hear the answers. All lines are asked before any is waited
for: a line or a party that is away says nothing about the others. Times are the store's. A test
writes nothing but its questions, and moves no money.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from typing import Final

from hub.clock import Instant
from hub.errors import ChannelDown, Misconfigured, RuleBroken
from hub.exchange.echo import TOKEN
from hub.exchange.model import ChannelState, MessageClass, Outgoing
from hub.exchange.ports import Channel
from hub.exchange.probes import KEPT_MS, KIND, UNANSWERED, ProbeRow
from hub.parties import NodeId, Party
from ops.wiring import Parts

POLL_SECONDS: Final = 0.02
DEADLINE_SECONDS: Final = 5.0
_READY: Final = frozenset({ChannelState.UP, ChannelState.HALF_OPEN})


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one question on its way to one party."""

    asked: str
    """The party asked."""
    answers: str
    """Who is to answer: the party, or the hub on the way."""
    channel: str
    line: str
    ms: int | None
    """From the question to its answer; None: none came in time."""
    reason: str = ""
    """Why it was not even sent."""


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """One line of a channel, by a connection of this command's own."""

    name: str
    line: str
    channel: Channel


def parties(parts: Parts, named: Sequence[str]) -> list[Party]:
    """Those named, or one of each other node.

    Raises:
        Misconfigured: `party_unknown`.
    """
    directory, own = parts.directory, parts.place.node
    if named:
        known = {str(p): p for p, node in directory.node_of.items() if node != own}
        if unknown := sorted(set(named) - known.keys()):
            raise Misconfigured("party_unknown", party=unknown[0])
        return [known[name] for name in dict.fromkeys(named)]
    others = sorted(node for node in directory.nodes if node != own)
    return [min(directory.nodes[node]) for node in others if directory.nodes[node]]


def ask_all(
    parts: Parts, channels: Sequence[str], asked: Sequence[Party], deadline_seconds: float,
    sleep: Callable[[float], None],
) -> list[Answer]:  # fmt: skip
    """Ask every party by every line of these channels (none: all); in order of party and channel.

    The deadline counts twice, in seconds: to be connected, and to be answered.

    Raises:
        Misconfigured: `channel_unknown`, `keys_missing`. RuleBroken: `nobody_asks`.
    """
    known = [c.name for c in parts.settings.channels]
    if unknown := sorted(set(channels) - set(known)):
        raise Misconfigured("channel_unknown", channel=unknown[0])
    served = parts.directory.nodes.get(parts.place.node, frozenset())
    if not served:
        raise RuleBroken("nobody_asks")
    own = parts.directory.hub_party if parts.place.is_hub else min(served)
    run = _Run(parts, own, asked, deadline_seconds, sleep)
    with ExitStack() as opened:
        ways = [
            Way(name, line, opened.enter_context(closing(channel)))
            for name in channels or known
            for line, channel in lines(parts, name)
        ]
        for way in run.ready(ways):
            run.ask(way)
        run.wait(ways)
    return sorted(run.answers(), key=lambda a: (a.asked, a.channel, a.line, a.answers == a.asked))


def lines(parts: Parts, name: str) -> list[tuple[str, Channel]]:
    """A channel's lines, each with a connection of its own that no order touches."""
    (channel,) = (c for c in parts.settings.channels if c.name == name)
    single = [channel.model_copy(update={"lines": (line,)}) for line in channel.lines]
    names = [f"{name}-{n}" for n in range(1, len(single) + 1)] or [name]
    return [
        (line, parts.channel(one, lambda: None))
        for line, one in zip(names, single or [channel], strict=True)
    ]


class _Run:
    """One test: one deadline to be connected by all lines, the same again to be answered by all."""

    def __init__(
        self, parts: Parts, by: Party, asked: Sequence[Party], seconds: float,
        sleep: Callable[[float], None],
    ) -> None:  # fmt: skip
        self._parts = parts
        self._by = by
        self._asked = asked
        self._seconds = seconds
        self._sleep = sleep
        self._questions: dict[str, Party] = {}
        self._found: list[Answer] = []

    def ready(self, ways: Sequence[Way]) -> Iterator[Way]:
        """Each line as soon as it is connected; one that is away costs the others nothing."""
        waiting, until = list(ways), self._parts.clock.monotonic() + self._seconds
        while waiting:
            connected = [way for way in waiting if way.channel.health().state in _READY]
            yield from connected
            waiting = [way for way in waiting if way not in connected]
            if waiting and self._parts.clock.monotonic() > until:
                break
            if waiting:
                self._sleep(POLL_SECONDS)
        for way in waiting:
            health = way.channel.health()
            reason = health.reason or str(health.state)
            self._found += [
                Answer(str(p), str(p), way.name, way.line, None, reason) for p in self._asked
            ]

    def ask(self, way: Way) -> None:
        """Ask all parties by one line."""
        echo, numbers = self._parts.echo, self._numbers()
        probes = echo.ask(numbers, self._by)
        parcels = [echo.parcel(to, v) for (_, to), v in zip(numbers, probes, strict=True)]
        with self._parts.store.begin() as tx:
            tx.fence.require_incarnation(self._parts.place.incarnation)
            rows = [
                ProbeRow(number, who, way.name, way.line, tx.now)
                for number, to in numbers
                for who in self._answering(to)
            ]
            tx.put_probes(rows, Instant(tx.now - KEPT_MS))
            tx.commit()
        self._questions.update(numbers)
        with suppress(ChannelDown):  # unanswered, like any other that is lost
            way.channel.publish([_outgoing(peer, octets) for peer, octets in parcels])

    def wait(self, ways: Sequence[Way]) -> None:
        """Return when all that were asked have answered, or time is over."""
        until = self._parts.clock.monotonic() + self._seconds
        numbers = list(self._questions)
        while numbers and self._parts.clock.monotonic() < until:
            for way in ways:
                way.channel.outcomes()
            with self._parts.store.read() as tx:
                if all(row.answered_at != UNANSWERED for row in tx.probes(numbers)):
                    return
            self._sleep(POLL_SECONDS)

    def answers(self) -> list[Answer]:
        """One a question and party that is to answer."""
        with self._parts.store.read() as tx:
            rows: list[ProbeRow] = tx.probes(list(self._questions))
        told = [
            Answer(
                str(self._questions[row.number]), row.party, row.channel, row.line,
                None if row.answered_at == UNANSWERED else row.answered_at - row.sent_at,
            )
            for row in rows
        ]  # fmt: skip
        return self._found + told

    def _numbers(self) -> list[tuple[str, Party]]:
        life = self._parts.place.incarnation
        with self._parts.store.begin() as tx:
            tx.fence.require_incarnation(life)
            numbers = [(f"{life}-{tx.next_serial(str(self._by), KIND)}", to) for to in self._asked]
            tx.commit()
        return numbers

    def _answering(self, to: Party) -> list[str]:
        hub = self._parts.directory.hub_party
        return [str(to)] if self._parts.place.is_hub or to == hub else [str(hub), str(to)]


def _outgoing(peer: NodeId, octets: bytes) -> Outgoing:
    return Outgoing(TOKEN, peer, MessageClass.URGENT, octets)


def slowest_ms(answers: Sequence[Answer]) -> int | None:
    """The longest time an answer took; None: there was none."""
    return max((a.ms for a in answers if a.ms is not None), default=None)
