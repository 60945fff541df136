"""The voucher library behind the exchange's `Verifier` port, one trust state at a time.

`reopen` reads what this node has verified and recorded before: it checks no signature again, only
that octets are still a message whose layers are bound as they were.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from hub.clock import Instant
from hub.errors import Damaged, Rejection
from hub.parties import NodeId, Party, party
from hub.voucher import Ground, VerdictCache, open_message, verify_opened, xml
from hub.voucher.batch import Refusal
from hub.voucher.catalogue import Kind
from hub.voucher.model import (
    Binding,
    Layer,
    LayerId,
    LayerType,
    Opened,
    Reading,
    SealBlock,
    SealedLayer,
    SealFact,
    Voucher,
    VoucherId,
)
from hub.voucher.ports import Catalogues, KnownLayers, Suite, TrustView
from hub.voucher.ses import SesSignature
from hub.voucher.verification import sliced


class Trust(TrustView, Protocol):
    """A trust view that also knows nodes, its number and its end."""

    @property
    def number(self) -> int:
        """Number of the list in force."""
        ...

    def expired(self, at: Instant) -> bool:
        """Whether it carries no new effects at `at`."""
        ...

    def verify_node(self, node: NodeId, signer: bytes, data: bytes, signature: bytes) -> bool:
        """Whether a node key's signature holds."""
        ...


class Verification:
    """The `Verifier` of a node's process; `load` gives the trust of a state."""

    def __init__(
        self,
        env: str,
        suites: Mapping[str, Suite],
        catalogues: Catalogues,
        load: Callable[[int], Trust],
        trust_state: int,
    ) -> None:
        self._env = env
        self._suites = suites
        self._catalogues = catalogues
        self._load = load
        self._verdicts = VerdictCache()
        self._trust = load(trust_state)

    @property
    def trust_state(self) -> int:
        """The state verdicts are made under."""
        return self._trust.state

    @property
    def trust(self) -> Trust:
        """The trust of this state."""
        return self._trust

    @property
    def trust_number(self) -> int:
        """The number of the list verdicts are made under."""
        return self._trust.number

    def expired(self, at: Instant) -> bool:
        """Whether that list, or the catalogue release, carries no new effects at `at`."""
        return self._trust.expired(at) or self._catalogues.expired(at)

    def refresh(self, trust_state: int) -> None:
        """Load the trust of another state."""
        if trust_state != self._trust.state:
            self._trust = self._load(trust_state)

    def ground(self, known: KnownLayers) -> Ground:
        """What the voucher library stands on here."""
        return Ground(self._trust, self._catalogues, self._env, self._suites, known, self._verdicts)

    def open(self, octets: bytes, digest: bytes | None = None) -> Opened:
        """The envelope."""
        return open_message(octets, digest=digest)

    def verify_many(
        self, messages: Sequence[tuple[Opened, Instant]], known: KnownLayers
    ) -> list[Voucher | Refusal]:
        """The vouchers of a batch, or why one is none."""
        return verify_opened(messages, self.ground(known))

    def kind(self, voucher: Voucher) -> Kind:
        """The kind under the release that the top layer names."""
        release = self._catalogues.release(voucher.top.cat)
        assert release is not None, "a verified voucher names a release that is here"
        return release.kind(voucher.id.kind, voucher.id.division, voucher.id.year)

    def acting(self, opened: Opened) -> list[Party]:
        """Whose registered seal is first on top; of an unregistered one, who could have set it."""
        try:
            (signature, bound), *_ = sliced(opened.layers[-1], self._env)
            registered = self._trust.seal(hashlib.sha256(signature.seal).digest())
            if registered is not None:
                return [registered.party]
            if bound.layer in {LayerType.RECEIPT, LayerType.RETURN}:
                (_, below), *_ = sliced(opened.layers[0], self._env)
                return [party(name) for name in below.to if name != "*"]
            return [party(bound.issuer)]
        except Rejection:
            return []

    def may_submit(self, sender: NodeId, acting: Party) -> bool:
        """As the trust list says."""
        return self._trust.may_submit(sender, acting)

    def verify_node(self, node: NodeId, signer: bytes, data: bytes, signature: bytes) -> bool:
        """As the trust list's node keys say."""
        return self._trust.verify_node(node, signer, data, signature)

    def reopen(self, octets: Sequence[bytes]) -> list[Voucher]:
        """Vouchers of messages that were verified when they were recorded here.

        Raises:
            Malformed: the octets are no message any more.
            Damaged: `seal_forgotten`: a seal they bear is in no list any more.
        """
        return [self._reopen(one) for one in octets]

    def _reopen(self, octets: bytes) -> Voucher:
        opened = open_message(octets)
        return Voucher(
            opened.octets, opened.digest, tuple([self._relayer(la) for la in opened.layers])
        )

    def _relayer(self, layer: Layer) -> SealedLayer:
        parts = sliced(layer, self._env)
        facts = tuple(
            [
                self._fact(block, signature, bound)
                for block, (signature, bound) in zip(layer.seals, parts, strict=True)
            ]
        )
        bound = parts[0][1]
        identity = VoucherId(
            bound.env, bound.div, bound.year, bound.type, party(bound.issuer), bound.no
        )
        return SealedLayer(
            id=LayerId(identity, bound.layer, facts[0].party),
            cat=bound.cat,
            to=bound.to,
            body=layer.body,
            body_digest=layer.body_digest,
            stack_digest=layer.stack_digest,
            reading=Reading(xml.content(layer.body)),
            seals=facts,
        )

    def _fact(self, block: SealBlock, signature: SesSignature, bound: Binding) -> SealFact:
        registered = self._trust.seal(hashlib.sha256(signature.seal).digest())
        if registered is None:
            raise Damaged("seal_forgotten", reason=block.position)
        signer = hashlib.sha256(signature.certificate).digest()
        return SealFact(
            block.position,
            registered.seal_id,
            registered.party,
            signer,
            signature.sealed_at,
            bound.suite,
        )
