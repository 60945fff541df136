"""The campaign's totals: only chunks that ended well count, and every class keeps its promise."""

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from tests.support.campaign import page, totals
from tests.support.campaign.books import Books
from tests.support.campaign.cycle import Cycle
from tests.support.campaign.faults import BY_NAME, FAULTS
from tests.support.campaign.site import chosen

GOOD = Books(100, 100, 0, 0, 0, 0, 0, 0)
KILLED = Cycle(
    "broker_killed", 0, first=0.1, wait=0.2, hub_wait=0.2, held=3.0, vouchers=9, load=1, last=2.5
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "totals.jsonl"


def fill(file: Path, cycles: list[Cycle], books: Books = GOOD) -> None:
    for cycle in cycles:
        totals.append(file, cycle=asdict(cycle))
    totals.append(file, books=asdict(books))


def test_an_absent_file_is_an_empty_total(file: Path) -> None:
    assert 0 == totals.read(file).next_seed
    assert [] == totals.as_json(totals.read(file))["classes"]


def test_cycles_go_on_after_the_last_seed_and_books_are_added_up(file: Path) -> None:
    fill(file, [replace(KILLED, seed=n) for n in range(3)])
    fill(file, [replace(KILLED, seed=3)])
    found = totals.read(file)
    assert (4, 4, 0) == (found.next_seed, len(found.cycles), found.broken)
    assert (200, 200, 0) == tuple(found.sums()[n] for n in ("acknowledged", "on_record", "lost"))


@pytest.mark.parametrize(
    "name", ["lost", "doubled", "parked", "waiting", "refused", "dead_letters"]
)
def test_cycles_of_a_chunk_whose_books_are_bad_do_not_count(file: Path, name: str) -> None:
    fill(file, [KILLED], replace(GOOD, **{name: 1}))
    fill(file, [replace(KILLED, seed=1)])
    found = totals.read(file)
    assert (1, 1) == (len(found.cycles), found.broken)


def test_a_chunk_that_failed_counts_as_broken_and_its_seed_is_not_used_again(file: Path) -> None:
    totals.append(file, cycle=asdict(KILLED))
    totals.append(file, failed=7, reason="stuck")
    found = totals.read(file)
    assert (0, 1, 8) == (len(found.cycles), found.broken, found.next_seed)


def test_a_class_is_judged_by_its_own_figure(file: Path) -> None:
    slow = replace(KILLED, wait=0.6, first=0.1)
    takeover = replace(KILLED, fault="node_killed", first=4.9, wait=9.0)
    handed = replace(KILLED, fault="switchover", first=0.1, hub_wait=3.1)
    fill(file, [slow, takeover, handed])
    rows = {row["fault"]: row for row in totals.by_class(totals.read(file).cycles)}
    assert (False, "wait ≤ 0.5") == (rows["broker_killed"]["kept"], rows["broker_killed"]["bound"])
    assert (True, "first ≤ 5.0") == (rows["node_killed"]["kept"], rows["node_killed"]["bound"])
    assert (False, "hub_wait ≤ 3.0") == (rows["switchover"]["kept"], rows["switchover"]["bound"])


@pytest.mark.parametrize("name", ["keeper_killed", "keeper_frozen", "switchover", "node_stopped"])
def test_where_the_old_instance_may_go_on_its_own_records_keep_no_promise(
    file: Path, name: str
) -> None:
    fill(file, [replace(KILLED, fault=name, first=0.1, hub_wait=BY_NAME[name].bound + 0.1)])
    assert [False] == [row["kept"] for row in totals.by_class(totals.read(file).cycles)]


def test_a_cycle_that_no_voucher_met_keeps_no_promise(file: Path) -> None:
    fill(file, [replace(KILLED, during=0)])
    (row,) = totals.by_class(totals.read(file).cycles)
    assert (1, 1, False) == (row["cycles"], row["not_met"], row["kept"])
    assert "| 1 | 1 | wait ≤ 0.5: missed |" in totals.as_table(totals.read(file))


def test_a_cycle_that_no_voucher_met_stands_aside_from_those_that_one_met(file: Path) -> None:
    missed = replace(KILLED, during=0, wait=0.01)
    fill(file, [replace(KILLED, during=7, wait=0.7), *[missed] * 30])
    (row,) = totals.by_class(totals.read(file).cycles)
    assert (31, 30, 0.7, False) == (
        row["cycles"], row["not_met"], row["wait_p95"], row["kept"]
    )  # fmt: skip


def test_a_cycle_of_before_vouchers_were_counted_counts_as_met(file: Path) -> None:
    old = asdict(KILLED)
    for name in ("ready", "mended", "during"):
        del old[name]
    totals.append(file, cycle=old)
    totals.append(file, books=asdict(GOOD))
    (row,) = totals.by_class(totals.read(file).cycles)
    assert (0, True) == (row["not_met"], row["kept"])
    assert "ready_p50" not in row


def test_beside_first_stands_when_the_last_voucher_of_before_came_where_it_was_measured(
    file: Path,
) -> None:
    frozen = replace(KILLED, fault="node_frozen", first=3.0, last=6.0)
    fill(file, [replace(frozen, last=None)])
    assert "| node_frozen | 1 | 3.00 | 3.00 |  |  |" in totals.as_table(totals.read(file))
    fill(file, [frozen])
    assert "| node_frozen | 2 | 3.00 | 3.00 | 6.00 | 6.00 |" in totals.as_table(totals.read(file))


def test_every_class_comes_once_before_any_comes_twice() -> None:
    names = [fault.name for fault, _ in chosen(FAULTS, 2 * len(FAULTS), 0)]
    assert sorted(BY_NAME) == sorted(names[: len(FAULTS)]) == sorted(names[len(FAULTS) :])
    assert names[: len(FAULTS)] != names[len(FAULTS) :]
    later = [fault.name for fault, _ in chosen(FAULTS, 5, 30)]
    assert names[30:35] == later


def test_the_page_keeps_its_text_and_gets_new_figures(file: Path, tmp_path: Path) -> None:
    fill(file, [KILLED])
    written = tmp_path / "page.md"
    written.write_text(f"# Text\n\n{page.MARK}\nold figures\n", encoding="utf-8")
    page.write(totals.read(file), written)
    text = written.read_text(encoding="utf-8")
    assert text.startswith(f"# Text\n\n{page.MARK}\n")
    assert "old figures" not in text
    assert "| broker_killed | 1 | 0.10 | 0.10 | 2.50 | 2.50 | 0.20 | 0.20 | 0.20 | 0.20 |" in text
    assert "100 vouchers acknowledged, 100 on record; lost 0, doubled 0" in text
