"""The key ceremony: a complete development PKI by one call.

    <out>/ca/<root>/            root key and certificate (seals: the plan's suite; nodes: P-256)
    <out>/ca/seal-maker/        the seal maker's key and certificate
    <out>/parties/<party>/<seal>/   key.pem signer.cer seal.der seal.svg
    <out>/parties/<party>/onboarding/   key.pem onboarding.cer;  keyring.json: seal → positions
    <out>/nodes/<node>/         key.pem node.cer; tls-key.pem tls.cer (CN = node id) tls-ca.cer
    <out>/brokers/<channel>/    tls-key.pem tls.cer tls-ca.cer
    <out>/operators/<id>/       key.pem operator.cer
    <out>/trust/                what every node gets: list, sections, pinned keys, anchors, CRLs

Rules of this file:
- Keys are made by the vault and leave it only as encrypted files; TLS keys are the exception.
- Everything but keys and signatures follows from the plan and the instant.
- The folder must be new: a ceremony never overwrites.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hub.clock import SECOND, Instant
from hub.errors import Held, Misconfigured
from hub.parties import Party
from hub.trust.entitlement import from_catalogue
from hub.trust.listing import issue
from hub.trust.model import (
    SIGNATURES_NEEDED,
    CertificateEntry,
    Entitlement,
    NodeKey,
    Operator,
    PartyEntry,
    Pin,
    Record,
    Register,
    Registered,
    SealEntry,
    SubmitRight,
    TrustList,
    Usage,
)
from hub.trust.pinned import ListGround
from hub.trust.register import endorsed_octets
from hub.voucher.catalogue import Catalogue
from hub.voucher.ports import Catalogues, Suite
from hub.voucher.schema import Schemas
from keys.certificates import Issuer, Request, Subject, Use
from keys.crl import build_crl
from keys.custody import P256, FileSealMaker, PrivateKey, Vault
from keys.folders import certificate_file, new_folder, write_public
from keys.pem import pem
from keys.plan import PartyPlan, Plan, SealPlan, pinned, seals_of
from keys.seal_maker import PERSON_SEAL, UNIT_SEAL, SealOrder, make_seals
from keys.seal_picture import Shape, draw
from keys.trust_files import write_anchors, write_crl, write_list, write_pins

CA_NAME = "电子凭证交换开发证书"


@dataclass(frozen=True, slots=True)
class Made:
    """What a ceremony has put in force."""

    trust: TrustList
    pins: tuple[Pin, ...]
    out: Path


@dataclass(frozen=True, slots=True)
class CeremonyGround:
    """What sealing the first list needs: catalogues, the release to name, and the suites."""

    catalogues: Catalogues
    release: int
    suites: Mapping[str, Suite]


@dataclass(frozen=True, slots=True)
class _Owned:
    """A party's onboarding key, and its certificate."""

    onboarding: Callable[[], PrivateKey]
    certificate: bytes


def ceremony(plan: Plan, out: Path, vault: Vault, at: Instant, ground: CeremonyGround) -> Made:
    """Make a development PKI for the plan, valid from `at`, in the new folder `out`.

    `at` is cut to whole seconds. For development alone: real sites have licensed authorities.

    Raises:
        Misconfigured: `ceremony_for_development` with a production vault; `folder_exists`;
            `key_other_environment` when the vault is another environment's.
        Held: `catalogue_missing`: the release to name is not here.

    Source: protocol rule 14.3; protocol rule 10.2
    """
    if not vault.development:
        raise Misconfigured("ceremony_for_development")
    if vault.env != plan.env:
        raise Misconfigured("key_other_environment")
    at = Instant(at - at % SECOND)
    new_folder(out)
    return PkiMaking(plan, out, vault, at, ground).run()


