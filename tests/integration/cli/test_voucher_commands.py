"""Vouchers as files, from the command line: draft, seal, verify, answer, show, page."""

import hashlib
import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from ops.cli import main as hubctl
from ops.cli.output import Exit, Screen
from tests.support.hubctl import run
from tests.support.payments import SAMPLES

Run = Callable[..., dict[str, Any]]
DRAFT = SAMPLES / "draft-5201.json"
ASKED = json.loads(DRAFT.read_bytes())
AMOUNT, BANK = ASKED["fields"]["PayAmt"], ASKED["to"][0]
RECEIPT = {
    "XPayAmt": AMOUNT, "XPayDate": "20261121", "XAgentBusinessNo": "20261121000123",
    "XFundDealModeCode": "1",
}  # fmt: skip


def sets(values: Mapping[str, str]) -> list[str]:
    return [word for name, value in values.items() for word in ("--set", f"{name}={value}")]


@pytest.fixture(name="site", scope="module")
def _site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "dev"
    made = run("keys", "ceremony", "--dev", folder, "--suite", "p256-sha256")
    assert (1, "dev") == (made["trust_list"], made["env"])
    return folder


@pytest.fixture(name="voucher", scope="module")
def _voucher(site: Path) -> Path:
    out = site.parent / "voucher.xml"
    sealed = run("voucher", "seal", DRAFT, "--site", site, "--out", out)
    assert ["cz_jb", "cz_fh", "cz_gz"] == [seal["position"] for seal in sealed["seals"]]
    return out


def test_a_ceremony_is_for_development_and_never_overwrites(site: Path, tmp_path: Path) -> None:
    refused = run("keys", "ceremony", tmp_path / "x", expect=Exit.MISCONFIGURED)
    assert "ceremony_for_development" == refused["error"]["code"]
    again = run("keys", "ceremony", "--dev", site, expect=Exit.MISCONFIGURED)
    assert "folder_exists" == again["error"]["code"]


def test_what_is_sealed_verifies(site: Path, voucher: Path) -> None:
    report = run("voucher", "verify", voucher, "--site", site)
    assert ("TOTAL_PASSED", None) == (report["indication"], report["sub_indication"])
    assert 3 == len(report["seals"])


def test_an_author_is_told_everything_wrong_with_a_draft_at_once(
    site: Path, tmp_path: Path
) -> None:
    assert [] == run("voucher", "explain", DRAFT, "--site", site)["faults"]
    spoilt = json.loads(DRAFT.read_bytes())
    spoilt["fields"] |= {"VouDate": "2026-11-21", "AgencyCode": "", "PayAmt": ""}
    spoilt["details"][0]["PayAmt"] = "12"
    (tmp_path / "draft.json").write_text(json.dumps(spoilt), "utf-8")
    told = run("voucher", "explain", tmp_path / "draft.json", "--site", site, expect=Exit.INVALID)
    seen = {fault["field"]: fault["seen"] for fault in told["faults"]}
    row = "/Voucher/DetailList/Detail/PayAmt"
    missing = {"/Voucher/AgencyCode": "", "/Voucher/PayAmt": ""}
    assert missing | {"/Voucher/VouDate": "2026-11-21", row: "12"} == seen


def test_a_changed_voucher_fails_and_gets_no_page(site: Path, voucher: Path) -> None:
    forged = voucher.with_name("forged.xml")
    forged.write_bytes(voucher.read_bytes().replace(b"990100", b"990200", 1))
    report = run("voucher", "verify", forged, "--site", site, expect=Exit.INVALID)
    assert "TOTAL_FAILED" == report["indication"]
    page = forged.with_suffix(".pdf")
    run("voucher", "page", forged, "--site", site, "--out", page, expect=Exit.INVALID)
    assert not page.exists()


