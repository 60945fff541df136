"""What is particular to the channel on a file: leases, locks, room, what is no channel."""

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from adapters.embedded.channel import EmbeddedChannel, Limits
from adapters.embedded.channel_file import OpenFile, add_nodes, create
from hub.clock import Instant
from hub.errors import ChannelDown, Misconfigured
from hub.exchange.model import ChannelState, Incoming, Publish
from hub.observer import Fact
from hub.parties import NodeId
from tests.support.channel_harness import ALL, BANK, HUB, NODES, a_message
from tests.support.disks import no_file_above


@dataclass
class HandClock:
    """Time moved by hand, in milliseconds."""

    ms: int = 1_000_000

    def now(self) -> Instant:
        return Instant(self.ms)

    def monotonic(self) -> float:
        return self.ms / 1000


class File:
    """A channel file, and whoever uses it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clock = HandClock()
        self.facts = list[Fact]()
        self.opened: list[EmbeddedChannel] = []
        create(path, NODES)

    def use(self, node: NodeId, limits: Limits | None = None) -> EmbeddedChannel:
        limits = limits or Limits(lease_ms=1000, busy_seconds=0.01)
        made = EmbeddedChannel(
            self.path, node, self.clock, observer=self.facts.append, limits=limits
        )
        self.opened.append(made)
        return made

    def sent(self, count: int) -> None:
        self.use(HUB).publish([a_message(n, b"%d" % n) for n in range(count)])


@pytest.fixture
def file(tmp_path: Path) -> Iterator[File]:
    made = File(tmp_path / "one.channel")
    yield made
    for channel in made.opened:
        channel.close()


def take(channel: EmbeddedChannel) -> list[Incoming]:
    return channel.receive(100, ALL)


def tags(taken: list[Incoming]) -> list[int]:
    return [incoming.tag for incoming in taken]


def test_a_frozen_consumer_loses_what_it_holds_and_its_acks_are_stale(file: File) -> None:
    file.sent(3)
    frozen, other = file.use(BANK), file.use(BANK)
    held = take(frozen)
    file.clock.ms += 999
    assert [] == take(other)
    file.clock.ms += 1000
    again = take(other)
    assert [True] * 3 == [incoming.redelivered for incoming in again]
    frozen.ack(tags(held))
    other.release(tags(again))
    assert 3 == len(take(other))


def test_a_consumer_that_keeps_calling_keeps_what_it_holds(file: File) -> None:
    file.sent(3)
    slow, other = file.use(BANK), file.use(BANK)
    held = take(slow)
    for _ in range(20):
        file.clock.ms += 400
        assert [] == take(slow)
        assert [] == take(other)
    slow.ack(tags(held))
    file.clock.ms += 10_000
    assert [] == take(other)


def test_a_clock_put_back_does_not_lock_messages_up(file: File) -> None:
    file.sent(1)
    assert 1 == len(take(file.use(BANK)))
    file.clock.ms -= 900_000
    assert 1 == len(take(file.use(BANK)))


def test_acks_while_another_process_commits_are_written_with_the_next_call(file: File) -> None:
    file.sent(2)
    bank = file.use(BANK)
    first, second = take(bank)
    writer = sqlite3.connect(file.path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    bank.ack([first.tag])
    bank.release([second.tag])
    with pytest.raises(ChannelDown, match="channel_busy"):
        bank.publish([a_message(9)])
    with pytest.raises(ChannelDown, match="channel_busy"):
        take(bank)
    writer.execute("COMMIT")
    writer.close()
    assert ChannelState.UP == bank.health().state
    assert [second.octets] == [incoming.octets for incoming in take(bank)]
    assert [] == bank.outcomes()


def test_a_full_file_refuses_and_says_so(file: File) -> None:
    hub = file.use(HUB, Limits(bytes_max=1 << 20))
    hub.publish([a_message(1, bytes(100_000))])
    hub.publish([a_message(2, bytes(2 << 20)), a_message(3)])
    told = [(o.token, o.publish, o.code) for o in hub.outcomes()]
    full = (Publish.REFUSED, "channel_full")
    assert [(1, Publish.CONFIRMED, ""), (2, *full), (3, *full)] == told
    bank = file.use(BANK)
    bank.ack(tags(take(bank)))
    hub.publish([a_message(4)])
    assert Publish.CONFIRMED == hub.outcomes()[0].publish


def attempts(file: File, hub: EmbeddedChannel, seconds: float) -> int:
    """How often the file is tried by one who never stops publishing."""
    tried = 0
    for _ in range(int(seconds * 100)):
        with suppress(ChannelDown):
            hub.publish([a_message(2)])
        tried += len(told := hub.outcomes())
        assert {Publish.UNKNOWN} >= {outcome.publish for outcome in told}
        file.clock.ms += 10
    return tried


def test_a_file_that_cannot_be_written_is_tried_after_ever_longer_pauses_and_is_no_loss(
    file: File,
) -> None:
    hub, bank = file.use(HUB), file.use(BANK)
    bank.health()
    for token in (1, 3):
        hub.publish([a_message(token)])
        assert [Publish.CONFIRMED] == [outcome.publish for outcome in hub.outcomes()]
        with no_file_above(1000):
            assert 9 == attempts(file, hub, 8), "at 0, .05, .15, .35, .75, 1.55, 3.15, 5.15, 7.15"
            health = hub.health()
        assert (ChannelState.OPEN, "channel_unusable") == (health.state, health.reason)
        file.clock.ms += 2000
    assert (ChannelState.UP, 0) == (hub.health().state, hub.health().losses)
    assert 2 == len(take(bank))


def test_a_file_whose_messages_cannot_be_claimed_is_looked_at_after_a_pause(file: File) -> None:
    file.sent(1)
    bank = file.use(BANK)
    with no_file_above(1000):
        for _ in range(2):
            with pytest.raises(ChannelDown, match="channel_unusable"):
                take(bank)
    with pytest.raises(ChannelDown, match="channel_unusable"):
        take(bank)
    file.clock.ms += 50
    assert 1 == len(take(bank))
    assert 0 == bank.health().losses


def test_a_file_that_is_there_and_cannot_be_opened_is_no_loss(file: File) -> None:
    hub = file.use(HUB)
    assert ChannelState.UP == hub.health().state
    with no_file_above(1000):
        hub.publish([a_message(1)])  # and lets go: nobody has it open any more
        file.clock.ms += 100
        health = hub.health()
    assert (ChannelState.OPEN, "channel_unusable", 0) == (
        health.state, health.reason, health.losses,
    )  # fmt: skip
    file.clock.ms += 100
    assert (ChannelState.UP, 0) == (hub.health().state, hub.health().losses)


@contextmanager
def closed_folder(path: Path) -> Iterator[list[int]]:
    """The folder of this file may not be entered; how often that was tried."""
    tried, stat = [0], os.stat

    def refuse(name: Any, *arguments: Any, **options: Any) -> os.stat_result:
        if str(name) != str(path):
            return stat(name, *arguments, **options)
        tried[0] += 1
        raise PermissionError(errno.EACCES, "closed", str(path))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "stat", refuse)
        yield tried


def test_a_folder_that_is_closed_is_tried_after_ever_longer_pauses_and_is_no_loss(
    file: File,
) -> None:
    file.sent(1)
    hub, bank = file.use(HUB), file.use(BANK)
    assert ChannelState.UP == hub.health().state
    with closed_folder(file.path) as tried:
        attempts(file, hub, 8)
        assert [9] == tried, "at 0, .05, .15, .35, .75, 1.55, 3.15, 5.15, 7.15"
        for channel in (hub, bank):  # bank has not opened it before
            assert ("channel_unusable", 0) == (channel.health().reason, channel.health().losses)
    file.clock.ms += 2000
    assert (ChannelState.UP, 0) == (hub.health().state, hub.health().losses)
    assert 1 == len(take(bank))


def test_a_missing_file_is_found_soon_after_it_is_made_however_often_it_was_tried(
    file: File,
) -> None:
    hub, aside = file.use(HUB), file.path.with_suffix(".aside")
    with closed_folder(file.path):
        attempts(file, hub, 8)
    file.path.rename(aside)
    file.clock.ms += 2000
    assert "channel_away" == hub.health().reason
    aside.rename(file.path)
    file.clock.ms += 60
    assert ChannelState.UP == hub.health().state


def test_a_file_that_is_no_channel_is_opened_after_ever_longer_pauses(
    tmp_path: Path, file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []

    def opening(path: Path, *arguments: Any) -> OpenFile:
        opened.append(path)
        return OpenFile(path, *arguments)

    monkeypatch.setattr("adapters.embedded.channel.OpenFile", opening)
    path = tmp_path / "foreign.channel"
    path.write_bytes(b"no database at all, only some text" * 400)
    attempts(file, EmbeddedChannel(path, HUB, file.clock), 8)
    assert 9 == len(opened)


def test_what_was_confirmed_is_still_there_after_everybody_has_gone(file: File) -> None:
    file.sent(5)
    for channel in file.opened:
        channel.close()
    assert 5 == len(take(file.use(BANK)))


def test_a_channel_is_created_once_and_only_by_command(file: File, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="channel_exists"):
        create(file.path, NODES)
    missing = EmbeddedChannel(tmp_path / "missing.channel", HUB, file.clock)
    with pytest.raises(ChannelDown, match="channel_away"):
        missing.publish([a_message(1)])
    assert ["one.channel"] == [p.name for p in tmp_path.iterdir() if p.suffix == ".channel"]


def test_a_node_added_later_gets_its_messages_without_a_restart_of_the_others(file: File) -> None:
    late = NodeId("bank-b")
    hub = file.use(HUB)
    hub.publish([a_message(1, receiver=late)])
    add_nodes(file.path, [late, BANK])
    hub.publish([a_message(2, receiver=late)])
    assert [Publish.REFUSED, Publish.CONFIRMED] == [o.publish for o in hub.outcomes()]
    assert 1 == len(take(file.use(late)))


@pytest.mark.parametrize("content", [b"", b"no database at all, only some text" * 400])
def test_a_file_that_is_no_channel_is_refused(tmp_path: Path, file: File, content: bytes) -> None:
    path = tmp_path / "foreign.channel"
    path.write_bytes(content)
    channel = EmbeddedChannel(path, HUB, file.clock)
    with pytest.raises(ChannelDown, match="channel_foreign"):
        channel.publish([a_message(1)])
    assert (ChannelState.OPEN, "channel_foreign") == (
        channel.health().state,
        channel.health().reason,
    )


def test_every_change_of_state_is_a_fact_with_its_reason(file: File) -> None:
    hub = file.use(HUB)
    hub.publish([a_message(1)])
    for end in ("", "-wal", "-shm"):
        file.path.with_name(file.path.name + end).unlink()
    hub.outcomes()
    create(file.path, NODES)
    file.clock.ms += 100
    hub.publish([a_message(2)])
    assert ["channel_state"] * 3 == [fact.name for fact in file.facts]
    assert [("up", ""), ("open", "channel_taken_away"), ("up", "")] == [
        (fact.fields["state"], fact.fields["reason"]) for fact in file.facts
    ]
    assert file.facts[0].fields["incarnation"] != file.facts[2].fields["incarnation"]


def test_a_file_taken_away_is_one_loss_until_another_is_there(file: File) -> None:
    hub = file.use(HUB)
    hub.publish([a_message(1)])
    assert 0 == hub.health().losses
    for expected in (1, 2):
        for end in ("", "-wal", "-shm"):
            file.path.with_name(file.path.name + end).unlink()
        for _ in range(3):
            assert (ChannelState.OPEN, expected) == (hub.health().state, hub.health().losses)
            file.clock.ms += 100
        create(file.path, NODES)
        file.clock.ms += 100
        assert (ChannelState.UP, expected) == (hub.health().state, hub.health().losses)


def test_a_process_that_finds_no_file_tells_of_a_loss(tmp_path: Path, file: File) -> None:
    late = EmbeddedChannel(tmp_path / "missing.channel", HUB, file.clock)
    assert (ChannelState.OPEN, 1) == (late.health().state, late.health().losses)


def test_a_copy_put_in_the_file_s_place_is_another_life(file: File, tmp_path: Path) -> None:
    file.sent(2)
    hub = file.opened[0]
    before = hub.health().incarnation
    hub.close()
    shutil.copy(file.path, tmp_path / "copy")
    (tmp_path / "copy").replace(file.path)
    assert before != file.use(HUB).health().incarnation
