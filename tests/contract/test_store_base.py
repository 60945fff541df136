"""Base data, over every store: packs and codes, added once and never changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from hub.desks.base_data import Entry, Pack

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.stores import Site

HERE, THERE = "990100", "990200"


def write(site: Site, work: Callable[[Any], Any]) -> None:
    with site.store.begin() as tx:
        work(cast("Any", tx))
        tx.commit()


def look(site: Site, work: Callable[[Any], Any]) -> Any:
    with site.store.read() as tx:
        return work(cast("Any", tx))


def a_pack(number: int = 1, version: int = 1, division: str = HERE) -> Pack:
    return Pack(division, "EXPFUNC", version, number, 2, "20261123", f"voucher-{number}")


def an_entry(code: str, version: int = 1, division: str = HERE) -> Entry:
    return Entry(
        division, "EXPFUNC", version, code, "小学教育", "205", "", leaf=True, enabled=False,
        begins="", ends="20271231",
    )  # fmt: skip


def test_packs_come_back_in_order_of_one_division_or_of_all(site: Site) -> None:
    packs = [a_pack(2), a_pack(1), a_pack(1, 2), a_pack(1, 1, THERE)]
    write(site, lambda tx: tx.add_base(packs, []))
    assert [a_pack(1), a_pack(2), a_pack(1, 2)] == look(site, lambda tx: tx.base_packs(HERE))
    assert 4 == len(look(site, lambda tx: tx.base_packs("")))


def test_what_is_on_record_stays_as_it_is(site: Site) -> None:
    first, other = a_pack(), replace(a_pack(), voucher_id="forged")
    entry = an_entry("2050202")
    write(site, lambda tx: tx.add_base([first], [entry]))
    write(site, lambda tx: tx.add_base([other], [replace(entry, name="forged")]))
    assert [first] == look(site, lambda tx: tx.base_packs(HERE))
    assert {"2050202": entry} == look(site, lambda tx: tx.base_entries(HERE, "EXPFUNC", 1, ()))


def test_codes_are_found_in_their_edition_only(site: Site) -> None:
    entries = [an_entry("1"), an_entry("2"), an_entry("1", 2), an_entry("1", 1, THERE)]
    write(site, lambda tx: tx.add_base([], entries))
    found = look(site, lambda tx: tx.base_entries(HERE, "EXPFUNC", 1, {"1", "9"}))
    assert {"1": an_entry("1")} == found
    assert ["1", "2"] == list(look(site, lambda tx: tx.base_entries(HERE, "EXPFUNC", 1, ())))
    assert {} == look(site, lambda tx: tx.base_entries(HERE, "BANKNO", 1, ()))
    many = {str(n) for n in range(3000)}
    assert {"1", "2"} == set(look(site, lambda tx: tx.base_entries(HERE, "EXPFUNC", 1, many)))
