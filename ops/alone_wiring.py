"""Wires the voucher library alone: a site's folder (`keys.site`), with pages."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from adapters.pages.content import Verdict
from adapters.pages.faces import Face
from adapters.pages.page import TEST_MARK, Paper, page
from adapters.pages.picture import drawing
from hub.clock import Clock, Instant
from hub.errors import Misconfigured
from hub.voucher import ses
from hub.voucher.catalogue import Kind
from hub.voucher.chain import GivenAnchors
from hub.voucher.codec import open_message
from hub.voucher.model import LayerType, Voucher
from hub.voucher.report import FAILED, NOT_DONE, PASSED, Report
from hub.voucher.suites.p256_sha256 import P256Sha256
from keys.folders import certificates_file
from keys.site import open_site
from ops.alone import Alone

CERTIFICATE_SUFFIXES: Final = frozenset({".cer", ".crt", ".pem", ".der"})
PRODUCTION: Final = "-prod"
"""Environments whose names end so get no mark across their pages."""


def alone(folder: Path, clock: Clock, passphrase: Path | None = None) -> Alone:
    """The voucher library over a folder.

    Raises:
        Misconfigured: `site_missing`.
        Misconfigured, Malformed, SealUntrusted: the trust folder is not whole or not sealed.
    """
    site = open_site(folder, clock.now, passphrase)
    return Alone(
        site.ground,
        site.release,
        clock,
        site.maker_of,
        _draw,
        lambda one: site.trust.party(one) is not None,
    )


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
