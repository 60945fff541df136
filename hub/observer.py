"""Facts: what the middle tells whoever listens, instead of logging.

A fact has a name and fields; fields are ids, codes, digests and counts from an allow-list, never
names of people, accounts, amounts or bodies (protocol 10). Observers must not raise and must not
call back.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

FIELDS: Final = frozenset(
    {
        "act", "at", "attempt", "channel", "class", "code", "count", "delivery_id", "digest",
        "document_id", "division", "incarnation", "kind", "layer_id", "line", "message", "ms",
        "n", "node", "operator", "party", "peer", "reason", "role", "seal_id", "sender", "state",
        "task", "token", "trust_state", "voucher_id", "bytes", "check", "phase", "lane", "subject",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that has happened, told after the commit that made it true."""

    name: str
    fields: Mapping[str, str | int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Only allowed fields: a fact can reach logs and metrics."""
        assert self.fields.keys() <= FIELDS, sorted(self.fields.keys() - FIELDS)


Observer = Callable[[Fact], None]


def silent(_fact: Fact) -> None:
    """The observer that listens to nothing."""
