"""What is wrong with a node now, as sightings for `alarms.decide`. Pure: values in, sightings out.

Each function looks at one thing; thresholds stand here and nowhere else. Grace is given where a
condition mends itself within seconds, so that no alarm is raised for what nobody can act upon.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hub.clock import DAY, HOUR, MINUTE, SECOND, Instant
from hub.exchange.alarms import Sighting
from hub.exchange.beats import PeerRow
from hub.exchange.looking import HopGroup
from hub.exchange.model import ChannelHealth, ChannelState, RowState
from hub.exchange.muteness import RECOVERING
from hub.exchange.presence import PRESENT_MS, present
from hub.parties import NodeId

CHANNEL_GRACE_MS: Final = 30 * SECOND
STANDBY_MS: Final = 2 * MINUTE
"""A main line that answers for half a minute is used again."""
ABSENT_MS: Final = 2 * MINUTE
LATE_MS: Final = 5 * MINUTE
UNHEARD_MS: Final = 2 * MINUTE
"""Two stores know of each other's new lives after a few beats."""
BEGINS_MS: Final = 7 * DAY
CLOCK_MS: Final = 60 * SECOND
"""protocol 8: apart by more, and no deadline is judged."""
CHECKPOINT_MS: Final = 5 * MINUTE
"""One is made every minute by whoever holds the lease."""
DISK_LOW_PERCENT: Final = 15
DISK_FULL_PERCENT: Final = 5
_WORKING: Final = frozenset({ChannelState.UP, ChannelState.DRAINING, ChannelState.DISABLED})
"""The latter two by an operator's will."""


@dataclass(frozen=True, slots=True)
class Group:
    """So many of one subject, the oldest (of occurrences: the newest) of them from `since`."""

    subject: str
    count: int
    since: Instant


def channels(
    healths: Sequence[ChannelHealth],
    changed: Mapping[str, Instant],
    waiting: int,
    now: Instant,
    known: Collection[tuple[str, str]] = (),
) -> list[Sighting]:
    """Channels that do not work; `changed`: since when each is as it is.

    `known`: alarms that stand, by code and channel. What is known to be down has no grace: a
    process that has just begun would otherwise take it to be well, and its beginning for new.
    """
    found = []
    for health in healths:
        since = changed.get(health.name, now)
        suspect = health.state is ChannelState.SUSPECT
        code = "channel_suspect" if suspect else "channel_down"
        early = now - since < CHANNEL_GRACE_MS and (code, health.name) not in known
        if health.state in _WORKING or early:
            continue
        found.append(Sighting(code, health.name, 1, since))
    if healths and len(found) == len(healths):
        since = max(one.since for one in found)
        found.append(Sighting("no_channel", "all", waiting, since))
    return found


def lines(
    healths: Sequence[ChannelHealth],
    changed: Mapping[str, Instant],
    now: Instant,
    known: Collection[tuple[str, str]] = (),
) -> list[Sighting]:
    """Channels that work by a standby line for longer than a main line that is well needs.

    `changed`, `known`: as in `channels`; a change of lines may be too quick to change the state.
    """
    code, found = "channel_standby", []
    for health in healths:
        since = changed.get(health.name, now)
        early = now - since < STANDBY_MS and (code, health.name) not in known
        if health.standby and health.state is ChannelState.UP and not early:
            found.append(Sighting(code, health.name, 1, since))
    return found


def peers(rows: Mapping[NodeId, PeerRow], hops: Sequence[HopGroup], now: Instant) -> list[Sighting]:
    """Neighbours that are away while rows wait for them, that do not answer, or are mute."""
    found = []
    for peer in sorted(rows.keys() | {hop.peer for hop in hops}):
        row, mine = rows.get(peer), [hop for hop in hops if hop.peer == peer]
        waiting = sum(hop.count for hop in mine)
        oldest = min((hop.since for hop in mine), default=now)
        put_back = row is not None and row.seen_at - now > PRESENT_MS
        seen_at = row.seen_at if row is not None and not put_back else oldest
        if row is not None and row.state == RECOVERING:
            found.append(Sighting("peer_recovering", peer, waiting, seen_at))
        if waiting and not present(row, now) and now - seen_at > ABSENT_MS + PRESENT_MS:
            found.append(Sighting("peer_absent", peer, waiting, seen_at))
        found += [
            Sighting("rows_parked", peer, hop.count, hop.since)
            for hop in mine
            if hop.state is RowState.PARKED
        ]
        due = [hop for hop in mine if hop.state is RowState.DUE and now - hop.since > LATE_MS]
        if due and present(row, now) and row is not None and row.state != RECOVERING:
            count, since = sum(hop.count for hop in due), min(hop.since for hop in due)
            found.append(Sighting("rows_late", peer, count, since))
    return found


