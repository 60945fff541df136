"""Contract of the store: trust lists, CRLs, local suspensions."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar, cast

from hub.clock import Instant
from hub.trust.model import LocalSuspension
from hub.trust.ports import (
    Kept,
    KeptCrl,
    KeptState,
    TrustStore,
    TrustTransaction,
)
from tests.support.rows import digest
from tests.support.stores import Site

AT = Instant(1_790_000_000_000)
T = TypeVar("T")


def write(site: Site, work: Callable[[TrustTransaction], T]) -> T:
    with cast("TrustStore[TrustTransaction]", site.store).begin() as tx:
        result = work(tx)
        tx.commit()
    return result


def look(site: Site, work: Callable[[TrustTransaction], T]) -> T:
    with cast("TrustStore[TrustTransaction]", site.store).read() as tx:
        return work(tx)


def a_list(number: int, state: KeptState = KeptState.IN_FORCE, name: str = "") -> Kept:
    octets = digest(f"list {number} {name}")
    return Kept(octets, number, state, "", AT, Instant(AT + 1), Instant(AT + 2), AT)


def a_release(number: int, state: KeptState, name: str = "") -> Kept:
    octets = digest(f"release {number} {name}")
    return Kept(octets, number, state, "", AT, Instant(AT + 1), Instant(AT + 2), AT)


def a_crl(issuer: str, number: int) -> KeptCrl:
    octets = digest(f"{issuer} {number}")
    return KeptCrl(digest(issuer), number, octets, AT, Instant(AT + 9), AT)


def test_lists_come_back_by_number_and_the_highest_in_force_counts(site: Site) -> None:
    rows = [a_list(3, KeptState.ACCEPTED), a_list(1), a_list(2), a_list(9, KeptState.WAITING)]
    assert 0 == look(site, lambda tx: tx.trust_number())
    write(site, lambda tx: tx.put_trust_lists(rows))
    assert 2 == look(site, lambda tx: tx.trust_number())
    assert [1, 2, 3, 9] == [row.number for row in look(site, lambda tx: tx.trust_lists())]
    assert rows[0] in look(site, lambda tx: tx.trust_lists())


def test_a_list_changes_its_state_and_nothing_else(site: Site) -> None:
    write(site, lambda tx: tx.put_trust_lists([a_list(2, KeptState.WAITING)]))
    refused = replace(a_list(2, KeptState.REFUSED), code="trust_list_seals")
    write(site, lambda tx: tx.put_trust_lists([replace(refused, kept_at=Instant(7))]))
    assert [refused] == look(site, lambda tx: tx.trust_lists())


def test_two_lists_of_one_number_are_both_kept(site: Site) -> None:
    rows = [a_list(2), a_list(2, KeptState.REFUSED, "other")]
    write(site, lambda tx: tx.put_trust_lists(rows))
    assert {row.digest for row in rows} == {
        row.digest for row in look(site, lambda tx: tx.trust_lists())
    }


def test_releases_come_back_by_number_and_only_their_state_changes(site: Site) -> None:
    assert [] == look(site, lambda tx: tx.releases())
    waiting, first = a_release(2, KeptState.WAITING), a_release(1, KeptState.FOUNDING)
    write(site, lambda tx: tx.put_releases([waiting, first]))
    assert [first, waiting] == look(site, lambda tx: tx.releases())
    refused = replace(waiting, state=KeptState.REFUSED, code="catalogue_release_dates")
    other = a_release(2, KeptState.ACCEPTED, "other")
    write(site, lambda tx: tx.put_releases([replace(refused, kept_at=Instant(7)), other]))
    found = look(site, lambda tx: tx.releases())
    assert first == found[0]
    assert {refused, other} == set(found[1:]), "two of one number are both kept"


def test_the_newest_crl_of_each_issuer_counts_and_none_is_replaced(site: Site) -> None:
    write(site, lambda tx: tx.put_crls([a_crl("a", 1), a_crl("b", 1), a_crl("a", 2)]))
    write(site, lambda tx: tx.put_crls([replace(a_crl("a", 2), digest=digest("forged"))]))
    expected = sorted([a_crl("a", 2), a_crl("b", 1)], key=lambda row: row.issuer)
    assert expected == look(site, lambda tx: tx.crls())


def test_a_suspension_stands_until_it_is_dropped(site: Site) -> None:
    first = LocalSuspension("party:011.1", AT, "key_compromise")
    again = replace(first, since=Instant(AT - 5))
    other = LocalSuspension("seal:ab", AT, "hold")
    write(site, lambda tx: tx.put_suspensions([other, first]))
    write(site, lambda tx: tx.put_suspensions([again]))
    assert [again, other] == look(site, lambda tx: tx.suspensions())
    write(site, lambda tx: tx.drop_suspensions({"party:011.1", "party:never"}))
    assert [other] == look(site, lambda tx: tx.suspensions())


def test_nothing_written_is_nothing_kept(site: Site) -> None:
    def nothing(tx: TrustTransaction) -> None:
        tx.put_trust_lists([])
        tx.put_releases([])
        tx.put_crls([])
        tx.put_suspensions([])
        tx.drop_suspensions([])

    write(site, nothing)
    found = look(site, lambda tx: (tx.trust_lists(), tx.crls(), tx.suspensions()))
    assert ([], [], []) == found
