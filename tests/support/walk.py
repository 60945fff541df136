"""A demonstration's nodes in one process, stepped by a test: real stores, channels and seals."""

from collections import defaultdict
from collections.abc import Callable

from hub.observer import silent
from hub.parties import NodeId
from ops.clock import SystemClock
from ops.demo.site import Site
from ops.settings import load
from ops.wiring import Parts
from ops.work import CLASSES

ROUNDS_MAX = 200


class Stepped:
    """One node: its channels for receiving, its desk, its dispatcher."""

    def __init__(self, site: Site, node: NodeId) -> None:
        clock = SystemClock()
        self.parts = Parts(load(site.config(node)), "walk", str(clock.now()), silent, clock)
        self._channels = self.parts.channels(lambda: None)
        self.parts.voice.channels = self._channels
        self._sending = self.parts.sending()

    def step(self) -> None:
        """Receive, record, acknowledge, work, send."""
        batch = [
            incoming
            for channel in self._channels.values()
            for incoming in channel.receive(200, CLASSES)
        ]
        if batch:
            self.parts.exchange.receive(batch)
        tags: dict[str, list[int]] = defaultdict(list)
        for incoming in batch:
            tags[incoming.channel].append(incoming.tag)
        for name, held in tags.items():
            self._channels[name].ack(held)
        self.parts.desk.work(100)
        self._sending.stater.step()
        self._sending.dispatcher.step(slow=True, rung=False)
        self._sending.beater.step()

    def close(self) -> None:
        """Give everything back."""
        self._sending.dispatcher.settle()
        self._sending.close()
        for channel in self._channels.values():
            channel.close()
        self.parts.store.close()


def walk(site: Site, done: Callable[[], bool]) -> None:
    """Step all nodes in turn until it is done."""
    nodes = [Stepped(site, node) for node in site.town.nodes]
    try:
        for _ in range(ROUNDS_MAX):
            for node in nodes:
                node.step()
            if done():
                return
        raise AssertionError("the nodes do not come to an end")
    finally:
        for node in nodes:
            node.close()
