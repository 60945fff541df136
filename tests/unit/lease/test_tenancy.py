"""A node acts only while it certainly holds the lease."""

from hypothesis import given
from hypothesis import strategies as st

from hub.clock import Instant
from hub.lease.ports import LeaseState
from hub.lease.tenancy import Standing, Tenancy


def state(holder: str, token: int = 1) -> LeaseState:
    return LeaseState(holder, token, Instant(10_000), Instant(7_000))


def tenancy() -> Tenancy:
    return Tenancy("hub-a", ttl_seconds=3.0, margin_seconds=0.5)


def test_a_node_that_never_asked_stands_by() -> None:
    assert Standing.STANDBY is tenancy().standing(0.0)


def test_a_holder_is_active_until_its_deadline_less_the_margin() -> None:
    mine = tenancy().answered(100.0, state("hub-a"))
    assert Standing.ACTIVE is mine.standing(102.4)
    assert Standing.STANDBY is mine.standing(102.5)


def test_a_slow_answer_does_not_lengthen_the_tenancy() -> None:
    mine = tenancy().answered(asked_at=100.0, state=state("hub-a"))
    assert 103.0 == mine.deadline


def test_the_other_holder_means_stand_by_at_once() -> None:
    lost = tenancy().answered(100.0, state("hub-a")).answered(101.0, state("hub-b", 2))
    assert Standing.STANDBY is lost.standing(101.0)
    assert ("hub-b", 2) == (lost.holder, lost.token)


@given(st.lists(st.tuples(st.floats(0, 1e6), st.sampled_from(["hub-a", "hub-b", ""]))))
def test_nobody_is_active_longer_than_the_ttl_after_the_last_question(
    answers: list[tuple[float, str]],
) -> None:
    view = tenancy()
    for asked_at, holder in answers:
        view = view.answered(asked_at, state(holder))
    last = answers[-1][0] if answers else 0.0
    assert Standing.STANDBY is view.standing(last + 3.0)
