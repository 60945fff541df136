"""Where `hubctl` begins: Ctrl-C ends it quietly also while its modules are still being read."""

import signal
from importlib import import_module


def main() -> None:
    """Read the modules and run; `ops.cli.main` answers Ctrl-C from then on."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    import_module("ops.cli.main").main()
