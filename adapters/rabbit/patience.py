"""How long a line may keep us waiting for a word before something else is used meanwhile. Pure.

A line that was doubted and gave its word after all is slow: the time doubles. It belongs to the
line, not to one connection, and is as short as at first once a minute has passed without a doubt.
"""

from typing import Final

FORGIVEN_SECONDS: Final = 60.0


class Patience:
    """With one line; `now` is a monotonic clock."""

    def __init__(self, first: float, longest: float) -> None:
        """Begin with `first` seconds and grow to `longest` at most."""
        self._first = self._seconds = first
        self._longest = longest
        self._doubting = False
        self._doubted_at = float("-inf")

    def over(self, waited: float, now: float) -> bool:
        """Whether to doubt: a word has been overdue for `waited` seconds."""
        if now - self._doubted_at > FORGIVEN_SECONDS:
            self._seconds = self._first
        if waited <= self._seconds:
            return False
        self._doubting, self._doubted_at = True, now
        return True

    def heard(self) -> None:
        """A word came; if it was doubted, the line is slow."""
        if self._doubting:
            self._doubting = False
            self._seconds = min(2 * self._seconds, self._longest)

    def ended(self) -> None:
        """The connection ended: what was doubted did not come, which proves nobody slow."""
        self._doubting = False
