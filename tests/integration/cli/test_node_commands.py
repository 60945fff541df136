"""Looking at real nodes from the command line: what waits, what is wrong, where a voucher is."""

import fcntl
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from hub.clearing.breaks import BreakKind, BreakState, found, settle
from hub.clearing.model import LineState
from hub.desks.elements import PAYMENTS
from hub.desks.search import Query
from hub.money import Fen, yuan
from hub.parties import NodeId
from ops.cli.output import Exit
from ops.demo.ground import CHANNELS
from ops.demo.site import Site
from ops.demo.town import BUREAU_NODE, HUB_NODE, TREASURY_NODE
from ops.import_wiring import importer
from ops.payments_import.rows import parse
from ops.settings import load
from ops.wiring_store import open_lease
from tests.support.hubctl import run, shown
from tests.support.payments import as_csv, rows
from tests.support.staffed import copied
from tests.support.walk import walk

COUNT = 6
FINAL = {"paid", "failed", "returned"}


@pytest.fixture(name="issued", scope="module")
def _issued(ready: Site, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Payments that were imported at the bureau, and no node has run yet."""
    site = copied(ready, tmp_path_factory.mktemp("issued"))
    with importer(site.config(BUREAU_NODE)) as node:
        sent = node.send(node.look(parse(as_csv(rows(COUNT, seed=11)))))
    assert COUNT == sent.payments
    return site


@pytest.fixture(name="answered", scope="module")
def _answered(issued: Site, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The same, after every payment has its answer and every hop its notice."""
    site = copied(issued, tmp_path_factory.mktemp("answered") / "site")
    stores = {node: site.store(node) for node in site.town.nodes}

    def done() -> bool:
        with stores[BUREAU_NODE].read() as tx:
            totals = tx.line_totals()
        final = sum(
            total.count
            for (_, _, kind, state), total in totals.items()
            if kind in PAYMENTS and state in FINAL
        )
        waiting = 0
        for store in stores.values():
            with store.read() as tx:
                waiting += tx.open_hops()
        return final == COUNT and waiting == 0

    walk(site, done)
    for store in stores.values():
        store.close()
    return site


@pytest.fixture(name="copy")
def _copy(answered: Site, tmp_path: Path) -> Site:
    """A site of the test's own, to break."""
    return copied(answered, tmp_path / "copy")


@pytest.fixture(name="held")
def _held(copy: Site) -> Iterator[Site]:
    """A site whose bureau says that it is active."""
    settings = load(copy.config(BUREAU_NODE))
    lease = open_lease(settings.store.lease)
    lease.renew(settings.instance, 60_000)
    yield copy
    lease.close()


def a_payment(site: Site) -> str:
    with site.store(BUREAU_NODE).read() as tx:
        totals = tx.line_totals()
        party = min(key[0] for key in totals if key[2] == "5201")
        (line,) = tx.lines_in(party, ["5201"], list(LineState), 1)
    name: str = line.voucher_id
    return name


def test_status_tells_what_is_to_be_sent_and_since_when(issued: Site) -> None:
    told = run("status", "--config", issued.config(BUREAU_NODE))
    (group,) = told["to_send"]
    assert ("hub", "due") == (group["peer"], group["state"])
    assert COUNT < group["count"], "payments and their quota notices"
    assert group["since"].endswith("Z")
    assert "" == told["active"]
    assert list(CHANNELS) == [channel["name"] for channel in told["channels"]]


def test_status_counts_what_is_on_record_and_who_is_there(answered: Site) -> None:
    told = run("status", "--config", answered.config(BUREAU_NODE))
    final = [c for c in told["counts"] if c["kind"] in PAYMENTS and c["state"] in FINAL]
    assert (COUNT, []) == (sum(count["count"] for count in final), told["to_send"])
    assert [("hub", "open")] == [(peer["node"], peer["state"]) for peer in told["peers"]]
    hub = run("status", "--config", answered.config(HUB_NODE))
    assert {"bureau", "icbc", "ccb", "pboc"} == {peer["node"] for peer in hub["peers"]}


def test_status_counts_what_came_after_the_cut_off_for_the_next_business_day(copy: Site) -> None:
    config = copy.config(TREASURY_NODE)
    before = run("status", "--config", config)
    assert [] == before["next_counts"]
    (party, kind) = next((c["party"], c["kind"]) for c in before["counts"])
    with copy.store(TREASURY_NODE).begin() as tx:
        line = tx.lines_on(party, [kind], before["day"])[0]
        tx.add_lines([replace(line, row=99, detail="99", day=before["next_day"])])
        tx.commit()
    told = run("status", "--config", config)
    assert before["counts"] == told["counts"]
    assert [(party, kind, 1)] == [(c["party"], c["kind"], c["count"]) for c in told["next_counts"]]
    assert before["day"] < told["next_day"]
    assert "On record for the next business day" in shown("status", "--config", config)


def test_a_table_for_people_ends_with_one_line(answered: Site) -> None:
    last = shown("status", "--config", answered.config(BUREAU_NODE)).splitlines()[-1]
    assert "0 to send" in last
    assert "active: nobody" in last


def test_a_voucher_that_has_not_left_is_traced_as_waiting(issued: Site) -> None:
    name = a_payment(issued)
    told = run("voucher", "trace", name, "--config", issued.config(BUREAU_NODE))
    assert ["recorded", "to send"] == [event["what"] for event in told["events"]]
    assert [13] == list(told["status_numbers"].values())


def test_a_voucher_is_traced_through_every_node_in_the_order_of_time(answered: Site) -> None:
    name = a_payment(answered)
    words = {}
    for node in (BUREAU_NODE, HUB_NODE):
        told = run(
            "voucher", "trace", name.partition("/")[2], "--config", answered.config(node)
        )  # fmt: skip
        assert name == told["voucher_id"]
        times = [event["at"] for event in told["events"]]
        assert sorted(times) == times
        words[node] = [event["what"] for event in told["events"]]
    assert {"recorded", "to send", "notice", "status", "delivered"} == set(words[BUREAU_NODE])
    assert 2 == words[HUB_NODE].count("notice"), "the original's and the answer's"


def test_a_bank_traces_what_it_asked_its_core(answered: Site) -> None:
    name = a_payment(answered)
    told = [
        run("voucher", "trace", name, "--config", answered.config(node), expect=code)
        for node, code in _where(answered, name)
    ]
    words = {event["what"] for one in told for event in one.get("events", ())}
    assert {"core asked", "core answered", "task"} <= words


def _where(site: Site, name: str) -> Iterator[tuple[NodeId, Exit]]:
    for node in site.town.bank_nodes.values():
        with site.store(node).read() as tx:
            yield node, Exit.DONE if tx.layers_of(name) else Exit.NOT_FOUND


def test_a_healthy_node_passes_every_check(held: Site) -> None:
    told = run("check", "--config", held.config(BUREAU_NODE))
    assert {"OK"} == {check["level"] for check in told["checks"]}, told
    names = [check["name"] for check in told["checks"]]
    assert len(names) == len(set(names))
    assert {"store", "trust", "keys", "lease", "backlog", "disk", "channel c1"} <= set(names)


def test_a_node_that_nobody_runs_fails_its_check_and_says_what_to_do(copy: Site) -> None:
    told = run("check", "--config", copy.config(BUREAU_NODE), expect=Exit.UNAVAILABLE)
    (failed,) = [check for check in told["checks"] if check["level"] == "FAIL"]
    assert "lease" == failed["name"]
    assert "hubctl run" in failed["do"]


def test_one_channel_less_is_a_warning_and_none_a_failure(held: Site) -> None:
    config = held.config(BUREAU_NODE)
    held.ground.take_away(CHANNELS[0])
    levels = {c["name"]: c["level"] for c in run("check", "--config", config)["checks"]}
    assert ("WARN", "OK") == (levels["channel c1"], levels["channel c2"])
    assert 2 == run("channel", "list", "--config", config)["up"]
    for name in CHANNELS[1:]:
        held.ground.take_away(name)
    assert 0 == run("channel", "list", "--config", config, expect=Exit.UNAVAILABLE)["up"]
    run("check", "--config", config, expect=Exit.UNAVAILABLE)


def test_a_key_that_is_missing_is_named_by_its_code(held: Site) -> None:
    shutil.rmtree(held.root / "pki/parties/011.990100")
    told = run("check", "--config", held.config(BUREAU_NODE), expect=Exit.UNAVAILABLE)
    (failed,) = [check for check in told["checks"] if check["level"] == "FAIL"]
    assert ("keys", True) == (failed["name"], failed["said"].startswith("keyring_missing"))
    assert failed["do"]


def test_a_dead_instance_gives_its_lease_back_a_living_one_does_not(held: Site) -> None:
    config = held.config(BUREAU_NODE)
    assert "bureau-a" == run("lease", "show", "--config", config)["active"]
    run("lease", "release", "--config", config, expect=Exit.MISCONFIGURED)
    release = ("lease", "release", "--config", config, "--yes", "--type", "bureau")
    with (held.root / "bureau/data-a/bureau-a.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused = run(*release, expect=Exit.MISCONFIGURED)
    assert "instance_runs_already" == refused["error"]["code"]
    assert "bureau-a" == run(*release)["released"]
    assert "" == run("lease", "show", "--config", config)["active"]
    assert "" == run(*release)["released"]


def test_a_phase_runs_once_and_only_where_there_is_a_desk(copy: Site) -> None:
    banks = [copy.config(node) for node in copy.town.bank_nodes.values()]
    assert 0 < sum(run("clearing", "run", "sum_up", "--config", b)["planned"] for b in banks)
    assert 0 == sum(run("clearing", "run", "sum_up", "--config", b)["planned"] for b in banks)
    for argv, code, ends in (
        (("sum_up", "--config", copy.config(HUB_NODE)), "hub_has_no_phases", Exit.MISCONFIGURED),
        (("nonsense", "--config", banks[0]), "phase_unknown", Exit.MISCONFIGURED),
        (("sum_up", "--day", "21.11.", "--config", banks[0]), "day_format", Exit.INVALID),
    ):
        refused = run("clearing", "run", *argv, expect=ends)
        assert code == refused["error"]["code"]


def test_open_breaks_are_listed_and_have_their_exit_code(copy: Site) -> None:
    config = copy.config(TREASURY_NODE)
    assert [] == run("breaks", "list", "--config", config)["breaks"]
    kind = BreakKind.AMOUNT_DIFFERS
    row = found("001.1", "011.1", kind, "2301 7", "20261121", Fen(5), Fen(7))
    with copy.store(TREASURY_NODE).begin() as tx:
        tx.put_breaks([row])
        tx.commit()
    told = run("breaks", "list", "--config", config, expect=Exit.BREAKS_OPEN)
    assert [(5, 7, "open")] == [
        (one["ours_fen"], one["theirs_fen"], one["state"]) for one in told["breaks"]
    ]
    with copy.store(TREASURY_NODE).begin() as tx:
        tx.put_breaks([settle(row, BreakState.CLOSED, "agreed")])
        tx.commit()
    assert [] == run("breaks", "list", "--config", config)["breaks"]
    assert 1 == len(run("breaks", "list", "--all", "--config", config)["breaks"])


def test_a_changed_octet_in_the_store_is_found(copy: Site) -> None:
    config = copy.config(BUREAU_NODE)
    whole = run("store", "verify", "--config", config)
    assert (True, []) == (whole["messages"] > COUNT, whole["damaged"])
    with closing(sqlite3.connect(copy.root / "bureau/store.sqlite")) as file:
        file.execute("UPDATE message SET octets = x'00' WHERE rowid = 1")
        file.commit()
    told = run("store", "verify", "--config", config, expect=Exit.DAMAGED)
    assert ["message_damaged"] == [line.split()[0] for line in told["damaged"]]


def test_a_voucher_nobody_knows_is_not_found(answered: Site) -> None:
    refused = run(
        "voucher", "trace", "990100/2026/5201/011.990100/none",
        "--config", answered.config(BUREAU_NODE), expect=Exit.NOT_FOUND,
    )  # fmt: skip
    assert "voucher_missing" == refused["error"]["code"]


def test_each_node_that_has_a_voucher_can_prove_it_and_who_made_it_needs_others(
    answered: Site, tmp_path: Path
) -> None:
    name = a_payment(answered)
    for node in (HUB_NODE, BUREAU_NODE):
        path = tmp_path / f"{node}.zip"
        made = run("voucher", "evidence", name, "--config", answered.config(node), "--to", path)
        alone = run("voucher", "verify-evidence", path)
        [one] = alone["messages"]
        # At the bureau it is the hub's word that came with the receipt, and was kept.
        assert ("TOTAL_PASSED", f"proof_list of {HUB_NODE}") == (alone["indication"], one["proof"])
        assert made["messages"] == alone["messages"]
    own = tmp_path / "own.zip"
    missing = "990100/2026/5201/011.990100/none"
    config = answered.config(HUB_NODE)
    run(
        "voucher", "evidence", missing, "--config", config, "--to", own, expect=Exit.NOT_FOUND
    )  # fmt: skip
    assert not own.exists()


def test_a_voucher_nobody_else_has_seen_is_not_proven_by_its_maker(
    issued: Site, tmp_path: Path
) -> None:
    told = run(
        "voucher", "evidence", a_payment(issued), "--config", issued.config(BUREAU_NODE),
        "--to", tmp_path / "own.zip", expect=Exit.INDETERMINATE,
    )  # fmt: skip
    assert "NO_POE" == told["sub_indication"]


def test_a_voucher_is_found_by_what_people_remember_at_both_ends(answered: Site) -> None:
    name = a_payment(answered)
    with answered.store(BUREAU_NODE).read() as tx:
        every = tx.find(Query(days=("20000101", "29991231")), 99).rows
    one = next(row for row in every if row.voucher_id == name)
    asked = ["--account", one.account[::-1][-6:], "--amount", yuan(one.amount_fen)]
    asked += ["--payee", one.payee[:3], "--purpose", one.purpose[:2], "--unit", one.unit]
    holder = next(
        node for node in answered.town.nodes if one.voucher_id in found_at(answered, node)
    )
    for node in (BUREAU_NODE, holder):
        told = run("voucher", "find", *asked, "--config", answered.config(node))
        assert [(name, one.amount_fen)] == [
            (r["voucher_id"], r["amount_fen"]) for r in told["rows"]
        ]
    whole, _, cents = yuan(one.amount_fen).partition(".")
    spoken = f"{int(whole):,}.{cents}".removesuffix("0").removesuffix(".0")
    told = run("voucher", "find", "--amount", spoken, "--config", answered.config(BUREAU_NODE))
    assert name in {row["voucher_id"] for row in told["rows"]}
    wrong = ("--amount", "2.00", "--amount-to", "1", "--config", answered.config(BUREAU_NODE))
    assert "find_range" in str(run("voucher", "find", *wrong, expect=Exit.INVALID))
    elsewhere = [*asked, "--division", "999999", "--config", answered.config(BUREAU_NODE)]
    assert [] == run("voucher", "find", *elsewhere, expect=Exit.NOT_FOUND)["rows"]
    since = run("voucher", "find", "--since", "20000101", "--config", answered.config(BUREAU_NODE))
    assert len(every) == len(since["rows"])
    none = str(answered.config(BUREAU_NODE))
    for code, *words in (
        ("day_format", "--since", "20261399"),
        ("period_reversed", "--since", "20261122", "--until", "20261121"),
        ("find_amount", "--amount", "1,2"),
        ("find_tail", "--account", "123"),
        ("find_what",),
    ):
        told = run("voucher", "find", *words, "--config", none, expect=Exit.INVALID)
        assert code == told["error"]["code"]
    hub = answered.config(HUB_NODE)
    assert "hub_keeps_none" in str(
        run("voucher", "find", *asked, "--config", hub, expect=Exit.MISCONFIGURED)
    )


def found_at(site: Site, node: NodeId) -> set[str]:
    if node in {BUREAU_NODE, HUB_NODE}:
        return set()
    with site.store(node).read() as tx:
        return {row.voucher_id for row in tx.find(Query(days=("20000101", "29991231")), 99).rows}


def test_status_numbers_of_many_vouchers_are_asked_at_once(answered: Site, tmp_path: Path) -> None:
    name = a_payment(answered)
    unknown = name.rpartition("/")[0] + "/none"
    listed = tmp_path / "vouchers.txt"
    listed.write_text(f"\ufeff{name}\r\n{unknown}\r\n", encoding="utf-8")  # as Windows writes it
    config = answered.config(BUREAU_NODE)
    told = run("voucher", "status", "--file", listed, "--config", config)
    assert 1 == told["unknown"]
    assert {unknown: -1} == told["status"][unknown]
    assert {12, 5} & set(told["status"][name].values())
    run("voucher", "status", unknown, "--config", config, expect=Exit.NOT_FOUND)
    run("voucher", "status", "--config", config, expect=Exit.USAGE)  # of what?
    listed.write_text(f"{name}\n\nnone\n", encoding="utf-8")
    asked = ("voucher", "status", "--file", listed, "--config", config)
    assert {"line": 3} == run(*asked, expect=Exit.INVALID)["error"]["context"]
    spoken = ("voucher", "status", "none", "--config", config)
    assert {} == run(*spoken, expect=Exit.INVALID)["error"].get("context", {})


def test_what_is_stored_and_not_safe_is_listed_and_sent_again(issued: Site, answered: Site) -> None:
    config = issued.config(BUREAU_NODE)
    waiting = run("voucher", "unsafe", "--config", config)["unsafe"]
    assert any(a_payment(issued) in one["layer_id"] for one in waiting)
    assert 0 == run("voucher", "unsafe", "--replay", "--config", config)["replayed"]
    assert [] == run("voucher", "unsafe", "--config", answered.config(BUREAU_NODE))["unsafe"]
    assert [] == run("voucher", "unsafe", "--config", answered.config(HUB_NODE))["unsafe"]
