"""The older envelope by command: in, sealed, answered, and out again in GBK."""

import base64
import hashlib
import json
from pathlib import Path

import pytest

from ops.cli.output import Exit
from tests.support.hubctl import run
from tests.support.payments import SAMPLES

DRAFT = SAMPLES / "draft-5201.json"
ASKED = json.loads(DRAFT.read_bytes())
ISSUER, BANK = ASKED["issuer"], ASKED["to"][0]


@pytest.fixture(name="site", scope="module")
def _site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "dev"
    run("keys", "ceremony", "--dev", folder, "--suite", "p256-sha256")
    return folder


@pytest.fixture(name="first", scope="module")
def _first(site: Path) -> Path:
    """A sealed payment order."""
    sealed = site.parent / "first.xml"
    run("voucher", "seal", DRAFT, "--site", site, "--out", sealed)
    return sealed


@pytest.fixture(name="older", scope="module")
def _older(site: Path, first: Path) -> Path:
    """The payment order as an older system exports it."""
    older = site.parent / "older.xml"
    run("voucher", "export-legacy", first, "--site", site, "--out", older)
    assert older.read_bytes().startswith(b'<?xml version="1.0" encoding="GBK"?><MOF><VoucherCount>')
    return older


def imported(older: Path, site: Path, folder: Path, *more: str | Path) -> Path:
    told = run("voucher", "import-legacy", older, "--site", site, "--out", folder, *more)
    [draft] = told["drafts"]
    digest = hashlib.sha256(older.read_bytes()).hexdigest()
    assert (folder / f"{digest}.xml").read_bytes() == older.read_bytes()
    assert f"{folder / digest}.xml" == told["attachment"]
    return Path(draft)


def test_an_older_order_is_sealed_answered_and_its_answer_goes_back_in_gbk(
    site: Path, older: Path, tmp_path: Path
) -> None:
    draft = imported(older, site, tmp_path / "in", "--party", ISSUER, "--to", BANK)
    sealed, back = tmp_path / "sealed.xml", tmp_path / "back.xml"
    run("voucher", "seal", draft, "--site", site, "--out", sealed)
    [layer] = run("voucher", "show", sealed)["layers"]
    filled = {name: value for name, value in ASKED["fields"].items() if value}
    assert {"VoucherFlag": "0", **filled} == layer["fields"]
    returned = tmp_path / "return.json"
    run(
        "voucher", "answer", sealed, "--layer", "return", "--party", BANK, "--site", site,
        "--set", "Return_Code=account_unknown", "--set", "Return_Reason=账号不存在",
        "--out", returned,
    )  # fmt: skip
    answer = tmp_path / "answer.xml"
    run("voucher", "seal", returned, "--on", sealed, "--site", site, "--out", answer)
    run("voucher", "export-legacy", answer, "--site", site, "--out", back)
    assert "账号不存在".encode("gbk") in back.read_bytes()
    again = imported(back, site, tmp_path / "back", "--party", BANK, "--on", sealed)
    assert "return" == json.loads(again.read_bytes())["layer"]


def test_an_answer_that_changed_the_voucher_is_not_imported(
    site: Path, first: Path, older: Path, tmp_path: Path
) -> None:
    run(
        "voucher", "import-legacy", older, "--site", site, "--party", BANK, "--on", first,
        "--out", tmp_path / "x", expect=Exit.INVALID,
    )  # fmt: skip
    nothing = run(
        "voucher", "import-legacy", first, "--site", site, "--party", ISSUER,
        "--out", tmp_path / "x", expect=Exit.INVALID,
    )  # fmt: skip
    assert nothing["error"]["code"].startswith("legacy_")
    assert not (tmp_path / "x").exists()


def test_an_answer_that_says_other_than_its_original_is_not_imported(
    site: Path, first: Path, tmp_path: Path
) -> None:
    returned, answer, back = (tmp_path / name for name in ("return.json", "answer.xml", "back.xml"))
    run(
        "voucher", "answer", first, "--layer", "return", "--party", BANK, "--site", site,
        "--set", "Return_Code=account_unknown", "--set", "Return_Reason=账号不存在",
        "--out", returned,
    )  # fmt: skip
    run("voucher", "seal", returned, "--on", first, "--site", site, "--out", answer)
    run("voucher", "export-legacy", answer, "--site", site, "--out", back)
    imported(back, site, tmp_path / "good", "--party", BANK, "--on", first)
    name, packed = ASKED["fields"]["PayeeAcctNo"], back.read_bytes()
    inner = base64.b64decode(packed.split(b"<Voucher>")[1].split(b"</Voucher>")[0])
    other = inner.replace(name.encode(), name[::-1].encode())
    assert inner != other
    back.write_bytes(packed.replace(base64.b64encode(inner), base64.b64encode(other)))
    said = run(
        "voucher", "import-legacy", back, "--site", site, "--party", BANK, "--on", first,
        "--out", tmp_path / "bad", expect=Exit.INVALID,
    )  # fmt: skip
    assert "legacy_differs" == said["error"]["code"]
    assert not (tmp_path / "bad").exists()


def test_a_recall_has_no_older_form(site: Path, first: Path, tmp_path: Path) -> None:
    draft, recall = tmp_path / "r.json", tmp_path / "r.xml"
    run(
        "voucher", "answer", first, "--layer", "recall", "--party", ISSUER, "--site", site,
        "--set", "Recall_Reason=重复下达", "--out", draft,
    )  # fmt: skip
    run("voucher", "seal", draft, "--on", first, "--site", site, "--out", recall)
    said = run(
        "voucher", "export-legacy", recall, "--site", site, "--out", tmp_path / "back.xml",
        expect=Exit.INVALID,
    )  # fmt: skip
    assert "legacy_layer" == said["error"]["code"]
