"""The cores' port, over both books; and the simulated trouble."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.cores.book import MemoryBook, SqliteBook, balances, moved_more_than_once
from adapters.cores.simulated import Named, SimulatedCore, Trouble
from hub.desks.movement import Undecidable, ask
from hub.desks.ports import Done, KeyKnown, NotKnown, Order, Refused, Unclear
from hub.errors import StoreDown
from hub.money import Fen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from adapters.cores.book import Book, Known

DAY = "20261123"
WORST = Trouble(refused=0.2, silent=0.2, slow=0.2, lost=0.2, twice=0.2, bounced=0.3)


def an_order(key: str = "k", amount: int = 100) -> Order:
    return Order(key, "ZB-1", "零余额账户", "6222", "收款人", "102451000099", Fen(amount), DAY)


@pytest.fixture(params=["memory", "sqlite"])
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Book]:
    if request.param == "memory":
        yield MemoryBook()
        return
    kept = SqliteBook(tmp_path / "core.db")
    yield kept
    kept.close()


def test_an_order_moves_once_and_the_key_is_known_then(book: Book) -> None:
    core = SimulatedCore(book)
    assert [NotKnown()] == core.inquire(["k"])
    (done,) = core.execute([an_order()])
    assert isinstance(done, Done)
    assert [KeyKnown()] == core.execute([an_order(amount=999)])
    assert [done] == core.inquire(["k"])
    assert {"6222": 100, "ZB-1": -100} == balances(book)


def test_a_refusal_is_for_ever(book: Book) -> None:
    core = SimulatedCore(book, trouble=Trouble(refused=1))
    (said,) = core.execute([an_order()])
    assert isinstance(said, Refused)
    assert [said] == core.inquire(["k"])
    assert [] == book.entries()


def test_silent_has_moved(book: Book) -> None:
    core = SimulatedCore(book, trouble=Trouble(silent=1))
    assert [Unclear()] == core.execute([an_order()])
    assert {"6222": 100, "ZB-1": -100} == balances(book)


def test_slow_moves_after_it_was_asked(book: Book) -> None:
    core = SimulatedCore(book, trouble=Trouble(slow=1))
    assert [Unclear()] == core.execute([an_order()])
    assert [] == book.entries()
    assert [NotKnown()] == core.inquire(["k"])
    assert [KeyKnown()] == core.execute([an_order()])
    assert 2 == len(book.entries())


def test_lost_never_came(book: Book) -> None:
    core = SimulatedCore(book, trouble=Trouble(lost=1))
    assert [Unclear()] == core.execute([an_order()])
    assert [NotKnown()] == core.inquire(["k"])
    assert [] == book.entries()


def test_bounced_money_is_put_back_once(book: Book) -> None:
    core = SimulatedCore(book, trouble=Trouble(bounced=1))
    core.execute([an_order()])
    bounces = core.bounces(DAY)
    assert ["k"] == [bounce.key for bounce in bounces]
    assert bounces == core.bounces(DAY)
    assert [] == core.bounces("20261124")
    assert {"6222": 0, "ZB-1": 0} == balances(book)
    assert isinstance(core.inquire(["k"])[0], Done)


def test_named_accounts_are_refused_and_sent_back_whatever_chance_says(book: Book) -> None:
    core = SimulatedCore(book, named=Named(refused_to="6222"))
    assert [Refused] == [type(one) for one in core.execute([an_order()])]
    assert [] == core.bounces(DAY)
    back = Named(bounced_to="6222")
    other = SimulatedCore(MemoryBook(), trouble=Trouble(refused=1), named=back)
    assert [Done] == [type(one) for one in other.execute([an_order()])]
    assert ["k"] == [bounce.key for bounce in other.bounces(DAY)]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 999), st.integers(1, 30))
def test_asked_until_it_is_clear_each_key_moves_at_most_once(seed: int, count: int) -> None:
    core = SimulatedCore(MemoryBook(), str(seed), WORST)
    orders = [an_order(f"{seed}-{n}", n + 1) for n in range(count)]
    fresh = {order.key for order in orders}
    left, rounds = orders, 0
    done: dict[str, Done | Refused] = {}
    while left:
        outcomes = ask(core, left, fresh)
        done |= {k: o for k, o in outcomes.items() if isinstance(o, Done | Refused)}
        left, fresh, rounds = [o for o in left if o.key not in done], set(), rounds + 1
        assert rounds < 6
    assert [] == moved_more_than_once(core.book)
    paid = sum(o.amount_fen for o in orders if isinstance(done[o.key], Done))
    assert -paid == balances(core.book).get("ZB-1", 0)


def test_a_core_that_repeats_keys_is_left_to_a_person() -> None:
    core = SimulatedCore(MemoryBook(), trouble=Trouble(lost=1), refuses_repeated_keys=False)
    order = an_order()
    assert {"k": Unclear()} == ask(core, [order], {"k"})
    assert {"k": Undecidable()} == ask(core, [order], set())
    assert [] == core.book.entries()


def test_two_processes_on_one_book_move_once(tmp_path: Path) -> None:
    books = [SqliteBook(tmp_path / "core.db"), Blind(tmp_path / "core.db")]
    for book in books:
        SimulatedCore(book).execute([an_order()])
    assert [] == moved_more_than_once(books[0])
    assert 2 == len(books[0].entries())
    for book in books:
        book.close()


class Blind(SqliteBook):
    """A book that was asked before the other process wrote."""

    def find(self, keys: Sequence[str]) -> Mapping[str, Known]:
        assert keys
        return {}


def test_a_book_that_is_away_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreDown, match="core_book_away"):
        SqliteBook(tmp_path / "missing" / "core.db")
