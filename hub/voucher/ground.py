"""What verification stands on, and the verdicts it keeps.

Rules: verdicts do not depend on time (they carry windows); they are keyed by SHA-256 and trust
state, so that a new list, CRL or suspension makes every older verdict unreachable at once; they
are bounded, the oldest goes first. One cache per worker; it is not shared by threads.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from hub.errors import Malformed
from hub.voucher import chain, others, ses
from hub.voucher.chain import Chain
from hub.voucher.frames import Frames
from hub.voucher.ports import Catalogues, KnownLayers, RegisteredSeal, Suite, TrustView
from hub.voucher.ses import SesSeal

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SealVerdict:
    """What is known of a seal's octets under one trust state, whatever the time."""

    registered: RegisteredSeal | None
    suite: Suite | None
    """The suite that the trust list names; None when it names none that is here."""
    seal: SesSeal | None
    code: str
    """Empty, or why the octets are no seal of our profile."""
    signed: bool
    """The maker's signature holds."""
    maker: Chain | None
    """The maker's chain."""
    listed: frozenset[bytes]
    """The seal's signer list: certificates, or their digests in the suite's hash."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A seal and a signer that passed every check of trust, and when they pass them.

    Between `start` and `end` the outcome cannot differ, so the checks need not be walked again.
    """

    verdict: SealVerdict
    signer_digest: bytes
    suite: str
    algorithm: str
    start: int
    end: int


class Kept(Generic[T]):
    """A bounded memory of values by digest and trust state; the oldest goes first. One thread.

    Source: protocol rule 2.15
    """

    def __init__(self, entries_max: int) -> None:
        self._entries_max = entries_max
        self._values: dict[tuple[bytes, int], T] = {}

    def __len__(self) -> int:
        return len(self._values)

    def find(self, digest: bytes, state: int) -> T | None:
        """The kept value, if there is one."""
        return self._values.get((digest, state))

    def get(self, digest: bytes, state: int, make: Callable[[], T]) -> T:
        """The kept value, or the made one, which is kept from now on."""
        found = self._values.get((digest, state))
        if found is None:
            found = make()
            if len(self._values) >= self._entries_max:
                self._values.pop(next(iter(self._values)))
            self._values[digest, state] = found
        return found


class VerdictCache:
    """Verdicts over seals and over signers' chains, and what their signatures share."""

    def __init__(self, entries_max: int = 4096) -> None:
        self.seals: Kept[SealVerdict] = Kept(entries_max)
        self.chains: Kept[Chain] = Kept(entries_max)
        self.standings: Kept[Standing] = Kept(entries_max)
        self.frames = Frames()


@dataclass(frozen=True, slots=True)
class NothingKnown:
    """No lower layer was verified before: every one is judged in full.

    Source: protocol rule 2.9
    """

    def known(self, stack_digest: bytes) -> bool:
        """No."""
        assert stack_digest
        return False


@dataclass(frozen=True, slots=True)
class Ground:
    """Everything that verifying and sealing need besides the octets and the instant."""

    trust: TrustView
    catalogues: Catalogues
    env: str
    suites: Mapping[str, Suite]
    known: KnownLayers
    verdicts: VerdictCache


def judge_seal(
    octets: bytes, digest: bytes, ground: Ground, suite: Suite | None = None
) -> SealVerdict:
    """The verdict over a seal that is not kept yet: the cold path, some 1 to 2 ms.

    `digest` is the SHA-256 of `octets`. `suite` stands in where the register names none that is
    here, in reports only. Never raises for content: a seal that does not read has a `code`.

    Source: GB/T 38540-2020, 6.3; protocol rule 10.4; protocol rule 2.15
    """
    registered = ground.trust.seal(digest)
    suite = (ground.suites.get(registered.suite) if registered else None) or suite
    try:
        seal = ses.read_seal(octets)
    except Malformed as refusal:
        return SealVerdict(registered, suite, None, refusal.code, False, None, frozenset())
    if suite is None or seal.algorithm != suite.signature_oid:
        return SealVerdict(registered, suite, seal, "", False, None, frozenset())
    return SealVerdict(
        registered,
        suite,
        seal,
        "",
        others.holds(suite, seal.certificate, seal.signature, seal.tbs),
        chain.chain(seal.certificate, suite, ground.trust),
        frozenset(seal.content.signers),
    )
