"""A keeper's child that has what was recorded stamped by an authority.

python -m ops.stamp_child stamp hub.toml p START
"""

import signal
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from ops.clock import SystemClock
from ops.leash import held
from ops.logs import logging_observer
from ops.process_exit import exit_code
from ops.settings import load
from ops.tally import Tally
from ops.wiring import Parts
from ops.wiring_stamp import stamping


def stamp(config: Path, slot: str, start: str, overrides: Sequence[str] = ()) -> None:
    """Until the leash says stop."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = load(config, overrides=overrides)
    tally = Tally(sys.stdout.fileno())
    tally.start()
    observe = tally.observer(logging_observer(settings.instance, slot))
    with closing(Parts(settings, slot, start, observe, SystemClock())) as parts:
        stamping(parts, held()).run()


def main(arguments: Sequence[str]) -> int:
    """Process entry: word, settings file, slot, start, overrides."""
    word, config, slot, start, *overrides = arguments
    assert word == "stamp", "one word only"
    return exit_code(f"stamp-{slot}", lambda: stamp(Path(config), slot, start, overrides))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
