"""Keys after the ceremony: new parties, nodes and operators, and rotated seals and node keys.

Rules of this file:
- The authorities are those of the site's own ceremony (`<site>/ca`); a real site has its
  certificates from a licensed authority and hands the same records in.
- What is made here is not in force: it is a file of endorsed records for the next trust list.
- A rotated key waits in `next` beside the old one; `switch` puts it in its place, once a list has
  it. The old one moves into a folder named by its certificate; no key is ever overwritten.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hub.clock import SECOND, Instant
from hub.errors import Misconfigured, SealUntrusted
from hub.parties import NodeId, Party, party
from hub.trust.entitlement import from_catalogue
from hub.trust.model import (
    CertificateEntry,
    NodeKey,
    Operator,
    Record,
    Registered,
    TrustList,
    Usage,
)
from hub.trust.register import write_section
from hub.voucher.algorithms import AnyAlgorithm
from hub.voucher.certificates import parse
from hub.voucher.ports import Suite
from keys.ceremony import CeremonyGround, PkiMaking
from keys.certificates import Request, Subject, Use
from keys.custody import P256, Vault
from keys.folders import certificate_file, new_folder, write_public
from keys.pem import pem
from keys.plan import PartyPlan, Plan, SealPlan, seals_of
from keys.seal_maker import make_seals

NEXT = "next"
KEY, NODE_CERTIFICATE, SIGNER, SEAL = "key.pem", "node.cer", "signer.cer", "seal.der"


@dataclass(frozen=True, slots=True)
class Site:
    """A ceremony's folder, opened."""

    folder: Path
    vault: Vault
    ground: CeremonyGround
    suite: str


def enrol(site: Site, plan: Plan, at: Instant) -> list[Registered]:
    """Make the keys of new parties, nodes and operators; their records, endorsed.

    Nothing counts before a trust list holds the records.

    Raises:
        Misconfigured: `folder_exists` for what has keys already; `certificate_file_missing`,
            `key_file_missing` where the authorities are not here.
        Held: `catalogue_missing`.

    Source: protocol rule 14.3; protocol rule 10.3
    """
    making = _making(site, plan, at)
    seal_root, node_root = making.opened("seal-root", site.suite), making.opened("node-root", P256)
    maker, certificate = making.opened_maker()
    rights = from_catalogue(making.catalogue, [one.party for one in plan.parties], ())
    records: list[Record] = [
        *rights,
        *making.parties(seal_root, maker, certificate),
        *making.nodes(node_root, certificate_file(site.folder / "ca" / "node-root" / "root.cer")),
        *making.operators(node_root),
    ]
    return making.endorsed(records)


def rotate_seal(
    site: Site, trust: TrustList, owner: Party, name: str, at: Instant
) -> list[Registered]:
    """Make another key and seal of this name; the signer's and the seal's records, endorsed.

    Raises:
        Misconfigured: `no_seal_of_this_name`; `folder_exists` while one waits already; and what
            opening the authorities raises.

    Source: protocol rule 14.3; protocol rule 10.3; GB/T 38540-2020, 6.2
    """
    home = site.folder / "parties" / str(owner)
    plan = _seal_plan(home, owner, name)
    making = _making(site, Plan(site.vault.env, (), (), NodeId("")), at)
    root = making.opened("seal-root", site.suite)
    holder = _name_of(trust, owner)
    subject = Subject(holder, plan.holder or holder, f"{name} {at // SECOND}")
    key, certificate = making.certified(root, home / name / NEXT, SIGNER, subject, Use.SEAL)
    who = PartyPlan(owner, holder, NodeId(""))
    order = making.order(who, plan, certificate, home / name / NEXT)
    octets = make_seals([order], *making.opened_maker())[0]
    write_public(home / name / NEXT / SEAL, octets)
    assert key.suite == site.suite
    return making.endorsed(
        [
            making.certificate(Usage.SIGNER, certificate, site.suite, owner),
            making.seal(owner, plan, octets, certificate),
        ]
    )


def rotate_node(site: Site, trust: TrustList, node: NodeId, at: Instant) -> list[Registered]:
    """Make another key of a node; its record, endorsed by who runs it.

    Raises:
        Misconfigured: `node_not_listed`; `folder_exists` while one waits already.

    Source: protocol rule 14.3; protocol rule 10.3; protocol rule 3.2
    """
    known = [r.record for r in trust.register.node_keys if isinstance(r.record, NodeKey)]
    owner = next((one.party for one in known if one.node == node), None)
    if owner is None:
        raise Misconfigured("node_not_listed")
    making = _making(site, Plan(site.vault.env, (), (), node), at)
    root = making.opened("node-root", P256)
    key = site.vault.generate(P256)
    request = Request(
        Subject(str(owner), f"{node} {at // SECOND}"), key.public_key_info, Use.NODE, at,
        making.until,
    )  # fmt: skip
    certificate = root.issue([request])[0]
    folder = new_folder(site.folder / "nodes" / node / NEXT)
    site.vault.save(key, folder / KEY)
    write_public(folder / NODE_CERTIFICATE, pem(certificate))
    record = NodeKey(
        node=node, party=owner, suite=P256, digest=hashlib.sha256(certificate).digest(),
        certificate=certificate, not_before=at, not_after=making.until,
    )  # fmt: skip
    return making.endorsed([record])


