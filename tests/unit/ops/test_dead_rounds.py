"""A worker looks for dead letters once a minute, and a broker that is away stops nobody."""

from collections.abc import Sequence
from typing import Any

from hub.errors import ChannelDown
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

    def reach(self) -> bool:
        return self.reached

    def take(self, limit: int) -> list[Found]:
        raise AssertionError(limit)

    def forget(self, tags: Sequence[int]) -> None:
        raise AssertionError(tags)

    def close(self) -> None:
        """Nothing is open."""


class Reader:
    """Notes where it was sent."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def read(self, yard: Any) -> int:
        self.seen.append(yard.name)
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
