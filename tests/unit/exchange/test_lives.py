"""What a dispatcher concludes from what channels say of their disks."""

from hub.exchange.lives import Lives
from hub.exchange.model import ChannelHealth, ChannelState


def health(incarnation: str, losses: int = 0) -> ChannelHealth:
    state = ChannelState.UP if incarnation else ChannelState.OPEN
    return ChannelHealth("one", state, incarnation, 0, "", losses)


def seen(*told: ChannelHealth) -> Lives:
    lives = Lives()
    for one in told:
        lives.note([one])
    return lives


def test_the_first_life_a_process_meets_saves_only_its_own_rows() -> None:
    assert {"one": "i1"} == seen().lost([health("i1")])
    assert {} == seen(health("i1")).lost([health("i1")])


def test_a_broker_that_is_away_has_lost_nothing_yet() -> None:
    assert {} == seen(health("i1")).lost([health("")])
    assert {} == seen(health("i1"), health("")).lost([health("i1")])


def test_another_incarnation_after_an_absence_is_a_loss() -> None:
    assert {"one": "i2"} == seen(health("i1"), health("")).lost([health("i2")])


def test_a_disk_known_to_be_gone_saves_nothing_although_no_other_is_there() -> None:
    assert {"one": ""} == seen(health("i1")).lost([health("", losses=1)])
    assert {"one": ""} == seen().lost([health("", losses=1)])
    assert {} == seen(health("i1"), health("", losses=1)).lost([health("", losses=1)])


def test_a_part_of_a_life_that_goes_on_may_be_lost() -> None:
    assert {"one": ""} == seen(health("i1")).lost([health("i1", losses=1)])


def test_rows_of_the_life_after_a_loss_are_safe() -> None:
    assert {"one": "i2"} == seen(health("i1")).lost([health("i2", losses=1)])
    assert {"one": "i2"} == seen(health("i1"), health("", losses=1)).lost([health("i2", losses=1)])


def test_what_was_not_acted_upon_is_said_again() -> None:
    lives = seen(health("i1"))
    for _ in range(2):
        assert {"one": "i2"} == lives.lost([health("i2")])
