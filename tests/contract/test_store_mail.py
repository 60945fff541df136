"""The desks' mail, over every store; and rows to be sent that are hurried."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from hub.clock import MINUTE, Instant
from hub.desks.mail import BOUNCE, ORDER, Mail, MailState
from hub.exchange.model import RowState
from tests.support.rows import HUB, a_hop, delivery_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.stores import Site

NEW, READ = MailState.NEW, MailState.READ


def write(site: Site, work: Callable[[Any], Any]) -> Any:
    with site.store.begin() as tx:
        done = work(cast("Any", tx))
        tx.commit()
    return done


def look(site: Site, work: Callable[[Any], Any]) -> Any:
    with site.store.read() as tx:
        return work(cast("Any", tx))


def a_mail(name: str, at: int = 1, kind: str = ORDER, **more: Any) -> Mail:
    given: dict[str, Any] = {"division": "990100", **more}
    return Mail(
        name, given.pop("party", "102.1"), kind, given.pop("division"), Instant(at), **given
    )


def ids(site: Site, state: MailState, kinds: list[str] | None = None, **more: Any) -> list[str]:
    asked = {"party": "102.1", "division": "", "limit": 9, **more}
    found = look(
        site,
        lambda tx: tx.mail_waiting(
            asked["party"], state, kinds or [], asked["division"], asked["limit"]
        ),
    )
    return [mail.id for mail in found]


def test_mail_comes_back_as_it_was_and_the_first_stays(site: Site) -> None:
    mail = a_mail("a", digest=b"\x01", content="{}", asked=True)
    write(site, lambda tx: tx.add_mail([mail]))
    write(site, lambda tx: tx.add_mail([replace(mail, content="other")]))
    assert {"a": mail} == look(site, lambda tx: tx.mail(["a", "b"]))


def test_waiting_mail_is_oldest_first_by_state_kind_and_division(site: Site) -> None:
    mails = [
        a_mail("b", 3), a_mail("a", 2, "5201"), a_mail("c", 1, division="990200"),
        a_mail("d", 1, party="105.1"), a_mail("e", 1, state=READ),
        a_mail("f", 1, state=MailState.ANSWERED),
    ]  # fmt: skip
    write(site, lambda tx: tx.add_mail(mails))
    assert ["c", "a", "b"] == ids(site, NEW)
    assert ["c", "a"] == ids(site, NEW, limit=2)
    assert ["a"] == ids(site, NEW, ["5201", "8202"])
    assert ["c"] == ids(site, NEW, [ORDER], division="990200")
    assert ["e"] == ids(site, READ)
    assert ["d"] == ids(site, NEW, party="105.1")


def test_what_may_change_changes_and_the_rest_stays(site: Site) -> None:
    mail = a_mail("a", digest=b"\x01")
    write(site, lambda tx: tx.add_mail([mail]))
    changed = replace(
        mail, state=MailState.ANSWERED, content="c", asked=True, outcome="done", code="x",
        trace="T", day="20261123",
    )  # fmt: skip
    write(site, lambda tx: tx.put_mail([replace(changed, kind="other", digest=b"")]))
    assert {"a": changed} == look(site, lambda tx: tx.mail(["a"]))
    assert [] == ids(site, NEW)


def test_bounces_are_told_by_day_and_party(site: Site) -> None:
    made = [
        a_mail(name, kind=kind, party=party, day=day, state=MailState.ANSWERED)
        for name, kind, party, day in (
            ("b", BOUNCE, "102.1", "20261123"), ("a", BOUNCE, "102.1", "20261123"),
            ("c", BOUNCE, "102.1", "20261124"), ("d", BOUNCE, "105.1", "20261123"),
            ("e", ORDER, "102.1", "20261123"),
        )
    ]  # fmt: skip
    write(site, lambda tx: tx.add_mail(made))
    told = look(site, lambda tx: tx.bounces_told("102.1", "20261123"))
    assert ["a", "b"] == [mail.id for mail in told]


def test_rows_that_wait_for_an_answer_are_listed_and_hurried(site: Site) -> None:
    names = [delivery_id(n) for n in "123"]
    write(site, lambda tx: tx.add_hops([a_hop(n, HUB) for n in "123"]))
    assert names == [r.delivery_id for r in look(site, lambda tx: tx.oldest_hops(9))]
    assert names[:1] == [r.delivery_id for r in look(site, lambda tx: tx.oldest_hops(1))]
    later = Instant(look(site, lambda tx: tx.now) + 60 * MINUTE)

    def send(tx: Any) -> None:
        rows = tx.claim_hops("w", later, 9, [HUB])
        tx.mark_sent("w", [(r.delivery_id, r.peer) for r in rows], ("c1", "x"), later)

    write(site, send)
    assert 2 == write(site, lambda tx: tx.hurry_hops(names[:2]))
    assert 0 == write(site, lambda tx: tx.hurry_hops(names[:2]))
    states = {r.delivery_id: r.state for r in look(site, lambda tx: tx.oldest_hops(9))}
    assert [RowState.DUE, RowState.DUE, RowState.SENT] == [states[name] for name in names]
