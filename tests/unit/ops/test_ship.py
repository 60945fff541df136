"""The shipping process: ships while active, makes one set for one asking."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.errors import TargetDown
from hub.observer import Fact
from ops import ship
from ops.leash import Leash


class Copies:
    """Counts ticks and sets; ends the leash after some ticks."""

    def __init__(self, *, due: bool = False, down: int = 0) -> None:
        self.ticks = 0
        self.made: list[int] = []
        self._due = due
        self._down = down

    def make(self) -> int:
        self.made.append(self.ticks)
        return len(self.made)

    @contextmanager
    def start(self) -> Iterator[tuple[Callable[[], bool], bool]]:
        yield self.tick, self._due

    def tick(self) -> bool:
        self.ticks += 1
        if self.ticks <= self._down:
            raise TargetDown("backup_target_down")
        return False


class Held(Leash):
    """A leash that says active for some looks, then stop, and never sleeps."""

    def __init__(self, copies: Copies, ticks: int) -> None:
        super().__init__(io.StringIO(""))
        self._copies = copies
        self._ticks = ticks

    @property
    def active(self) -> bool:
        return self._copies.ticks < self._ticks

    @property
    def stopping(self) -> bool:
        return not self.active

    def rest(self, seconds: float) -> bool:
        assert seconds > 0
        return False


def run(copies: Copies, folder: Path, ticks: int) -> list[Fact]:
    facts: list[Fact] = []
    ship.Shipping(Held(copies, ticks), copies.start, copies, folder, facts.append).run()
    return facts


def test_a_new_stream_makes_a_set_at_once(tmp_path: Path) -> None:
    copies = Copies(due=True)
    run(copies, tmp_path, 3)
    assert [1] == copies.made


def test_a_day_that_was_asked_for_gets_one_set(tmp_path: Path) -> None:
    ship.ask(tmp_path, "20261121")
    copies = Copies()
    run(copies, tmp_path, 3)
    ship.ask(tmp_path, "20261121")
    again = Copies()
    run(again, tmp_path, 3)
    assert ([1], []) == (copies.made, again.made)


def test_the_next_day_gets_its_own(tmp_path: Path) -> None:
    ship.ask(tmp_path, "20261121")
    run(Copies(), tmp_path, 1)
    ship.ask(tmp_path, "20261122")
    copies = Copies()
    run(copies, tmp_path, 1)
    assert [1] == copies.made


def test_a_target_that_is_away_delays_the_set_and_ends_nothing(tmp_path: Path) -> None:
    copies = Copies(due=True, down=2)
    facts = run(copies, tmp_path, 4)
    assert [3] == copies.made
    assert ["backup_waits", "backup_waits", "backup_made"] == [fact.name for fact in facts]