def lives(rows: Mapping[NodeId, PeerRow], own: str, now: Instant) -> list[Sighting]:
    """Neighbours whose new life is not believed here, and such as do not believe this one.

    Each is told of for as long as its beats say so, also when the clock that noted since when
    was put back; `own`: the life of this store.
    """
    found = []
    for peer in sorted(rows):
        row = rows[peer]
        if row.unheard_since and abs(now - row.unheard_since) > UNHEARD_MS:
            found.append(Sighting("peer_unheard", peer, 1, min(row.unheard_since, now)))
        if row.said not in {"", own} and abs(now - row.last_since) > UNHEARD_MS:
            found.append(Sighting("peer_deaf", peer, 1, min(row.last_since, now)))
    return found


def journals(rows: Mapping[NodeId, PeerRow]) -> list[Sighting]:
    """Neighbours whose journal went back within a life; until what is held of it is let go."""
    return [
        Sighting("peer_went_back", peer, 1, rows[peer].back_since)
        for peer in sorted(rows)
        if rows[peer].back_since
    ]


def parked_tasks(groups: Sequence[Group]) -> list[Sighting]:
    """Tasks on the operator's list, by the code that put them there."""
    return _summed("tasks_parked", groups)


def late_tasks(groups: Sequence[Group], now: Instant) -> list[Sighting]:
    """Unfinished tasks by party; `since` is when the nearest of a group was due."""
    return _summed("tasks_late", [group for group in groups if now - group.since > LATE_MS])


def breaks(groups: Sequence[Group]) -> list[Sighting]:
    """Differences still open after their day, by party."""
    return _summed("breaks_open", groups)


def contradicted(counts: Mapping[str, int], now: Instant) -> list[Sighting]:
    """Movements that a core tells otherwise than the books hold them, by party."""
    return [Sighting("core_contradicts", name, counts[name], now) for name in sorted(counts)]


def happened(code: str, groups: Sequence[Group]) -> list[Sighting]:
    """What was told of lately: conflicts, held messages, copies that cannot be shipped."""
    return _summed(code, groups)


def clock(apart_ms: int, since: Instant) -> list[Sighting]:
    """The store's clock against this process's monotonic one."""
    if abs(apart_ms) <= CLOCK_MS:
        return []
    return [Sighting("clock_suspect", "store", abs(apart_ms) // SECOND, since)]


def checkpoint(made_at: Instant | None, active_since: Instant, now: Instant) -> list[Sighting]:
    """Whether the holder makes checkpoints."""
    since = max(made_at or active_since, active_since)
    if now - since <= CHECKPOINT_MS:
        return []
    return [Sighting("checkpoint_late", "journal", (now - since) // MINUTE, since)]


def backup(made_at: Instant | None, active_since: Instant, most_ms: int, now: Instant,
           ) -> list[Sighting]:  # fmt: skip
    """Age of the newest set; a node that never made one counts from its start."""
    since = made_at if made_at is not None else active_since
    if now - since <= most_ms:
        return []
    return [Sighting("backup_late", "sets", (now - since) // HOUR, since)]


def disk(subject: str, free_percent: int, now: Instant) -> list[Sighting]:
    """Room on the disk of a folder."""
    if free_percent >= DISK_LOW_PERCENT:
        return []
    code = "disk_full" if free_percent < DISK_FULL_PERCENT else "disk_low"
    return [Sighting(code, subject, free_percent, now)]


def expiries(near: Sequence[tuple[str, Instant, int]], now: Instant) -> list[Sighting]:
    """What runs out: (sort and key, its end, level 1–4 as `hub.trust.watch.Level`)."""
    codes = {1: "expires_90", 2: "expires_30", 3: "expires_7", 4: "expired"}
    return [
        Sighting(codes[level], subject, max(0, (ends_at - now) // DAY), ends_at)
        for subject, ends_at, level in near
        if level in codes
    ]


def beginnings(coming: Sequence[tuple[str, Instant]], now: Instant) -> list[Sighting]:
    """Catalogue releases that begin to count within seven days: (name, when)."""
    near = [(name, at) for name, at in coming if at - now <= BEGINS_MS]
    return [
        Sighting("release_begins", name, max(0, (at - now) // DAY), Instant(at - BEGINS_MS))
        for name, at in near
    ]


def folders(unread: Mapping[str, int], now: Instant) -> list[Sighting]:
    """Entries of a party's folders that the node passes over, by inner folder."""
    return [Sighting("folder_unread", name, unread[name], now) for name in sorted(unread)]


def children(deaths: Mapping[str, int], now: Instant) -> list[Sighting]:
    """Processes that die at their beginning, again and again."""
    return [Sighting("child_failing", name, count, now) for name, count in sorted(deaths.items())]


def _summed(code: str, groups: Sequence[Group]) -> list[Sighting]:
    counts: dict[str, Sighting] = {}
    for group in groups:
        old = counts.get(group.subject)
        count = group.count + (old.count if old else 0)
        since = min(group.since, old.since) if old else group.since
        counts[group.subject] = Sighting(code, group.subject, count, since)
    return [counts[subject] for subject in sorted(counts)]
