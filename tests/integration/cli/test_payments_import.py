"""Payments from a file into a bureau's node: sent once, whatever is imported how often."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from hub.desks.elements import NOTICES, PAYMENTS
from hub.errors import StoreDown
from hub.voucher.model import Draft, Voucher
from ops.cli.output import Exit
from ops.clock import SystemClock
from ops.demo.ground import Embedded
from ops.demo.site import Site
from ops.demo.town import BUREAU_NODE, town
from ops.import_wiring import NodeBooks, importer
from ops.payments_import.rows import parse
from tests.support.hubctl import run
from tests.support.payments import SAMPLES, as_csv, rows


@pytest.fixture(name="site", scope="module")
def _site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    root = tmp_path_factory.mktemp("site")
    site = Site(root, town(), Embedded(root))
    site.make(SystemClock())
    return site


def imported(site: Site, file: Path, *more: str, expect: Exit = Exit.DONE) -> dict[str, Any]:
    config = site.config(BUREAU_NODE)
    return run("payments", "import", file, "--config", config, *more, expect=expect)


def test_a_file_is_sent_once_and_its_correction_sends_the_rest(site: Site, tmp_path: Path) -> None:
    payments = rows(30)
    good = payments[7]["PayAmt"]
    payments[7]["PayAmt"] = "1,000"
    file = tmp_path / "payments.csv"
    file.write_bytes(as_csv(payments))
    looked = imported(site, file, "--dry-run", expect=Exit.INVALID)
    assert (29, 0, 1) == (looked["send"], looked["posted"], looked["bad_rows"])
    first = imported(site, file, expect=Exit.INVALID)
    assert (29, 29) == (first["send"], first["posted"])
    payments[7]["PayAmt"] = good
    file.write_bytes(as_csv(payments[::-1]))
    second = imported(site, file)
    assert (1, 29, 1) == (second["send"], second["already_sent"], second["posted"])
    third = imported(site, file)
    assert (0, 30, 0) == (third["send"], third["already_sent"], third["posted"])


def totals(site: Site) -> tuple[int, int]:
    """What the bureau has on record: sum of payments, sum of noticed quota."""
    with site.store(BUREAU_NODE).read() as tx:
        sums = tx.line_totals()
    paid = sum(total.amount_fen for key, total in sums.items() if key[2] in PAYMENTS)
    noticed = sum(total.amount_fen for key, total in sums.items() if key[2] in NOTICES)
    return paid, noticed


@dataclass(frozen=True)
class Crashing(NodeBooks):
    """A node whose store goes away with the second batch."""

    left: list[None]

    def issue(self, drafts: Sequence[Draft]) -> list[Voucher]:
        if not self.left:
            raise StoreDown("store_away")
        self.left.pop()
        return super().issue(drafts)


def test_an_import_that_was_cut_off_sends_only_the_rest_and_notices_each_payment_once(
    site: Site,
) -> None:
    parsed = parse(as_csv(rows(30, seed=21)))
    before = totals(site)
    with importer(site.config(BUREAU_NODE)) as node:
        assert isinstance(node.books, NodeBooks)
        cut = replace(node, books=Crashing(node.books.parts, [None]), batch=12)
        with pytest.raises(StoreDown):
            cut.send(cut.look(parsed))
        again = node.look(parsed)
        assert (18, 12) == (len(again.plan.send), len(again.plan.already_sent))
        assert 18 == node.send(again).payments
        assert 0 == node.send(node.look(parsed)).payments
    amount = sum(row.amount_fen for row in parsed.rows)
    assert (amount, amount) == tuple(
        now - then for now, then in zip(totals(site), before, strict=True)
    )


def test_two_imports_at_once_are_refused(site: Site) -> None:
    with importer(site.config(BUREAU_NODE)):
        refused = imported(site, SAMPLES / "payments-500.csv", expect=Exit.UNAVAILABLE)
    assert "import_runs_already" == refused["error"]["code"]


def test_a_number_that_is_taken_and_a_payment_like_a_recent_one_are_held(
    site: Site, tmp_path: Path
) -> None:
    payment = rows(1, seed=9)[0] | {"VoucherNo": "A-1"}
    file = tmp_path / "one.csv"
    file.write_bytes(as_csv([payment]))
    assert 1 == imported(site, file)["posted"]
    file.write_bytes(as_csv([payment | {"PayAmt": "1.23"}]))
    assert ["number_used"] == [held["why"] for held in imported(site, file)["held"]]
    file.write_bytes(as_csv([payment | {"VoucherNo": "A-2", "TrackingID": "again"}]))
    held = imported(site, file)["held"]
    assert ["like_recent"] == [one["why"] for one in held]
    assert 1 == imported(site, file, "--allow", held[0]["id"])["posted"]


def test_the_sample_goes_through_as_it_stands(site: Site) -> None:
    looked = imported(site, SAMPLES / "payments-500.csv", "--dry-run")
    assert (500, 0) == (looked["send"] + looked["already_sent"], looked["bad_rows"])


def test_strangers_and_rows_out_of_rule_are_bad_before_anything_is_sealed(
    site: Site, tmp_path: Path
) -> None:
    payment = rows(1, seed=5)[0]
    file = tmp_path / "strangers.csv"
    file.write_bytes(
        as_csv([payment | {"AdmDivCode": "110000"}, payment | {"PayBankNo": "1" * 12}])
    )
    bad = imported(site, file, expect=Exit.INVALID)["bad"]
    assert {(2, "区划代码"), (3, "代理银行行号")} <= {(b["line"], b["column"]) for b in bad}


def test_only_a_bureau_imports(site: Site) -> None:
    config = site.config(next(iter(site.town.bank_nodes.values())))
    refused = run(
        "payments", "import", SAMPLES / "payments-500.csv", "--config", config,
        expect=Exit.MISCONFIGURED,
    )  # fmt: skip
    assert "import_not_a_bureau" == refused["error"]["code"]
