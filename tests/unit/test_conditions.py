"""What is wrong with a node, seen from values."""

from dataclasses import replace

from hub.clock import DAY, HOUR, MINUTE, SECOND, Instant
from hub.exchange import conditions
from hub.exchange.alarms import AlarmState, Sighting, decide
from hub.exchange.beats import PeerRow
from hub.exchange.conditions import Group
from hub.exchange.looking import HopGroup
from hub.exchange.model import ChannelHealth, ChannelState, RowState
from hub.exchange.muteness import RECOVERING
from hub.parties import NodeId
from tests.support.rows import AT, BANK, HUB


def ago(ms: int) -> Instant:
    return Instant(AT - ms)


def health(name: str, state: ChannelState) -> ChannelHealth:
    return ChannelHealth(name, state, "disk", 0)


def peer(seen: int, state: str = "open") -> dict[NodeId, PeerRow]:
    return {BANK: PeerRow(BANK, "life", ago(seen), 1, b"", 1, 1, state)}


def test_a_channel_is_told_of_when_it_has_not_worked_for_a_while() -> None:
    healths = [health("one", ChannelState.OPEN), health("two", ChannelState.UP)]
    since = {"one": ago(MINUTE)}
    assert [Sighting("channel_down", "one", 1, ago(MINUTE))] == conditions.channels(
        healths, since, 7, AT
    )
    assert [] == conditions.channels(healths, {"one": ago(SECOND)}, 7, AT)
    by_will = [health("one", ChannelState.DRAINING), health("two", ChannelState.DISABLED)]
    assert [] == conditions.channels(by_will, {"one": ago(HOUR), "two": ago(HOUR)}, 7, AT)


def test_a_channel_known_to_be_down_stays_so_over_a_restart_of_the_watch() -> None:
    """Whoever has just begun does not know since when; the alarm on record does."""
    healths = [health("one", ChannelState.OPEN), health("two", ChannelState.UP)]
    begun = {"one": ago(SECOND), "two": ago(SECOND)}
    known = {("channel_down", "one"), ("channel_down", "two")}
    (seen,) = conditions.channels(healths, begun, 7, AT, known)
    assert ("channel_down", "one") == (seen.code, seen.subject)
    (stands,) = decide([], [replace(seen, since=ago(HOUR))], {"channel_down"}, ago(HOUR))
    (kept,) = decide([stands], [seen], {"channel_down"}, AT)
    assert (AlarmState.OPEN, ago(HOUR)) == (kept.state, kept.since)


def test_a_channel_that_stays_on_its_standby_line_is_told_of_and_is_not_down() -> None:
    by_standby = replace(health("one", ChannelState.UP), standby="one-2")
    healths = [by_standby, health("two", ChannelState.UP)]
    since = {"one": ago(3 * MINUTE), "two": ago(HOUR)}
    told = [Sighting("channel_standby", "one", 1, ago(3 * MINUTE))]
    assert told == conditions.lines(healths, since, AT)
    assert [] == conditions.channels([by_standby], since, 7, AT)
    just = {"one": ago(MINUTE)}
    assert [] == conditions.lines(healths, just, AT), "a healthy main line is used again"
    known = {("channel_standby", "one")}
    assert ["one"] == [one.subject for one in conditions.lines(healths, just, AT, known)]
    down = [replace(by_standby, state=ChannelState.OPEN)]
    assert [] == conditions.lines(down, since, AT)


def test_no_channel_at_all_is_an_alarm_of_its_own() -> None:
    healths = [health("one", ChannelState.OPEN), health("two", ChannelState.SUSPECT)]
    since = {"one": ago(HOUR), "two": ago(MINUTE)}
    found = conditions.channels(healths, since, 7, AT)
    assert ["channel_down", "channel_suspect", "no_channel"] == [one.code for one in found]
    assert Sighting("no_channel", "all", 7, ago(MINUTE)) == found[-1]
    assert [] == conditions.channels([], {}, 7, AT)


def test_an_absent_neighbour_matters_while_rows_wait_for_it() -> None:
    rows = [HopGroup(BANK, RowState.SENT, 4, ago(HOUR))]
    found = [Sighting("peer_absent", BANK, 4, ago(10 * MINUTE))]
    assert found == conditions.peers(peer(10 * MINUTE), rows, AT)
    assert [] == conditions.peers(peer(10 * MINUTE), [], AT)
    assert [] == conditions.peers(peer(MINUTE), rows, AT)
    unmet = [Sighting("peer_absent", BANK, 4, ago(HOUR))]
    assert unmet == conditions.peers({}, rows, AT)


def test_a_neighbour_heard_by_a_clock_that_was_put_back_is_away_until_it_is_heard_again() -> None:
    rows = [HopGroup(BANK, RowState.SENT, 4, ago(HOUR))]
    assert [Sighting("peer_absent", BANK, 4, ago(HOUR))] == conditions.peers(peer(-DAY), rows, AT)
    assert [] == conditions.peers(peer(-SECOND), rows, AT)