def test_a_site_with_other_roots_does_not_pass_it(voucher: Path, tmp_path: Path) -> None:
    run("keys", "ceremony", "--dev", tmp_path / "other", "--suite", "p256-sha256")
    report = run("voucher", "verify", voucher, "--site", tmp_path / "other", expect=Exit.INVALID)
    evidence = {check["evidence"] for check in report["checks"] if check["result"] == "failed"}
    assert "seal_unknown" in evidence


def test_a_receipt_is_drafted_sealed_and_drawn(site: Path, voucher: Path, tmp_path: Path) -> None:
    draft, sealed, page = (tmp_path / name for name in ("receipt.json", "receipt.xml", "page.pdf"))
    told = run(
        "voucher", "answer", voucher, "--layer", "receipt", "--party", BANK,
        *sets(RECEIPT), "--site", site, "--out", draft,
    )  # fmt: skip
    assert [] == told["empty"]
    run("voucher", "seal", draft, "--on", voucher, "--site", site, "--out", sealed)
    shown = run("voucher", "show", sealed)
    assert ["original", "receipt"] == [layer["layer"] for layer in shown["layers"]]
    assert AMOUNT == shown["layers"][1]["fields"]["XPayAmt"]
    run("voucher", "page", sealed, "--site", site, "--out", page)
    assert page.read_bytes().startswith(b"%PDF-")
    pictures = run(
        "voucher", "page", sealed, "--site", site, "--out", tmp_path / "p.png", "--png", "--print",
        "--copy", "第一联 签发方", "--copy", "第二联 接收方",
    )["files"]  # fmt: skip
    assert [str(tmp_path / "p.png"), str(tmp_path / "p-2.png")] == pictures
    assert all(Path(name).read_bytes().startswith(b"\x89PNG") for name in pictures)
    [counted] = (site / "prints").iterdir()
    assert counted.read_text(encoding="ascii").endswith(f"/receipt/{BANK}\n")


def test_the_name_of_a_page_chooses_its_form(site: Path, voucher: Path, tmp_path: Path) -> None:
    words = ("voucher", "page", voucher, "--site", site, "--out")
    run(*words, tmp_path / "p.PNG")
    assert (tmp_path / "p.PNG").read_bytes().startswith(b"\x89PNG")
    for name, more in (("p.docx", ()), ("p.pdf", ("--png",))):
        error = run(*words, tmp_path / name, *more, expect=Exit.MISCONFIGURED)["error"]
        assert "file_ending" == error["code"]
        assert not (tmp_path / name).exists()


def test_a_new_draft_names_what_is_still_empty(site: Path, tmp_path: Path) -> None:
    out = tmp_path / "draft.json"
    told = run(
        "voucher", "new", "990100/2026/5201/011.990100/2026-1", "--to", "102.990000",
        "--set", "AgencyCode=101001", "--site", site, "--out", out,
    )  # fmt: skip
    assert "PayAmt" in told["empty"]
    draft = json.loads(out.read_bytes())
    assert draft["fields"]["Id"] == draft["details"][0]["VoucherBillId"] == "5201-2026-1"
    assert "101001" == draft["details"][0]["AgencyCode"]
    refused = run(
        "voucher", "seal", out, "--site", site, "--out", tmp_path / "v", expect=Exit.INVALID
    )
    assert refused["error"]["do"]
    assert not (tmp_path / "v").exists()


def sealed_with(site: Path, out: Path, **change: object) -> dict[str, Any]:
    """The sample sealed with some members changed."""
    draft = out.with_suffix(".json")
    draft.write_text(json.dumps({**ASKED, **change}), encoding="utf-8")
    return run("voucher", "seal", draft, "--site", site, "--out", out)


