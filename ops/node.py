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
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Final, TextIO

from hub.clearing.calendar import Calendar
from hub.errors import Misconfigured, StoreDown
from hub.exchange.clocks import Clocks
from hub.lease.tenancy import Tenancy
from hub.observer import Fact, Observer, silent
from ops import preflight, ship
from ops.alarm_messages import Who
from ops.alarm_watch import Senses, Watch
from ops.anchors import Anchors
from ops.bell import Bell
from ops.beside import Beside
from ops.clock import SystemClock
from ops.keep import Guards, Keeper, NoWatch
from ops.leash import Child, Leash, held
from ops.lock_watch import LockWatch
from ops.logs import logging_observer
from ops.members import Elsewhere, Members
from ops.preflight import make_folder
from ops.process_exit import exit_code
from ops.schedule import PhaseSchedule
from ops.settings import WORKER, NodeSettings, load
from ops.store_view import view
from ops.surroundings import Surroundings
from ops.tally import Heard
from ops.wiring_store import SqlStore, open_lease, open_store

WORDS: Final = ("keep", "leashed")
WATCH_END_SECONDS: Final = 5.0


def keep(
    config: Path, overrides: Sequence[str] = (), leash: Leash | None = None, *,
    checked: bool = False, tell: Observer = silent,
) -> None:  # fmt: skip
    """Run a node until it is told to stop; a leashed one also when its leash ends.

    `checked`: whoever starts it has made its settings, so nothing is opened beforehand. A store
    that goes away afterwards, be it before the first look at the lease, is waited for.
    `tell`: hears the keeper's facts as the log does, for whoever looks on.

    Raises:
        Misconfigured: the settings cannot work; nothing was started.
        StoreDown: the store is away when the node is started by hand.
    """
    settings = load(config, overrides=overrides)
    if not checked:
        preflight.passed(config, overrides)
    make_folder(settings.data)
    heard = Heard(SystemClock())
    log = logging_observer(settings.instance, "keeper")

    def both(fact: Fact) -> None:
        log(fact)
        tell(fact)

    observe = heard.observer("keeper", both)
    stop = _Stop(leash)
    with _only_one(settings.data / f"{settings.instance}.lock"):
        while not stop.said:
            try:
                _live(settings, config, overrides, heard, stop, observe)
            except StoreDown as error:
                observe(Fact("node_waits", {"node": settings.instance, "code": error.code}))
                stop.wait(settings.lease.renew_seconds)


class _Stop:
    """A signal, or the end of the leash."""

    def __init__(self, leash: Leash | None) -> None:
        self._signalled = threading.Event()
        self._leash = leash
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._signalled.set())

    @property
    def said(self) -> bool:
        """Whether the node must end."""
        return self._signalled.is_set() or (self._leash is not None and self._leash.stopping)

    def wait(self, seconds: float) -> None:
        """Rest until a signal or until the time is over."""
        self._signalled.wait(seconds)


def _live(
    settings: NodeSettings, config: Path, overrides: Sequence[str], heard: Heard, stop: _Stop,
    observe: Observer,
) -> None:  # fmt: skip
    """Open store and lease, and lead the children until told to stop.

    Raises:
        StoreDown: the store is away before the keeper stands.
    """
    clock = SystemClock()
    with ExitStack() as opened:
        store = opened.enter_context(closing(open_store(settings.store.url)))
        anchors = Anchors(settings.data, store)
        anchors.check()
        schedule = Beside(_schedule(settings, store, anchors, clock, observe))
        opened.callback(schedule.close)
        with store.read() as tx:
            floor = tx.fence.token
        address = settings.store.lease or settings.store.url
        lease = opened.enter_context(closing(open_lease(address, floor)))
        on_file = settings.store.url.startswith("sqlite:")
        file = Path(settings.store.url.removeprefix("sqlite:///"))
        members = Members(file.parent if on_file else settings.data, settings.instance, observe)
        limits = settings.lease
        keeper = Keeper(
            Tenancy(settings.instance, limits.ttl_seconds, limits.margin_seconds),
            Guards(lease, _Fence(store), members, LockWatch(file))
            if on_file
            else Guards(lease, _Fence(store), Elsewhere(), NoWatch()),
            _starts(settings, config, overrides, clock),
            schedule,
            clock,
            observe,
        )
        around = Surroundings(settings, config, overrides, clock)
        opened.callback(_serve(settings, keeper, heard, around, store))
        opened.callback(_watch(settings, store, Senses(keeper, heard, around), observe))
        _lead(keeper, heard, members, settings, stop, observe)


def _serve(
    settings: NodeSettings, keeper: Keeper, heard: Heard, around: Surroundings, store: SqlStore
) -> Callable[[], None]:
    """Serve metrics, where a port is set; the returned call ends it."""
    if not settings.metrics_port:
        return lambda: None
    from ops.metrics import samples_of, serve  # noqa: PLC0415 - a keeper without a port stays small

    info = (settings.env, settings.node, settings.machine, settings.application.desk)
    samples = samples_of(info, keeper, heard, around, lambda: view(store))
    return serve(settings.metrics_address, settings.metrics_port, samples)


