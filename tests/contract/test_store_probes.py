"""Contract of the store: probes, orders about parties."""

from hub.clock import Instant
from hub.exchange.party_orders import PartyOrder
from hub.exchange.probes import ProbeRow
from tests.support.stores import Site, look, write

AT = Instant(1_790_000_000_000)


def row(number: str, party: str = "102.370100", at: int = AT) -> ProbeRow:
    return ProbeRow(number, party, "c1", "c1-2", Instant(at))


def test_an_answer_counts_once_and_only_by_the_channel_that_was_asked(site: Site) -> None:
    asked = [row("n-1"), row("n-1", "999.hub"), row("n-2")]
    write(site.store, lambda tx: tx.put_probes(asked, AT))
    for number, party, channel, expected in (
        ("n-1", "102.370100", "c2", False),
        ("n-1", "102.370100", "c1", True),
        ("n-1", "102.370100", "c1", False),
        ("n-3", "102.370100", "c1", False),
    ):
        answer = (number, party, channel)
        heard = write(site.store, lambda tx, a=answer: tx.answer_probe(*a))  # type: ignore[misc]
        assert expected == heard
    found = look(site.attach(), lambda tx: tx.probes(["n-1", "n-3"]))
    assert [("102.370100", True), ("999.hub", False)] == [
        (one.party, bool(one.answered_at)) for one in found
    ]
    assert [asked[2]] == look(site.store, lambda tx: tx.probes(["n-2"]))


def test_old_questions_are_forgotten(site: Site) -> None:
    write(site.store, lambda tx: tx.put_probes([row("n-1"), row("n-2", at=AT + 9)], AT))
    write(site.store, lambda tx: tx.put_probes([], Instant(AT + 1)))
    assert ["n-2"] == [o.number for o in look(site.store, lambda tx: tx.probes(["n-1", "n-2"]))]


def test_the_newest_order_about_each_party_stands(site: Site) -> None:
    assert {} == look(site.store, lambda tx: tx.party_orders())
    first = PartyOrder("102.370100", "suspended", 0, "ticket-1", AT)
    last = PartyOrder("102.370100", "", 600, "ticket-2", Instant(AT + 5))
    other = PartyOrder("011.370100", "draining", 60, "move", AT)
    for order in (first, other, last):
        write(site.store, lambda tx, order=order: tx.put_party_order(order))  # type: ignore[misc]
    expected = {"102.370100": last, "011.370100": other}
    assert expected == look(site.attach(), lambda tx: tx.party_orders())


def test_what_a_limited_party_has_used_is_read_and_written(site: Site) -> None:
    assert {} == look(site.store, lambda tx: tx.allowances())
    assert 0 == write(site.store, lambda tx: tx.lock_allowance("102.370100"))
    for full_at in (AT * 1000, AT * 1000 + 7):
        write(site.store, lambda tx, at=full_at: tx.put_allowance("102.370100", at))  # type: ignore[misc]
    assert AT * 1000 + 7 == write(site.attach(), lambda tx: tx.lock_allowance("102.370100"))
    assert {"102.370100": AT * 1000 + 7} == look(site.attach(), lambda tx: tx.allowances())


def test_what_is_used_in_a_transaction_that_fails_is_not_counted(site: Site) -> None:
    write(site.store, lambda tx: tx.put_allowance("102.370100", 5))
    with site.store.begin() as tx:
        tx.put_allowance("102.370100", tx.lock_allowance("102.370100") + 1)
    assert 5 == write(site.store, lambda tx: tx.lock_allowance("102.370100"))