def switch(folder: Path, trust: TrustList) -> str:
    """Put the waiting key in its place; its certificate's SHA-256 in hex. No key is overwritten.

    Raises:
        Misconfigured: `rotation_missing`; `rotation_not_listed` while no list has it.

    Source: protocol rule 14.3
    """
    waiting = folder / NEXT
    names = [name for name in (NODE_CERTIFICATE, SIGNER) if (waiting / name).is_file()]
    if not names:
        raise Misconfigured("rotation_missing")
    digest = hashlib.sha256(certificate_file(waiting / names[0])).digest()
    listed = {
        entry.record.digest
        for entry in trust.register
        if isinstance(entry.record, NodeKey | CertificateEntry)
    }
    if digest not in listed:
        raise Misconfigured("rotation_not_listed")
    old = hashlib.sha256(certificate_file(folder / names[0])).hexdigest()[:16]
    kept = new_folder(folder / old)
    for path in sorted(waiting.iterdir()):
        if (folder / path.name).exists():
            (folder / path.name).rename(kept / path.name)
        path.rename(folder / path.name)
    waiting.rmdir()
    return digest.hex()


def deputise(
    site: Site, trust: TrustList, deputy: str, principal: str, dates: tuple[Instant, Instant]
) -> list[Registered]:
    """The record by which an operator stands in for another between two dates (AB角), endorsed.

    Raises:
        Misconfigured: `operator_not_listed`, `period_reversed`.

    Source: protocol rule 10.9; protocol rule 10.3
    """
    if dates[1] <= dates[0]:
        raise Misconfigured("period_reversed")
    found = {r.record.key: r.record for r in trust.register.operators}
    record = found.get(deputy)
    if not isinstance(record, Operator) or principal not in found:
        raise Misconfigured("operator_not_listed")
    stands_in = replace(record, deputy_of=principal, not_before=dates[0], not_after=dates[1])
    return _making(site, Plan(site.vault.env, (), (), NodeId("")), dates[0]).endorsed([stands_in])


def foreign_root(octets: bytes, suites: Mapping[str, Suite]) -> Registered:
    """The record of an authority that is not the site's own, as a time-stamp authority's root.

    Nobody endorses an anchor: the two seals of the list are its warrant. `octets` is DER; `suites`
    holds `sm2-sm3`.

    Raises:
        SealUntrusted: `certificate_usage`: it is no root, or its signature does not hold.

    Source: RFC 5280, 4.2.1.9; protocol rule 10.2; protocol rule 8.1
    """
    anyone = AnyAlgorithm(suites)
    facts, plain = anyone.certificate(octets), parse(octets)
    root = facts is not None and facts.is_authority and facts.subject == facts.issuer
    if facts is None or plain is None or not root or not facts.understood:
        raise SealUntrusted("certificate_usage")
    if not anyone.verify(octets, facts.signature, facts.tbs):
        raise SealUntrusted("certificate_usage")
    sm2 = suites["sm2-sm3"]
    return Registered(
        CertificateEntry(
            usage=Usage.ANCHOR, digest=hashlib.sha256(octets).digest(), certificate=octets,
            suite=sm2.name if plain.algorithm == sm2.signature_oid else P256, party=None,
            not_before=facts.not_before, not_after=facts.not_after,
        )
    )  # fmt: skip


def write_additions(path: Path, records: Sequence[Registered]) -> None:
    """Write endorsed records for `hubctl trust propose --add`.

    Source: protocol rule 14.3; protocol rule 10.3
    """
    write_public(path, write_section(records))


def _making(site: Site, plan: Plan, at: Instant) -> PkiMaking:
    making = PkiMaking(plan, site.folder, site.vault, Instant(at - at % SECOND), site.ground)
    for home in sorted((site.folder / "parties").iterdir()):
        making.own(party(home.name))
    return making


def _seal_plan(home: Path, owner: Party, name: str) -> SealPlan:
    known = {seal.name: seal for seal in seals_of(owner)}
    names = json.loads((home / "keyring.json").read_bytes()) if home.is_dir() else {}
    if name not in names or name not in known:
        raise Misconfigured("no_seal_of_this_name", party=str(owner))
    return known[name]


def _name_of(trust: TrustList, owner: Party) -> str:
    for entry in trust.register.parties:
        if entry.record.key == str(owner):
            return str(getattr(entry.record, "name", owner))
    return str(owner)
