"""Trust by command: a bank joins, a key is rotated, a party suspended, all as the how-tos say."""

from pathlib import Path
from typing import Any

import pytest

from ops.cli.output import Exit
from ops.demo.site import Site
from ops.demo.town import HUB_NODE
from tests.support.hubctl import run
from tests.support.staffed import copied, staffed

BUREAU, TREASURY = "011.990100", "001.0299000000"


@pytest.fixture(name="made", scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return staffed(tmp_path_factory.mktemp("trust"))


@pytest.fixture(name="site")
def _site(made: Site, tmp_path: Path) -> Site:
    return copied(made, tmp_path / "site")


def hub(site: Site) -> tuple[str, Path]:
    return "--config", site.config(HUB_NODE)


def keys(site: Site) -> tuple[str, Path, str, Path]:
    return "--site", site.root / "pki", "--passphrase-file", site.root / "passphrase"


def next_list(site: Site, folder: Path, *what: str | Path) -> dict[str, Any]:
    """Propose, seal twice, import; as an issuer, another pinned party and a node do it."""
    run("trust", "propose", "--issuer", BUREAU, "--out", folder, *what, *hub(site))
    for party in (BUREAU, TREASURY):
        sealed = run("trust", "sign", folder, "--party", party, *keys(site), *hub(site))
    assert sealed["complete"]
    return run("trust", "import", sealed["file"], *hub(site))


def signed(site: Site, act: Path, step: str, who: str) -> Path:
    folder = site.root / "pki/operators" / who
    out = act.with_name(f"{act.stem}-{step}-{who}.json")
    opened = ("--key", folder, "--passphrase-file", site.root / "passphrase")
    run("operator", step, act, "--as", who, *opened, "--out", out)
    return out


def test_the_first_list_is_shown_with_what_it_registers(site: Site) -> None:
    told = run("trust", "show", "--sort", "node_key", *hub(site))
    assert (1, "in_force") == (told["number"], told["standing"])
    assert told["counts"]["node_key"] == len(told["records"])
    assert [(1, "in_force")] == [
        (row["number"], row["state"]) for row in run("trust", "list", *hub(site))["lists"]
    ][:1]


def test_duties_are_shown_separated(site: Site) -> None:
    rows = run("operator", "list", *hub(site))["operators"]
    assert {"li.si": "system", "wang.wu": "security", "sun.qi": "audit"} == {
        row["operator"]: row["duty"] for row in rows
    }


def test_a_new_bank_joins_by_list(site: Site, tmp_path: Path) -> None:
    records = tmp_path / "bank.records"
    run(
        "keys", "enrol", "--party", "103.990000", "--name", "青山银行", "--node", "abc",
        "--out", records, *keys(site), *hub(site),
    )  # fmt: skip
    before = run("trust", "show", *hub(site))
    taken = next_list(site, tmp_path / "next", "--add", records)
    after = run("trust", "show", "--sort", "party", *hub(site))
    assert before["number"] + 1 == taken["in_force"] == after["number"]
    assert "103.990000" in {row["key"] for row in after["records"]}
    assert before["counts"]["seal"] + 3 == after["counts"]["seal"]
    assert before["counts"]["entitlement"] < after["counts"]["entitlement"]


def test_a_list_with_one_seal_or_an_older_number_is_refused(site: Site, tmp_path: Path) -> None:
    first = site.root / "pki/trust/list-000001.xml"
    run("trust", "import", first, *hub(site))  # on record already: nothing new
    draft = tmp_path / "draft"
    run("trust", "propose", "--issuer", BUREAU, "--out", draft, *hub(site))
    refused = run(
        "trust", "sign", draft, "--party", TREASURY, *keys(site), *hub(site), expect=Exit.INVALID
    )
    assert "trust_draft_order" == refused["error"]["code"]
    half = run("trust", "sign", draft, "--party", BUREAU, *keys(site), *hub(site))
    assert not half["complete"]
    assert not list(draft.glob("*.xml"))


def test_a_node_key_is_rotated_and_put_in_place_once_a_list_has_it(
    site: Site, tmp_path: Path
) -> None:
    records, what = tmp_path / "node.records", ("trust", "rotate", "node:hub")
    run(*what, "--out", records, *keys(site), *hub(site))
    early = run(*what, "--switch", *keys(site), *hub(site), expect=Exit.MISCONFIGURED)
    assert "rotation_not_listed" == early["error"]["code"]
    next_list(site, tmp_path / "next", "--add", records)
    digest = run(*what, "--switch", *keys(site), *hub(site))["in_place"]
    known = run("trust", "show", "--sort", "node_key", *hub(site))["records"]
    assert f"hub|{digest}" in {row["key"] for row in known}
    assert 2 == sum(row["key"].startswith("hub|") for row in known), "the old one counts until then"


def test_a_seal_is_rotated_and_the_old_one_superseded(site: Site, tmp_path: Path) -> None:
    records, what = tmp_path / "seal.records", ("trust", "rotate", "seal:102.990000/fh")
    shown = ("trust", "show", "--sort", "seal", *hub(site))
    before = {row["key"] for row in run(*shown)["records"] if row["owner"] == "102.990000"}
    run(*what, "--out", records, *keys(site), *hub(site))
    next_list(site, tmp_path / "next", "--add", records)
    run(*what, "--switch", *keys(site), *hub(site))
    rows = [row for row in run(*shown)["records"] if row["owner"] == "102.990000"]
    assert len(before) + 1 == len(rows)
    old = min(before)
    next_list(site, tmp_path / "after", "--end", f"seal:{old}=revoked:superseded")
    ended = {row["key"]: row["status"] for row in run(*shown)["records"]}
    assert "revoked" == ended[old]


def test_a_suspension_takes_two_operators_of_two_duties_over_the_exact_act(
    site: Site, tmp_path: Path
) -> None:
    act, suspend = tmp_path / "act.json", ("trust", "suspend", "party:102.990000", *hub(site))
    since = ("--since", "2026-01-01T00:00:00Z")
    alone = run(*suspend, *since, "--yes", "--type", "hub", expect=Exit.INVALID)
    assert "act_unsigned" == alone["error"]["code"]
    run(*suspend, *since, "--write-act", act)
    proposal = signed(site, act, "propose", "li.si")
    for who, code in (("li.si", "act_same_operator"), ("sun.qi", "act_duties")):
        approval = signed(site, act, "approve", who)
        given = ("--proposal", proposal, "--approval", approval, "--yes")
        refused = run(*suspend, *since, *given, expect=Exit.INVALID)
        assert code == refused["error"]["code"]
    approval = signed(site, act, "approve", "wang.wu")
    given = ("--proposal", proposal, "--approval", approval, "--yes")
    other = run(*suspend, "--since", "2026-01-02T00:00:00Z", *given, expect=Exit.INVALID)
    assert "act_other" == other["error"]["code"]
    state = run("trust", "show", *hub(site))["trust_state"]
    assert state + 1 == run(*suspend, *since, *given)["trust_state"]
    told = run("trust", "show", *hub(site))
    assert ["party:102.990000"] == [one["subject"] for one in told["suspended"]]
    lift = ("trust", "lift", "party:102.990000", *hub(site))
    run(*lift, "--write-act", act)
    given = (
        "--proposal", signed(site, act, "propose", "wang.wu"),
        "--approval", signed(site, act, "approve", "li.si"), "--yes",
    )  # fmt: skip
    run(*lift, *given)
    assert [] == run("trust", "show", *hub(site))["suspended"]


def test_what_nobody_registered_cannot_be_suspended(site: Site, tmp_path: Path) -> None:
    act, suspend = tmp_path / "act.json", ("trust", "suspend", "party:999.nobody", *hub(site))
    lift = ("trust", "lift", "party:102.990000", *hub(site))
    for argv in (suspend, lift):
        refused = run(*argv, "--write-act", act, expect=Exit.INVALID)["error"]
        assert "suspension_unknown" == refused["code"]
        assert not act.exists(), "nobody need sign what cannot be done"
    assert "hubctl trust import" in refused["do"]


def test_an_operator_is_added_deputised_and_ended(site: Site, tmp_path: Path) -> None:
    records = tmp_path / "person.records"
    run(
        "operator", "add", "zhao.liu", "--party", "999.centre", "--duty", "system",
        "--out", records, *keys(site), *hub(site),
    )  # fmt: skip
    next_list(site, tmp_path / "one", "--add", records)
    dates = ("--from", "2026-11-01T00:00:00Z", "--until", "2027-01-01T00:00:00Z")
    deputy = ("operator", "deputy", "zhao.liu", *dates, *keys(site), *hub(site))
    run(*deputy, "--of", "li.si", "--out", tmp_path / "deputy.records")
    next_list(site, tmp_path / "two", "--add", tmp_path / "deputy.records")
    rows = {row["operator"]: row for row in run("operator", "list", *hub(site))["operators"]}
    assert ("li.si", "active") == (rows["zhao.liu"]["deputy_of"], rows["zhao.liu"]["status"])
    run(*deputy, "--of", "wang.wu", "--out", tmp_path / "wrong.records")
    wrong = run(
        "trust", "propose", "--issuer", BUREAU, "--out", tmp_path / "three",
        "--add", tmp_path / "wrong.records", *hub(site), expect=Exit.INVALID,
    )  # fmt: skip
    assert "operator_deputy" == wrong["error"]["code"]
    draft = tmp_path / "four"
    run("operator", "end", "zhao.liu", "--issuer", BUREAU, "--out", draft, *hub(site))
    for party in (BUREAU, TREASURY):
        sealed = run("trust", "sign", draft, "--party", party, *keys(site), *hub(site))
    run("trust", "import", sealed["file"], *hub(site))
    rows = {row["operator"]: row for row in run("operator", "list", *hub(site))["operators"]}
    assert "revoked" == rows["zhao.liu"]["status"]
