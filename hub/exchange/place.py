"""Where an exchange runs: environment, node, its life and lane, the directory."""

from dataclasses import dataclass

from hub.exchange.routing import Directory
from hub.journal import Lane
from hub.parties import NodeId, Party


@dataclass(frozen=True, slots=True)
class Place:
    """One process of one node, as the exchange sees it."""

    env: str
    node: NodeId
    incarnation: str
    lane: Lane
    directory: Directory
    copies: int = 1
    """How many copies of a committed transaction the store keeps (told in notices)."""

    @property
    def is_hub(self) -> bool:
        """Whether this node routes."""
        return self.node == self.directory.hub

    @property
    def neighbours(self) -> tuple[NodeId, ...]:
        """Of this node."""
        return self.directory.neighbours(self.node)

    def serves(self, party: Party) -> bool:
        """Whether deliveries to this party end here."""
        return party in self.directory.nodes[self.node]
