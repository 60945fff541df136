"""A node's keeper: the process that is started. Its children: `ops.child`, `ops.ship_child`.

    python -m ops.node keep hub.toml       until a signal
    python -m ops.node leashed hub.toml    until a signal, or until its standard input ends

Signals: SIGTERM and SIGINT to the keeper stop the node in order: workers first, the dispatcher
last, then the lease is given back. What workers are made of is not loaded here: a keeper is small.
"""

import fcntl
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TextIO

from hub.clearing.calendar import Calendar
from hub.errors import Misconfigured
from hub.lease.tenancy import Tenancy
from hub.observer import Fact, Observer
from ops import ship
from ops.anchors import Anchors
from ops.clock import SystemClock
from ops.keep import Guards, Keeper
from ops.leash import Child, Leash, held
from ops.logs import logging_observer
from ops.members import Elsewhere, Members
from ops.process_exit import exit_code
from ops.schedule import PhaseSchedule
from ops.settings import NodeSettings, load
from ops.wiring_store import SqlStore, open_lease, open_store


def keep(config: Path, overrides: Sequence[str] = (), leash: Leash | None = None) -> None:
    """Run a node until it is told to stop; a leashed one also when its leash ends.

    Raises:
        Misconfigured: the settings cannot work; nothing was started.
    """
    settings = load(config, overrides=overrides)
    settings.data.mkdir(parents=True, exist_ok=True)
    clock = SystemClock()
    observe = logging_observer(settings.instance, "keeper")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    lock = _only_one(settings.data / f"{settings.instance}.lock")
    limits = settings.lease
    store = open_store(settings.store.url)
    anchors = Anchors(settings.data, store)
    anchors.check()
    with store.read() as tx:
        floor = tx.fence.token
    on_file = settings.store.url.startswith("sqlite:")
    folder = Path(settings.store.url.removeprefix("sqlite:///")).parent
    members = Members(folder if on_file else settings.data, settings.instance, observe)
    keeper = Keeper(
        Tenancy(settings.instance, limits.ttl_seconds, limits.margin_seconds),
        Guards(
            open_lease(settings.store.lease or settings.store.url, floor),
            _Fence(store),
            members if on_file else Elsewhere(),
        ),
        _starts(settings, config, overrides, clock),
        _schedule(settings, anchors, clock, observe),
        clock,
        observe,
    )
    observe(Fact("node_started", {"node": settings.instance}))
    try:
        while not (stop.is_set() or (leash is not None and leash.stopping)):
            keeper.step()
            members.note([os.getpid(), *keeper.pids])
            stop.wait(limits.renew_seconds)
    finally:
        keeper.stop()
        lock.close()
        observe(Fact("node_stopped", {"node": settings.instance}))


def _schedule(
    settings: NodeSettings, anchors: Anchors, clock: SystemClock, observe: Observer
) -> PhaseSchedule:
    """Phases run in the keeper: they only plan, workers do the rest."""
    desks: list[Any] = []

    def run(phase: str, day: str, token: int) -> int:
        if phase == ship.PHASE:  # done by the shipping process: it takes its time
            return ship.ask(settings.data, day)
        if not desks:  # loaded at the first phase: an idle keeper stays small
            from ops.wiring import Parts  # noqa: PLC0415

            parts = Parts(settings, "keeper", f"{os.getpid()}-{clock.now()}", observe, clock)
            desks.append(parts.desk)
        planned: int = desks[0].run_phase(phase, day, token)
        return planned

    return PhaseSchedule(settings.schedule, run, anchors, Calendar(frozenset()), clock, observe)


class _Fence:
    """The store's fence."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    def raise_to(self, token: int) -> None:
        with self._store.read() as tx:
            if tx.fence.token == token:
                return
        self._store.take_over(token)


def _only_one(path: Path) -> TextIO:
    """Hold a lock for the life of this process: one keeper an instance."""
    lock = path.open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise Misconfigured("instance_runs_already", reason=path.name) from error
    return lock


def _starts(
    settings: NodeSettings, config: Path, overrides: Sequence[str], clock: SystemClock
) -> list[Callable[[], Child]]:
    def start(word: str, slot: str, module: str = "ops.child") -> Callable[[], Child]:
        def child() -> Child:
            life = f"{os.getpid()}-{clock.now()}"
            arguments = ["-m", module, word, str(config), slot, life, *overrides]
            return Child(f"{word}-{slot}", arguments)

        return child

    shipped = [start("ship", "s", "ops.ship_child")] if settings.backup is not None else []
    return [
        start("send", "d"),
        *shipped,
        *(start("work", f"w{number}") for number in range(settings.workers)),
    ]


def main(arguments: Sequence[str]) -> int:
    """Process entry: word, settings file, overrides."""
    word, config, *overrides = arguments
    leash = {"keep": lambda: None, "leashed": held}[word]()
    return exit_code(lambda: keep(Path(config), overrides, leash))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
