"""The report's form, field by field, and what each failure means for its indication."""

import ast
import json
from pathlib import Path

import pytest

from hub.clock import Instant
from hub.voucher import examine, indication
from hub.voucher.indication import (
    FAILED,
    INDETERMINATE,
    NOT_DONE,
    PASSED,
    TOTAL_FAILED,
    TOTAL_PASSED,
    Check,
    conclude,
)
from hub.voucher.report import CHECK_NAMES
from hub.voucher.seal import seal
from tests.support.sealed import NOW, Trust, a_draft, a_house

HOUSE = a_house()
ORDER = seal(a_draft(), HOUSE.positions(a_draft()), HOUSE.ground(), at=NOW)
ROOT = Path(__file__).parents[3]
CHECKED_IN = ("checks", "chain")
ETSI = {
    "FORMAT_FAILURE", "HASH_FAILURE", "SIG_CRYPTO_FAILURE", "SIG_CONSTRAINTS_FAILURE",
    "CHAIN_CONSTRAINTS_FAILURE", "CRYPTO_CONSTRAINTS_FAILURE", "EXPIRED", "NOT_YET_VALID",
    "REVOKED", "NO_CERTIFICATE_CHAIN_FOUND", "REVOKED_NO_POE", "OUT_OF_BOUNDS_NO_POE", "TRY_LATER",
    "NO_POE", "SIGNED_DATA_NOT_FOUND",
}  # fmt: skip


def a_check(evidence: str, result: str = FAILED, level: str = "fail") -> Check:
    return Check("original", "cz_jb", "suite", level, result, evidence)


def test_the_json_has_exactly_the_documented_members_in_their_order() -> None:
    report = examine(ORDER.octets, HOUSE.ground(), at=NOW)
    plain = json.loads(json.dumps(report.as_json()))
    assert ["indication", "sub_indication", "checks", "seals"] == list(plain)
    assert ("TOTAL_PASSED", None) == (plain["indication"], plain["sub_indication"])
    for check in plain["checks"]:
        assert ["layer", "position", "check", "level", "result", "evidence"] == list(check)
        assert check["level"] in {"fail", "warn", "inform"}
        assert check["result"] in {"passed", "failed", "not_done"}
    members = ["position", "seal_id", "seal_name", "signer", "sealed_at", "suite"]
    assert [members] * 3 == [list(line) for line in plain["seals"]]
    assert set(CHECK_NAMES) == {check["check"] for check in plain["checks"]}
    for line in plain["seals"]:
        assert all(line.values())


def test_every_check_is_named_whatever_is_wrong() -> None:
    spoilt = {
        "nothing at all": b"",
        "no envelope": b"<x/>",
        "no seals": ORDER.octets[: ORDER.octets.index(b"<Sign ")] + b"</Layer></VoucherBody></MOF>",
    }
    for name, octets in spoilt.items():
        report = examine(octets, HOUSE.ground(), at=NOW)
        assert TOTAL_FAILED == report.indication, name
        assert set(CHECK_NAMES) == {check.check for check in report.checks}, name


def test_an_unknown_root_is_indeterminate_with_every_cryptographic_check_reported() -> None:
    trust = Trust(seals=HOUSE.trust.seals)
    report = examine(ORDER.octets, HOUSE.ground(trust=trust), at=NOW)
    assert ("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND") == (
        report.indication, report.sub_indication,
    )  # fmt: skip
    done = {check.check for check in report.checks if check.result == PASSED}
    assert {"seal_maker_signature", "data_hash", "signer_signature", "binding"} <= done


def test_a_check_that_was_not_done_never_counts_as_passed() -> None:
    assert (TOTAL_PASSED, None) == conclude([a_check("", PASSED)])
    assert (INDETERMINATE, "TRY_LATER") == conclude([a_check("format", NOT_DONE)])
    assert (INDETERMINATE, "NO_POE") == conclude([a_check("proof_missing", NOT_DONE)])
    assert (TOTAL_PASSED, None) == conclude([a_check("no_token", NOT_DONE, "inform")])
    assert (TOTAL_PASSED, None) == conclude([a_check("timestamp_chain", FAILED, "warn")])


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (("seal_expired", "signature_invalid"), (TOTAL_FAILED, "SIG_CRYPTO_FAILURE")),
        (("seal_revoked", "chain_unknown"), (INDETERMINATE, "NO_CERTIFICATE_CHAIN_FOUND")),
        (("sealed_too_early", "seal_expired"), (TOTAL_FAILED, "EXPIRED")),
        (("chain_unknown", "amount_sum"), (TOTAL_FAILED, "FORMAT_FAILURE")),
        (("timestamp_imprint",), (INDETERMINATE, "NO_POE")),
        (("answer_not_entitled",), (TOTAL_FAILED, "SEAL_NOT_ENTITLED")),
    ],
)
def test_the_gravest_failure_decides(
    codes: tuple[str, ...], expected: tuple[str, str | None]
) -> None:
    assert expected == conclude([a_check(code) for code in codes])
    assert expected == conclude([a_check(code) for code in reversed(codes)])


def test_every_code_that_a_seals_check_raises_has_a_sub_indication_of_its_own() -> None:
    mapped: dict[str, str] = {}
    for name in ("_CRYPTO", "_UNKNOWN", "_STATUS", "_NO_POE"):
        mapped |= getattr(indication, name)
    raised = set()
    for module in CHECKED_IN:
        tree = ast.parse((ROOT / f"hub/voucher/{module}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                first = node.exc.args[0]
                raised |= {first.value} if isinstance(first, ast.Constant) else set()
    assert len(raised) > 15
    assert set() == raised - set(mapped)
    assert all(sub in ETSI or sub.startswith("SEAL_") for sub in mapped.values())


def test_a_broken_token_is_a_warning_where_the_time_is_proven_and_fails_where_it_is_not() -> None:
    layer = ORDER.original.id.layer
    for proven, level, result in ((True, "warn", TOTAL_PASSED), (False, "fail", INDETERMINATE)):
        report = examine(
            ORDER.octets, HOUSE.ground(), at=Instant(NOW), tokens={layer: b"none"}, proven=proven
        )
        [check] = [check for check in report.checks if check.check == "timestamp"]
        assert (level, FAILED, "timestamp_form") == (check.level, check.result, check.evidence)
        assert result == report.indication
