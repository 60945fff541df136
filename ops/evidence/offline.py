"""The offline verifier's program: a package in, its verdict out; no site, no network, no clock.

    python verify.pyz PACKAGE.zip [--pin SHA256]… [--json]

Rules: it runs without the rest of this project, so it prints by itself (adr/0007); exit codes are
those of `hubctl`: 0 passed, 5 failed, 11 indeterminate, 4 no such file.
"""

import argparse
import json
import sys
from pathlib import Path

from hub.errors import HubError, Malformed, Misconfigured
from hub.voucher.indication import INDETERMINATE, TOTAL_PASSED
from hub.voucher.ports import Suite
from hub.voucher.suites.p256_sha256 import P256Sha256
from hub.voucher.suites.sm2_plain import Sm2Plain
from hub.voucher.suites.sm2_sm3 import open_suite
from ops.evidence import package
from ops.evidence.contents import contents
from ops.evidence.judging import Judgement, judge
from ops.exits import Exit, exit_of

EXITS = {TOTAL_PASSED: Exit.DONE, INDETERMINATE: Exit.INDETERMINATE}
DIGEST_DIGITS = 64


def suites(libcrypto: str = "libcrypto.so.3") -> dict[str, Suite]:
    """Both suites; SM2 in plain Python where the system's libcrypto has none."""
    sm2: Suite
    try:
        sm2 = open_suite(libcrypto)
    except Misconfigured:
        sm2 = Sm2Plain()
    return {"sm2-sm3": sm2, "p256-sha256": P256Sha256()}


def judged(octets: bytes, pins: list[str], known: dict[str, Suite]) -> Judgement:
    """The verdict over a package's octets; `pins` are SHA-256 in hex, none means the package's.

    Raises:
        Malformed: `evidence_…`, `pin_form`.
        Rejection, Misconfigured: what the package brings cannot be judged.
    """
    return judge(contents(package.read(octets).files), known, pins_of(pins))


def pins_of(texts: list[str]) -> frozenset[bytes] | None:
    """Digests of pinned certificates; None when none is given.

    Raises:
        Malformed: `pin_form`.
    """
    try:
        found = frozenset(bytes.fromhex(text) for text in texts)
    except ValueError:
        raise Malformed("pin_form") from None
    if any(len(pin) * 2 != DIGEST_DIGITS for pin in found):
        raise Malformed("pin_form")
    return found or None


def main(argv: list[str] | None = None) -> int:
    """Run; the exit code."""
    parser = argparse.ArgumentParser(prog="verify.pyz", description="Verify an evidence package.")
    parser.add_argument("package", type=Path, help="the package, a .zip file")
    parser.add_argument("--pin", action="append", default=[], help="SHA-256 of a pinned key")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args(argv)
    try:
        verdict = judged(asked.package.read_bytes(), asked.pin, suites())
    except OSError as error:
        sys.stderr.write(f"{asked.package}: {error.strerror}\n")
        return Exit.NOT_FOUND
    except HubError as error:
        sys.stderr.write(f"{error}\n")
        return exit_of(error)
    if asked.json:
        sys.stdout.write(json.dumps(verdict.as_json(), ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(verdict.as_text())
    return EXITS.get(verdict.indication, Exit.INVALID)
