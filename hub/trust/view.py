"""One consistent, immutable state of trust: what verification asks (TrustView), and of nodes.

Made from the list in force, the CRLs, the node's own suspensions, and the trust_state counter.
A change of any of them makes another view; nothing is ever changed in one.

Rules of this file (protocol 8, 10):
- Of several endings of one thing (its own, its party's, a local suspension) the earliest counts.
- The suite comes from the list, never from a message.
- A party acts in its own divisions only, whatever its entitlements say.
- All look-ups are dictionary look-ups; answers that needed a search are remembered, bounded.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final, TypeVar

from hub.clock import Instant
from hub.parties import NodeId, Party
from hub.trust.certificate_id import issuer_and_serial
from hub.trust.model import (
    GRACE,
    CertificateEntry,
    Entitlement,
    LocalSuspension,
    NodeKey,
    Operator,
    PartyEntry,
    Record,
    Registered,
    Revocations,
    SealEntry,
    Status,
    SubmitRight,
    TrustList,
    Usage,
    in_force,
    matches,
)
from hub.voucher.model import LayerType
from hub.voucher.ports import RegisteredSeal, Suite

_REMEMBERED_MAX: Final = 65_536
R = TypeVar("R", bound=Record)


class Standing(StrEnum):
    """Whether the list carries new effects."""

    IN_FORCE = "in_force"
    GRACE = "grace"
    """Expired less than 72 h ago: effects go on, under an alarm."""
    EXPIRED = "expired"
    """No new effects."""


class View:
    """TrustView, and what a node's process asks beyond it, over one state of trust.

    Source: protocol rule 10.4; protocol rule 10.5; protocol rule 10.8; protocol rule 8.4
    """

    def __init__(
        self,
        trust: TrustList,
        *,
        state: int,
        at: Instant,
        suites: Mapping[str, Suite],
        revocations: Sequence[Revocations] = (),
        suspensions: Sequence[LocalSuspension] = (),
    ) -> None:
        """Index everything once. `at`: node keys whose dates exclude it are left out."""
        self.trust = trust
        self.revocations = tuple(revocations)
        self._state = state
        self._suites = suites
        self._suspended = _earliest(suspensions)
        register = trust.register
        self._parties = {r.party: r for r in _of(PartyEntry, register)}
        self._seals = {r.digest: r for r in _of(SealEntry, register)}
        self._certificates = {r.digest: r for r in _of(CertificateEntry, register)}
        self._operators = {r.operator_id: r for r in _of(Operator, register)}
        self._revoked_serials = _by_issuer(revocations)
        self._anchors = self._standing_certificates(Usage.ANCHOR)
        self._intermediates = self._standing_certificates(Usage.INTERMEDIATE)
        self._node_keys = {
            (key.node, key.digest): key
            for key in _of(NodeKey, register)
            if key.status is Status.ACTIVE
            and key.not_before <= at <= key.not_after
            and f"node_key:{key.key.split('|')[1]}" not in self._suspended
            and self._party_ending(key.party) is None
        }
        self._rights = _by_type(r for r in _of(Entitlement, register) if r.at(at))
        self._submits = _by_node(r for r in _of(SubmitRight, register) if r.at(at))
        self._entitled: dict[tuple[Party, str, LayerType, str, str], bool] = {}
        self._registered: dict[bytes, RegisteredSeal] = {}
        self._revoked: dict[bytes, Instant | None] = {}

    @property
    def state(self) -> int:
        """The trust_state this view was made from."""
        return self._state

    @property
    def number(self) -> int:
        """The number of the list in force."""
        return self.trust.number

    def expired(self, at: Instant) -> bool:
        """Whether the list carries no new effects any more at `at`."""
        return self.standing(at) is Standing.EXPIRED

    def standing(self, at: Instant) -> Standing:
        """Whether the list carries new effects at `at`."""
        if at <= self.trust.expires_at:
            return Standing.IN_FORCE
        return Standing.GRACE if at <= self.trust.expires_at + GRACE else Standing.EXPIRED

    # TrustView

    def seal(self, digest: bytes) -> RegisteredSeal | None:
        """The registered seal with this SHA-256, or None when nobody registered it."""
        known = self._registered.get(digest)
        if known is not None:
            return known
        entry = self._seals.get(digest)
        if entry is None or entry.party not in self._parties:
            return None
        ending = min(
            filter(
                None,
                (
                    _ending(entry),
                    self._suspended.get(f"seal:{entry.key}"),
                    self._party_ending(entry.party),
                ),
            ),
            default=None,
        )
        made = RegisteredSeal(
            entry.seal_id, entry.digest, entry.party, entry.suite, frozenset(entry.signers),
            entry.not_before, entry.not_after,
            ending[0] if ending else None, ending[1] if ending else "",
        )  # fmt: skip
        self._registered[digest] = made
        return made

    def anchors(self) -> Sequence[bytes]:
        """DER certificates at which chains of seal makers and signers may end."""
        return self._anchors

    def intermediates(self) -> Sequence[bytes]:
        """DER certificates that may stand between."""
        return self._intermediates

    def revoked_at(self, certificate: bytes) -> Instant | None:
        """When the DER certificate was revoked according to the CRLs and lists, else None.

        Raises:
            Malformed: `certificate_form`.
        """
        digest = hashlib.sha256(certificate).digest()
        if digest not in self._revoked:
            if len(self._revoked) >= _REMEMBERED_MAX:
                self._revoked.clear()
            self._revoked[digest] = self._find_revocation(certificate, digest)
        return self._revoked[digest]

    def entitled(
        self, party: Party, kind: str, layer: LayerType, position: str, division: str
    ) -> bool:
        """Whether the party may seal this kind's layer at this position in this division."""
        asked = (party, kind, layer, position, division)
        known = self._entitled.get(asked)
        if known is None:
            if len(self._entitled) >= _REMEMBERED_MAX:
                self._entitled.clear()
            known = self._entitled[asked] = self._find_right(*asked)
        return known

    def may_submit(self, sender: str, party: Party) -> bool:
        """Whether the channel identity (node) may submit for the acting party of a top layer."""
        entry = self._parties.get(party)
        if entry is None:
            return False
        if entry.served_by == sender:
            return True
        exact, patterns = self._submits.get(sender, (frozenset[str](), ()))
        text = str(party)
        return text in exact or any(matches(pattern, text) for pattern in patterns)

    # nodes

    def verify_node(self, node: NodeId, signer: bytes, data: bytes, signature: bytes) -> bool:
        """Whether `signature` over `data` holds under the node's certificate `signer` (SHA-256)."""
        key = self._node_keys.get((node, signer))
        if key is None or self.revoked_at(key.certificate) is not None:
            return False
        suite = self._suites.get(key.suite)
        return suite is not None and suite.verify(key.certificate, signature, data)

    def node_certificates(self, node: NodeId) -> list[bytes]:
        """Certificates (DER) of a node's keys that hold now, in order."""
        return sorted(
            key.certificate
            for (name, _), key in self._node_keys.items()
            if name == node and self.revoked_at(key.certificate) is None
        )

    # the register, for people and rules

    def party(self, party: Party) -> PartyEntry | None:
        """The party's entry."""
        return self._parties.get(party)

    def operator(self, operator_id: str) -> Operator | None:
        """The operator's entry."""
        return self._operators.get(operator_id)

    @property
    def has_operators(self) -> bool:
        """Whether anybody is registered who could sign a guarded act."""
        return bool(self._operators)

    def served_by(self, node: NodeId) -> tuple[Party, ...]:
        """The parties a node serves, in order."""
        return tuple(sorted(p for p, e in self._parties.items() if e.served_by == node))

    def suite(self, name: str) -> Suite | None:
        """The suite of this name, when this node has it switched on."""
        return self._suites.get(name)

    def _standing_certificates(self, usage: Usage) -> tuple[bytes, ...]:
        return tuple(
            c.certificate
            for c in self._certificates.values()
            if c.usage is usage
            and c.status is Status.ACTIVE
            and f"certificate:{c.key}" not in self._suspended
        )

    def _party_ending(self, party: Party) -> tuple[Instant, str] | None:
        entry = self._parties.get(party)
        found = (_ending(entry) if entry else None, self._suspended.get(f"party:{party}"))
        return min(filter(None, found), default=None)

    def _find_revocation(self, certificate: bytes, digest: bytes) -> Instant | None:
        entry = self._certificates.get(digest)
        listed = _ending(entry) if entry else None
        local = self._suspended.get(f"certificate:{digest.hex()}")
        issuer, serial = issuer_and_serial(certificate)
        times = [ending[0] for ending in (listed, local) if ending is not None]
        revoked = self._revoked_serials.get(issuer, ())
        times += [crl[serial] for crl in revoked if serial in crl]
        return min(times, default=None)

    def _find_right(
        self, party: Party, kind: str, layer: LayerType, position: str, division: str
    ) -> bool:
        entry = self._parties.get(party)
        if entry is None or not any(matches(own, division) for own in entry.divisions):
            return False
        text = str(party)
        return any(
            matches(right.party, text) and right.covers(kind, layer, position, division)
            for right in (*self._rights.get(party.org_type, ()), *self._rights.get("", ()))
        )


