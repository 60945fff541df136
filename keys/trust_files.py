"""A node's trust folder: pinned keys, anchors, CRLs, and every trust list that was ever in force.

    <trust>/pinned/<party>/      signer.cer seal.der, put there at onboarding, by hand
    <trust>/anchors/*.cer        roots under which CRLs and seals may stand
    <trust>/crl/*.crl
    <trust>/list-000001.json     head and signatures; the highest number is the one in force
    <trust>/sections/<sha256>    the sections that heads name

Rules of this file:
- Reading judges nothing but form: `hub.trust.rules` accepts a list, `keys.crl` a CRL.
- Old lists and sections stay. A list's file appears after its sections, so that a reader never sees
  a list it cannot assemble.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from hub.clock import instant
from hub.errors import Damaged, Misconfigured
from hub.parties import party
from hub.trust.listing import SignedList, read_head
from hub.trust.model import Pin
from keys.certificates import SIGNATURE_OID
from keys.folders import certificate_file, new_folder, read, write_public
from keys.pem import pem


@dataclass(frozen=True, slots=True)
class TrustFiles:
    """What stands in a trust folder, unjudged."""

    signed: SignedList
    sections: Mapping[str, bytes]
    """By SHA-256 in hex."""
    pins: tuple[Pin, ...]
    anchors: tuple[bytes, ...]
    crls: tuple[bytes, ...]


def read_trust(folder: Path, number: int | None = None) -> TrustFiles:
    """The newest list, or the one of this number, with everything to judge it by.

    Raises:
        Misconfigured: `trust_list_missing`, `trust_section_missing`, `certificate_file_missing`.
        Damaged: `trust_list_damaged`.
        Malformed: `trust_list_form`, `pem_form`, `party_format`.
    """
    numbers = list_numbers(folder)
    if not numbers or (number is not None and number not in numbers):
        raise Misconfigured("trust_list_missing")
    signed = _read_signed(_list_path(folder, number if number is not None else numbers[-1]))
    sections = {
        digest: read(folder / "sections" / digest, "trust_section_missing")
        for digest in read_head(signed.head).sections.values()
    }
    return TrustFiles(
        signed,
        sections,
        tuple(_read_pin(path) for path in sorted((folder / "pinned").iterdir())),
        tuple(certificate_file(path) for path in sorted((folder / "anchors").glob("*.cer"))),
        tuple(path.read_bytes() for path in sorted((folder / "crl").glob("*.crl"))),
    )


def list_numbers(folder: Path) -> list[int]:
    """Numbers of the lists that are kept, ascending."""
    return sorted(int(path.stem.removeprefix("list-")) for path in folder.glob("list-*.json"))


def write_pins(folder: Path, pins: Sequence[Pin]) -> None:
    """Pin keys: done once, at onboarding.

    Raises:
        Misconfigured: `folder_exists` when one is pinned already.
    """
    for pin in pins:
        place = new_folder(folder / "pinned" / str(pin.party))
        write_public(place / "signer.cer", pem(pin.certificate))
        write_public(place / "seal.der", pin.seal)


def write_list(
    folder: Path, number: int, signed: SignedList, sections: Mapping[str, bytes]
) -> None:
    """Add a list: sections first, then the head. What is there already stays as it is."""
    (folder / "sections").mkdir(exist_ok=True)
    for digest, octets in sections.items():
        if not (folder / "sections" / digest).exists():
            write_public(folder / "sections" / digest, octets)
    plain = {
        "head": base64.b64encode(signed.head).decode(),
        "signatures": {
            signer.hex(): base64.b64encode(signature).decode()
            for signer, signature in sorted(signed.signatures.items())
        },
    }
    write_public(_list_path(folder, number), json.dumps(plain, indent=1).encode())


def write_anchors(folder: Path, anchors: Sequence[bytes]) -> None:
    """Put roots into the folder, named by their digest."""
    (folder / "anchors").mkdir(exist_ok=True)
    for certificate in anchors:
        name = hashlib.sha256(certificate).hexdigest()[:16]
        write_public(folder / "anchors" / f"{name}.cer", pem(certificate))


def write_crl(folder: Path, octets: bytes) -> None:
    """Put a CRL in the place of its issuer's older one."""
    (folder / "crl").mkdir(exist_ok=True)
    name = hashlib.sha256(x509.load_der_x509_crl(octets).issuer.public_bytes()).hexdigest()[:16]
    write_public(folder / "crl" / f"{name}.crl", octets)


def _list_path(folder: Path, number: int) -> Path:
    return folder / f"list-{number:06d}.json"


def _read_signed(path: Path) -> SignedList:
    try:
        plain = json.loads(path.read_bytes())
        return SignedList(
            base64.b64decode(plain["head"], validate=True),
            {
                bytes.fromhex(signer): base64.b64decode(signature, validate=True)
                for signer, signature in plain["signatures"].items()
            },
        )
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
        raise Damaged("trust_list_damaged") from error


def _read_pin(folder: Path) -> Pin:
    certificate = certificate_file(folder / "signer.cer")
    parsed = x509.load_der_x509_certificate(certificate)
    oid = parsed.signature_algorithm_oid.dotted_string
    suite = next((name for name, arc in SIGNATURE_OID.items() if arc == oid), "")
    return Pin(
        party(folder.name),
        suite,
        certificate,
        read(folder / "seal.der", "seal_file_missing"),
        instant(parsed.not_valid_before_utc),
        instant(parsed.not_valid_after_utc),
    )
