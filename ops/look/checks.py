"""`hubctl check`: named checks of a node, one finding a line, with what to do.

Rules: a check looks at one thing and raises nothing; what it cannot look at is a FAIL with the
error's code. What settings name is looked at in `workable`, the rest here. One channel down is a
warning while another is up: vouchers still flow.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any, Final

from hub.clock import DAY, HOUR, MINUTE, SECOND
from hub.desks.model import TaskState
from hub.errors import HubError
from hub.exchange.alarms import NEVER, Alarm, AlarmState
from hub.exchange.model import ChannelHealth, ChannelState
from hub.exchange.presence import present
from hub.lease.ports import LeaseStore
from hub.trust.watch import Level, watch
from keys.keyring import open_keyring, open_node_signer
from keys.trust_files import read_trust
from ops.advice import advice
from ops.archives.service import lacking
from ops.disks import free_share
from ops.look.status import active, holder
from ops.look.workable import looks
from ops.wiring import Parts

CLOCK_WARN_MS: Final = 5 * SECOND
CLOCK_FAIL_MS: Final = 60 * SECOND
"""PROTOCOL §8: apart by more, and no deadline is judged."""
TRUST_WARN_DAYS: Final = 30
BACKLOG_WARN_MS: Final = 5 * MINUTE
BACKLOG_FAIL_MS: Final = HOUR
DISK_WARN_SHARE: Final = 0.15
DISK_FAIL_SHARE: Final = 0.05
NEVER_BY_ITSELF: Final = frozenset({"channel_foreign"})
"""Reasons of a channel that waiting does not mend."""


class Result(StrEnum):
    """How bad it is."""

    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's result."""

    name: str
    level: Result
    said: str
    do: str = ""
    performance: tuple[str, ...] = ()
    """Figures as monitoring plug-ins write them: `label=value[unit];warn;crit;min;max`."""


Check = tuple[str, Callable[[], Finding]]


def check(parts: Parts, lease: LeaseStore, channels: Sequence[ChannelHealth]) -> list[Finding]:
    """Run every check, in a fixed order."""
    checks: list[Check] = [
        ("store", lambda: _store(parts)),
        *((name, partial(_works, name, look)) for name, look in looks(parts)),
        ("clock", lambda: _clock(parts)),
        ("catalogue", lambda: _catalogue(parts)),
        ("trust", lambda: _trust(parts)),
        ("expiry", lambda: _expiry(parts)),
        ("keys", lambda: _keys(parts)),
        ("lease", lambda: _lease(lease)),
        ("peers", lambda: _peers(parts)),
        ("backlog", lambda: _backlog(parts)),
        ("parked", lambda: _parked(parts)),
        ("disk", lambda: _disk(parts)),
        ("alarms", lambda: _alarms(parts)),
    ]
    if parts.settings.archive is not None:
        checks.append(("archive", lambda: _archive(parts)))
    return [*(_guarded(name, look) for name, look in checks), *_channels(channels)]


