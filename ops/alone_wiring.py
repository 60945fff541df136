"""Wires the voucher library alone: a ceremony's folder becomes its ground, keys and pages.

<folder>/trust       the trust list in force with its pinned keys
<folder>/parties     keyrings, needed for sealing only
<folder>/passphrase  opens the key files; a site keeps it elsewhere and names it
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from adapters.pages.content import Verdict
from adapters.pages.faces import Face
from adapters.pages.page import TEST_MARK, Paper, page
from adapters.pages.picture import drawing
from hub.clock import Clock, Instant
from hub.errors import Misconfigured
from hub.exchange.verifying import NothingKnown
from hub.parties import Party
from hub.voucher import Ground, VerdictCache, ses
from hub.voucher import binding as property_info
from hub.voucher.catalogue import Kind
from hub.voucher.chain import GivenAnchors
from hub.voucher.codec import open_message
from hub.voucher.model import LayerType, Voucher
from hub.voucher.ports import Suite
from hub.voucher.report import FAILED, NOT_DONE, PASSED, Report
from hub.voucher.suites.p256_sha256 import P256Sha256
from hub.voucher.suites.sm2_sm3 import open_suite
from keys.custody import Vault
from keys.folders import certificates_file
from keys.keyring import Keyring, open_keyring
from keys.trust_files import read_pins, read_trust
from ops.alone import Alone, MakerOf
from ops.catalogue_files import files, shipped
from ops.release_source import Alone as Judges
from ops.release_source import folder_releases
from ops.trust_source import TrustSource

KEYS_OPENER: Final = "passphrase"
CERTIFICATE_SUFFIXES: Final = frozenset({".cer", ".crt", ".pem", ".der"})
PRODUCTION: Final = "-prod"
"""Environments whose names end so get no mark across their pages."""


def suites() -> dict[str, Suite]:
    """Both suites; SM2 passes its known-answer test here or fails."""
    return {"sm2-sm3": open_suite(), "p256-sha256": P256Sha256()}


def alone(folder: Path, clock: Clock, passphrase: Path | None = None) -> Alone:
    """The voucher library over a folder.

    Raises:
        Misconfigured: `site_missing`.
        Misconfigured, Malformed, SealUntrusted: the trust folder is not whole or not sealed.
    """
    if not (folder / "trust").is_dir():
        raise Misconfigured("site_missing", folder=str(folder))
    known = suites()
    env = environment(folder / "trust")
    by = Judges(env, *read_pins(folder / "trust"), known, clock.now)
    releases = folder_releases(folder / "trust", files(shipped()), by)
    trust = TrustSource(folder / "trust", env, known, releases, clock).load(1)
    ground = Ground(trust, releases, env, known, NothingKnown(), VerdictCache())
    return Alone(
        ground,
        releases.newest,
        clock,
        makers(folder, env, passphrase),
        _draw,
        lambda one: trust.party(one) is not None,
    )


def environment(trust: Path) -> str:
    """The environment a trust folder is for, as its sealed list says.

    Raises:
        Misconfigured: `trust_list_missing`.
        Malformed: the list is no message.
    """
    opened = open_message(read_trust(trust).message)
    first = ses.read_signature(opened.layers[0].seals[0].octets)
    return property_info.read(first.property_info).env


def anchors_of(folder: Path | None) -> GivenAnchors:
    """The certificates of a folder: those that issued themselves as roots, the others between.

    Raises:
        Misconfigured: `trust_folder_missing`.
        Malformed: `pem_form`.
    """
    if folder is None:
        return GivenAnchors()
    if not folder.is_dir():
        raise Misconfigured("trust_folder_missing", folder=str(folder))
    paths = [path for path in sorted(folder.rglob("*")) if path.suffix in CERTIFICATE_SUFFIXES]
    found = [octets for path in paths for octets in certificates_file(path)]
    roots = [octets for octets in found if _issued_itself(octets)]
    return GivenAnchors(tuple(roots), tuple(octets for octets in found if octets not in roots))


def _issued_itself(octets: bytes) -> bool:
    certificate = P256Sha256().certificate(octets)
    return certificate is not None and certificate.subject == certificate.issuer


def makers(folder: Path, env: str, passphrase: Path | None) -> MakerOf:
    """The seals of a site's parties; key files are opened when first needed."""

    @cache
    def vault() -> Vault:
        return Vault(env, _secret(passphrase or folder / KEYS_OPENER), development=True)

    @cache
    def keyring(party: Party) -> Keyring:
        return open_keyring(folder / "parties" / str(party), vault())

    return lambda party, position: keyring(party).maker(position)


def _draw(
    voucher: Voucher,
    kind: Kind,
    report: Report,
    at: Instant,
    copies: Sequence[str],
    print_no: int,
) -> bytes:
    names = {p.name: p.name_zh for layer in kind.positions.values() for p in layer}
    failed = {(check.layer, check.position) for check in report.checks if check.result == FAILED}
    signers = iter(report.seals)
    faces: dict[LayerType, list[Face]] = {}
    for layer in open_message(voucher.octets).layers:
        for block in layer.seals:
            signature = ses.read_signature(block.octets)
            content = ses.read_seal(signature.seal).content
            faces.setdefault(layer.type, []).append(
                Face(
                    position=names.get(block.position, block.position),
                    name=content.name,
                    signer=next(signers).signer,
                    sealed_at=signature.sealed_at,
                    holds=(str(layer.type), block.position) not in failed,
                    picture=drawing(content.picture.data),
                )
            )
    stamps = {check.result for check in report.checks if check.check == "timestamp"}
    worst = next((result for result in (FAILED, NOT_DONE) if result in stamps), PASSED)
    verdict = Verdict(report.indication, report.sub_indication, at, worst)
    mark = "" if voucher.id.env.endswith(PRODUCTION) else TEST_MARK
    return page(voucher, kind, faces, verdict, mark, Paper(tuple(copies), print_no))


def previews(pdf: bytes, dpi: int) -> list[bytes]:
    """The sheets of a page as PNG pictures; PDFium is loaded only for them."""
    from adapters.pages.preview import png  # noqa: PLC0415 - 7 MB nobody else needs

    return png(pdf, dpi)


def _secret(path: Path) -> bytes:
    try:
        return path.read_bytes().rstrip(b"\r\n")
    except OSError:
        raise Misconfigured("passphrase_file_missing") from None
