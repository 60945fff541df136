"""A node's trust folder: pinned keys, anchors, CRLs, and every trust list that was ever in force.

    <trust>/pinned/<party>/      signer.cer seal.der, put there at onboarding, by hand
    <trust>/anchors/*.cer        roots under which CRLs and seals may stand
    <trust>/crl/*.crl
    <trust>/list-000001.xml      sealed documents TL01; the highest number is the one in force
    <trust>/release-000002.xml   sealed documents CR01; those after the one of the package
    <trust>/sections/<sha256>    the sections that lists name, the files that releases name

Rules of this file:
- Reading judges nothing but form: `hub.trust.pinned` and `.rules` accept a list, `keys.crl` a CRL.
- Old lists and sections stay. A list's file appears after its sections, so that a reader never sees
  a list it cannot assemble.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from hub.clock import instant
from hub.errors import Malformed, Misconfigured
from hub.parties import party
from hub.trust.listing import LIST
from hub.trust.model import Pin
from hub.trust.pinned import named
from hub.trust.releasing import RELEASE
from keys.certificates import SIGNATURE_OID
from keys.crl import scope
from keys.folders import certificate_file, new_folder, read, write_public
from keys.pem import pem


@dataclass(frozen=True, slots=True)
class TrustFiles:
    """What stands in a trust folder, unjudged."""

    message: bytes
    """The sealed document."""
    sections: Mapping[str, bytes]
    """By SHA-256 in hex."""
    pins: tuple[Pin, ...]
    anchors: tuple[bytes, ...]
    crls: tuple[bytes, ...]


def read_trust(folder: Path, number: int | None = None) -> TrustFiles:
    """The newest list, or the one of this number, with everything to judge it by; unjudged.

    Raises:
        Misconfigured: `trust_list_missing`, `trust_pins_missing`, `trust_section_missing`,
            `certificate_file_missing`.
        Malformed: `trust_list_form`, `pem_form`, `party_format`, and what envelopes raise.

    Source: protocol rule 14.5; protocol rule 10.1
    """
    numbers = list_numbers(folder)
    if not numbers or (number is not None and number not in numbers):
        raise Misconfigured("trust_list_missing", folder=str(folder))
    pins, anchors = read_pins(folder)
    path = _list_path(folder, number if number is not None else numbers[-1])
    message = read(path, "trust_list_missing")
    sections = {
        digest: read(folder / "sections" / digest, "trust_section_missing")
        for digest in named(LIST, message).values()
    }
    return TrustFiles(
        message,
        sections,
        pins,
        anchors,
        read_crls(folder),
    )


def read_pins(folder: Path) -> tuple[tuple[Pin, ...], tuple[bytes, ...]]:
    """What lists are judged by: pinned keys, and the anchors they stand under.

    Raises:
        Misconfigured: `trust_pins_missing`, `certificate_file_missing`, `seal_file_missing`.
        Malformed: `pem_form`, `certificate_malformed`, `party_format`.

    Source: protocol rule 10.2; protocol rule 14.5
    """
    if not (folder / "pinned").is_dir():
        raise Misconfigured("trust_pins_missing")
    return (
        tuple(_read_pin(path) for path in sorted((folder / "pinned").iterdir())),
        tuple(_certificate(path)[0] for path in sorted((folder / "anchors").glob("*.cer"))),
    )


def read_crls(folder: Path) -> tuple[bytes, ...]:
    """CRLs that were put into the folder, unjudged.

    Source: protocol rule 14.5; protocol rule 14.6
    """
    return tuple(path.read_bytes() for path in sorted((folder / "crl").glob("*.crl")))


def list_numbers(folder: Path) -> list[int]:
    """Numbers of the lists that are kept, ascending.

    Source: protocol rule 10.1
    """
    return _numbers(folder, "list-")


def release_numbers(folder: Path) -> list[int]:
    """Numbers of the sealed catalogue releases that are kept, ascending.

    Source: protocol rule 10.1
    """
    return _numbers(folder, "release-")


def read_release(folder: Path, number: int) -> tuple[bytes, dict[str, bytes]]:
    """The sealed release of this number, and its files by name; nothing is judged but form.

    Raises:
        Misconfigured: `catalogue_release_missing`, `catalogue_release_file_missing`.
        Malformed: `catalogue_release_form`, and what envelopes raise.

    Source: protocol rule 14.5; protocol rule 10.1
    """
    message = read(_release_path(folder, number), "catalogue_release_missing")
    return message, read_release_files(folder, message)


def read_release_files(folder: Path, message: bytes) -> dict[str, bytes]:
    """The files that a sealed release names, from `sections` beside it, by name.

    Raises:
        Misconfigured: `catalogue_release_file_missing`, also for a file that is another one.
        Malformed: `catalogue_release_form`, and what envelopes raise.

    Source: protocol rule 14.5; protocol rule 10.1
    """
    found = {}
    for name, digest in named(RELEASE, message).items():
        octets = read(folder / "sections" / digest, "catalogue_release_file_missing")
        if hashlib.sha256(octets).hexdigest() != digest:
            raise Misconfigured("catalogue_release_file_missing")
        found[name] = octets
    return found


def write_release(folder: Path, number: int, message: bytes, files: Mapping[str, bytes]) -> None:
    """Add a sealed release: its files first. What is there already stays as it is.

    Source: protocol rule 10.1; protocol rule 14.5
    """
    parts = {hashlib.sha256(octets).hexdigest(): octets for octets in files.values()}
    _write(folder, _release_path(folder, number), message, parts)


def write_pins(folder: Path, pins: Sequence[Pin]) -> None:
    """Pin keys: done once, at onboarding.

    Raises:
        Misconfigured: `folder_exists` when one is pinned already.

    Source: protocol rule 10.2
    """
    for pin in pins:
        place = new_folder(folder / "pinned" / str(pin.party))
        write_public(place / "signer.cer", pem(pin.certificate))
        write_public(place / "seal.der", pin.seal)


def write_list(folder: Path, number: int, message: bytes, sections: Mapping[str, bytes]) -> None:
    """Add a list: sections first, then the document. What is there already stays as it is.

    `sections`: by SHA-256 in hex, all that the document names.

    Source: protocol rule 10.1; protocol rule 14.5
    """
    _write(folder, _list_path(folder, number), message, sections)


def write_anchors(folder: Path, anchors: Sequence[bytes]) -> None:
    """Put roots (DER) into the folder, named by their digest.

    Source: protocol rule 10.2; protocol rule 14.5
    """
    (folder / "anchors").mkdir(exist_ok=True)
    for certificate in anchors:
        name = hashlib.sha256(certificate).hexdigest()[:16]
        write_public(folder / "anchors" / f"{name}.cer", pem(certificate))


def write_crl(folder: Path, octets: bytes) -> None:
    """Put a CRL in the place of its issuer's older one of the same scope; neither is judged.

    Required: the octets are a CRL that `keys.crl.read_crl` reads.

    Source: protocol rule 14.5; RFC 5280, 5.1
    """
    (folder / "crl").mkdir(exist_ok=True)
    crl = x509.load_der_x509_crl(octets)
    name = hashlib.sha256(crl.issuer.public_bytes() + scope(crl)).hexdigest()[:16]
    write_public(folder / "crl" / f"{name}.crl", octets)


def _numbers(folder: Path, prefix: str) -> list[int]:
    names = (path.stem.removeprefix(prefix) for path in folder.glob(f"{prefix}*.xml"))
    return sorted(int(name) for name in names if name.isascii() and name.isdecimal())


def _write(folder: Path, path: Path, message: bytes, sections: Mapping[str, bytes]) -> None:
    (folder / "sections").mkdir(exist_ok=True)
    for digest, octets in sections.items():
        if not (folder / "sections" / digest).exists():
            write_public(folder / "sections" / digest, octets)
    if not path.exists():
        write_public(path, message)


def _list_path(folder: Path, number: int) -> Path:
    return folder / f"list-{number:06d}.xml"


def _release_path(folder: Path, number: int) -> Path:
    return folder / f"release-{number:06d}.xml"


def _certificate(path: Path) -> tuple[bytes, x509.Certificate]:
    octets = certificate_file(path)
    try:
        return octets, x509.load_der_x509_certificate(octets)
    except (ValueError, x509.InvalidVersion) as error:
        raise Malformed("certificate_malformed") from error


def _read_pin(folder: Path) -> Pin:
    certificate, parsed = _certificate(folder / "signer.cer")
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
