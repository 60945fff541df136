"""One's trouble hides nothing of the others: what can be heard is recorded, then it is told.

A core that is away, or one answer of it that has no form, ends neither what is asked of other
cores nor what else the same core has to say. In the end the last trouble is raised: the phase comes
again.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from hub.errors import HubError, Malformed, TargetDown


class Troubles:
    """What went wrong on the way; anything but a core's trouble goes straight on."""

    def __init__(self) -> None:
        self._last: HubError | None = None

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Do something that may fail by itself."""
        try:
            yield
        except (Malformed, TargetDown) as error:
            self._last = error

    def tell(self) -> None:
        """Raise the last of them, if there was one.

        Raises:
            TargetDown: a core is away.
            Malformed: what a core said has not the form that is documented.
        """
        if self._last is not None:
            raise self._last
