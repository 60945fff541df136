"""What a printing process of a test runs; little is loaded for it."""

from pathlib import Path

from hub.clock import Instant
from ops.prints import Prints

LAYER = "sd-test/370100/2026/5201/011.370100/1/original/011.370100"


def counted(folder: Path) -> int:
    return Prints(folder).count(LAYER, Instant(1_790_000_000_000), 1)
