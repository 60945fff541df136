"""Chains of certificates to an anchor (RFC 5280, 6.1).

Rules:
- A chain has at most `CHAIN_MAX` certificates and ends at an anchor's exact octets; a certificate
  that is an anchor itself is a whole chain. One suite for all of it, ECDSA with either s.
- A chain's verdict does not depend on time: it carries its window and its first revocation, and
  callers compare them with their instants. So it can be kept as long as the trust state stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from hub.clock import Instant
from hub.voucher import others
from hub.voucher.certificates import Certificate
from hub.voucher.ports import Suite

CHAIN_MAX: Final = 5


class Anchors(Protocol):
    """The part of a TrustView that chains need; certificates are DER.

    Source: protocol rule 10.2; RFC 5280, 6.1
    """

    def anchors(self) -> Sequence[bytes]:
        """DER certificates at which chains may end."""
        ...

    def intermediates(self) -> Sequence[bytes]:
        """DER certificates that may stand between."""
        ...

    def revoked_at(self, certificate: bytes) -> Instant | None:
        """When the certificate was revoked, else None."""
        ...


@dataclass(frozen=True, slots=True)
class GivenAnchors:
    """Anchors as given, for files that no register of ours knows; empty trusts nobody.

    Source: protocol rule 12.4; RFC 5280, 6.1
    """

    roots: tuple[bytes, ...] = ()
    between: tuple[bytes, ...] = ()
    revocations: Mapping[bytes, Instant] = field(default_factory=dict)

    def anchors(self) -> Sequence[bytes]:
        """The roots."""
        return self.roots

    def intermediates(self) -> Sequence[bytes]:
        """The certificates between."""
        return self.between

    def revoked_at(self, certificate: bytes) -> Instant | None:
        """As given."""
        return self.revocations.get(certificate)


@dataclass(frozen=True, slots=True)
class Chain:
    """The verdict over one certificate: a path to an anchor, or the code why there is none."""

    code: str
    """Empty, or `certificate_malformed`, `certificate_usage`, `chain_unknown`, `chain_broken`."""
    not_before: Instant
    not_after: Instant
    revoked_at: Instant | None = None


def chain(octets: bytes, suite: Suite, trust: Anchors, longest: int = CHAIN_MAX) -> Chain:
    """Find a path from a signing certificate to an anchor, every signature in the same suite.

    A path has at most `longest` certificates, the anchor's with it.

    Never raises for content: what is wrong stands as `code` in the answer. The answer holds no
    verdict about the time; compare its window and its revocation with your own instants.

    Source: RFC 5280, 6.1; GB/T 38540-2020, 7.3; protocol rule 2.15
    """
    leaf = suite.certificate(octets)
    if leaf is None:
        return _without("certificate_malformed")
    if not leaf.may_sign or not leaf.understood or leaf.algorithm != suite.signature_oid:
        return _without("certificate_usage")
    anchors = trust.anchors()
    above = [
        found
        for other in (*anchors, *trust.intermediates())
        if (found := suite.certificate(other)) is not None
    ]
    code, path = _path((leaf,), above, frozenset(anchors), suite, longest)
    if code:
        return _without(code)
    revocations = [at for c in path if (at := trust.revoked_at(c.octets)) is not None]
    return Chain(
        "",
        Instant(max(c.not_before for c in path)),
        Instant(min(c.not_after for c in path)),
        min(revocations, default=None),
    )


def _without(code: str) -> Chain:
    return Chain(code, Instant(0), Instant(0))


def _path(
    path: tuple[Certificate, ...],
    above: Sequence[Certificate],
    anchors: frozenset[bytes],
    suite: Suite,
    longest: int,
) -> tuple[str, tuple[Certificate, ...]]:
    last = path[-1]
    if last.octets in anchors:
        return "", path
    code = "chain_unknown"
    if len(path) == longest:
        return code, path
    for issuer in above:
        if issuer.subject != last.issuer or issuer in path:
            continue
        below = len(path) - 1  # authorities between this issuer and the leaf
        fits = issuer.path_length is None or issuer.path_length >= below
        if (
            not issuer.is_authority
            or not issuer.understood
            or not fits
            or issuer.algorithm != suite.signature_oid
            or not others.holds(suite, issuer.octets, last.signature, last.tbs)
        ):
            code = "chain_broken"
            continue
        found, whole = _path((*path, issuer), above, anchors, suite, longest)
        if not found:
            return found, whole
        code = found
    return code, path
