"""What children tell their keeper: how often each fact was told, and how the channels are.

One JSON line on the child's standard output, at most one a second and only when there is news. The
line fits a pipe's atomic write; a full pipe (the keeper hangs) delays it and never blocks. What a
child counted in its last second dies with it. `Heard` is the keeper's end: metrics and alarms are
made of it. Ids, codes and counts only, as facts themselves.
"""

import json
import os
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from hub.clock import Clock, Instant
from hub.exchange.conditions import Group
from hub.exchange.model import ChannelHealth, ChannelState
from hub.observer import Fact, Observer
from ops.exits import Exit

SECONDS: Final = 1.0
LINE_BYTES: Final = 4096
"""Of a pipe's atomic write (PIPE_BUF)."""
SERIES_MAX: Final = 2000
"""Codes can come from neighbours: kinds of fact beyond so many are counted as `other`."""
RECENT_MS: Final = 5 * 60_000

DAMAGED: Final = "store_damaged"
"""What is kept by child: those that ended so, or set aside what they could not read."""

Kind = tuple[str, str]
"""A fact's name and its code, empty when it has none."""


def kind_of(fact: Fact) -> Kind:
    """What a fact is counted under."""
    return fact.name, str(fact.fields.get("code", ""))


class Tally:
    """The child's end: counts until told, from any thread."""

    def __init__(self, pipe: int) -> None:
        """`pipe`: the descriptor to write to; it no longer blocks from here on."""
        os.set_blocking(pipe, False)
        self._pipe = pipe
        self._lock = threading.Lock()
        self._counts: Counter[Kind] = Counter()
        self._channels: list[list[str | int]] | None = None

    def start(self) -> None:
        """Tell by itself, once a second."""
        threading.Thread(target=self._run, name="tally", daemon=True).start()

    def observer(self, following: Observer) -> Observer:
        """An observer that counts and passes on."""

        def observe(fact: Fact) -> None:
            with self._lock:
                self._counts[kind_of(fact)] += 1
            following(fact)

        return observe

    def channels(self, healths: Sequence[ChannelHealth]) -> None:
        """How the channels are now; none while this process stands by."""
        with self._lock:
            self._channels = [
                [h.name, h.state.value, h.incarnation, h.outstanding, h.reason[:200], h.standby]
                for h in healths
            ]

    def tell(self) -> None:
        """Write what is new; what does not go out stays to be told."""
        counts, channels = self._taken()
        if channels is not None and not self._write({"channels": channels}):
            with self._lock:  # newer ones may have come meanwhile
                self._channels = self._channels or channels
        for (name, code), count in counts.items():
            if not self._write({"fact": [name, code, count]}):
                with self._lock:
                    self._counts[name, code] += count

    def _taken(self) -> tuple[Counter[Kind], list[list[str | int]] | None]:
        with self._lock:
            taken = self._counts, self._channels
            self._counts, self._channels = Counter(), None
        return taken

    def _write(self, said: dict[str, object]) -> bool:
        line = json.dumps(said, separators=(",", ":")).encode() + b"\n"
        if len(line) > LINE_BYTES:
            return True  # no such line is ours; never half of one
        try:
            return os.write(self._pipe, line) == len(line)
        except OSError:  # full, or nobody listens any more
            return False

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            pause.wait(SECONDS)
            self.tell()


@dataclass(slots=True)
class Recent:
    """One kind of fact as it came lately."""

    count: int
    newest: Instant


@dataclass
class Heard:
    """The keeper's end, its own facts included; read by other threads as it is."""

    clock: Clock
    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """By process, fact and code."""
    channels: Sequence[ChannelHealth] = ()
    changed: dict[str, Instant] = field(default_factory=dict)
    """Since when each channel is in its state, and by its main or a standby line."""
    ended: Counter[str] = field(default_factory=Counter)
    """By child: how often it ended and was begun again."""
    takeovers: int = 0
    """Times this instance became active."""
    wiped: dict[str, Group] = field(default_factory=dict)
    """Channels whose disk became another one, how often, and when last."""
    _recent: dict[Kind, Recent] = field(default_factory=dict)

    def observer(self, process: str, following: Observer) -> Observer:
        """Counts the keeper's own facts."""

        def observe(fact: Fact) -> None:
            self._count(process, *kind_of(fact), 1)
            if fact.name == "child_ended":
                self.ended[str(fact.fields["task"])] += 1
                if str(fact.fields["state"]) == str(int(Exit.DAMAGED)):
                    self._note((DAMAGED, str(fact.fields["task"])), 1)
            elif fact.name == "standing" and fact.fields["state"] == "active":
                self.takeovers += 1
            following(fact)

        return observe

    def hear(self, process: str, line: str) -> None:
        """Take in what a child has said; anything else on its standard output is ignored."""
        try:
            said = json.loads(line)
            if "fact" in said:
                name, code, count = said["fact"]
                self._count(process, str(name), str(code), int(count))
            else:
                self._take([_health(row) for row in said["channels"]])
        except (ValueError, TypeError, KeyError):
            return

    def recent(self, name: str) -> list[Group]:
        """Facts of this name in the last five minutes, by code."""
        horizon = self.clock.now() - RECENT_MS
        return [
            Group(code or name, one.count, one.newest)
            for (fact, code), one in sorted(self._recent.items())
            if fact == name and one.newest >= horizon
        ]

    def _count(self, process: str, name: str, code: str, count: int) -> None:
        if (process, name, code) not in self.counts and len(self.counts) >= SERIES_MAX:
            code = "other"
        self.counts[process, name, code] += count
        self._note((name, process if name == DAMAGED else code), count)

    def _note(self, kind: Kind, count: int) -> None:
        now, old = self.clock.now(), self._recent.get(kind)
        fresh = old is not None and old.newest >= now - RECENT_MS
        total = count + (old.count if old is not None and fresh else 0)
        self._recent[kind] = Recent(total, now)

    def _take(self, healths: Sequence[ChannelHealth]) -> None:
        before = {health.name: health for health in self.channels}
        self.channels = tuple(self._compared(before.get(h.name), h) for h in healths)

    def _compared(self, old: ChannelHealth | None, new: ChannelHealth) -> ChannelHealth:
        """Note what has changed; a channel that does not know its disk now has its former one."""
        now = self.clock.now()
        if old is None or _way(old) != _way(new):
            self.changed[new.name] = now
        known = old.incarnation if old is not None else ""
        if not new.incarnation:
            return replace(new, incarnation=known)
        if known not in {"", new.incarnation}:
            times = self.wiped[new.name].count if new.name in self.wiped else 0
            self.wiped[new.name] = Group(new.name, times + 1, now)
        return new


def _way(health: ChannelHealth) -> tuple[ChannelState, bool]:
    """How a channel goes; a line that is tried in vain makes one that is down no younger."""
    up = health.state is ChannelState.UP
    return health.state, up and bool(health.standby)


def _health(row: Sequence[str | int]) -> ChannelHealth:
    name, state, incarnation, outstanding, reason, standby = row
    return ChannelHealth(
        str(name), ChannelState(str(state)), str(incarnation), int(outstanding), str(reason),
        standby=str(standby),
    )  # fmt: skip
