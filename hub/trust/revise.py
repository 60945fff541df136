"""Drawing up the next trust list: endings, additions, replacements under the next number.

Rules of this file: nothing is judged here (`rules.accept` does that, before anybody seals and at
every node); what is not named stays as it is, so that unchanged sections keep their digests.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

from hub.clock import Instant
from hub.errors import RuleBroken
from hub.trust.model import SORTS, Register, Registered, Status, TrustList


@dataclass(frozen=True, slots=True)
class Ending:
    """A suspension, revocation or resumption of one record."""

    sort: str
    """A name of `SORTS`."""
    key: str
    status: Status
    since: Instant | None
    """From when it counts: the invalidity date; None when the record becomes active again."""
    reason: str = ""


def revised(
    trust: TrustList,
    *,
    effective_at: Instant,
    expires_at: Instant,
    endings: Iterable[Ending] = (),
    additions: Iterable[Registered] = (),
) -> TrustList:
    """The list after `trust`; an addition with a known key replaces what stood there.

    Nothing is judged here: `rules.accept` says whether it may follow. What is not named stays.

    Raises:
        RuleBroken: `trust_record_unknown` for an ending of something that is not registered.

    Source: protocol rule 10.1; protocol rule 10.3
    """
    ends = {(SORTS[ending.sort], ending.key): ending for ending in endings}
    fresh = {(type(entry.record), entry.record.key): entry for entry in additions}
    places = {}
    for field, sort in zip(fields(Register), SORTS.values(), strict=True):
        entries = []
        for entry in getattr(trust.register, field.name):
            key = (sort, entry.record.key)
            kept = fresh.pop(key, entry)
            entries.append(_ended(kept, ends.pop(key)) if key in ends else kept)
        new = [entry for (kind, _), entry in sorted(fresh.items(), key=_by_key) if kind is sort]
        places[field.name] = (*entries, *new)
    if ends:
        raise RuleBroken("trust_record_unknown", record=next(iter(ends))[1])
    return replace(
        trust,
        number=trust.number + 1,
        effective_at=effective_at,
        expires_at=expires_at,
        register=Register(**places),
    )


def _ended(entry: Registered, ending: Ending) -> Registered:
    record = replace(
        entry.record, status=ending.status, ended_at=ending.since, reason=ending.reason
    )
    return replace(entry, record=record)


def _by_key(item: tuple[tuple[type, str], Registered]) -> str:
    return item[0][1]
