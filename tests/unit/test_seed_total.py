"""The total of seeds counts distinct ones, and only those of runs that passed."""

import pytest

from tests.support.simulator.total import PAGE, TOTAL, added, first_unused, runs

EMPTY = "Distinct seeds that have passed: 0.\n\n| first seed | count | day | commit |\n"


def test_a_run_takes_the_seeds_after_the_last_run() -> None:
    page = added(EMPTY, 0, 500, "2026-11-22", "0123abc")
    assert 500 == first_unused(page)
    page = added(page, 500, 20, "2026-11-23", "0123abd")
    assert [(0, 500), (500, 20)] == runs(page)
    assert "Distinct seeds that have passed: 520." in page


def test_seeds_that_were_run_before_are_not_counted_again() -> None:
    page = added(EMPTY, 0, 500, "2026-11-22", "0123abc")
    with pytest.raises(AssertionError, match="not the next"):
        added(page, 0, 500, "2026-11-22", "0123abc")


def test_the_page_s_total_is_the_sum_of_its_runs() -> None:
    text = PAGE.read_text(encoding="utf-8")
    said = TOTAL.findall(text)
    expected = sum(count for _, count in runs(text))
    assert [f"Distinct seeds that have passed: {expected}."] == said
