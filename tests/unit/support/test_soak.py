"""What a soak concludes from its portions."""

import itertools

from tests.bench.exchange import Run
from tests.bench.measure import Figure
from tests.bench.soak import Portion, Watch, figures

SIZE = 100


def portion(mb: float, us: float = 500.0, lost: int = 0, seconds: float = 0.1) -> Portion:
    cost = {"hub": us, "broker": 200.0, "postgres": 300.0}
    return Portion(Run(SIZE, seconds, cost, [], lost, 0), {"c1": mb, "keep": 60.0})


def judged(done: list[Portion], missing: int = 0) -> dict[str, Figure]:
    sent = SIZE * len(done)
    return {one.name: one for one in figures(done, sent, (sent - missing, sent))}


def test_a_broker_whose_log_comes_and_goes_has_not_grown() -> None:
    saw_tooth = [portion(mb) for mb in (99, *(100, 130, 160) * 10)]
    assert all(figure.holds for figure in judged(saw_tooth).values())


def test_a_worker_that_is_not_quite_warm_when_the_first_third_begins_has_not_grown() -> None:
    assert all(
        one.holds for one in judged([portion(70), portion(80), *[portion(130)] * 9]).values()
    )


def test_memory_that_stays_a_fifth_higher_is_growth() -> None:
    grown = [portion(mb) for mb in (99, 100, 102, 104, 110, 115, 118, 120, 122, 125)]
    assert not judged(grown)["soak_memory_ratio"].holds


def test_dearer_vouchers_at_the_end_break_the_cost() -> None:
    dearer = [portion(100, us) for us in (900, 500, 500, 500, 500, 500, 600, 700, 700, 700)]
    assert not judged(dearer)["soak_cost_ratio"].holds


def test_the_rate_is_of_all_portions_but_the_first_and_has_a_least() -> None:
    slow_start = [portion(100, seconds=9), *[portion(100, seconds=0.08)] * 9]
    assert 1250 == judged(slow_start)["soak_sm2_per_s"].value
    assert not judged([*slow_start, portion(100, seconds=0.5)])["soak_sm2_per_s"].holds


def test_what_the_books_lack_is_lost() -> None:
    flat = [portion(100) for _ in range(10)]
    assert 0 == judged(flat)["soak_lost"].value
    assert 1 == judged(flat, missing=1)["soak_lost"].value
    assert 2 == judged([*flat[1:], portion(100, lost=2)])["soak_lost"].value


def test_the_least_since_it_was_last_asked_counts() -> None:
    seen = itertools.chain([90.0], itertools.repeat(120.0))
    watch = Watch(lambda: {"c1": next(seen)})
    assert {"c1": 90.0} == watch.taken()
    assert {"c1": 120.0} == watch.taken()
    watch.close()
