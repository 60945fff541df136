"""What runs out: `python -m ops.expiry_child hub.toml`, asked by the keeper (ops.surroundings).

Before it looks, it takes in newer CRLs from their sources and lists from the trust folder.

One JSON object on standard output, which is a pipe of the keeper's: `near` with everything that is
not far from its end (sort and key, end, level), `nearest` with the first end of each sort,
`begins` with releases that do not count yet, `trust_state` of what was read.
"""

import json
import os
import sys
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

from hub.clock import Instant
from hub.errors import HubError
from hub.observer import Fact
from hub.trust.watch import lives, watch
from keys.crl_sources import fetch
from keys.trust_files import read_trust
from ops.clock import SystemClock
from ops.logs import logging_observer
from ops.process_exit import exit_code
from ops.settings import load
from ops.wiring import Parts


def take_in(parts: Parts, sources: Sequence[str]) -> None:
    """Take what people have put into the trust folder, and newer CRLs; what fails is told."""
    trust = parts.trust_source
    trust.load(parts.fence.trust_state)
    for found in (trust.found, lambda: parts.release_source.found(parts.settings.trust)):
        try:
            found()
        except HubError as error:
            parts.observe(Fact("trust_folder_refused", {"code": error.code}))
    try:
        trust.write_out()
        parts.release_source.write_out(parts.settings.trust)
    except OSError as error:  # lists stand in the store; a read-only folder is no harm to the node
        parts.observe(Fact("trust_folder_unwritten", {"reason": type(error).__name__}))
    for n, source in enumerate(sources, 1):
        try:
            trust.take_crls([fetch(source)])
        except HubError as error:
            parts.observe(Fact("crl_fetch_failed", {"n": n, "code": error.code}))


def look(config: Path, overrides: Sequence[str] = ()) -> dict[str, object]:
    """Take in what is new, and read the trust in force.

    Raises:
        HubError: it cannot be read.
    """
    settings, clock = load(config, overrides=overrides), SystemClock()
    observe = logging_observer(settings.instance, "expiry")
    life = f"{os.getpid()}-{clock.now()}"
    with closing(Parts(settings, "expiry", life, observe, clock)) as parts:
        take_in(parts, settings.crls)
        with parts.store.read() as tx:
            state: int = tx.fence.trust_state
        parts.release_source.refresh()
        view = parts.trust_source.load(state)
        releases, now = parts.releases, clock.now()
    pins, last = read_trust(settings.trust).pins, releases.lasting(now)
    nearest: dict[str, Instant] = {}
    for sort, _, _, _, ends_at in lives(view.trust, pins, view.revocations, last):
        nearest[sort] = min(nearest.get(sort, ends_at), ends_at)
    near = [
        (f"{one.sort}:{one.key.rpartition(':')[2]}", one.ends_at, int(one.level))
        for one in watch(view.trust, pins, view.revocations, last, now)
    ]
    begins = [(f"release:{one.number}", one.effective_at) for one in releases.coming(now)]
    return {"near": near, "nearest": nearest, "begins": begins, "trust_state": state}


def tell(said: str, handle: int) -> None:
    """Say it to the keeper; one that is gone by now asks no more, and that is no fault."""
    with suppress(BrokenPipeError):
        os.write(handle, said.encode())


def main(arguments: Sequence[str]) -> int:
    """Process entry: settings file, overrides."""
    config, *overrides = arguments

    def run() -> None:
        tell(json.dumps(look(Path(config), overrides)), sys.stdout.fileno())

    return exit_code("expiry", run)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
