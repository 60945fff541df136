"""A worker's loop: what is not certainly on record comes again, and nothing ends the process."""

import os
import threading
from collections.abc import Iterator, Sequence
from random import Random

import pytest

from adapters.embedded.memory_channel import MemoryBroker
from hub.errors import HubError, OutcomeUnknown, StoreDown
from hub.exchange.model import Incoming, MessageClass, Outgoing
from hub.observer import silent
from hub.parties import NodeId
from ops.clock import SystemClock
from ops.desk_wiring import NoDesk
from ops.leash import Leash
from ops.work import BACK_OFF_SECONDS, Worker

HUB, BANK = NodeId("hub"), NodeId("bank-a")


class Unsure:
    """An exchange that fails once, then records and ends the worker."""

    def __init__(self, error: HubError, keeper: int) -> None:
        self._errors = [error]
        self._keeper = keeper
        self.offered: list[list[bytes]] = []

    def receive(self, batch: Sequence[Incoming]) -> None:
        self.offered.append([incoming.octets for incoming in batch])
        if self._errors:
            raise self._errors.pop()
        os.write(self._keeper, b"stop\n")

    def items(self, incoming: Incoming) -> int:
        raise AssertionError(incoming.tag)

    def receive_item(self, incoming: Incoming, index: int) -> None:
        raise AssertionError((incoming.tag, index))

    def set_aside(self, incoming: Incoming, index: int | None) -> None:
        raise AssertionError((incoming.tag, index))


@pytest.fixture
def pipe() -> Iterator[tuple[Leash, int]]:
    """The two ends of a leash that says `active`."""
    child, keeper = os.pipe()
    with os.fdopen(child) as held:
        os.write(keeper, b"active\n")
        before = set(threading.enumerate())
        leash = Leash(held)
        listening = set(threading.enumerate()) - before
        yield leash, keeper
        os.close(keeper)
        for thread in listening:  # it has read the end before the pipe is closed
            thread.join(30)


@pytest.mark.parametrize("error", [StoreDown("store_away"), OutcomeUnknown("commit_unknown")])
def test_a_batch_that_may_not_be_on_record_is_received_again(
    error: HubError, pipe: tuple[Leash, int]
) -> None:
    leash, keeper = pipe
    broker = MemoryBroker("one", (HUB, BANK), chance=Random(1))
    broker.channel(BANK).publish([Outgoing(1, HUB, MessageClass.ONLINE, b"voucher")])
    receiver = Unsure(error, keeper)
    rung: list[None] = []
    Worker(
        leash, lambda: {"one": broker.channel(HUB)}, receiver, NoDesk(), silent, 200,
        SystemClock(), lambda: rung.append(None),
    ).run()  # fmt: skip
    assert [[b"voucher"], [b"voucher"]] == receiver.offered
    assert 0 == broker.waiting()
    assert 1 == len(rung)


def test_a_store_that_is_away_is_backed_off_from_although_what_is_given_back_comes_at_once(
    pipe: tuple[Leash, int],
) -> None:
    """Given back in a loop it would be a dead letter by count, and the store be asked for ever."""
    leash, keeper = pipe
    broker = MemoryBroker("one", (HUB, BANK), chance=Random(1))
    broker.channel(BANK).publish([Outgoing(1, HUB, MessageClass.ONLINE, b"voucher")])
    receiver = Unsure(StoreDown("store_away"), keeper)
    receiver._errors *= 3
    began = SystemClock().monotonic()
    Worker(
        leash, lambda: {"one": broker.channel(HUB, leash.wake)}, receiver, NoDesk(), silent, 200,
        SystemClock(), lambda: None,
    ).run()  # fmt: skip
    assert [[b"voucher"]] * 4 == receiver.offered
    assert sum(BACK_OFF_SECONDS[:3]) <= SystemClock().monotonic() - began


class Whole(Unsure):
    """An exchange that records all it is given, and ends the worker when it has enough."""

    def __init__(self, keeper: int, enough: int) -> None:
        super().__init__(StoreDown("store_away"), keeper)
        self._enough = enough
        self.channels: list[set[str]] = []

    def receive(self, batch: Sequence[Incoming]) -> None:
        self.channels.append({incoming.channel for incoming in batch})
        if len(self.channels) == self._enough:
            os.write(self._keeper, b"stop\n")


def test_no_channel_waits_until_another_is_empty(pipe: tuple[Leash, int]) -> None:
    leash, keeper = pipe
    brokers = [MemoryBroker(name, (HUB, BANK), chance=Random(1)) for name in ("a", "b", "c")]
    for broker in brokers:
        sender = broker.channel(BANK)
        sender.publish([Outgoing(n, HUB, MessageClass.ONLINE, b"voucher") for n in range(60)])
    receiver = Whole(keeper, 3)
    Worker(
        leash, lambda: {b.name: b.channel(HUB) for b in brokers}, receiver, NoDesk(), silent, 10,
        SystemClock(), lambda: None,
    ).run()  # fmt: skip
    assert {"a", "b", "c"} == set.union(*receiver.channels[:3])
