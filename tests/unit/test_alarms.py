"""Alarms: raised once, escalated once, acknowledged, cleared when the condition has gone."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.clock import HOUR, MINUTE, SECOND, Instant
from hub.errors import RuleBroken
from hub.exchange.alarm_kinds import KINDS
from hub.exchange.alarms import (
    QUIET_MS,
    REFRESH_MS,
    Alarm,
    AlarmState,
    News,
    Sighting,
    acknowledge,
    decide,
    told,
)
from tests.support.rows import AT

RUNBOOK = Path(__file__).parents[2] / "docs/how-to/answer-an-alarm.md"
DOWN = Sighting("channel_down", "one", 1, AT)
CONFLICT = Sighting("conflict", "bank-a", 1, AT)
LOOKED = frozenset(KINDS)


def later(ms: int) -> Instant:
    return Instant(AT + ms)


def raised(one: Sighting = DOWN) -> Alarm:
    (alarm,) = decide([], [one], LOOKED, AT)
    return alarm


def test_a_condition_raises_one_alarm_with_a_deadline() -> None:
    alarm = raised()
    assert (AlarmState.OPEN, News.RAISED, AT) == (alarm.state, alarm.news, alarm.raised_at)
    assert later(KINDS["channel_down"].answer_ms) == alarm.due_at
    assert [] == decide([alarm], [DOWN], LOOKED, later(REFRESH_MS - 1))
    (again,) = decide([alarm], [replace(DOWN, count=5)], LOOKED, later(SECOND))
    assert (5, AT, News.RAISED) == (again.count, again.raised_at, again.news)


def test_a_condition_that_has_gone_for_a_while_clears_its_alarm() -> None:
    alarm = raised()
    assert [] == decide([alarm], [], LOOKED, later(QUIET_MS - 1))
    (cleared,) = decide([alarm], [], LOOKED, later(QUIET_MS))
    assert (AlarmState.CLEARED, News.CLEARED) == (cleared.state, cleared.news)
    (anew,) = decide([cleared], [DOWN], LOOKED, later(QUIET_MS + 1))
    assert (AlarmState.OPEN, later(QUIET_MS + 1)) == (anew.state, anew.raised_at)


def test_what_could_not_be_looked_at_is_not_taken_to_be_gone() -> None:
    assert [] == decide([raised()], [], LOOKED - {"channel_down"}, later(10 * MINUTE))


def test_an_alarm_that_nobody_takes_on_is_escalated_once() -> None:
    alarm = raised()
    at = Instant(alarm.due_at)
    (escalated,) = decide([alarm], [DOWN], LOOKED, at)
    assert (AlarmState.OPEN, News.ESCALATED, at) == (
        escalated.state, escalated.news, escalated.escalated_at,
    )  # fmt: skip
    (after,) = decide([escalated], [DOWN], LOOKED, Instant(at + HOUR))
    assert at == after.escalated_at


def test_an_alarm_somebody_has_taken_on_is_not_escalated_and_clears_by_itself() -> None:
    taken = acknowledge(raised(), "operator-1", later(5))
    (seen,) = decide([taken], [DOWN], LOOKED, later(HOUR))
    assert (AlarmState.ACKNOWLEDGED, 0) == (seen.state, seen.escalated_at)
    (cleared,) = decide([seen], [], LOOKED, later(2 * HOUR))
    assert (AlarmState.CLEARED, "operator-1") == (cleared.state, cleared.acknowledged_by)
    assert taken == acknowledge(taken, "operator-2", later(9))
    with pytest.raises(RuleBroken, match=r"^alarm_cleared$"):
        acknowledge(cleared, "operator-1", later(3 * HOUR))


def test_an_occurrence_is_over_when_somebody_has_seen_it_and_not_before() -> None:
    alarm = raised(CONFLICT)
    (escalated,) = decide([alarm], [], LOOKED, later(HOUR))
    assert AlarmState.OPEN == escalated.state
    seen = acknowledge(escalated, "operator-1", later(HOUR + 1))
    assert AlarmState.CLEARED == seen.state
    assert [] == decide([seen], [CONFLICT], LOOKED, later(2 * HOUR))
    newer = replace(CONFLICT, count=2, since=later(3 * HOUR))
    (again,) = decide([seen], [newer], LOOKED, later(3 * HOUR))
    assert (AlarmState.OPEN, News.RAISED, 2) == (again.state, again.news, again.count)


def test_news_is_told_until_the_hook_has_taken_it_and_newer_news_stays() -> None:
    alarm = raised()
    assert [replace(alarm, news=News.NONE)] == told({alarm.key: alarm}, [alarm])
    newer = replace(alarm, news=News.ESCALATED)
    assert [] == told({newer.key: newer}, [alarm])


SIGHTINGS = st.lists(
    st.builds(
        Sighting,
        st.sampled_from(sorted(KINDS)),
        st.sampled_from("ab"),
        st.integers(1, 3),
        st.integers(AT - HOUR, AT + HOUR).map(Instant),
    ),
    max_size=6,
)


@given(st.lists(st.tuples(SIGHTINGS, st.integers(0, 2 * HOUR)), max_size=8))
def test_whatever_is_seen_each_alarm_is_one_row_and_deciding_again_changes_nothing(
    steps: list[tuple[list[Sighting], int]],
) -> None:
    rows: dict[tuple[str, str], Alarm] = {}
    now = AT
    for seen, passed in steps:
        now = Instant(now + passed)
        changed = decide(list(rows.values()), seen, LOOKED, now)
        assert len({alarm.key for alarm in changed}) == len(changed)
        rows |= {alarm.key: alarm for alarm in changed}
        assert [] == decide(list(rows.values()), seen, LOOKED, now)
        for alarm in rows.values():
            assert (alarm.cleared_at > 0) == (alarm.state is AlarmState.CLEARED)


def test_every_kind_is_told_in_both_languages_and_has_its_section() -> None:
    sections = set(re.findall(r"^## (\w+)$", RUNBOOK.read_text(encoding="utf-8"), re.MULTILINE))
    assert sections == set(KINDS)
    for code, kind in KINDS.items():
        assert re.fullmatch(r"[a-z][a-z0-9_]{2,40}", code)
        assert kind.answer_ms >= MINUTE, code
        for text in (kind.why, kind.do, kind.why_zh, kind.do_zh):
            assert "\n" not in text.format(subject="s", count=1), code
        assert re.search(r"[一-鿿]", kind.why_zh), code
        assert re.search(r"[一-鿿]", kind.do_zh), code
