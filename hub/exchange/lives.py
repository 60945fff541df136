"""Which channels have lost what they held. Pure.

A channel loses everything when its disk is another one (the incarnation changed), or when it finds
its file, its queues or its token gone (`losses` counts up). What was sent that way is then due
again at once; nobody waits for a notice that cannot come (protocol 3, 6).
"""

from collections.abc import Iterable, Mapping

from hub.exchange.model import ChannelHealth


class Lives:
    """What a dispatcher has acted upon so far."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[str, int]] = {}

    def lost(self, healths: Iterable[ChannelHealth]) -> Mapping[str, str]:
        """Channels that lost something since `note`, each with the life whose rows are safe.

        An empty life: nothing that was sent by this channel is safe.
        """
        found = {}
        for health in healths:
            life, losses = self._seen.get(health.name, ("", 0))
            if health.losses > losses:
                found[health.name] = health.incarnation if health.incarnation != life else ""
            elif health.incarnation not in {"", life}:
                found[health.name] = health.incarnation
        return found

    def note(self, healths: Iterable[ChannelHealth]) -> None:
        """What `lost` says of these is done."""
        for health in healths:
            life, _ = self._seen.get(health.name, ("", 0))
            self._seen[health.name] = (health.incarnation or life, health.losses)