class PkiMaking:
    """Makes keys, certificates and records for a plan, under authorities that it makes or opens.

    Source: protocol rule 14.3; protocol rule 14.4; RFC 5280, 4.1
    """

    def __init__(
        self, plan: Plan, out: Path, vault: Vault, at: Instant, ground: CeremonyGround
    ) -> None:
        self.plan, self.out, self.vault, self.at, self.ground = plan, out, vault, at, ground
        self.until = Instant(at + plan.valid_ms)
        self.owned: dict[Party, _Owned] = {}
        self.pins: dict[Party, tuple[Pin, FileSealMaker]] = {}

    def run(self) -> Made:
        """Roots, parties, nodes, operators, then the first list over all of them."""
        seal_root, seal_anchor = self._root("seal-root", self.plan.suite)
        node_root, node_anchor = self._root("node-root", P256)
        maker_key, maker = self.certified(
            seal_root, self.out / "ca" / "seal-maker", "maker.cer", _subject("制章中心"), Use.SEAL
        )
        records: list[Record] = [
            self.certificate(Usage.ANCHOR, seal_anchor, self.plan.suite, None),
            self.certificate(Usage.ANCHOR, node_anchor, P256, None),
            self.certificate(Usage.INTERMEDIATE, maker, self.plan.suite, None),
            *self._entitlements(),
            SubmitRight(node=self.plan.hub, party="*"),
            *self.parties(seal_root, maker_key, maker),
            *self.nodes(node_root, node_anchor),
            *self.operators(node_root),
        ]
        trust = TrustList(
            self.plan.env, 1, self.at, Instant(self.at + self.plan.list_valid_ms),
            _register(self.endorsed(records)),
        )  # fmt: skip
        self._publish(trust, (seal_root, node_root), (seal_anchor, node_anchor))
        return Made(trust, tuple(pin for pin, _ in self.pins.values()), self.out)

    def own(self, owner: Party) -> None:
        """Let a party of this folder endorse with its onboarding key, which is opened when used."""
        home = self.out / "parties" / str(owner) / "onboarding"
        if (home / "key.pem").is_file():
            certificate = certificate_file(home / "onboarding.cer")
            self.owned[owner] = _Owned(lambda: self.vault.load(home / "key.pem"), certificate)

    def opened(self, name: str, suite: str) -> Issuer:
        """A root that an earlier ceremony has made in this folder.

        Raises:
            Misconfigured: `key_suite_unknown`: it is of another suite; what `Vault.load` raises.
        """
        key = self.vault.load(self.out / "ca" / name / "key.pem")
        if key.suite != suite:
            raise Misconfigured("key_suite_unknown")
        return Issuer(_subject(f"{CA_NAME} {name}"), key)

    def opened_maker(self) -> tuple[PrivateKey, bytes]:
        """The seal maker of this folder."""
        folder = self.out / "ca" / "seal-maker"
        return self.vault.load(folder / "key.pem"), certificate_file(folder / "maker.cer")

    def _root(self, name: str, suite: str) -> tuple[Issuer, bytes]:
        folder = new_folder(self.out / "ca" / name)
        key = self.vault.generate(suite)
        issuer = Issuer(_subject(f"{CA_NAME} {name}"), key)
        request = Request(
            issuer.subject,
            key.public_key_info,
            Use.ROOT,
            self.at,
            Instant(self.until + self.plan.valid_ms),
        )
        certificate = issuer.issue([request])[0]
        self.vault.save(key, folder / "key.pem")
        write_public(folder / "root.cer", pem(certificate))
        return issuer, certificate

    def certified(
        self, issuer: Issuer, folder: Path, name: str, subject: Subject, use: Use
    ) -> tuple[PrivateKey, bytes]:
        """A new key of the issuer's suite, its certificate, both written."""
        key = self.vault.generate(issuer.key.suite)
        request = Request(subject, key.public_key_info, use, self.at, self.until)
        certificate = issuer.issue([request])[0]
        self.vault.save(key, new_folder(folder) / "key.pem")
        write_public(folder / name, pem(certificate))
        return key, certificate

    def parties(self, root: Issuer, maker_key: PrivateKey, maker: bytes) -> Iterator[Record]:
        """Keys, seals and records of the plan's parties."""
        pinned_parties = pinned(self.plan)
        for plan in self.plan.parties:
            folder = new_folder(self.out / "parties" / str(plan.party))
            key, certificate = self.certified(
                root, folder / "onboarding", "onboarding.cer",
                Subject(plan.name, f"{plan.party} 备案"), Use.SEAL,
            )  # fmt: skip
            self.owned[plan.party] = _Owned(lambda key=key: key, certificate)  # type: ignore[misc]
            yield PartyEntry(
                party=plan.party, name=plan.name, served_by=plan.node, divisions=plan.divisions,
                suite=self.plan.suite, onboarding=certificate,
            )  # fmt: skip
            seals = plan.seals or seals_of(plan.party)
            positions = {one.name: list(one.positions) for one in seals}
            write_public(folder / "keyring.json", json.dumps(positions, indent=1).encode())
            signers = [
                self.certified(
                    root, folder / seal.name, "signer.cer",
                    Subject(plan.name, seal.holder or plan.name, seal.name), Use.SEAL,
                )
                for seal in seals
            ]  # fmt: skip
            made = make_seals(
                [
                    self.order(plan, s, c, folder / s.name)
                    for s, (_, c) in zip(seals, signers, strict=True)
                ],
                maker_key, maker,
            )  # fmt: skip
            for one, octets, (_, certificate) in zip(seals, made, signers, strict=True):
                write_public(folder / one.name / "seal.der", octets)
                yield self.certificate(Usage.SIGNER, certificate, self.plan.suite, plan.party)
                yield self.seal(plan.party, one, octets, certificate)
            if plan.party in pinned_parties:
                key, certificate = signers[-1]
                pin = Pin(plan.party, self.plan.suite, certificate, made[-1], self.at, self.until)
                self.pins[plan.party] = (pin, FileSealMaker(made[-1], certificate, key))

    def order(self, plan: PartyPlan, seal: SealPlan, certificate: bytes, folder: Path) -> SealOrder:
        """What the seal maker is asked for; the picture is written into the folder."""
        picture = draw(seal.shape, seal.holder or plan.name, seal.purpose)
        write_public(folder / "seal.svg", picture.svg)
        return SealOrder(
            f"{plan.party}.{seal.name}", plan.name + seal.purpose, (certificate,), picture,
            self.at, self.until, PERSON_SEAL if seal.shape is Shape.SQUARE else UNIT_SEAL,
        )  # fmt: skip

    def seal(self, party: Party, seal: SealPlan, octets: bytes, certificate: bytes) -> SealEntry:
        """The record of a seal made here."""
        return SealEntry(
            seal_id=f"{party}.{seal.name}", digest=_sha(octets), party=party,
            suite=self.plan.suite, signers=(_sha(certificate),),
            not_before=self.at, not_after=self.until,
        )  # fmt: skip

    def certificate(
        self, usage: Usage, certificate: bytes, suite: str, party: Party | None
    ) -> CertificateEntry:
        """The record of a certificate made here."""
        twice = self.plan.valid_ms if usage is Usage.ANCHOR else 0
        return CertificateEntry(
            usage=usage, digest=_sha(certificate), certificate=certificate, suite=suite,
            party=party, not_before=self.at, not_after=Instant(self.until + twice),
        )  # fmt: skip

    def nodes(self, root: Issuer, anchor: bytes) -> Iterator[Record]:
        """Keys and records of the plan's nodes; TLS keys of nodes and brokers."""
        for node in self.plan.nodes:
            folder = self.out / "nodes" / node.node
            _, certificate = self.certified(root, folder, "node.cer", _subject(node.node), Use.NODE)
            self._tls(root, anchor, folder, node.node, (Use.TLS_CLIENT, ()))
            yield NodeKey(
                node=node.node, party=node.party, suite=P256, digest=_sha(certificate),
                certificate=certificate, not_before=self.at, not_after=self.until,
            )  # fmt: skip
        for channel, hosts in sorted(self.plan.brokers.items()):
            folder = new_folder(self.out / "brokers" / channel)
            self._tls(root, anchor, folder, channel, (Use.TLS_SERVER, hosts))

    def _tls(
        self, root: Issuer, anchor: bytes, folder: Path, name: str, use: tuple[Use, tuple[str, ...]]
    ) -> None:
        key = self.vault.generate(P256)
        request = Request(_subject(name), key.public_key_info, use[0], self.at, self.until, use[1])
        self.vault.save_tls(key, folder / "tls-key.pem")
        write_public(folder / "tls.cer", pem(root.issue([request])[0]))
        write_public(folder / "tls-ca.cer", pem(anchor))

    def operators(self, root: Issuer) -> Iterator[Record]:
        """Keys and records of the plan's operators."""
        for person in self.plan.operators:
            folder = self.out / "operators" / person.operator_id
            _, certificate = self.certified(
                root, folder, "operator.cer", _subject(person.operator_id), Use.NODE
            )
            yield Operator(
                operator_id=person.operator_id, party=person.party, duty=person.duty,
                divisions=person.divisions, suite=P256, certificate=certificate,
                not_before=self.at, not_after=self.until, deputy_of=person.deputy_of,
            )  # fmt: skip

    def endorsed(self, records: Sequence[Record]) -> list[Registered]:
        """Every owned record endorsed by its owner's onboarding key."""
        registered = []
        for record in records:
            owner = self.owned.get(record.owner) if record.owner is not None else None
            if owner is None:
                registered.append(Registered(record))
                continue
            signature = owner.onboarding().sign([endorsed_octets(self.plan.env, record)])[0]
            registered.append(Registered(record, _sha(owner.certificate), signature))
        return registered

    @property
    def catalogue(self) -> Catalogue:
        """The release that records are made for.

        Raises:
            Held: `catalogue_missing`.
        """
        return self._release().catalogue

    def _entitlements(self) -> tuple[Entitlement, ...]:
        parties = [entry.party for entry in self.plan.parties]
        return self.plan.entitlements or from_catalogue(self.catalogue, parties, pinned(self.plan))

    def _release(self) -> Schemas:
        release = self.ground.catalogues.release(self.ground.release)
        if release is None:
            raise Held("catalogue_missing", cat=self.ground.release)
        return release

    def _publish(self, trust: TrustList, roots: Sequence[Issuer], anchors: Sequence[bytes]) -> None:
        """Seal the first list by two of the pinned keys, and write what every node gets."""
        folder = new_folder(self.out / "trust")
        pins = [pin for pin, _ in self.pins.values()]
        place = ListGround(self.plan.env, pins, anchors, self.ground.catalogues, self.ground.suites)
        makers = [(pin.party, maker) for pin, maker in self.pins.values()]
        message, sections = issue(
            trust, makers[:SIGNATURES_NEEDED], place, self.ground.release, self.at
        )
        write_pins(folder, pins)
        write_anchors(folder, anchors)
        for root in roots:
            write_crl(folder, build_crl(root, 1, self.at, trust.expires_at, ()))
        write_list(folder, trust.number, message, sections)


def _register(entries: Sequence[Registered]) -> Register:
    def of(sort: type[Record]) -> tuple[Registered, ...]:
        return tuple(entry for entry in entries if isinstance(entry.record, sort))

    return Register(
        of(PartyEntry), of(CertificateEntry), of(SealEntry), of(Entitlement), of(SubmitRight),
        of(NodeKey), of(Operator),
    )  # fmt: skip


def _subject(name: str) -> Subject:
    return Subject(CA_NAME, name)


def _sha(octets: bytes) -> bytes:
    return hashlib.sha256(octets).digest()