def _of(sort: type[R], register: Iterable[Registered]) -> list[R]:
    return [r.record for r in register if isinstance(r.record, sort)]


def _ending(record: Record) -> tuple[Instant, str] | None:
    if record.status is Status.ACTIVE:
        return None
    return record.ended_at if record.ended_at is not None else Instant(0), record.status


def _earliest(suspensions: Iterable[LocalSuspension]) -> dict[str, tuple[Instant, str]]:
    found: dict[str, tuple[Instant, str]] = {}
    for one in suspensions:
        ending = (one.since, str(Status.SUSPENDED))
        found[one.subject] = min(ending, found.get(one.subject, ending))
    return found


def _by_issuer(revocations: Iterable[Revocations]) -> dict[bytes, tuple[dict[int, Instant], ...]]:
    """What each issuer's CRLs revoke, those in force."""
    found: dict[bytes, tuple[dict[int, Instant], ...]] = {}
    for crl in in_force(revocations):
        found[crl.issuer] = (*found.get(crl.issuer, ()), crl.revoked)
    return found


def _by_type(rights: Iterable[Entitlement]) -> dict[str, tuple[Entitlement, ...]]:
    """By the org type a party pattern fixes; under '' those that fix none."""
    found: dict[str, list[Entitlement]] = {}
    for right in rights:
        fixed = right.party[:3] if right.party[:3].isdigit() and len(right.party) > 3 else ""
        found.setdefault(fixed, []).append(right)
    return {org_type: tuple(some) for org_type, some in found.items()}


def _by_node(
    rights: Iterable[SubmitRight],
) -> dict[str, tuple[frozenset[str], tuple[str, ...]]]:
    found: dict[str, list[str]] = {}
    for right in rights:
        found.setdefault(right.node, []).append(right.party)
    return {
        node: (
            frozenset(p for p in patterns if not p.endswith("*")),
            tuple(p for p in patterns if p.endswith("*")),
        )
        for node, patterns in found.items()
    }
