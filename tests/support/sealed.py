"""Parties with seals, for tests: keys, certificates, SES_Seals, a trust view, makers, drafts.

Everything is made anew from a seed where the suite allows it; nothing here is registered anywhere.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Protocol

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hub.clock import DAY, HOUR, Instant, instant, moment
from hub.parties import FINANCE, TREASURY, Party
from hub.voucher import Ground, VerdictCache, der, ses
from hub.voucher.model import Body, Draft, LayerId, LayerType, Voucher, VoucherId
from hub.voucher.ports import RegisteredSeal
from hub.voucher.schema import Schemas
from hub.voucher.suites.digest_only import DigestOnly
from hub.voucher.suites.p256_sha256 import P256Sha256
from hub.voucher.suites.sm2_sm3 import Sm2Sm3, open_suite
from schemas import catalogue_files
from tests.support.samples import a_body, a_layer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hub.voucher.ports import SealMaker, Suite

ENV: Final = "sd-test"
NOW: Final = instant(datetime(2026, 11, 21, 8, 0, 0, tzinfo=UTC))
BUREAU: Final = Party(FINANCE, "370100")
BANK: Final = Party("102", "370100")
TREASURY_PARTY: Final = Party(TREASURY, "370100")
DIVISION: Final = "370100"


class Signs(Protocol):
    """A key of a test: its public part and signatures."""

    spki: bytes

    def sign(self, data: bytes) -> bytes: ...


class Sm2Key:
    def __init__(self, suite: Sm2Sm3) -> None:
        self._suite = suite
        self._key = suite.library.generate()
        self.spki = suite.library.spki(self._key)

    def sign(self, data: bytes) -> bytes:
        return self._suite.sign(self._key, data)


class P256Key:
    def __init__(self, suite: P256Sha256) -> None:
        self._suite = suite
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.spki = self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, data: bytes) -> bytes:
        return self._suite.sign(self._key, data)


class SimulatorKey:
    def __init__(self, suite: DigestOnly, name: str) -> None:
        self._suite = suite
        self.spki = f"key:{name}".encode()

    def sign(self, data: bytes) -> bytes:
        return self._suite.sign(self.spki, data)


@lru_cache(maxsize=1)
def suites() -> Mapping[str, Suite]:
    """All suites, opened once: the known-answer test of SM2 takes its time."""
    found: tuple[Suite, ...] = (open_suite(), P256Sha256(), DigestOnly())
    return {suite.name: suite for suite in found}


def a_key(suite: Suite, name: str) -> Signs:
    if isinstance(suite, Sm2Sm3):
        return Sm2Key(suite)
    if isinstance(suite, P256Sha256):
        return P256Key(suite)
    assert isinstance(suite, DigestOnly)
    return SimulatorKey(suite, name)


@dataclass(frozen=True)
class Holder:
    """Somebody with a key and a certificate."""

    name: str
    key: Signs
    certificate: bytes


def a_certificate(
    suite: Suite,
    name: str,
    key: Signs,
    issuer: Holder | None = None,
    *,
    authority: bool = False,
    start: int = NOW - 30 * DAY,
    end: int = NOW + 365 * DAY,
    usage: int = 0xC0,
) -> bytes:
    """An X.509 certificate over the key, signed by the issuer's, or by itself."""
    if isinstance(key, SimulatorKey):
        return key.spki
    algorithm = der.build(der.SEQUENCE, der.oid(suite.signature_oid))
    extensions = [_extension("2.5.29.15", der.build(der.BITS, b"\x00", bytes([usage])))]
    if authority:
        extensions = [
            _extension("2.5.29.15", der.build(der.BITS, b"\x01\x06")),
            _extension("2.5.29.19", der.build(der.SEQUENCE, b"\x01\x01\xff")),
        ]
    tbs = der.build(
        der.SEQUENCE,
        b"\xa0\x03\x02\x01\x02",
        der.integer(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")),
        algorithm,
        _name(issuer.name if issuer else name),
        der.build(der.SEQUENCE, _time(start), _time(end)),
        _name(name),
        key.spki,
        der.build(0xA3, der.build(der.SEQUENCE, *extensions)),
    )
    signature = (issuer.key if issuer else key).sign(tbs)
    return der.build(der.SEQUENCE, tbs, algorithm, der.build(der.BITS, b"\0", signature))


def a_holder(
    suite: Suite, name: str, issuer: Holder | None = None, *, authority: bool = False
) -> Holder:
    key = a_key(suite, name)
    return Holder(name, key, a_certificate(suite, name, key, issuer, authority=authority))


@dataclass(frozen=True)
class Maker:
    """A SealMaker on a test key."""

    holder: Holder
    seal: bytes
    suite: str

    @property
    def certificate(self) -> bytes:
        return self.holder.certificate

    def sign(self, tbs: Sequence[bytes]) -> list[bytes]:
        return [self.holder.key.sign(item) for item in tbs]


@dataclass(frozen=True)
class Trust:
    """A TrustView in memory; `replace` it to change something."""

    state: int = 1
    seals: Mapping[bytes, RegisteredSeal] = field(default_factory=dict)
    roots: tuple[bytes, ...] = ()
    between: tuple[bytes, ...] = ()
    revoked: Mapping[bytes, Instant] = field(default_factory=dict)
    barred: frozenset[tuple[Party, str]] = frozenset()
    """(party, position) pairs that are not entitled."""

    def seal(self, digest: bytes) -> RegisteredSeal | None:
        return self.seals.get(digest)

    def anchors(self) -> Sequence[bytes]:
        return self.roots

    def intermediates(self) -> Sequence[bytes]:
        return self.between

    def revoked_at(self, certificate: bytes) -> Instant | None:
        return self.revoked.get(certificate)

    def entitled(
        self,
        party: Party,
        kind: str,  # noqa: ARG002 - every kind
        layer: LayerType,  # noqa: ARG002 - every layer
        position: str,
        division: str,
    ) -> bool:
        return (party, position) not in self.barred and division == DIVISION

    def may_submit(self, sender: str, party: Party) -> bool:
        return bool(sender) and bool(party.code)

    @property
    def number(self) -> int:
        return self.state

    def expired(self, at: Instant) -> bool:
        return at > 2**62


class Known:
    """KnownLayers in memory."""

    def __init__(self, *stacks: bytes) -> None:
        self.stacks = set(stacks)

    def known(self, stack_digest: bytes) -> bool:
        return stack_digest in self.stacks


@lru_cache(maxsize=1)
def schemas() -> Schemas:
    """The catalogue as shipped, compiled."""
    return Schemas(catalogue_files.load(ENV))


class Releases:
    """Catalogues with the shipped release in force."""

    def release(self, number: int) -> Schemas | None:
        return schemas() if number == schemas().catalogue.release else None

    def in_force(self, number: int, at: Instant) -> bool:
        return number == schemas().catalogue.release and at > 0

    def expired(self, at: Instant) -> bool:
        return at < 0


@dataclass(frozen=True)
class House:
    """A root, seal makers and one sealed party of each sort, in one suite."""

    suite: Suite
    root: Holder
    maker: Holder
    trust: Trust
    makers: Mapping[Party, Maker]

    def ground(self, **changes: Any) -> Ground:
        ground = Ground(self.trust, Releases(), ENV, suites(), Known(), VerdictCache())
        return replace(ground, **changes)

    def positions(self, draft: Draft, *, all_of_them: bool = True) -> list[tuple[str, SealMaker]]:
        """(position, maker) pairs for a draft, everything sealed by its acting party."""
        voucher = draft.id.voucher
        kind = schemas().kind(voucher.kind, voucher.division, voucher.year)
        return [
            (position.name, self.makers[draft.id.party])
            for position in kind.positions[draft.id.layer]
            if all_of_them or position.required
        ]


def a_seal(suite: Suite, holder: Holder, maker: Holder, party: Party, **changes: Any) -> bytes:
    """A SES_Seal of the party over the holder's certificate; `changes` of its content."""
    content = ses.SealContent(
        maker_id="EVX",
        seal_id=f"S{party.org_type}{party.code}",
        type=1,
        name=f"测试印章 {party}",
        signers=(holder.certificate,),
        list_type=ses.CERTIFICATES,
        created_at=Instant(NOW - 20 * DAY),
        valid_from=Instant(NOW - 20 * DAY),
        valid_until=Instant(NOW + 300 * DAY),
        picture=ses.Picture("svg", b"<svg/>" + b" " * 1800, 40, 40),
    )
    tbs = ses.seal_info(replace(content, **changes))
    return ses.assemble_seal(tbs, maker.certificate, suite.signature_oid, maker.key.sign(tbs))


def registered(octets: bytes, holder: Holder, party: Party, suite: Suite) -> RegisteredSeal:
    return RegisteredSeal(
        seal_id=f"S{party.org_type}{party.code}",
        digest=hashlib.sha256(octets).digest(),
        party=party,
        suite=suite.name,
        signers=frozenset({hashlib.sha256(holder.certificate).digest()}),
        not_before=Instant(NOW - 20 * DAY),
        not_after=Instant(NOW + 300 * DAY),
    )


@lru_cache(maxsize=8)
def a_house(suite_name: str = "p256-sha256") -> House:
    """A house of the suite; made once per process, for keys cost time."""
    suite = suites()[suite_name]
    root = a_holder(suite, "Test Root", authority=True)
    maker = a_holder(suite, "Seal Maker", root)
    makers, seals, anchors = {}, {}, [root.certificate]
    for party in (BUREAU, BANK, TREASURY_PARTY):
        holder = a_holder(suite, f"Signer {party}", root)
        octets = a_seal(suite, holder, maker, party)
        makers[party] = Maker(holder, octets, suite.name)
        row = registered(octets, holder, party, suite)
        seals[row.digest] = row
        anchors += [holder.certificate, maker.certificate] if suite_name == "digest-only" else []
    return House(suite, root, maker, Trust(seals=seals, roots=tuple(anchors)), makers)


def a_draft(kind: str = "5201", number: str = "2026000000001", seed: int = 0, **body: Any) -> Draft:
    """A draft of the finance bureau, for bank and treasury."""
    rules = schemas().kind(kind, DIVISION, "2026")
    content = a_body(rules, seed, **body)
    fields = dict(content.fields)
    for name, value in (
        ("AdmDivCode", DIVISION), ("StYear", "2026"), ("VtCode", kind), ("VoucherNo", number),
    ):  # fmt: skip
        if name in fields:
            fields[name] = value
    rows = [dict(row) for row in content.details]
    for same in rules.equal:
        for row in rows:
            if same.detail in row and same.header in fields:
                row[same.detail] = fields[same.header]
    voucher = VoucherId(ENV, DIVISION, "2026", kind, BUREAU, number)
    return Draft(
        LayerId(voucher, LayerType.ORIGINAL, BUREAU),
        schemas().catalogue.release,
        (str(BANK), str(TREASURY_PARTY)),
        Body(fields, tuple(rows), content.attachments),
    )


def a_draft_above(below: Voucher, layer: LayerType = LayerType.RECEIPT) -> Draft:
    """A receipt or return by the bank, or a recall by the bureau, on a sealed original."""
    kind = schemas().kind(below.id.kind, DIVISION, "2026")
    body = a_layer(kind, layer, below.original.content)
    party = BUREAU if layer is LayerType.RECALL else BANK
    to = BANK if layer is LayerType.RECALL else BUREAU
    return Draft(LayerId(below.id, layer, party), below.original.cat, (str(to),), body, below)


def later(hours: float) -> Instant:
    return Instant(NOW + int(hours * HOUR))


def _name(name: str) -> bytes:
    common = der.build(der.SEQUENCE, der.oid("2.5.4.3"), der.build(der.UTF8, name.encode()))
    return der.build(der.SEQUENCE, der.build(0x31, common))


def _time(at: int) -> bytes:
    text = moment(Instant(at)).strftime("%y%m%d%H%M%SZ")
    return der.build(der.UTC_TIME, text.encode())


def _extension(oid: str, value: bytes) -> bytes:
    return der.build(der.SEQUENCE, der.oid(oid), b"\x01\x01\xff", der.build(der.OCTETS, value))