def _watch(
    settings: NodeSettings, store: SqlStore, senses: Senses, observe: Observer
) -> Callable[[], None]:
    """Start the alarm watch beside the keeper's loop; the returned call waits for its end."""
    hook = None
    if settings.alarms.command or settings.alarms.url:
        from ops.wiring_hook import hook as open_hook  # noqa: PLC0415 - as above

        hook = open_hook(settings.alarms)
    stop = threading.Event()
    who = Who(settings.env, settings.node, settings.instance)
    watch = Watch(who, store, senses, hook, settings.alarms, senses.heard.clock, observe)
    thread = threading.Thread(target=watch.run, args=(stop,), name="watch", daemon=True)
    thread.start()

    def end() -> None:
        stop.set()
        senses.around.close()
        thread.join(WATCH_END_SECONDS)

    return end


def _lead(
    keeper: Keeper, heard: Heard, members: Members, settings: NodeSettings, stop: _Stop,
    observe: Observer,
) -> None:  # fmt: skip
    """Step until told to stop."""
    observe(Fact("node_started", {"node": settings.instance}))
    try:
        while not stop.said:
            keeper.step()
            keeper.listen(heard.hear)
            _note(members, [os.getpid(), *keeper.pids], observe)
            stop.wait(settings.lease.renew_seconds)
    finally:
        observe(Fact("node_stopping", {"node": settings.instance, "count": len(keeper.pids)}))
        keeper.stop()
        observe(Fact("node_stopped", {"node": settings.instance}))


def _schedule(
    settings: NodeSettings, store: SqlStore, anchors: Anchors, clock: SystemClock,
    observe: Observer,
) -> PhaseSchedule:  # fmt: skip
    """Phases run in the keeper's process: they ask cores and plan, workers do the rest."""
    desks: list[Any] = []

    def run(phase: str, day: str, token: int) -> int:
        if phase == ship.PHASE:  # done by the shipping process: it takes its time
            return ship.ask(settings.data, day)
        if not desks:  # loaded at the first phase: an idle keeper stays small
            from ops.wiring import Parts  # noqa: PLC0415

            life = f"{os.getpid()}-{clock.now()}"
            desks.append(Parts(settings, "keeper", life, observe, clock, desks.clear))
        parts = desks[0]
        parts.refresh()
        planned: int = parts.desk.run_phase(phase, day, token)
        return planned

    clocks = Clocks(store, clock)
    before = clock.monotonic()
    with store.read() as tx:
        clocks.note(tx.now, before)
    return PhaseSchedule(
        settings.schedule, run, anchors, Calendar(frozenset()), clock, observe, clocks.suspect
    )


class _Fence:
    """The store's fence."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    def raise_to(self, token: int) -> None:
        with self._store.read() as tx:
            if tx.fence.token == token:
                return
        self._store.take_over(token)


def _note(members: Members, pids: list[int], observe: Observer) -> None:
    try:
        members.note(pids)
    except OSError as error:  # a full disk must not end the node; the older note stands
        observe(Fact("members_unwritten", {"reason": type(error).__name__}))


def _only_one(path: Path) -> TextIO:
    """Hold a lock for the life of this process: one keeper an instance."""
    try:
        lock = path.open("w")
    except OSError as error:
        raise Misconfigured("data_folder", reason=type(error).__name__) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise Misconfigured("instance_runs_already", reason=path.name) from error
    return lock


def _starts(
    settings: NodeSettings, config: Path, overrides: Sequence[str], clock: SystemClock
) -> list[Callable[[], Child]]:
    bell = Bell()
    """The dispatcher's: it sleeps until a worker has left it something."""

    def start(word: str, slot: str) -> Callable[[], Child]:
        return child("ops.child", word, slot, [str(bell.handle)], [bell])

    def child(
        module: str, word: str, slot: str, more: Sequence[str], bells: Sequence[Bell]
    ) -> Callable[[], Child]:
        def begin() -> Child:
            life = f"{os.getpid()}-{clock.now()}"
            arguments = ["-m", module, word, str(config), slot, life, *more, *overrides]
            return Child(f"{word}-{slot}", arguments, bells)

        return begin

    application = settings.application
    attended = settings.serve or application.folder or application.core.startswith("folder:")
    return [
        start("send", "d"),
        *([child("ops.ship_child", "ship", "s", [], [])] if settings.backup is not None else []),
        *([child("ops.stamp_child", "stamp", "p", [], [])] if settings.tsa is not None else []),
        *([child("ops.attend_child", "attend", "t", [], [])] if attended else []),
        *(start("work", f"{WORKER}{number}") for number in range(settings.workers)),
    ]


def main(arguments: Sequence[str]) -> int:
    """Process entry: word, settings file, overrides."""
    word, *rest = arguments or [""]

    def run() -> None:
        if word not in WORDS or not rest:
            raise Misconfigured("node_arguments", reason="|".join(WORDS))
        leashed = word == "leashed"
        keep(Path(rest[0]), rest[1:], held() if leashed else None, checked=leashed)

    return exit_code(word, run)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
