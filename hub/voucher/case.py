"""One seal under check, with all that its checks look at: what `checks` and the report walk with.

Rules: verdicts over seal and chains are kept ones where there are any, else made and kept; a part
that is missing is refused by its own code when a check first asks for it.
"""

from dataclasses import dataclass
from hashlib import sha256

from hub.clock import Instant
from hub.errors import Malformed, SealUntrusted
from hub.voucher import chain
from hub.voucher.catalogue import Kind
from hub.voucher.chain import Chain
from hub.voucher.ground import Ground, SealVerdict, judge_seal
from hub.voucher.model import Binding, Head, Layer, SealBlock, SealFact
from hub.voucher.ports import RegisteredSeal, Suite
from hub.voucher.ses import SesSeal, SesSignature


@dataclass(slots=True)
class Case:
    """One seal under check, with what surrounds it; later checks use what earlier ones found.

    Required: `at` is the proof time of the layer; `kind` is filled in before `binding` is checked.

    Source: GB/T 38540-2020, 7.3; protocol rule 2.8; protocol rule 2.15
    """

    ground: Ground
    at: Instant
    """Proof time of the layer."""
    fresh: bool
    """Whether the sealing may be at most 24 h before proof; not for a layer met inside a stack."""
    head: Head
    kind: Kind | None
    layer: Layer
    block: SealBlock
    ses: SesSignature
    binding: Binding
    first: Binding
    """Binding of the stack's first seal: what all seals of a stack share."""
    opening: Binding
    """Binding of the layer's first seal: what all seals of a layer share."""
    previous: bytes
    """The SES_Signature before this one in the stack, or nothing."""
    previous_seal: int
    """Octets of the seal that it begins with, as all of its signer's do."""
    judged: SealVerdict | None = None
    signer_digest: bytes = b""
    signer_chain: Chain | None = None

    @property
    def verdict(self) -> SealVerdict:
        """The seal's verdict, kept or made."""
        if self.judged is None:
            octets = self.ses.seal
            digest = self.ses.key[:32] or sha256(octets).digest()
            self.judged = self.ground.verdicts.seals.get(
                digest,
                self.ground.trust.state,
                lambda: judge_seal(octets, digest, self.ground),
            )
        return self.judged

    @property
    def suite(self) -> Suite:
        """The suite that the trust list names for this seal.

        Raises:
            SealUntrusted: `suite_unknown`: it names none, or none that is here.
        """
        suite = self.verdict.suite
        if suite is None:
            raise SealUntrusted("suite_unknown", position=self.block.position)
        return suite

    @property
    def key(self) -> bytes:
        """SHA-256 of the seal and SHA-256 of the signer's certificate."""
        ses = self.ses
        return ses.key or sha256(ses.seal).digest() + sha256(ses.certificate).digest()

    @property
    def registered(self) -> RegisteredSeal:
        """The seal as registered.

        Raises:
            SealUntrusted: `seal_unknown`: nobody registered it.
        """
        registered = self.verdict.registered
        if registered is None:
            raise SealUntrusted("seal_unknown", position=self.block.position)
        return registered

    @property
    def seal(self) -> SesSeal:
        """The seal, sliced.

        Raises:
            Malformed: `ses_der`, `seal_format_v1`: the octets are no seal of our profile.
        """
        verdict = self.verdict
        if verdict.seal is None:
            raise Malformed(verdict.code, position=self.block.position)
        return verdict.seal

    @property
    def signer(self) -> Chain:
        """The signer's chain, kept or made.

        Raises:
            SealUntrusted: `suite_unknown`.
        """
        if self.signer_chain is None:
            certificate, suite = self.ses.certificate, self.suite
            self.signer_digest = sha256(certificate).digest()
            self.signer_chain = self.ground.verdicts.chains.get(
                self.signer_digest,
                self.ground.trust.state,
                lambda: chain.chain(certificate, suite, self.ground.trust),
            )
        return self.signer_chain

    def fact(self) -> SealFact:
        """What the seal says, once it is verified.

        Raises:
            SealUntrusted: `seal_unknown`.
        """
        registered = self.registered
        return SealFact(
            position=self.block.position,
            seal_id=registered.seal_id,
            party=registered.party,
            signer=self.signer_digest or self.key[32:],
            sealed_at=self.ses.sealed_at,
            suite=self.binding.suite,
        )