def test_a_draft_of_a_kind_whose_code_is_assumed_says_so(site: Path, tmp_path: Path) -> None:
    def words(kind: str, out: Path) -> list[str | Path]:
        named = f"990100/2026/{kind}/011.990100/2026-1"
        return ["voucher", "new", named, "--to", "102.990000", "--site", site, "--out", out]

    assert run(*words("5214", tmp_path / "a.json"))["code_assumed"] is True
    assert run(*words("5201", tmp_path / "b.json"))["code_assumed"] is False
    for kind, said in (("5214", True), ("5201", False)):
        shown = io.StringIO()
        arguments = [str(word) for word in words(kind, tmp_path / f"{kind}.json")]
        assert Exit.DONE == hubctl.run(arguments, Screen(shown, io.StringIO(), chinese=True))
        assert said == ("编号暂定" in shown.getvalue()), shown.getvalue()


def test_a_draft_whose_own_field_says_another_number_is_the_authors_to_correct(
    site: Path, tmp_path: Path
) -> None:
    draft = tmp_path / "draft.json"
    fields = {**ASKED["fields"], "VoucherNo": "2026-other"}
    draft.write_text(json.dumps({**ASKED, "fields": fields}), encoding="utf-8")
    words = ("voucher", "seal", draft, "--site", site, "--out", tmp_path / "v.xml")
    error = run(*words, expect=Exit.INVALID)["error"]
    assert ("draft_identity", "VoucherNo") == (error["code"], error["context"]["field"])
    assert "attack" not in error["do"]


def test_a_file_is_compared_with_the_attachments_that_are_sealed(
    site: Path, tmp_path: Path
) -> None:
    contract, other, plan = (tmp_path / name for name in ("a.ofd", "b.ofd", "c.ofd"))
    contract.write_bytes(b"a contract")
    other.write_bytes(b"A contract")
    plan.write_bytes(b"a plan")
    listed = [
        {"name": path.name, "length": len(path.read_bytes()),
         "digest": hashlib.sha256(path.read_bytes()).hexdigest()}
        for path in (contract, plan)
    ]  # fmt: skip
    sealed = tmp_path / "v.xml"
    sealed_with(site, sealed, attachments=listed)
    verify = ("voucher", "verify", sealed, "--site", site)
    for files in ([contract], [contract, plan]):
        report = run(*verify, *(word for path in files for word in ("--attachment", path)))
        told = [
            (one["result"], one["evidence"])
            for one in report["checks"]
            if one["check"] == "attachment"
        ]
        second = ("passed", "") if plan in files else ("not_done", "attachment_not_given")
        assert [("passed", ""), second] == told
        assert "TOTAL_PASSED" == report["indication"]
    report = run(*verify, "--attachment", contract, "--attachment", other, expect=Exit.INVALID)
    assert ("TOTAL_FAILED", "HASH_FAILURE") == (report["indication"], report["sub_indication"])
    assert ["attachment_differs"] == [
        check["evidence"] for check in report["checks"] if check["result"] == "failed"
    ]
    missing = run(*verify, "--attachment", tmp_path / "none", expect=None)
    assert "file_missing" == missing["error"]["code"]


