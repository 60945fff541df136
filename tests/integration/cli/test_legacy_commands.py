"""The older envelope by command: in, sealed, answered, and out again in GBK."""

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


@pytest.fixture(name="older", scope="module")
def _older(site: Path) -> Path:
    """A payment order as an older system exports it."""
    sealed, older = site.parent / "first.xml", site.parent / "older.xml"
    run("voucher", "seal", DRAFT, "--site", site, "--out", sealed)
    run("voucher", "export-legacy", sealed, "--site", site, "--out", older)
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
    site: Path, older: Path, tmp_path: Path
) -> None:
    first = site.parent / "first.xml"
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
