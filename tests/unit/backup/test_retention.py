"""Retention never deletes the last good set."""

from hypothesis import given
from hypothesis import strategies as st

from hub.clock import DAY, Instant
from ops.backup.retention import Kept, Policy, expendable

NOW = Instant(100 * DAY)

some_sets = st.lists(
    st.tuples(st.integers(0, 100 * DAY), st.booleans()), max_size=12, unique_by=lambda one: one[0]
).map(lambda rows: [Kept(f"s{at}", Instant(at), good) for at, good in rows])
policies = st.builds(Policy, st.integers(0, 60), st.integers(1, 4))


@given(some_sets, policies)
def test_the_last_good_sets_always_stay(sets: list[Kept], policy: Policy) -> None:
    gone = set(expendable(sets, policy, NOW))
    good = sorted((one for one in sets if one.good), key=lambda one: one.made_at)
    assert not gone & {one.set_id for one in good[-policy.at_least :]}


@given(some_sets, policies)
def test_nothing_goes_while_nothing_is_good(sets: list[Kept], policy: Policy) -> None:
    assert [] == expendable([one for one in sets if not one.good], policy, NOW)


@given(some_sets, policies, st.floats(0, 1))
def test_every_moment_of_the_window_stays_reachable(
    sets: list[Kept], policy: Policy, part: float
) -> None:
    gone = set(expendable(sets, policy, NOW))
    moment = NOW - int(part * policy.window_days * DAY)

    def newest_before(these: list[Kept]) -> Kept | None:
        before = [one for one in these if one.good and one.made_at <= moment]
        return max(before, key=lambda one: one.made_at, default=None)

    assert newest_before(sets) == newest_before([s for s in sets if s.set_id not in gone])


@given(some_sets, policies)
def test_what_may_go_goes_once(sets: list[Kept], policy: Policy) -> None:
    gone = expendable(sets, policy, NOW)
    rest = [one for one in sets if one.set_id not in gone]
    assert [] == expendable(rest, policy, NOW)


def test_an_old_set_behind_two_newer_ones_goes() -> None:
    sets = [Kept(f"s{day}", Instant(day * DAY), True) for day in (10, 50, 99)]
    assert ["s10"] == expendable(sets, Policy(window_days=30, at_least=1), NOW)
