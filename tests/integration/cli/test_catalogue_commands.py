"""The catalogue by command: what is there, the next release, and what is refused."""

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.clock import moment
from ops.cli.output import Exit
from ops.clock import SystemClock
from ops.demo.site import Site
from ops.demo.town import HUB_NODE
from tests.support.hubctl import run
from tests.support.staffed import copied, staffed

BUREAU, TREASURY = "011.990100", "001.0299000000"
OURS = '[kind.5299]\nlike = "5201"\nname = "新凭证"\nen = "a new kind"\n'


@pytest.fixture(name="made", scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return staffed(tmp_path_factory.mktemp("catalogue"))


@pytest.fixture(name="site")
def _site(made: Site, tmp_path: Path) -> Site:
    return copied(made, tmp_path / "site")


def hub(site: Site) -> tuple[str, Path]:
    return "--config", site.config(HUB_NODE)


def keys(site: Site) -> tuple[str, Path, str, Path]:
    return "--site", site.root / "pki", "--passphrase-file", site.root / "passphrase"


def folder(tmp_path: Path, text: str = OURS) -> Path:
    (tmp_path / "ours/kinds").mkdir(parents=True, exist_ok=True)
    (tmp_path / "ours/kinds/ours.toml").write_text(text, encoding="utf-8")
    return tmp_path / "ours"


def proposed(site: Site, out: Path, *what: str | Path, expect: Exit = Exit.DONE) -> dict[str, Any]:
    return run(
        "catalogue", "propose", "--issuer", BUREAU, "--out", out, *what, *hub(site), expect=expect
    )


def signed(site: Site, draft: Path) -> Path:
    for party in (BUREAU, TREASURY):
        told = run("catalogue", "sign", draft, "--party", party, *keys(site), *hub(site))
    assert told["complete"]
    return Path(told["file"])


def test_a_node_begins_with_the_package(site: Site) -> None:
    told = run("catalogue", "list", *hub(site))
    assert [(1, "in_force")] == [(row["number"], row["state"]) for row in told["releases"]]
    shown = run("catalogue", "show", *hub(site))
    assert "kinds.payment.toml" in shown["files"]
    assert {} == shown["changes"]


def test_the_next_release_is_drawn_up_sealed_and_in_force(site: Site, tmp_path: Path) -> None:
    drawn = proposed(site, tmp_path / "next", "--with", folder(tmp_path))
    assert (2, {"5299": "added"}) == (drawn["number"], drawn["changes"])
    assert drawn["entitlements"] > 0
    file = signed(site, tmp_path / "next")
    assert {"in_force": 2, "newest": 2} == {
        key: run("catalogue", "import", file, *hub(site))[key] for key in ("in_force", "newest")
    }
    shown = run("catalogue", "show", "--out", tmp_path / "files", *hub(site))
    assert {"5299": "added"} == shown["changes"]
    assert OURS == (tmp_path / "files/kinds/ours.toml").read_text(encoding="utf-8")
    gone = proposed(site, tmp_path / "third", "--without", "kinds/ours.toml")
    assert {"5299": "gone"} == gone["changes"]


def test_a_route_is_explained_by_the_release_that_counts_on_that_day(
    site: Site, tmp_path: Path
) -> None:
    begins = moment(SystemClock().now()) + timedelta(days=20)
    when = ("--effective", begins.isoformat(timespec="seconds"))
    proposed(site, tmp_path / "next", "--with", folder(tmp_path), *when)
    told = run("catalogue", "import", signed(site, tmp_path / "next"), *hub(site))
    assert (1, 2) == (told["in_force"], told["newest"])
    asked = ("route", "explain", "5299", "--division", BUREAU[4:], "--from", "011", *hub(site))
    assert "kind_unknown" == run(*asked, expect=Exit.INVALID)["error"]["code"]
    later = run(*asked, "--on", (begins + timedelta(days=2)).strftime("%Y%m%d"))
    assert 2 == later["catalogue"]


def test_the_package_changes_nothing_by_itself(site: Site, tmp_path: Path) -> None:
    config = site.config(HUB_NODE)
    run("catalogue", "list", *hub(site))
    text = config.read_text(encoding="utf-8")
    ours = f'catalogue = "{folder(tmp_path)}"\n'
    config.write_text(text.replace("data =", f"{ours}data =", 1), encoding="utf-8")
    assert {} == run("catalogue", "show", *hub(site))["changes"]
    assert {} == proposed(site, tmp_path / "same")["changes"]
    assert {"5299": "added"} == proposed(site, tmp_path / "next", "--shipped")["changes"]


def catalogue_check(site: Site) -> tuple[str, str]:
    told = run("check", *hub(site), expect=None)
    (one,) = [check for check in told["checks"] if check["name"] == "catalogue"]
    return one["level"], one["said"]


def test_a_catalogue_unlike_the_packages_is_told_until_a_sealed_release_counts(
    site: Site, tmp_path: Path
) -> None:
    config = site.config(HUB_NODE)
    run("catalogue", "list", *hub(site))
    assert "OK" == catalogue_check(site)[0]
    text = config.read_text(encoding="utf-8")
    ours = f'catalogue = "{folder(tmp_path)}"\n'  # as a newer package would bring a kind
    config.write_text(text.replace("data =", f"{ours}data =", 1), encoding="utf-8")
    level, told = catalogue_check(site)
    assert ("WARN", True) == (level, "catalogue_not_as_shipped: 1 file" in told)
    proposed(site, tmp_path / "next", "--shipped")
    run("catalogue", "import", signed(site, tmp_path / "next"), *hub(site))
    assert "OK" == catalogue_check(site)[0]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[kind.5299", "catalogue_unreadable"),
        ('[kind.5201]\nname = "x"\n', "catalogue_defined_twice"),
        ('[kind.5299]\nlike = "0000"\n', "catalogue_kind_unknown"),
    ],
)
def test_what_makes_no_catalogue_is_not_drawn_up(
    site: Site, tmp_path: Path, text: str, code: str
) -> None:
    out = tmp_path / "next"
    refused = proposed(site, out, "--with", folder(tmp_path, text), expect=Exit.MISCONFIGURED)
    assert code == refused["error"]["code"]
    assert not out.exists()


