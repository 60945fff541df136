"""The fault campaign: `python -m tests.support.campaign --cycles 20 --total FILE`.

One site, steady load, one real fault after the other; at the end everything is compared: a chunk.
Cycles go on from the seed after those in FILE; `--chunk N` begins a new site after so many.
Progress on standard error; the totals of FILE on standard output, as a table or `--json`. Exit code
0: nothing was lost, doubled, parked or left waiting; 1: something was; 10: that holds, but a
promised time was missed.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from hub.errors import HubError
from tests.support.campaign import page, totals
from tests.support.campaign.cycle import Stuck
from tests.support.campaign.faults import BY_NAME, FAULTS, Fault
from tests.support.campaign.site import RATE, campaign, chosen

LOST, LATE = 1, 10


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    asked = argparse.ArgumentParser(prog="python -m tests.support.campaign")
    asked.add_argument("--cycles", type=int, default=len(FAULTS))
    asked.add_argument("--chunk", type=int, default=10_000, help="cycles on one site at most")
    asked.add_argument("--seed", type=int, help="of the first cycle; else the next in FILE")
    asked.add_argument("--total", type=Path, default=Path("/tmp/fault-campaign.jsonl"))  # noqa: S108
    asked.add_argument("--classes", default="", help="names, separated by commas; else all")
    asked.add_argument("--rate", type=float, default=RATE, help="payments a second")
    asked.add_argument("--minutes", type=float, default=1e6, help="begin no cycle after these")
    asked.add_argument("--keep", type=Path, help="where a failed site's folder is copied to")
    asked.add_argument("--logs", type=Path, help="where the nodes' logs are copied to")
    asked.add_argument("--json", action="store_true")
    asked.add_argument("--record", action="store_true", help="write docs/reference/faults.md")
    return asked.parse_args(words)


def _chunk(asked: argparse.Namespace, faults: Sequence[Fault], first: int, count: int) -> bool:
    """Run the cycles; whether the books were good."""
    seed, begun = first, time.monotonic()
    try:
        with campaign(first, asked.rate, asked.keep, asked.logs) as here:
            _say(f"up after {time.monotonic() - begun:.0f} s")
            for fault, number in chosen(faults, count, first):
                if time.monotonic() - begun > asked.minutes * 60:
                    break
                seed = number
                cycle = here.cycle(fault, number)
                totals.append(asked.total, cycle=asdict(cycle))
                _say(str(cycle))
            books = here.finish()
            _say(f"{books} after {time.monotonic() - begun:.0f} s")
    except (Stuck, HubError, AssertionError) as error:
        totals.append(asked.total, failed=seed, reason=str(error))
        _say(f"failed in cycle {seed}: {error}")
        return False
    totals.append(asked.total, books=asdict(books))
    return books.good


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def main(words: Sequence[str]) -> int:
    """Process entry."""
    asked = _arguments(words)
    faults = [BY_NAME[name] for name in asked.classes.split(",") if name] or list(FAULTS)
    first = totals.read(asked.total).next_seed if asked.seed is None else asked.seed
    end, good = first + asked.cycles, True
    for start in range(first, end, asked.chunk):
        good &= _chunk(asked, faults, start, min(asked.chunk, end - start))
    found = totals.read(asked.total)
    told = totals.as_json(found)
    sys.stdout.write(
        json.dumps(told) + "\n"
        if asked.json
        else f"{page.summary(found)}\n\n{totals.as_table(found)}\n"
    )
    if asked.record:
        page.write(found)
    if not good or found.broken:
        return LOST
    return 0 if all(row["kept"] for row in told["classes"]) else LATE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
