"""One watch over what runs out: certificates, seals, node keys, operators, CRLs, lists, releases.

Rules of this file:
- Levels at 90, 30 and 7 days, but never earlier than a half, a quarter and an eighth of the
  thing's whole life: a CRL of one week does not warn from its first day.
- What has ended already is not watched; what has run out is reported until it is replaced.
- Of catalogue releases the end of the last one counts that follows without a gap: a release whose
  successor is here runs out for nobody.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from hub.clock import DAY, Instant
from hub.trust.model import (
    CertificateEntry,
    NodeKey,
    Operator,
    Pin,
    Revocations,
    SealEntry,
    Status,
    TrustList,
    in_force,
)
from hub.voucher.releases import Release


class Level(IntEnum):
    """How near the end is."""

    FAR = 0
    NOTICE = 1
    WARNING = 2
    URGENT = 3
    OVER = 4


_STEPS: Final = (
    (Level.URGENT, 7 * DAY, 8),
    (Level.WARNING, 30 * DAY, 4),
    (Level.NOTICE, 90 * DAY, 2),
)


@dataclass(frozen=True, slots=True)
class Expiry:
    """Something that runs out soon, or has."""

    sort: str
    key: str
    owner: str
    """Party, or empty."""
    ends_at: Instant
    level: Level


def watch(
    trust: TrustList, pins: Sequence[Pin], revocations: Sequence[Revocations],
    release: Release, at: Instant,
) -> list[Expiry]:  # fmt: skip
    """Everything that is not far from its end, the nearest first.

    `release`: the last one that follows the release in force without a gap.

    Source: protocol rule 10.12
    """
    found = (
        Expiry(sort, key, owner, ends, level(starts, ends, at))
        for sort, key, owner, starts, ends in lives(trust, pins, revocations, release)
    )
    near = [one for one in found if one.level is not Level.FAR]
    return sorted(near, key=lambda one: (one.ends_at, one.sort, one.key))


def level(starts: Instant, ends: Instant, at: Instant) -> Level:
    """How near the end of a life from `starts` to `ends` is at `at`; all are milliseconds.

    Source: protocol rule 10.12
    """
    if at > ends:
        return Level.OVER
    for step, longest, share in _STEPS:
        if ends - at <= min(longest, (ends - starts) // share):
            return step
    return Level.FAR


def lives(
    trust: TrustList, pins: Sequence[Pin], revocations: Sequence[Revocations], release: Release
) -> Iterable[tuple[str, str, str, Instant, Instant]]:
    """Everything that runs out: sort, key, owner (party or empty), beginning, end.

    Source: protocol rule 10.12
    """
    yield "list", f"{trust.number}", "", trust.effective_at, trust.expires_at
    if release.expires_at is not None:
        yield "release", f"{release.number}", "", release.effective_at, release.expires_at
    for crl in in_force(revocations):
        yield "crl", f"{crl.number}", "", crl.this_update, crl.next_update
    for pin in pins:
        yield "pin", str(pin.party), str(pin.party), pin.not_before, pin.not_after
    for entry in trust.register:
        record = entry.record
        if (
            isinstance(record, CertificateEntry | SealEntry | NodeKey | Operator)
            and record.status is Status.ACTIVE
        ):
            yield (
                type(record).__name__.removesuffix("Entry").lower(),
                record.key,
                str(record.owner or ""),
                record.not_before,
                record.not_after,
            )
