"""Interrupted sequences: whatever verb the process dies at, the end is the same.

Money moves once, everybody agrees, nothing is left open: `Town.problems` says so.
"""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.cores.simulated import Trouble
from hub.desks import bureau
from hub.desks.bureau import PaymentRequest
from tests.support.town import Crash, Town
from tests.support.town_map import BANKS, ENV, FINANCE, UNITS

ROUGH = Trouble(refused=0.1, silent=0.15, slow=0.15, lost=0.15, twice=0.1, bounced=0.2)
CORE = Trouble(refused=0.1, silent=0.2, slow=0.2, lost=0.2, twice=0.1)
VERBS = (
    "claim_tasks", "hold_tasks", "save_tasks", "open_intents", "close_intents", "put_lines",
    "lines_of", "add_hops", "add_layers", "add_entries", "add_tasks", "commit", "committed",
)  # fmt: skip


def requests(town: Town) -> list[PaymentRequest]:
    return [
        town.request(100),
        town.request(1, 2, 3, batch=True),
        town.request(50, bank=BANKS[1]),
        town.request(7, issuer=UNITS[0]),
        town.request(9, 8, issuer=UNITS[1], bank=BANKS[1], batch=True),
        town.request(1_000_000),
    ]


def issue(town: Town) -> None:
    asked = requests(town)
    drafts = bureau.payment_drafts(asked, ENV, 1)
    for bank in BANKS:
        mine = [r for r in asked if r.bank.party == bank]
        drafts.append(town.notice([r for r in mine if r.issuer == FINANCE]))
        plans = [(r.budget, r.amount_fen) for r in mine if r.issuer != FINANCE]
        drafts.append(town.plan(bank, *plans))
    town.issue(drafts)


def day(town: Town, crashes: list[tuple[str, int]]) -> None:
    """A whole day; each crash is set just before the next act and happens once."""
    issue(town)
    acts = [("settle", "", "")]
    for name in ("sum_up", "bounces", "sum_up", "sum_up", "sum_up"):
        acts += [("phase", name, bank) for bank in ("bank-a", "bank-b")]
        acts.append(("settle", "", ""))
    for name in ("cutoff", "daily_lists", "checks"):
        acts += [("phase", name, where) for where in sorted(town.nodes)]
        acts.append(("settle", "", ""))
    left = list(crashes)
    for act, name, where in acts:
        if left:
            verb, after = left.pop(0)
            town.crash_at[verb] = after
        if act == "settle":
            town.restless(twice=0.2)
            continue
        with suppress(Crash):
            town.phase(name, where)
            continue
        while True:
            with suppress(Crash):
                town.phase(name, where)
                break
    town.crash_at.clear()
    town.restless()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(0, 10_000),
    st.lists(st.tuples(st.sampled_from(VERBS), st.integers(0, 12)), max_size=20),
)
def test_whatever_goes_wrong_money_moves_once_and_all_agree(
    seed: int, crashes: list[tuple[str, int]]
) -> None:
    town = Town(seed, banking=ROUGH, treasury=CORE)
    day(town, crashes)
    assert [] == town.problems()


@pytest.mark.parametrize("verb", VERBS)
def test_a_crash_at_each_verb_comes_to_the_same_end(verb: str) -> None:
    calm = Town(7, banking=ROUGH, treasury=CORE)
    day(calm, [])
    struck = Town(7, banking=ROUGH, treasury=CORE)
    day(struck, [(verb, n) for n in (0, 1, 2, 5, 9)])
    assert [] == struck.problems()
    assert calm.digest() == struck.digest()
