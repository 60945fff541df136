"""Whether a trust list may follow the one in force (protocol rule 10.3).

Rules of this file:
- Own environment only; a lower number is refused, the same number must be the same list.
- Seals of two different pinned parties.
- An addition or a key change bears the party's own endorsement: by its onboarding key or one of
  its signers, as the list *in force* knows them. Suspension and revocation need none.
- What was revoked stays revoked; a record leaves a list only after it was revoked or has run out.
- Every record is consistent with itself and with the records it names.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from hub.clock import Instant
from hub.errors import Conflict, HubError, Malformed, SealUntrusted
from hub.parties import NodeId, Party
from hub.trust.model import (
    SIGNATURES_NEEDED,
    CertificateEntry,
    NodeKey,
    Operator,
    PartyEntry,
    Record,
    Register,
    Registered,
    SealEntry,
    Status,
    TrustList,
    Usage,
)
from hub.trust.register import endorsed_octets
from hub.voucher.ports import Suite


@dataclass(frozen=True, slots=True)
class Change:
    """A record that differs between two lists; `before` or `after` may be missing.

    Source: protocol rule 10.3
    """

    before: Record | None
    after: Record | None

    @property
    def record(self) -> Record:
        """The newer side there is."""
        found = self.after or self.before
        assert found is not None
        return found


def accept(
    current: TrustList | None,
    new: TrustList,
    *,
    env: str,
    at: Instant,
    sealed_by: Collection[Party],
    suites: Mapping[str, Suite],
) -> list[Change]:
    """What changes when `new` follows `current`; nothing for the list in force once more.

    `current` is None for the very first list only: a node that joins later walks the lists from the
    first one, each at its sealing time. What was accepted once is loaded with `sound`.
    `sealed_by` are the pinned parties whose seals over the list hold (`listing.open_list`).

    Raises:
        Malformed: `trust_record_digest`, `trust_record_reference`, `trust_record_ending`.
        SealUntrusted: `trust_list_other_environment`, `trust_list_number`, `trust_list_expired`,
            `trust_list_seals`, `trust_endorsement_missing`, `trust_endorsement_broken`,
            `trust_record_revived`, `trust_record_dropped`.
        Conflict: `trust_list_conflict`.

    Source: protocol rule 10.1; protocol rule 10.2; protocol rule 10.3
    """
    sound(new, env=env, sealed_by=sealed_by)
    if current is not None and new.number <= current.number:
        if new.number < current.number:
            raise SealUntrusted("trust_list_number", number=new.number)
        if new != current:
            raise Conflict("trust_list_conflict", number=new.number)
        return []
    if new.expires_at <= at or new.expires_at <= new.effective_at:
        raise SealUntrusted("trust_list_expired", number=new.number)
    before = _by_key(current.register if current else Register())
    after = _by_key(new.register)
    keys = _Endorsers(current, new)
    changes = []
    for key in sorted(before.keys() | after.keys()):
        old, fresh = before.get(key), after.get(key)
        if old is not None and fresh is not None and old.record == fresh.record:
            continue
        _judge(old, fresh, new.env, keys, suites, at)
        changes.append(Change(old.record if old else None, fresh.record if fresh else None))
    return changes


def sound(trust: TrustList, *, env: str, sealed_by: Collection[Party]) -> None:
    """Check a list by itself: what loading a list takes that this node has accepted before.

    Raises:
        Malformed: `trust_record_digest`, `trust_record_reference`, `trust_record_ending`.
        SealUntrusted: `trust_list_other_environment`, `trust_list_seals`.

    Source: protocol rule 10.2; protocol rule 1.1
    """
    if trust.env != env:
        raise SealUntrusted("trust_list_other_environment")
    if len(set(sealed_by)) < SIGNATURES_NEEDED:
        raise SealUntrusted("trust_list_seals", count=len(set(sealed_by)))
    consistent(trust.register)


def in_force(lists: Iterable[TrustList], at: Instant) -> TrustList | None:
    """Of accepted lists the one that counts at `at`: the highest number already effective, or None.

    Source: protocol rule 10.1
    """
    effective = [one for one in lists if one.effective_at <= at]
    return max(effective, key=lambda one: one.number, default=None)


def touching(changes: Iterable[Change], parties: Collection[Party], node: NodeId) -> list[Change]:
    """Changes of a node's own entries: every node alerts on these.

    Source: protocol rule 10.3
    """
    return [
        change
        for change in changes
        if change.record.owner in parties
        or (isinstance(change.record, NodeKey) and change.record.node == node)
    ]


def consistent(register: Register) -> None:
    """Check that records hold together: digests, owners, signers, endings, duties.

    Raises:
        Malformed: `trust_record_digest`, `trust_record_reference`, `trust_record_ending`,
            `operator_two_duties`, `operator_deputy`.

    Source: protocol rule 10.3; protocol rule 10.9; protocol rule 14.4
    """
    parties = {r.record.party for r in register.parties if isinstance(r.record, PartyEntry)}
    signers = {
        r.record.digest: r.record.party
        for r in register.certificates
        if isinstance(r.record, CertificateEntry) and r.record.usage is Usage.SIGNER
    }
    for entry in register:
        record = entry.record
        if isinstance(record, CertificateEntry | NodeKey) and (
            hashlib.sha256(record.certificate).digest() != record.digest
        ):
            raise Malformed("trust_record_digest", record=record.key)
        if record.owner is not None and record.owner not in parties:
            raise Malformed("trust_record_reference", record=record.key)
        if isinstance(record, SealEntry) and (
            not record.signers or any(signers.get(s) != record.party for s in record.signers)
        ):
            raise Malformed("trust_record_reference", record=record.key)
        if (record.status is Status.ACTIVE) != (record.ended_at is None):
            raise Malformed("trust_record_ending", record=record.key)
    _separated([r.record for r in register.operators if isinstance(r.record, Operator)])


def _separated(operators: Sequence[Operator]) -> None:
    """Duties are separated: one key is one person, and one person has one duty (三员分立)."""
    known = {one.operator_id: one for one in operators}
    keys: dict[bytes, str] = {}
    for one in operators:
        if keys.setdefault(one.certificate, one.operator_id) != one.operator_id:
            raise Malformed("operator_two_duties", record=one.operator_id)
        principal = known.get(one.deputy_of) if one.deputy_of else None
        if one.deputy_of and (
            principal is None or principal is one or principal.duty is not one.duty
        ):
            raise Malformed("operator_deputy", record=one.operator_id)


class _Endorsers:
    """Which certificates may endorse for a party: of the list in force, or at its first entry."""

    def __init__(self, current: TrustList | None, new: TrustList) -> None:
        self._known: dict[Party, dict[bytes, tuple[str, bytes]]] = {}
        if current is not None:
            self._take(current.register, frozenset())
        self._take(new.register, frozenset(self._known), first=True)

    def _take(self, register: Register, skip: Collection[Party], *, first: bool = False) -> None:
        for entry in register.parties:
            record = entry.record
            if isinstance(record, PartyEntry) and record.party not in skip:
                keys = self._known.setdefault(record.party, {})
                if record.status is Status.ACTIVE:
                    digest = hashlib.sha256(record.onboarding).digest()
                    keys[digest] = (record.suite, record.onboarding)
        for entry in () if first else register.certificates:
            record = entry.record
            if (
                isinstance(record, CertificateEntry)
                and record.party is not None
                and record.status is Status.ACTIVE
                and self._known.get(record.party)
            ):
                self._known[record.party][record.digest] = (record.suite, record.certificate)

    def key(self, party: Party, digest: bytes) -> tuple[str, bytes] | None:
        """(suite, certificate) of an endorser of the party."""
        return self._known.get(party, {}).get(digest)


def _judge(
    old: Registered | None,
    fresh: Registered | None,
    env: str,
    keys: _Endorsers,
    suites: Mapping[str, Suite],
    at: Instant,
) -> None:
    if fresh is None:
        assert old is not None
        if old.record.status is not Status.REVOKED and not _run_out(old.record, at):
            raise SealUntrusted("trust_record_dropped", record=old.record.key)
        return
    record = fresh.record
    same = old is not None and endorsed_octets(env, old.record) == endorsed_octets(env, record)
    if (
        old is not None
        and old.record.status is Status.REVOKED
        and not (same and record.status is Status.REVOKED)
    ):
        raise SealUntrusted("trust_record_revived", record=record.key)
    if same or record.owner is None:
        return
    error = _endorsed(fresh, record.owner, env, keys, suites)
    if error is not None:
        raise error


def _endorsed(
    entry: Registered, owner: Party, env: str, keys: _Endorsers, suites: Mapping[str, Suite]
) -> HubError | None:
    if not entry.endorsement:
        return SealUntrusted("trust_endorsement_missing", record=entry.record.key)
    key = keys.key(owner, entry.endorser)
    suite = suites.get(key[0]) if key else None
    if key is None or suite is None:
        return SealUntrusted("trust_endorsement_broken", record=entry.record.key)
    if not suite.verify(key[1], entry.endorsement, endorsed_octets(env, entry.record)):
        return SealUntrusted("trust_endorsement_broken", record=entry.record.key)
    return None


def _run_out(record: Record, at: Instant) -> bool:
    not_after = getattr(record, "not_after", None)
    return not_after is not None and not_after < at


def _by_key(register: Register) -> dict[tuple[str, str], Registered]:
    return {(type(entry.record).__name__, entry.record.key): entry for entry in register}
