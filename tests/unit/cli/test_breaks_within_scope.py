"""Whose a break is: asked of breaks that the statements of a real day make."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from adapters.embedded.memory_lines import LINES
from hub.clearing.breaks import Break, BreakKind, found
from hub.clearing.model import LineState
from hub.desks import bureau
from hub.money import Fen
from ops.breaks import seen
from ops.scope import EVERYTHING, Scope
from tests.support.town import Town
from tests.support.town_map import DIVISION, ENV, FINANCE


@pytest.fixture(name="differences", scope="module")
def _differences() -> list[Break]:
    """Every break of a day on which the bureau holds other amounts than were paid and granted."""
    town = Town(1)
    requests = [town.request(40), town.request(25)]
    town.issue([*bureau.payment_drafts(requests, ENV, 1), town.notice(requests)])
    town.settle()
    town.phase("sum_up", "bank-a")
    town.settle()
    with town.nodes["bureau"].store.begin() as tx:
        for kind in ("2301", "5108"):
            for line in tx.lines_in(str(FINANCE), (kind,), set(LineState), 9):
                more = replace(line, amount_fen=Fen(line.amount_fen + 7))
                tx.put(LINES, (line.party, line.voucher_id, line.row), more)
        tx.commit()
    for name in ("cutoff", "checks"):
        for where in ("bank-a", "bank-b", "treasury", "bureau"):
            town.phase(name, where)
        town.settle()
    with town.nodes["bureau"].store.read() as tx:
        ours: list[Break] = list(tx.breaks())
    with town.nodes["treasury"].store.read() as tx:
        return ours + list(tx.breaks())


def shown(differences: Sequence[Break], pattern: str) -> list[Break]:
    return [one for one in differences if seen(one, Scope("li.si", (pattern,)))]


def test_an_operator_sees_what_his_own_bureau_found(differences: list[Break]) -> None:
    own = [one for one in differences if one.party == str(FINANCE)]
    assert {"3507", "3510", "5108"} <= {one.subject.partition("/")[0] for one in own}
    assert own == shown(differences, DIVISION) == shown(differences, f"{DIVISION[:4]}*")
    assert len(own) < len(differences) == len(shown(differences, EVERYTHING))


def test_no_number_and_no_treasury_is_taken_for_a_division(differences: list[Break]) -> None:
    for one in differences:
        elsewhere = replace(one, party="011.889900")
        for word in one.subject.split("/"):
            assert [] == shown([elsewhere], f"{word[:4]}*")
            assert [] == shown([replace(one, party="001.889900")], f"{word[:4]}*")


def test_a_core_that_contradicts_is_told_to_whose_voucher_it_is() -> None:
    subject = f"{ENV}/{DIVISION}/2026/5201/{FINANCE}/1#1"
    one = found("102.3701", "core", BreakKind.CORE_DIFFERS, subject, "20261122", Fen(1), Fen(0))
    assert [one] == shown([one], DIVISION)
    assert [] == shown([one], "102*")
    assert [] == shown([one], "3701")
