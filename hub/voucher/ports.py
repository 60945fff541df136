"""What sealing and verifying need from outside, as protocols."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from hub.clock import Instant
from hub.parties import Party
from hub.voucher.certificates import Certificate
from hub.voucher.model import LayerType
from hub.voucher.schema import Schemas


class Suite(Protocol):
    """A signature suite: `sm2-sm3`, `p256-sha256`, and the simulator's `digest-only`.

    Source: protocol rule 10.4; wire form 3; GB/T 38540-2020, 7.1
    """

    @property
    def name(self) -> str:
        """As propertyInfo and the trust list write it."""
        ...

    @property
    def signature_oid(self) -> str:
        """OID of its signature algorithm, dotted."""
        ...

    def digest(self, data: bytes, shared: int = 0) -> bytes:
        """The suite's hash (SM3 or SHA-256), 32 bytes.

        `shared`: how many octets at its beginning many others have, too; a hint, from 0 to all.
        """
        ...

    def verify(self, certificate: bytes, signature: bytes, data: bytes) -> bool:
        """Whether `signature` (DER) over `data` holds under the DER certificate's key.

        Strict DER, ranges checked, low-s for p256; False for anything malformed; never raises
        for content.
        """
        ...

    def certificate(self, octets: bytes) -> Certificate | None:
        """The facts of a certificate of this suite; None when the octets are none."""
        ...


class SealMaker(Protocol):
    """Somebody who can seal: a registered seal, its signer certificate, and a private key away.

    Implementations: encrypted file key, PKCS#11, remote signer (keys/).

    Source: GB/T 38540-2020, 7.2; protocol rule 2.12; protocol rule 14.2
    """

    @property
    def seal(self) -> bytes:
        """SES_Seal, DER."""
        ...

    @property
    def certificate(self) -> bytes:
        """The signer's certificate, DER; in the seal's list."""
        ...

    @property
    def suite(self) -> str:
        """Name of the suite."""
        ...

    def sign(self, tbs: Sequence[bytes]) -> list[bytes]:
        """DER signatures over each of `tbs`, in order.

        Raises:
            CustodyDown: the key cannot be used now.
        """
        ...


@dataclass(frozen=True, slots=True)
class RegisteredSeal:
    """A seal as the trust list in force registers it (备案)."""

    seal_id: str
    digest: bytes
    """SHA-256 of the SES_Seal octets."""
    party: Party
    suite: str
    signers: frozenset[bytes]
    """SHA-256 of certificates that may sign with it."""
    not_before: Instant
    not_after: Instant
    ended_at: Instant | None = None
    """Suspension, revocation or key compromise counts from here (the invalidity date)."""
    ended_as: str = ""
    """`suspended`, `revoked`, or empty."""


class TrustView(Protocol):
    """One consistent, immutable state of trust; cheap to ask.

    It knows no time: windows and endings are told, the caller compares them with its instants.

    Source: protocol rule 10.4; protocol rule 10.6; protocol rule 10.8
    """

    @property
    def state(self) -> int:
        """The trust_state this view was made from."""
        ...

    def seal(self, digest: bytes) -> RegisteredSeal | None:
        """The registered seal with this SHA-256, or None when nobody registered it."""
        ...

    def anchors(self) -> Sequence[bytes]:
        """DER certificates at which chains of seal makers and signers may end."""
        ...

    def intermediates(self) -> Sequence[bytes]:
        """DER certificates that may stand between."""
        ...

    def revoked_at(self, certificate: bytes) -> Instant | None:
        """When the DER certificate was revoked according to the CRLs and lists, else None."""
        ...

    def entitled(
        self, party: Party, kind: str, layer: LayerType, position: str, division: str
    ) -> bool:
        """Whether the party may seal this kind's layer at this position in this division."""
        ...

    def may_submit(self, sender: str, party: Party) -> bool:
        """Whether the channel identity (node) may submit for the acting party of a top layer."""
        ...


class KnownLayers(Protocol):
    """Lower layers this node has verified already, by stack digest.

    Source: protocol rule 2.9
    """

    def known(self, stack_digest: bytes) -> bool:
        """Whether exactly these octets (body and all seals) were verified here before."""
        ...


class Catalogues(Protocol):
    """Catalogue releases by number, compiled.

    Source: protocol rule 10.5; protocol rule 10.7
    """

    def release(self, number: int) -> Schemas | None:
        """The release, or None when this node lacks it."""
        ...

    def in_force(self, number: int, at: Instant) -> bool:
        """Whether `cat=number` is good at a proof time: in force, or the predecessor for 72 h."""
        ...

    def expired(self, at: Instant) -> bool:
        """Whether the release in force at `at` has ended for good: no new effects."""
        ...
