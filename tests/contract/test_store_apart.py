"""Contract of the store: a reading that fails apart ends nothing else of its transaction."""

import hashlib
from contextlib import suppress

import pytest

from hub.errors import Damaged
from tests.support.rows import BANK, a_hop
from tests.support.stores import Site

OCTETS = b"octets"
DIGEST = hashlib.sha256(OCTETS).digest()


def test_what_was_written_before_and_after_it_becomes_true(site: Site) -> None:
    with site.store.begin() as tx:
        tx.add_messages({DIGEST: OCTETS})
        with suppress(Damaged), tx.apart():
            assert {DIGEST: OCTETS} == tx.messages([DIGEST])
            raise Damaged("message_damaged")
        tx.add_hops([a_hop("1", peer=BANK)])
        with tx.apart():
            assert {DIGEST: OCTETS} == tx.messages([DIGEST])
        tx.commit()
    with site.store.read() as tx:
        assert ({DIGEST: OCTETS}, 1) == (tx.messages([DIGEST]), tx.open_hops(BANK))


def test_what_fails_is_heard(site: Site) -> None:
    with site.store.read() as tx:
        with pytest.raises(Damaged), tx.apart():
            raise Damaged("message_damaged")
        with pytest.raises(ZeroDivisionError), tx.apart():
            raise ZeroDivisionError
        assert 0 == tx.open_hops(BANK)