def _guarded(name: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except HubError as error:
        known = advice(error.code)
        return Finding(name, Result.FAIL, str(error), known.do if known else "")


def _works(name: str, look: Callable[[], str]) -> Finding:
    return Finding(name, Result.OK, look())


def _store(parts: Parts) -> Finding:
    with parts.store.read() as tx:
        return Finding("store", Result.OK, f"opens, schema current, life {tx.fence.incarnation}")


def _clock(parts: Parts) -> Finding:
    with parts.store.read() as tx:
        apart = abs(parts.clock.now() - tx.now)
    return Finding(
        "clock",
        _graded(apart, CLOCK_WARN_MS, CLOCK_FAIL_MS),
        f"store and machine {apart / SECOND:.1f} s apart",
        "Set both clocks by the site's time service.",
    )


def _catalogue(parts: Parts) -> Finding:
    release = parts.releases.newest
    kinds = len(parts.releases.schemas(release).catalogue.kinds)
    return Finding("catalogue", Result.OK, f"release {release}, {kinds} kinds")


def _trust(parts: Parts) -> Finding:
    trust = parts.trust_source.load(parts.fence.trust_state).trust
    left = (trust.expires_at - parts.clock.now()) / DAY
    return Finding(
        "trust",
        Result.FAIL if left < 0 else Result.WARN if left < TRUST_WARN_DAYS else Result.OK,
        f"list {trust.number}, {left:.0f} days left",
        "Have the next trust list issued and put it into the trust folder.",
    )


def _expiry(parts: Parts) -> Finding:
    """Certificates, seals, node keys, operators, pins, CRLs, releases; the list is `trust`."""
    now = parts.clock.now()
    view = parts.trust_source.load(parts.fence.trust_state)
    pins = read_trust(parts.settings.trust).pins
    near = [
        one
        for one in watch(view.trust, pins, view.revocations, parts.releases.lasting(now), now)
        if one.sort != "list" and one.level >= Level.WARNING
    ]
    if not near:
        return Finding("expiry", Result.OK, "no certificate, seal or CRL ends soon")
    first = near[0]
    over = sum(one.level is Level.OVER for one in near)
    days = (first.ends_at - now) / DAY
    return Finding(
        "expiry",
        Result.FAIL if over else Result.WARN,
        f"{len(near)} near their end, {over} over; first {first.sort} {first.key}: {days:.0f} days",
        "Renew what is named and have the next trust list issued with it.",
    )


def _keys(parts: Parts) -> Finding:
    vault, folder = parts.vault, parts.settings.keys
    assert folder is not None, "a vault is opened where keys are set"
    open_node_signer(folder / "nodes" / parts.settings.node, vault)
    if parts.settings.signer is not None:
        return Finding("keys", Result.OK, "node key opens; seals are at the remote signer")
    served = sorted(parts.directory.nodes.get(parts.place.node, ()))
    for party in served:
        open_keyring(folder / "parties" / str(party), vault)
    return Finding("keys", Result.OK, f"node key and {len(served)} keyrings open")


def _lease(lease: LeaseStore) -> Finding:
    state = holder(lease)
    name = active(state)
    if name and state is not None:
        return Finding("lease", Result.OK, f"{name} is active, token {state.token}")
    do = "Start an instance: hubctl run --config …"
    said = "nobody is active" if state is not None else "the lease store cannot tell"
    return Finding("lease", Result.FAIL, said, do)


def _peers(parts: Parts) -> Finding:
    with parts.store.read() as tx:
        rows = tx.peers()
        away = [str(peer) for peer, row in sorted(rows.items()) if not present(row, tx.now)]
    if not rows:
        return Finding("peers", Result.WARN, "no neighbour was ever heard of", "Wait, or ask it.")
    return Finding(
        "peers",
        Result.WARN if away else Result.OK,
        f"{len(rows) - len(away)} of {len(rows)} present" + _listed(away),
        "Ask the absent neighbours; what is for them waits and is not lost.",
        (f"peers_away={len(away)};0;;0;{len(rows)}",),
    )


def _backlog(parts: Parts) -> Finding:
    with parts.store.read() as tx:
        groups = tx.hop_groups()
        now = tx.now
    count = sum(group.count for group in groups)
    age = max((now - group.since for group in groups), default=0)
    return Finding(
        "backlog",
        _graded(age, BACKLOG_WARN_MS, BACKLOG_FAIL_MS),
        f"{count} to send, oldest {age / SECOND:.0f} s",
        "Look at channels and peers: hubctl status.",
        (
            f"to_send={count};;;0",
            f"oldest={age / SECOND:.0f}s;{BACKLOG_WARN_MS // SECOND};{BACKLOG_FAIL_MS // SECOND};0",
        ),
    )


def _parked(parts: Parts) -> Finding:
    with parts.store.read() as tx:
        groups = [group for group in tx.task_groups() if group.state is TaskState.PARKED]
    count = sum(group.count for group in groups)
    codes = sorted({group.next_action for group in groups})
    said = f"{count} tasks wait for an operator" + _listed(codes)
    do = "hubctl status names them; docs/reference/errors.md says what each code needs."
    level = Result.WARN if count else Result.OK
    return Finding("parked", level, said, do, (f"parked={count};0;;0",))


def _disk(parts: Parts) -> Finding:
    share = free_share(parts.settings.data)
    low, full = share < DISK_WARN_SHARE, share < DISK_FAIL_SHARE
    return Finding(
        "disk",
        Result.FAIL if full else Result.WARN if low else Result.OK,
        f"{share:.0%} free",
        "Make room before the store cannot write.",
        (f"disk_free={share:.0%};{DISK_WARN_SHARE * 100:.0f}:;{DISK_FAIL_SHARE * 100:.0f}:;0;100",),
    )


def _archive(parts: Parts) -> Finding:
    away = lacking(parts)
    return Finding(
        "archive",
        Result.FAIL if away else Result.OK,
        f"files lacking: {len(away)}" if away else "every day's file is there",
        "Mount the folder, or put the files back from their copies: `hubctl archive list`.",
    )


def _alarms(parts: Parts) -> Finding:
    with parts.store.read() as tx:
        rows: list[Alarm] = tx.alarms()
    unanswered = [row for row in rows if row.state is AlarmState.OPEN]
    late = sum(row.escalated_at != NEVER for row in unanswered)
    return Finding(
        "alarms",
        Result.FAIL if late else Result.WARN if unanswered else Result.OK,
        f"{len(unanswered)} unanswered, {late} past their deadline"
        + _listed(sorted({row.code for row in unanswered})),
        "hubctl alarm list, then take each on with hubctl alarm ack.",
        (f"alarms={len(unanswered)};0;;0", f"alarms_late={late};;0;0"),
    )


def _channels(channels: Sequence[ChannelHealth]) -> Iterator[Finding]:
    up = any(health.state is ChannelState.UP for health in channels)
    for health in channels:
        fine = health.state is ChannelState.UP
        wrong = not up or health.reason in NEVER_BY_ITSELF
        known = advice(health.reason)
        yield Finding(
            f"channel {health.name}",
            Result.OK if fine else Result.FAIL if wrong else Result.WARN,
            f"{health.state} {health.reason}".rstrip(),
            known.do if known else "Check the broker, its disk and the line to it.",
        )


def _graded(value: float, warn: float, fail: float) -> Result:
    return Result.FAIL if value > fail else Result.WARN if value > warn else Result.OK


def _listed(names: Sequence[Any]) -> str:
    return f": {', '.join(map(str, names))}" if names else ""
