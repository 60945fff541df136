"""One fault cycle: break, wait, mend, wait until everything issued before is through, measure.

Times are seconds on the monotonic clock:
- `first`: from the fault to the first voucher issued after it on record at the hub;
- `wait`: the longest that a voucher issued after the fault took to its bank's record;
- `met_wait`: the same of a voucher issued before the mending began: what is mended may be a server
  that starts, on the cores that everything else runs on;
- `hub_wait`: the same to the hub's record;
- `last`: from the fault until the last voucher issued before it was on record at the hub: what a
  frozen node of it held is there when its broker has given it to the other one;
- `held`: the same to the bank's record;
- `ready`: spent waiting for what the fault rests on, before it;
- `mended`: from the fault until its mending began; `during` counts the vouchers issued in that
  time: none, and nothing has met the fault, so the cycle says nothing of a promise.

A voucher counts from the moment when the bureau's commit has come through: a fault that holds up
the issuing itself is seen in `during`, not in a wait.

Nothing is broken before what its class names in `before` stands again: a standby that is still
coming up after an earlier fault would be measured as a takeover.
"""

import os
import time
from dataclasses import dataclass
from random import Random
from typing import Final

from hub.clock import iso
from ops.clock import SystemClock
from tests.support.campaign.faults import Fault
from tests.support.campaign.flow import Flow, between
from tests.support.campaign.ground import CampaignSite
from tests.support.processes import until

SETTLE_SECONDS: Final = 240.0
AFTER_SECONDS: Final = 0.5
"""Vouchers issued so long after the mending still count."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """What one cycle has shown."""

    fault: str
    seed: int
    first: float
    wait: float
    hub_wait: float
    held: float
    vouchers: int
    load: float
    at: str = ""
    """When it was broken: wall time, as in the nodes' logs."""
    last: float | None = None
    ready: float | None = None
    mended: float | None = None
    during: int | None = None
    """None: not counted then."""
    met_wait: float | None = None
    """None: no voucher was issued in that time, or it was not told then."""

    @property
    def met(self) -> bool:
        """Whether a voucher met the fault, as far as is known."""
        return self.during != 0


class Stuck(AssertionError):
    """Vouchers did not come through."""


def run(site: CampaignSite, flow: Flow, fault: Fault, seed: int) -> Cycle:
    """Do one; everything issued before its end is at its bank afterwards.

    Raises:
        Stuck: something is not, in time.
    """
    chance = Random(f"{seed}-{fault.name}")
    begun_at = time.monotonic()
    fault.before(site)
    ready = time.monotonic() - begun_at
    through(flow, time.monotonic() - 0.2, f"before {fault.name} {seed}")
    time.sleep(chance.uniform(0.2, 0.7))
    broken_at, at = time.monotonic(), iso(SystemClock().now())
    mend = fault.act(site, chance)
    time.sleep(chance.uniform(*fault.hold))
    mended_at = time.monotonic()
    mend()
    said = f"{fault.name} {seed}"
    if not until(lambda: bool(between(flow.passages, broken_at, time.monotonic())), SETTLE_SECONDS):
        raise Stuck(f"{said}: nothing is issued")
    time.sleep(AFTER_SECONDS)
    ended_at = time.monotonic()
    through(flow, ended_at, said)
    after = between(flow.passages, broken_at, ended_at)
    before = between(flow.passages, 0, broken_at)
    during = between(flow.passages, broken_at, mended_at)
    return Cycle(
        fault.name, seed,
        first=round(min(p.at_hub for p in after) - broken_at, 3),
        wait=round(max(p.at_bank - p.issued for p in after), 3),
        hub_wait=round(max(p.at_hub - p.issued for p in after), 3),
        held=round(max([0.0, *(p.at_bank - broken_at for p in before)]), 3),
        vouchers=len(after),
        load=round(os.getloadavg()[0], 1),
        at=at,
        last=round(max([0.0, *(p.at_hub - broken_at for p in before)]), 3),
        ready=round(ready, 3),
        mended=round(mended_at - broken_at, 3),
        during=len(during),
        met_wait=round(max(p.at_bank - p.issued for p in during), 3) if during else None,
    )  # fmt: skip


def through(flow: Flow, before: float, what: str, seconds: float = SETTLE_SECONDS) -> None:
    """Wait until all that was issued before a moment is at its bank.

    Raises:
        Stuck: it is not, in time.
    """
    deadline = time.monotonic() + seconds
    while missing := flow.waiting(before):
        if time.monotonic() > deadline:
            raise Stuck(f"{what}: {missing} vouchers after {seconds:.0f} s")
        time.sleep(0.02)
