"""A keeper's child that ships copies of the store; apart, because no other loads backup tools.

python -m ops.ship_child ship hub.toml s START
"""

import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from ops import node_backup, ship
from ops.clock import SystemClock
from ops.leash import held
from ops.logs import logging_observer
from ops.process_exit import exit_code
from ops.settings import load
from ops.tally import Tally


def ship_copies(config: Path, slot: str, overrides: Sequence[str] = ()) -> None:
    """Until the leash says stop."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = load(config, overrides=overrides)
    tally = Tally(sys.stdout.fileno())
    tally.start()
    clock, observe = SystemClock(), tally.observer(logging_observer(settings.instance, slot))
    ship.Shipping(
        held(),
        lambda: node_backup.shipping(settings, clock),
        node_backup.NodeSets(settings, config, clock),
        settings.data,
        observe,
    ).run()


def main(arguments: Sequence[str]) -> int:
    """Process entry: word, settings file, slot, start, overrides."""
    word, config, slot, start, *overrides = arguments
    assert (word, bool(start)) == ("ship", True), "a life has a name"
    return exit_code(f"ship-{slot}", lambda: ship_copies(Path(config), slot, overrides))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
