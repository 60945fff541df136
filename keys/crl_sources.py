"""Fetching CRLs: from a file that others put there, or by HTTP from their issuer.

Rules of this file: octets only, bounded; what they are worth is judged by whoever takes them. HTTP
without TLS is enough, for a CRL is signed and numbered.
"""

import urllib.request
from pathlib import Path
from typing import Final
from urllib.error import URLError

from hub.errors import TargetDown
from keys.pem import from_pem

SECONDS: Final = 15.0
BYTES_MAX: Final = 16 * 1024 * 1024
WEB: Final = ("http://", "https://")


def fetch(source: str) -> bytes:
    """The DER octets of a CRL at a path or an address; PEM is read too. At most 16 MB, within 15 s.

    Raises:
        TargetDown: `crl_unreachable`, with the kind of error; `crl_too_large`.
        Malformed: `pem_form`.

    Source: RFC 5280, 5.1; protocol rule 14.5
    """
    try:
        octets = _web(source) if source.startswith(WEB) else _file(Path(source))
    except (OSError, URLError, ValueError) as error:
        raise TargetDown("crl_unreachable", reason=type(error).__name__) from error
    if len(octets) > BYTES_MAX:
        raise TargetDown("crl_too_large")
    return from_pem(octets, "X509 CRL") if octets.startswith(b"-----BEGIN") else octets


def _file(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(BYTES_MAX + 1)


def _web(address: str) -> bytes:
    request = urllib.request.Request(address, headers={"Accept": "application/pkix-crl"})  # noqa: S310 - WEB
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 - WEB
        found: bytes = answer.read(BYTES_MAX + 1)
    return found
