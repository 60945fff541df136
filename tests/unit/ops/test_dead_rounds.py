"""A worker looks for dead letters once a minute, and a broker that is away stops nobody."""

from collections.abc import Sequence
from typing import Any

import pytest

from hub.errors import ChannelDown, StoreDown
from hub.exchange.dead import Found
from hub.observer import Fact
from ops.deadletters import DeadRounds
from tests.support.stores import TickingClock


class Yard:
    """A graveyard without letters, or one that cannot be reached."""

    def __init__(self, name: str, *, away: bool = False) -> None:
        self.name = name
        self.away = away
        self.reached = True
        self.dialled = False

    def reach(self) -> bool:
        self.dialled = True
        return self.reached

    def take(self, limit: int) -> list[Found]:
        raise AssertionError(limit)

    def forget(self, tags: Sequence[int]) -> None:
        raise AssertionError(tags)

    def close(self) -> None:
        self.dialled = False


class Reader:
    """Notes where it was sent."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.store_away = False

    def read(self, yard: Any) -> int:
        self.seen.append(yard.name)
        yard.close()
        if self.store_away:
            raise StoreDown("store_away")
        if yard.away:
            raise ChannelDown("channel_away", channel=yard.name)
        return 0


def test_every_graveyard_is_looked_at_once_a_minute() -> None:
    clock, facts, reader = TickingClock(), list[Fact](), Reader()
    yards = [Yard("c1", away=True), Yard("c2")]
    rounds = DeadRounds(reader, yards, clock, facts.append)  # type: ignore[arg-type]
    for _ in range(5):
        rounds()
        clock.at += 1000
    assert [] == reader.seen
    clock.at += 60_000
    for _ in range(3):
        rounds()
    assert ["c1", "c2"] == reader.seen
    assert [("dead_letters_unread", "c1")] == [(f.name, f.fields["channel"]) for f in facts]


def test_one_that_is_not_reached_yet_is_not_waited_for_and_is_looked_at_later() -> None:
    clock, reader = TickingClock(), Reader()
    slow, fast = Yard("c1"), Yard("c2")
    slow.reached = False
    rounds = DeadRounds(reader, [slow, fast], clock, lambda _: None)  # type: ignore[arg-type]
    clock.at += 60_000
    for _ in range(3):
        rounds()
    assert ["c2"] == reader.seen
    slow.reached = True
    for _ in range(3):
        rounds()
    assert ["c2", "c1"] == reader.seen, "each once a round"


def test_those_behind_one_that_the_store_could_not_take_are_let_go_and_looked_at_later() -> None:
    clock, reader = TickingClock(), Reader()
    yards = [Yard("c1"), Yard("c2"), Yard("c3")]
    yards[2].reached = False
    rounds = DeadRounds(reader, yards, clock, lambda _: None)  # type: ignore[arg-type]
    clock.at += 60_000
    reader.store_away = True
    with pytest.raises(StoreDown):
        rounds()
    assert [] == [yard.name for yard in yards if yard.dialled], "nothing lies open meanwhile"
    reader.store_away, yards[2].reached = False, True
    rounds()
    assert ["c1", "c2", "c3"] == reader.seen
