"""Evidence packages by command, and the one-file verifier for readers far away and years on."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hub.clock import DAY
from hub.voucher.codec import open_message
from ops.cli.output import Exit
from ops.clock import SystemClock
from ops.evidence import package
from ops.evidence.bundle import modules, verifier
from ops.evidence.gather import made
from tests.support import pki
from tests.support.court import Court
from tests.support.hubctl import run
from tests.support.office import Office
from tests.support.payments import SAMPLES
from tests.support.sealed import suites

YEARS = 15 * 365 * DAY
ALONE = """
import datetime, runpy, socket, sys, time
years, path = float(sys.argv[1]) / 1000, sys.argv[2]
class Away(socket.socket):
    def __init__(self, *a, **k):
        raise OSError("there is no network here")
socket.socket = Away
socket.getaddrinfo = lambda *a, **k: Away()
now, real = time.time, datetime.datetime
time.time = lambda: now() + years
class Later(real):
    @classmethod
    def now(cls, tz=None):
        return real.now(tz) + datetime.timedelta(seconds=years)
datetime.datetime = Later
assert Later.now().year >= 2026 + (years > 0) * 14
sys.argv = [path, *sys.argv[3:]]
runpy.run_path(path, run_name="__main__")
"""


def offline(folder: Path, years: int, *argv: str | Path) -> tuple[int, dict[str, Any]]:
    """The verifier in a process of its own: another clock, no network, none of our folders."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", ALONE, str(years), folder / "verify.pyz", *map(str, argv),
         "--json"],
        cwd=folder, capture_output=True, text=True, check=False, timeout=60, env={"PATH": ""},
    )  # fmt: skip
    assert done.stdout, done.stderr
    said = json.loads(done.stdout)
    assert isinstance(said, dict)
    return done.returncode, said


@pytest.fixture(name="desk", scope="module")
def _desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the verifier and nothing else of this project."""
    folder = tmp_path_factory.mktemp("desk")
    told = run("voucher", "verifier", "--to", folder / "verify.pyz")
    assert told["bytes"] == (folder / "verify.pyz").stat().st_size
    return folder


@pytest.mark.parametrize("suite", ["sm2-sm3", "p256-sha256"])
def test_the_verdict_is_the_same_in_fifteen_years_without_ca_and_network(
    suite: str, desk: Path, tmp_path: Path
) -> None:
    court = Court(Office(pki.make(tmp_path, suite)))
    contents = court.contents(proofs=(court.proof(court.order),))
    kept = made(contents, suites(), str(court.order.id), "hub", SystemClock().now())
    path = tmp_path / "evidence.zip"
    path.write_bytes(kept.octets)
    now = run("voucher", "verify-evidence", path)
    assert ("TOTAL_PASSED", None) == (now["indication"], now["sub_indication"])
    for years in (0, YEARS):
        code, said = offline(desk, years, path)
        assert Exit.DONE == code
        assert said == {key: now[key] for key in said}
    pins = [word for pin in now["pins"][:2] for word in ("--pin", pin["sha256"])]
    assert Exit.DONE == offline(desk, YEARS, path, *pins)[0]
    stored = package.read(kept.octets).files
    assert {key: now[key] for key in said} == json.loads(stored["report.json"])


def test_a_package_that_was_changed_is_refused_by_the_verifier(desk: Path, tmp_path: Path) -> None:
    court = Court(Office(pki.make(tmp_path, "p256-sha256")))
    contents = court.contents(proofs=(court.proof(court.order),))
    kept = package.read(
        made(contents, suites(), str(court.order.id), "hub", SystemClock().now()).octets
    )
    [name] = [name for name in kept.files if name.startswith("proofs/")]
    spoilt = {**kept.files, name: kept.files[name].replace(b'"hub"', b'"icbc"')}
    path = tmp_path / "evidence.zip"
    path.write_bytes(package.write(package.Package(kept.about, spoilt)))
    code, said = offline(desk, 0, path)
    assert (Exit.INDETERMINATE, "NO_POE") == (code, said["sub_indication"])
    path.write_bytes(path.read_bytes()[:-40])
    done = subprocess.run(
        [sys.executable, "-I", desk / "verify.pyz", path],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (Exit.INVALID, "evidence_form\n") == (done.returncode, done.stderr)


def test_the_verifier_holds_our_own_modules_and_little_else() -> None:
    found = modules()
    assert {"hub.voucher.verification", "hub.voucher.report", "hub.trust.listing"} <= found
    unwanted = ("hub.desks", "hub.clearing", "adapters", "ops.cli", "ops.settings", "ops.wiring")
    assert [] == [name for name in found if name.startswith(unwanted)]
    assert verifier() == verifier()


def test_a_sealed_file_becomes_a_package_which_says_what_it_lacks(tmp_path: Path) -> None:
    site, voucher = tmp_path / "site", tmp_path / "voucher.xml"
    run("keys", "ceremony", "--dev", site, "--suite", "p256-sha256")
    run("voucher", "seal", SAMPLES / "draft-5201.json", "--site", site, "--out", voucher)
    path = tmp_path / "evidence.zip"
    told = run(
        "voucher", "evidence", voucher, "--site", site, "--to", path, expect=Exit.INDETERMINATE
    )
    assert "NO_POE" == told["sub_indication"]
    files = package.read(path.read_bytes()).files
    assert {"README.txt", "report.json", "report.txt"} <= files.keys()
    [layer] = open_message(voucher.read_bytes()).layers
    assert layer.body == files["layers/0-original/body.xml"]
    sealed = tmp_path / "seal.der"
    sealed.write_bytes(files["layers/0-original/1-cz_jb.der"])
    body = tmp_path / "body.xml"
    body.write_bytes(layer.body)
    foreign = run(
        "seal", "verify", "--signature", sealed, "--data", body, "--trust", site / "trust",
        expect=Exit.DONE,
    )  # fmt: skip
    assert "TOTAL_PASSED" == foreign["indication"]


def test_it_must_be_clear_where_the_voucher_is(tmp_path: Path) -> None:
    refused = run("voucher", "evidence", "x", "--to", tmp_path / "e.zip", expect=Exit.INVALID)
    assert "evidence_of_what" == refused["error"]["code"]
