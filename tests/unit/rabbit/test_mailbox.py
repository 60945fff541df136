"""What a channel's owner and its I/O thread hand each other when a connection ends."""

import pytest

from adapters.rabbit.mailbox import Mailbox
from hub.errors import ChannelDown
from hub.exchange.model import MessageClass, Outcome, Publish
from hub.observer import silent
from hub.parties import NodeId
from tests.support.channel_harness import BANK, HUB, a_message

ONLINE = frozenset({MessageClass.ONLINE})


class Told:
    """A mailbox with a connection, and how often its owner was told."""

    def __init__(self) -> None:
        self.woken = self.failed = 0
        self.mailbox = Mailbox("one", BANK, silent, self._wake, self._fail)
        self.connect()

    def connect(self) -> None:
        self.mailbox.opened(lambda: None, "i1", "line-1")

    def arrive(self, delivery: int, octets: bytes) -> None:
        self.mailbox.arrived(MessageClass.ONLINE, delivery, HUB, octets, redelivered=False)

    def taken(self) -> list[bytes]:
        return [incoming.octets for incoming in self.mailbox.take(10, ONLINE)]

    def _wake(self) -> None:
        self.woken += 1

    def _fail(self) -> None:
        self.failed += 1


def test_what_has_arrived_is_taken_although_the_connection_has_ended() -> None:
    told = Told()
    told.arrive(1, b"here")
    told.mailbox.lost("channel_away")
    (got,) = told.mailbox.take(10, ONLINE)
    assert b"here" == got.octets
    with pytest.raises(ChannelDown):
        told.taken()
    told.connect()
    told.mailbox.decide([got.tag], keep=True)
    assert [] == told.mailbox.look()[1]


def test_a_standby_line_is_named_while_it_is_in_use() -> None:
    told = Told()
    assert "" == told.mailbox.health().standby
    told.mailbox.opened(lambda: None, "i1", "line-2", standby=True)
    assert "line-2" == told.mailbox.health().standby
    told.mailbox.lost("channel_away")
    assert "" == told.mailbox.health().standby


def test_what_the_next_connection_brings_again_stands_there_once() -> None:
    told = Told()
    told.arrive(1, b"here")
    told.mailbox.lost("channel_away")
    told.connect()
    told.arrive(1, b"here")
    assert [b"here"] == told.taken()


def test_failures_are_told_and_confirms_are_not() -> None:
    told = Told()
    told.mailbox.hand_over([a_message(n) for n in range(1, 5)])
    told.mailbox.next_out(3)
    told.mailbox.told([Outcome(1, Publish.CONFIRMED)])
    assert 0 == told.failed
    told.mailbox.told([Outcome(2, Publish.REFUSED, "nacked")])
    assert 1 == told.failed
    told.mailbox.unknown([3])
    assert 2 == told.failed
    assert [1, 2, 3] == [outcome.token for outcome in told.mailbox.take_outcomes()]
    told.mailbox.lost("channel_away")
    assert 3 == told.failed
    assert [(4, Publish.UNKNOWN)] == [(o.token, o.publish) for o in told.mailbox.take_outcomes()]
    told.mailbox.lost("channel_away")
    assert 3 == told.failed


def test_a_node_that_names_nobody_to_tell_is_served_the_same() -> None:
    mailbox = Mailbox("one", NodeId("bank"), silent)
    mailbox.opened(lambda: None, "i1", "line-1")
    mailbox.hand_over([a_message(1)])
    mailbox.lost("channel_away")
    assert [Publish.UNKNOWN] == [outcome.publish for outcome in mailbox.take_outcomes()]