@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"schema": 2}, "schema"),
        ({"fields": {"PayAmt": 12}}, "fields"),
        ({"details": {}}, "details"),
        ({"layer": "nonsense"}, "layer"),
        ({"cat": "1"}, "cat"),
        ({"attachments": [{"name": "a"}]}, "attachments"),
        ({"to": "102.990000"}, "to"),
    ],
)
def test_a_draft_of_another_form_is_refused_by_its_member(
    site: Path, tmp_path: Path, change: dict[str, object], member: str
) -> None:
    draft = tmp_path / "draft.json"
    draft.write_text(json.dumps(json.loads(DRAFT.read_bytes()) | change))
    refused = run(
        "voucher", "seal", draft, "--site", site, "--out", tmp_path / "v", expect=Exit.INVALID
    )
    assert ("draft_form", member) == (
        refused["error"]["code"],
        refused["error"]["context"]["member"],
    )


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (("voucher", "new", "990100/2026", "--to", "102.1"), "identity_format"),
        (("voucher", "new", "990100/2026/5201/011/1", "--to", "102.1"), "party_format"),
        (("voucher", "new", "990100/2026/0000/011.1/1", "--to", "102.1"), "kind_unknown"),
        (("voucher", "new", "990100/2026/5201/011.1/1", "--to", "1", "--set", "x"), "value_format"),
        (
            ("voucher", "new", "990100/2026/5201/011.1/1", "--to", "1", "--set", "PayAmmt=1.00"),
            "field_unexpected",
        ),
        (("voucher", "new", "990100/2026/5201/011.990100/1", "--to", "zz"), "party_format"),
        (("voucher", "new", "990100/2026/5201/011.990100/1", "--to", "102.1"), "party_unknown"),
        (("voucher", "new", "990100/2026/5201/011.1/1", "--to", "102.990000"), "party_unknown"),
        (("voucher", "find", "--since", "20261122", "--until", "20261121"), "period_reversed"),
    ],
)
def test_a_wrong_word_on_the_command_line_has_its_code(
    site: Path, tmp_path: Path, argv: tuple[str, ...], code: str
) -> None:
    out, err = io.StringIO(), io.StringIO()
    files = ["--site", str(site), "--out", str(tmp_path / "x")] if "new" in argv else []
    wrong = [*argv, *files, "--json"]
    ended = hubctl.run(wrong, Screen(out, err, chinese=False))
    expected = Exit.NOT_FOUND if code == "party_unknown" else Exit.INVALID
    assert expected == ended
    assert not (tmp_path / "x").exists()
    assert code == json.loads(out.getvalue())["error"]["code"]


def test_a_site_that_is_none_is_told_apart_from_one_that_was_not_named(tmp_path: Path) -> None:
    new = ("voucher", "new", "990100/2026/5201/011.990100/1", "--to", "102.990000")
    out = ("--out", tmp_path / "x")
    missing = run(*new, *out, expect=Exit.USAGE)["error"]
    assert "--site" in missing["what"]
    assert "hubctl keys ceremony --dev" in missing["what"]
    none = run(*new, *out, "--site", tmp_path / "none", expect=Exit.MISCONFIGURED)["error"]
    assert "site_missing" == none["code"]


def test_a_seal_is_shown_with_its_picture(site: Path, tmp_path: Path) -> None:
    seal, picture = site / "parties/011.990100/gz/seal.der", tmp_path / "seal.svg"
    told = run("seal", "inspect", seal, "--trust", site / "trust/anchors", "--picture", picture)
    assert "TOTAL_PASSED" == told["indication"]
    assert "011.990100.gz" == told["seal"]["seal_id"]
    assert (site / "parties/011.990100/gz/seal.svg").read_bytes() == picture.read_bytes()


def test_a_detached_signature_is_verified_over_any_file(tmp_path: Path) -> None:
    (tmp_path / "s.der").write_bytes(b"\x30\x03\x02\x01\x04")
    (tmp_path / "data").write_bytes(b"data")
    told = run(
        "seal", "verify", "--signature", tmp_path / "s.der", "--data", tmp_path / "data",
        expect=Exit.INVALID,
    )  # fmt: skip
    assert "FORMAT_FAILURE" == told["sub_indication"]


def test_each_seal_of_a_voucher_is_shown_by_its_number(site: Path, tmp_path: Path) -> None:
    voucher = tmp_path / "voucher.xml"
    run("voucher", "seal", DRAFT, "--site", site, "--out", voucher)
    inspect = ("seal", "inspect", voucher, "--trust", site / "trust/anchors", "--of-voucher")
    shown = [run(*inspect, str(n))["seal"]["seal_id"] for n in (1, 2, 3)]
    assert [f"011.990100.{maker}" for maker in ("jb", "fh", "gz")] == shown
    beyond = run(*inspect, "4", expect=Exit.USAGE)["error"]
    assert "this voucher has 3 seals" in beyond["what"]
    run("seal", "inspect", DRAFT, "--of-voucher", "1", expect=Exit.INVALID)
