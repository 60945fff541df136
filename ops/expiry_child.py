"""What runs out: `python -m ops.expiry_child hub.toml`, asked by the keeper (ops.surroundings).

One JSON object on standard output, which is a pipe of the keeper's: `near` with everything that is
not far from its end (sort and key, end, level), `nearest` with the first end of each sort.
"""

import json
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from hub.clock import Instant
from hub.observer import silent
from hub.trust.watch import lives, watch
from keys.trust_files import read_trust
from ops.clock import SystemClock
from ops.process_exit import exit_code
from ops.settings import load
from ops.wiring import Parts


def look(config: Path, overrides: Sequence[str] = ()) -> dict[str, object]:
    """Read the trust in force.

    Raises:
        HubError: it cannot be read.
    """
    settings, clock = load(config, overrides=overrides), SystemClock()
    with closing(Parts(settings, "expiry", "", silent, clock)) as parts:
        view = parts.trust_source.load(parts.fence.trust_state)
    pins = read_trust(settings.trust).pins
    nearest: dict[str, Instant] = {}
    for sort, _, _, _, ends_at in lives(view.trust, pins, view.revocations):
        nearest[sort] = min(nearest.get(sort, ends_at), ends_at)
    near = [
        (f"{one.sort}:{one.key.rpartition(':')[2]}", one.ends_at, int(one.level))
        for one in watch(view.trust, pins, view.revocations, clock.now())
    ]
    return {"near": near, "nearest": nearest}


def main(arguments: Sequence[str]) -> int:
    """Process entry: settings file, overrides."""
    config, *overrides = arguments

    def run() -> None:
        sys.stdout.write(json.dumps(look(Path(config), overrides)))

    return exit_code("expiry", run)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
