"""An old active that was frozen in the middle of a look raises, clears and beats nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hub.clock import SECOND
from hub.errors import Fenced
from hub.exchange.alarms import AlarmState, News
from hub.lease.tenancy import Standing
from tests.unit.ops.test_alarm_watch import Scene, conflict, scene

Freezing = Callable[[Scene], None]


def taken_over(here: Scene) -> None:
    """The other instance has noted its token; this one has heard nothing."""
    here.store.take_over(here.leader.token + 1)


def heard(here: Scene) -> None:
    """This one's keeper has heard the other's token, and that it leads no more."""
    here.leader.standing, here.leader.token = Standing.STANDBY, here.leader.token + 1


def restored(here: Scene) -> None:
    """The store goes on in another life."""
    here.store.new_incarnation("11" * 8)


def frozen_at(here: Scene, verb: str, meanwhile: Freezing) -> None:
    """It stands still when it first uses a verb, and this happens before it goes on."""
    seen: set[str] = set()

    def hook(now: str) -> None:
        if now == verb and now not in seen:
            meanwhile(here)
        seen.add(now)

    here.store.hook = hook


@pytest.mark.parametrize("meanwhile", [taken_over, heard])
def test_nothing_is_raised_nor_told_by_one_that_has_lost_the_lease(
    tmp_path: Path, meanwhile: Freezing
) -> None:
    here = scene(tmp_path, beat=60)
    conflict(here)
    frozen_at(here, "alarms", meanwhile)
    with pytest.raises(Fenced, match="lease_lost"):
        here.watch.step()
    assert [] == here.hook.events


def test_nothing_is_put_on_record_after_a_takeover(tmp_path: Path) -> None:
    here = scene(tmp_path)
    conflict(here)
    frozen_at(here, "alarms", taken_over)
    with pytest.raises(Fenced, match="lease_lost"):
        here.watch.step()
    here.store.hook = lambda _verb: None
    assert [] == here.alarms()


@pytest.mark.parametrize("meanwhile", [taken_over, heard])
def test_one_that_thaws_with_nothing_new_does_not_beat(tmp_path: Path, meanwhile: Freezing) -> None:
    here = scene(tmp_path, beat=60)
    frozen_at(here, "alarms", meanwhile)
    with pytest.raises(Fenced, match="lease_lost"):
        here.watch.step()
    assert [] == here.hook.events


def test_what_the_hook_took_of_a_frozen_one_is_news_for_the_one_that_leads_now(
    tmp_path: Path,
) -> None:
    here = scene(tmp_path)
    conflict(here)
    deliver = here.hook.deliver

    def slowly(message: bytes) -> None:
        deliver(message)
        taken_over(here)

    here.hook.deliver = slowly  # type: ignore[method-assign]
    with pytest.raises(Fenced, match="lease_lost"):
        here.watch.step()
    assert [News.RAISED] == [alarm.news for alarm in here.alarms()]


def test_what_was_seen_in_one_life_of_the_store_is_not_put_into_the_next(tmp_path: Path) -> None:
    here = scene(tmp_path)
    conflict(here)
    frozen_at(here, "alarms", restored)
    with pytest.raises(Fenced, match="other_incarnation"):
        here.watch.step()
    assert [] == here.alarms()


def test_what_is_over_is_not_cleared_by_one_that_has_lost_the_lease(tmp_path: Path) -> None:
    here = scene(tmp_path)
    here.leader.failing = {"work-w0": 3}
    here.watch.step()
    here.leader.failing = {}
    here.clock.at += 60 * SECOND
    taken_over(here)
    with pytest.raises(Fenced, match="lease_lost"):
        here.watch.step()
    assert [AlarmState.OPEN] == [alarm.state for alarm in here.alarms()]
    assert [("raised", "child_failing")] == here.hook.events