def test_what_is_named_wrongly_is_told(site: Site, tmp_path: Path) -> None:
    for what, code in (
        (("--without", "kinds/none.toml"), "catalogue_file_unknown"),
        (("--with", str(tmp_path)), "catalogue_unreadable"),
    ):
        told = proposed(site, tmp_path / "next", *what, expect=Exit.MISCONFIGURED)
        assert code == told["error"]["code"]
    unknown = run("catalogue", "show", "--number", "9", *hub(site), expect=Exit.NOT_FOUND)
    assert "catalogue_release_unknown" == unknown["error"]["code"]


def test_a_draft_that_was_changed_is_not_sealed(site: Site, tmp_path: Path) -> None:
    draft = tmp_path / "next"
    proposed(site, draft, "--with", folder(tmp_path))
    one = next((draft / "sections").iterdir())
    one.write_bytes(one.read_bytes() + b"# more\n")
    told = run(
        "catalogue", "sign", draft, "--party", BUREAU, *keys(site), *hub(site),
        expect=Exit.MISCONFIGURED,
    )  # fmt: skip
    assert "catalogue_draft_unreadable" == told["error"]["code"]


def test_a_release_without_its_files_is_not_taken_in(site: Site, tmp_path: Path) -> None:
    draft = tmp_path / "next"
    proposed(site, draft, "--with", folder(tmp_path))
    file = signed(site, draft)
    shutil.rmtree(draft / "sections")
    told = run("catalogue", "import", file, *hub(site), expect=Exit.MISCONFIGURED)
    assert "catalogue_release_file_missing" == told["error"]["code"]
