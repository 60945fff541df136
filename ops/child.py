"""A keeper's children: `work` (receives, records, does tasks) and `send` (the dispatcher).

    python -m ops.child work hub.toml w0 START BELL

BELL is the number of the dispatcher's bell (ops.bell): it waits for it, workers ring it. Children
ignore the terminal's SIGINT: their leash, standard input, tells them when to end. What a child is
made of lives as long as it: the garbage collector is told not to look at it again (a full look
holds everything up for a tenth of a second and more).
"""

import gc
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Final

from hub.errors import HubError
from hub.exchange.ports import Channel
from ops.bell import Bell
from ops.clock import SystemClock
from ops.deadletters import rounds
from ops.growing import Growing
from ops.leash import Leash, held
from ops.logs import logging_observer
from ops.process_exit import exit_code
from ops.send import Sender
from ops.settings import FIRST, load
from ops.tally import Tally
from ops.trust_rounds import Refreshing
from ops.wiring import Parts
from ops.work import Worker

YOUNG: Final = 10_000
"""Objects made and not gone before the youngest are looked through: a batch makes thousands that
end by themselves; at Python's 700 looking took 2 % of a worker's time."""


def work(config: Path, slot: str, start: str, bell: Bell, overrides: Sequence[str] = ()) -> None:
    """A worker child."""
    parts, leash, _ = _child(config, slot, start, overrides)

    def opened() -> dict[str, Channel]:
        channels = parts.channels(leash.wake)
        parts.voice.channels = channels
        return channels

    _beforehand(parts)
    worker = Worker(
        leash,
        opened,
        parts.exchange,
        parts.desk,
        parts.observe,
        parts.settings.batch,
        parts.clock,
        bell.ring,
        _each_step(parts, slot),
    )
    _settle_in()
    worker.run()


def _each_step(parts: Parts, slot: str) -> Callable[[], None]:
    """Take over changed trust, let tables grow; the first worker also reads dead letters."""
    refreshing = Refreshing(parts.refresh, parts.clock)
    growing = Growing(parts.suites, parts.clock)
    reading = rounds(parts) if slot == FIRST else None

    def step() -> None:
        refreshing()
        growing()
        if reading is not None:
            reading()

    return step


def send(config: Path, slot: str, start: str, bell: Bell, overrides: Sequence[str] = ()) -> None:
    """The dispatcher child."""
    parts, leash, tally = _child(config, slot, start, overrides, bell)
    _beforehand(parts)
    sender = Sender(leash, parts.sending, parts.clock, parts.observe)
    sender.tell = tally.channels
    _settle_in()
    sender.run()


def _child(
    config: Path, slot: str, start: str, overrides: Sequence[str], bell: Bell | None = None
) -> tuple[Parts, Leash, Tally]:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = load(config, overrides=overrides)
    tally = Tally(sys.stdout.fileno())
    tally.start()
    observe = tally.observer(logging_observer(settings.instance, slot))
    leash = held(bell)
    parts = Parts(settings, slot, start, observe, SystemClock(), leash.let_go)
    return parts, leash, tally


def _beforehand(parts: Parts) -> None:
    """Load what speaks to brokers, the suites' tables and the store: a takeover waits for none.

    What cannot be had now is had, or told, when it is needed. A dispatcher reads trust and keys
    then; a worker reads trust as it is built, and does not begin without.
    """
    if any(channel.kind == "rabbit" for channel in parts.settings.channels):
        import_module("ops.wiring_rabbit")
    for made in ("suites", "store"):
        with suppress(HubError):
            getattr(parts, made)


def _settle_in() -> None:
    """What lives as long as the process is never looked through again; the rest less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)


def main(arguments: Sequence[str]) -> int:
    """Process entry: word, settings file, slot, start, bell, overrides."""
    word, config, slot, start, bell, *overrides = arguments
    run = {"work": work, "send": send}[word]

    def alive() -> None:
        run(Path(config), slot, start, Bell(int(bell)), overrides)

    return exit_code(f"{word}-{slot}", alive)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
