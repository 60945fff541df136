"""SM3 of octets that begin alike: what they share is hashed once.

Rules: a beginning is compared, never assumed; a wrong hint costs time and nothing else. Bounded;
one thread.
"""

from collections.abc import Hashable
from typing import Final

from cryptography.hazmat.primitives.hashes import SM3, Hash

BEGINNINGS_MAX: Final = 64


class Beginnings:
    """States of SM3 after a head and a beginning, by a name that tells beginnings apart.

    Source: GB/T 32905-2016
    """

    def __init__(self, head: bytes = b"", most: int = BEGINNINGS_MAX) -> None:
        """`head` stands before everything that is hashed here."""
        self._head = head
        self._most = most
        self._begun: dict[Hashable, tuple[bytes, Hash]] = {}

    def digest(self, name: Hashable, data: bytes, shared: int) -> bytes:
        """SM3 over head and data; others of this name have the first `shared` octets, too.

        Required: 0 <= shared <= len(data).
        """
        known = self._begun.get(name)
        if known is None or not data.startswith(known[0]):
            if len(self._begun) >= self._most:
                self._begun.clear()
            beginning = data[:shared]
            known = self._begun[name] = beginning, sm3(self._head + beginning)
        beginning, state = known
        whole = state.copy()
        whole.update(data[len(beginning) :])
        return whole.finalize()

    def clear(self) -> None:
        """Remember none."""
        self._begun.clear()


def sm3(data: bytes) -> Hash:
    """SM3 that has taken in `data`.

    Source: GB/T 32905-2016
    """
    state = Hash(SM3())
    state.update(data)
    return state
