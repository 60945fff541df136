"""A node's processes: `keep` (the one that is started), its children `work`, `send` and `ship`.

    python -m ops.node keep hub.toml       until a signal
    python -m ops.node leashed hub.toml    until a signal, or until its standard input ends

Signals: SIGTERM and SIGINT to the keeper stop the node in order: workers first, the dispatcher
last, then the lease is given back. Children ignore the terminal's SIGINT: their leash tells them.
"""

import fcntl
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TextIO

from hub.clearing.calendar import Calendar
from hub.errors import Fenced, HubError, Misconfigured
from hub.lease.tenancy import Tenancy
from hub.observer import Fact, Observer
from ops import node_backup, ship
from ops.anchors import Anchors
from ops.clock import SystemClock
from ops.keep import Guards, Keeper
from ops.leash import Child, Leash, held
from ops.logs import logging_observer
from ops.members import Elsewhere, Members
from ops.schedule import PhaseSchedule
from ops.send import Sender
from ops.settings import NodeSettings, load
from ops.wiring import Parts, SqlStore, open_lease, open_store
from ops.work import Worker

EXIT_MISCONFIGURED: Final = 3
EXIT_FENCED: Final = 7


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
    parts = Parts(settings, "keeper", f"{os.getpid()}-{clock.now()}", observe, clock)

    def run(phase: str, day: str, token: int) -> int:
        if phase == ship.PHASE:  # done by the shipping process: it takes its time
            return ship.ask(settings.data, day)
        planned: int = parts.desk.run_phase(phase, day, token)
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
    def start(word: str, slot: str) -> Callable[[], Child]:
        def child() -> Child:
            life = f"{os.getpid()}-{clock.now()}"
            arguments = ["-m", "ops.node", word, str(config), slot, life, *overrides]
            return Child(f"{word}-{slot}", arguments)

        return child

    shipped = [start("ship", "s")] if settings.backup is not None else []
    return [
        start("send", "d"),
        *shipped,
        *(start("work", f"w{number}") for number in range(settings.workers)),
    ]


def work(config: Path, slot: str, start: str, overrides: Sequence[str] = ()) -> None:
    """A worker child."""
    parts, leash = _child(config, slot, start, overrides), held()
    worker = Worker(
        leash,
        lambda: parts.channels(leash.wake.set),
        parts.exchange,
        parts.desk,
        parts.observe,
        parts.settings.batch,
    )
    worker.run()


def send(config: Path, slot: str, start: str, overrides: Sequence[str] = ()) -> None:
    """The dispatcher child."""
    parts, leash = _child(config, slot, start, overrides), held()
    Sender(leash, lambda: parts.sending(leash.wake.set), parts.clock, parts.observe).run()


def ship_copies(config: Path, slot: str, start: str, overrides: Sequence[str] = ()) -> None:
    """The shipping child."""
    assert start, "a life has a name"
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = load(config, overrides=overrides)
    clock, observe = SystemClock(), logging_observer(settings.instance, slot)
    ship.Shipping(
        held(),
        lambda: node_backup.shipping(settings, clock),
        node_backup.NodeSets(settings, config, clock),
        settings.data,
        observe,
    ).run()


def _child(config: Path, slot: str, start: str, overrides: Sequence[str]) -> Parts:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = load(config, overrides=overrides)
    observe = logging_observer(settings.instance, slot)
    return Parts(settings, slot, start, observe, SystemClock())


def main(arguments: Sequence[str]) -> int:
    """Process entry: word, settings file, and for children their slot and start."""
    word, config, *rest = arguments
    try:
        if word in {"keep", "leashed"}:
            keep(Path(config), rest, held() if word == "leashed" else None)
        else:
            slot, start, *overrides = rest
            {"work": work, "send": send, "ship": ship_copies}[word](
                Path(config), slot, start, overrides
            )
    except Misconfigured as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_MISCONFIGURED
    except Fenced as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_FENCED
    except HubError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
