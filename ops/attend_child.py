"""A keeper's child that attends to the party's own system: HTTP window, folder.

python -m ops.attend_child attend hub.toml t START
"""

import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from ops.attend.attendant import Attending
from ops.clock import SystemClock
from ops.leash import held
from ops.logs import logging_observer
from ops.process_exit import exit_code
from ops.settings import load
from ops.wiring import Parts
from ops.wiring_attend import attendant


def attend(config: Path, slot: str, start: str, overrides: Sequence[str] = ()) -> None:
    """Until the leash says stop."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = load(config, overrides=overrides)
    observe = logging_observer(settings.instance, slot)
    parts = Parts(settings, slot, start, observe, SystemClock())
    Attending(held(), lambda: attendant(parts), observe).run()


def main(arguments: Sequence[str]) -> int:
    """Process entry: word, settings file, slot, start, overrides."""
    word, config, slot, start, *overrides = arguments
    assert word == "attend", "one word only"
    return exit_code(f"attend-{slot}", lambda: attend(Path(config), slot, start, overrides))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
