"""Indication and sub-indication of a report (names of ETSI EN 319 102-1).

Rules:
- The gravest failure decides: a broken form, signature or digest first; then a chain nobody here
  trusts (INDETERMINATE); then what is wrong in time, status or binding; then what lacks proof.
- A check that could not be done never counts as passed.
- A code that stands in no table is a fault of form: schema and rules of a body have many codes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hub.voucher.proof_codes import PROOF_CODES

PASSED: Final = "passed"
FAILED: Final = "failed"
NOT_DONE: Final = "not_done"
TOTAL_PASSED: Final = "TOTAL_PASSED"
TOTAL_FAILED: Final = "TOTAL_FAILED"
INDETERMINATE: Final = "INDETERMINATE"

_CRYPTO: Final = {
    "signature_invalid": "SIG_CRYPTO_FAILURE",
    "seal_maker_signature": "SIG_CRYPTO_FAILURE",
    "digest_mismatch": "HASH_FAILURE",
    "attachment_differs": "HASH_FAILURE",
    "suite_mismatch": "CRYPTO_CONSTRAINTS_FAILURE",
    "chain_broken": "CHAIN_CONSTRAINTS_FAILURE",
    "signer_not_in_seal": "SIG_CONSTRAINTS_FAILURE",
}
_UNKNOWN: Final = {
    "chain_unknown": "NO_CERTIFICATE_CHAIN_FOUND",
    "seal_unknown": "SEAL_NOT_REGISTERED",
    "catalogue_missing": "TRY_LATER",
    "suite_unknown": "TRY_LATER",
}
_STATUS: Final = {
    "certificate_malformed": "CHAIN_CONSTRAINTS_FAILURE",
    "certificate_usage": "CHAIN_CONSTRAINTS_FAILURE",
    "signer_not_registered": "SIG_CONSTRAINTS_FAILURE",
    "seal_expired": "EXPIRED",
    "certificate_expired": "EXPIRED",
    "seal_maker_validity": "EXPIRED",
    "seal_maker_not_yet_valid": "NOT_YET_VALID",
    "seal_not_yet_valid": "NOT_YET_VALID",
    "certificate_not_yet_valid": "NOT_YET_VALID",
    "sealed_in_future": "NOT_YET_VALID",
    "certificate_revoked": "REVOKED",
    "seal_maker_revoked": "REVOKED",
    "seal_revoked": "REVOKED",
    "seal_suspended": "SEAL_SUSPENDED",
    "catalogue_not_in_force": "SIG_CONSTRAINTS_FAILURE",
    "not_entitled": "SEAL_NOT_ENTITLED",
    "issuer_not_first": "SEAL_NOT_ENTITLED",
    "answer_not_entitled": "SEAL_NOT_ENTITLED",
    "binding_envelope": "SEAL_BINDING_FAILURE",
    "binding_stack": "SEAL_BINDING_FAILURE",
    "binding_body": "SEAL_BINDING_FAILURE",
    "seal_chain_broken": "SEAL_BINDING_FAILURE",
    "positions_incomplete": "SEAL_POSITIONS_FAILURE",
    "position_order": "SEAL_POSITIONS_FAILURE",
    "position_repeated": "SEAL_POSITIONS_FAILURE",
}
_NO_POE: Final = {
    "sealed_too_early": "OUT_OF_BOUNDS_NO_POE",
    "seal_ended_before_proof": "REVOKED_NO_POE",
    "certificate_revoked_before_proof": "REVOKED_NO_POE",
    **dict.fromkeys(PROOF_CODES, "NO_POE"),
}


@dataclass(frozen=True, slots=True)
class Check:
    """One check, on one seal (`position`), one layer, or the whole (both empty)."""

    layer: str
    position: str
    check: str
    level: str
    """`fail`, `warn` or `inform`: what a failure means for the indication."""
    result: str
    evidence: str
    """A code, or empty."""


def conclude(checks: Sequence[Check]) -> tuple[str, str | None]:
    """Indication and sub-indication of checks: the gravest failure of level `fail` decides.

    Source: ETSI EN 319 102-1; protocol rule 12.3
    """
    codes = [c.evidence for c in checks if c.level == "fail" and c.result == FAILED]
    known = (_CRYPTO, _UNKNOWN, _STATUS, _NO_POE)
    if any(all(code not in table for table in known) for code in codes):
        return TOTAL_FAILED, "FORMAT_FAILURE"
    for table, indication in zip(
        known, (TOTAL_FAILED, INDETERMINATE, TOTAL_FAILED, INDETERMINATE), strict=True
    ):
        for code in codes:
            if code in table:
                return indication, table[code]
    left = [c.evidence for c in checks if c.level == "fail" and c.result == NOT_DONE]
    if left:
        return INDETERMINATE, "NO_POE" if set(left) <= set(PROOF_CODES) else "TRY_LATER"
    return TOTAL_PASSED, None
