"""Contract of the store: dead letters."""

from dataclasses import replace

from hub.clock import Instant
from hub.exchange.dead import DeadLetter, Found, LetterState, letter
from tests.support.stores import Site, look, write

AT = Instant(1_790_000_000_000)


def a_letter(text: str, at: Instant = AT) -> DeadLetter:
    return letter("c1", Found(1, "hub", "online", "delivery_limit", text.encode()), at)


def test_letters_are_kept_once_and_take_a_new_state(site: Site) -> None:
    first, second = a_letter("one", Instant(AT + 1)), a_letter("two")
    write(site.store, lambda tx: tx.put_letters([first, second]))
    write(site.store, lambda tx: tx.put_letters([replace(first, at=Instant(AT + 9))]))
    assert [second, first] == look(site.store, lambda tx: tx.letters())
    closed = replace(second, state=LetterState.DISCARDED)
    write(site.store, lambda tx: tx.put_letters([closed]))
    assert [closed, first] == look(site.attach(), lambda tx: tx.letters())