def test_rows_that_stay_before_a_present_neighbour_are_late_or_parked() -> None:
    rows = [
        HopGroup(BANK, RowState.DUE, 2, ago(HOUR)),
        HopGroup(BANK, RowState.PARKED, 1, ago(DAY)),
        HopGroup(BANK, RowState.SENT, 9, ago(HOUR)),
    ]
    found = conditions.peers(peer(SECOND), rows, AT)
    assert [
        Sighting("rows_parked", BANK, 1, ago(DAY)),
        Sighting("rows_late", BANK, 2, ago(HOUR)),
    ] == found
    fresh = [HopGroup(BANK, RowState.DUE, 2, ago(MINUTE))]
    assert [] == conditions.peers(peer(SECOND), fresh, AT)
    mute = conditions.peers(peer(SECOND, RECOVERING), rows[:1], AT)
    assert ["peer_recovering"] == [one.code for one in mute]


def test_tasks_are_summed_by_what_they_wait_for() -> None:
    groups = [Group("core_unknown", 2, ago(5)), Group("core_unknown", 1, ago(9))]
    assert [Sighting("tasks_parked", "core_unknown", 3, ago(9))] == conditions.parked_tasks(groups)
    late = [Group("102.3701", 2, ago(HOUR)), Group("102.3701", 4, ago(SECOND))]
    found = [Sighting("tasks_late", "102.3701", 2, ago(HOUR))]
    assert found == conditions.late_tasks(late, AT)


def test_a_clock_that_drifts_is_told_in_seconds() -> None:
    assert [] == conditions.clock(-60 * SECOND, AT)
    assert [Sighting("clock_suspect", "store", 61, AT)] == conditions.clock(-61 * SECOND, AT)


def test_checkpoints_and_backups_are_late_only_after_the_node_had_its_time() -> None:
    assert [] == conditions.checkpoint(ago(DAY), ago(MINUTE), AT)
    found = [Sighting("checkpoint_late", "journal", 10, ago(10 * MINUTE))]
    assert found == conditions.checkpoint(ago(10 * MINUTE), ago(DAY), AT)
    assert [Sighting("backup_late", "sets", 48, ago(2 * DAY))] == conditions.backup(
        ago(2 * DAY), ago(5 * DAY), DAY, AT
    )
    assert [] == conditions.backup(None, ago(HOUR), DAY, AT)


def test_a_disk_is_low_before_it_is_full() -> None:
    assert [] == conditions.disk("data", 15, AT)
    assert ["disk_low"] == [one.code for one in conditions.disk("data", 14, AT)]
    assert ["disk_full"] == [one.code for one in conditions.disk("data", 4, AT)]


def test_a_catalogue_release_is_told_of_a_week_before_it_counts() -> None:
    coming = [("release:2", Instant(AT + 7 * DAY)), ("release:3", Instant(AT + 7 * DAY + 1))]
    assert [Sighting("release_begins", "release:2", 7, AT)] == conditions.beginnings(coming, AT)
    later = conditions.beginnings(coming, Instant(AT + 3 * DAY))
    assert [("release:2", 4, AT), ("release:3", 4, AT + 1)] == [
        (one.subject, one.count, one.since) for one in later
    ]


def test_what_runs_out_is_told_by_how_near_it_is() -> None:
    near = [("list 3", Instant(AT + 20 * DAY), 2), ("crl 9", ago(DAY), 4)]
    assert [
        Sighting("expires_30", "list 3", 20, Instant(AT + 20 * DAY)),
        Sighting("expired", "crl 9", 0, ago(DAY)),
    ] == conditions.expiries(near, AT)


def test_a_process_that_dies_at_its_beginning_is_named() -> None:
    assert [Sighting("child_failing", "work-w0", 3, AT)] == conditions.children({"work-w0": 3}, AT)


def test_lives_that_two_neighbours_do_not_share_are_told_of_at_both_ends_after_a_while() -> None:
    known = peer(SECOND)[BANK]
    unbelieved = replace(known, last="new life", said="own", unheard_since=ago(10 * MINUTE))
    told = [Sighting("peer_unheard", BANK, 1, ago(10 * MINUTE))]
    assert told == conditions.lives({BANK: unbelieved}, "own", AT)
    deaf = replace(known, last="life", said="other", last_since=ago(10 * MINUTE))
    told = [Sighting("peer_deaf", BANK, 1, ago(10 * MINUTE))]
    assert told == conditions.lives({BANK: deaf}, "own", AT)
    assert [] == conditions.lives({BANK: replace(deaf, last_since=ago(MINUTE))}, "own", AT)
    agreed = replace(deaf, said="own")
    assert [] == conditions.lives({BANK: agreed, HUB: replace(agreed, said="")}, "own", AT)


def test_a_neighbour_whose_journal_went_back_is_told_of_since_then() -> None:
    known = peer(SECOND)[BANK]
    behind = replace(known, behind_since=ago(MINUTE))
    assert [] == conditions.journals({BANK: behind})
    back = replace(behind, back_since=ago(MINUTE))
    assert [Sighting("peer_went_back", BANK, 1, ago(MINUTE))] == conditions.journals(
        {HUB: known, BANK: back}
    )
