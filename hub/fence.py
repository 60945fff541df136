"""The fence: what every write transaction reads first (protocol 6).

The data path compares the incarnation and the trust state; singletons also the token.
"""

from dataclasses import dataclass

from hub.errors import Fenced


@dataclass(frozen=True, slots=True)
class Fence:
    """The store's incarnation (64 bit, hex), trust state and lease token at this moment."""

    incarnation: str
    trust_state: int
    token: int

    def require_incarnation(self, expected: str) -> None:
        """Refuse to write for another life of the store.

        Raises:
            Fenced: `other_incarnation`.
        """
        if self.incarnation != expected:
            raise Fenced("other_incarnation")

    def require_token(self, expected: int) -> None:
        """Refuse a singleton's write after a takeover.

        Raises:
            Fenced: `lease_lost`.
        """
        if self.token != expected:
            raise Fenced("lease_lost", token=self.token)
