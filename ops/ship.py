"""The shipping process of a node instance: continuous copies, and a set when one is due.

A child of its own, so that no slow target delays the keeper's lease (protocol 6). It ships while
its keeper is active. A set is due when the stream begins anew, and when the schedule's phase
`backup` asked for one: the keeper writes the day into `backup-asked`, this process writes it into
`backup-done`, so that asking twice makes one set.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Final, Protocol

from hub.errors import Damaged, HubError, RuleBroken, StoreDamaged, StoreDown, TargetDown
from hub.observer import Fact, Observer
from ops.leash import Leash

TICK_SECONDS: Final = 1.0
STANDBY_SECONDS: Final = 0.5
BACK_OFF_SECONDS: Final = 5.0
ASKED: Final = "backup-asked"
DONE: Final = "backup-done"
PHASE: Final = "backup"

Tick = Callable[[], bool]


class Sets(Protocol):
    """Making sets and letting old ones go."""

    def make(self) -> int:
        """Make a set, apply retention; returns how many sets there are."""
        ...


def ask(folder: Path, day: str) -> int:
    """Ask the shipping process of this instance for a set of a day; 1, for the schedule."""
    beside = folder / f"{ASKED}.new"
    beside.write_text(day, encoding="ascii")
    beside.replace(folder / ASKED)
    return 1


class Shipping:
    """The loop of the shipping process."""

    def __init__(
        self,
        leash: Leash,
        start: Callable[[], AbstractContextManager[tuple[Tick, bool]]],
        sets: Sets,
        folder: Path,
        observe: Observer,
    ) -> None:
        """`start` begins continuous copying; `folder` is the instance's data folder."""
        self._leash = leash
        self._start = start
        self._sets = sets
        self._folder = folder
        self._observe = observe
        self._due = False

    def run(self) -> None:
        """Until the leash says stop; what cannot be written now is written later."""
        while not self._leash.stopping:
            if not self._leash.active:
                self._leash.rest(STANDBY_SECONDS)
                continue
            try:
                with ExitStack() as opened:
                    self._ship(opened)
            except (StoreDown, TargetDown, RuleBroken, Damaged, StoreDamaged) as error:
                self._waits(error)
                self._leash.rest(BACK_OFF_SECONDS)

    def _ship(self, opened: ExitStack) -> None:
        tick, due = opened.enter_context(self._start())
        self._due = self._due or due
        while self._leash.active:
            try:
                self._due = tick() or self._due
                self._make()
            except (StoreDown, TargetDown) as error:
                self._waits(error)
            self._leash.rest(TICK_SECONDS)

    def _make(self) -> None:
        asked = _read(self._folder / ASKED)
        if asked == _read(self._folder / DONE) and not self._due:
            return
        self._observe(Fact("backup_made", {"count": self._sets.make()}))
        self._due = False
        (self._folder / DONE).write_text(asked, encoding="ascii")

    def _waits(self, error: HubError) -> None:
        self._observe(Fact("backup_waits", {"code": error.code}))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        return ""
