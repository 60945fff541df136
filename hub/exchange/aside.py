"""Setting aside what brings out a fault of ours, so that it holds up nothing else. Pure.

Octets that end a process whenever they are looked at alone are kept and held: no notice, so their
sender keeps them too, and nobody calls them refused. That is decided by content: the same octets
failed by themselves, and what stood beside them did not. It lasts until the end of the hour; then
they are tried once more, so a mended program needs no command to take them.
"""

import hashlib
from typing import Final

from hub.clock import HOUR, Instant

CODE: Final = "set_aside"


def key(sender: str, digest: bytes, now: Instant) -> tuple[str, bytes]:
    """Under which refusal-like row octets are set aside in this hour; never their own digest."""
    return sender, hashlib.sha256(f"{CODE} {now // HOUR} ".encode() + digest).digest()
