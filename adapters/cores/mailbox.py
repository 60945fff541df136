"""A core that is asked in writing and answers when it likes: over a folder, or over HTTP.

- An order that was handed out is not handed out again: its key is known. What becomes of it is
  inquired, and unknown until the other side has said it.
- While the other side has not taken an order, it need not be asked about it. One that was taken
  and not answered is inquired; so is a key whose order is nowhere to be found, because a lost
  mailbox proves nothing about the core.
- "Not known" comes from the other side only. Then the order may be handed out again.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from hub.desks.paper import Answer
from hub.desks.ports import (
    Bounce,
    ExecuteAnswer,
    InquireAnswer,
    KeyKnown,
    NotKnown,
    Order,
    Unclear,
)


class Mailbox(Protocol):
    """Where orders lie for the other side, and its answers for us."""

    def hand_out(self, orders: Sequence[Order]) -> set[str]:
        """Lay orders out durably; which keys were not lying there, or were answered not known.

        Raises:
            TargetDown, StoreDown: the mailbox is away; some orders may lie there.
        """
        ...

    def answers(self, keys: Collection[str]) -> Mapping[str, Answer]:
        """What the other side has said so far."""
        ...

    def ask(self, keys: Collection[str]) -> None:
        """Ask the other side about those of these that it has taken, or that are not there."""
        ...

    def bounces(self, day: str) -> list[Bounce]:
        """Transfers that came back on this day."""
        ...


class MailboxCore:
    """`hub.desks.ports.CoreBanking` over a mailbox."""

    def __init__(self, mailbox: Mailbox, *, refuses_repeated_keys: bool = True) -> None:
        """`refuses_repeated_keys`: the other side's promise; an answered key never moves again."""
        self._mailbox = mailbox
        self._refuses = refuses_repeated_keys

    @property
    def refuses_repeated_keys(self) -> bool:
        """Whether a repeated key can never move money again."""
        return self._refuses

    def execute(self, orders: Sequence[Order]) -> list[ExecuteAnswer]:
        """Hand orders out; what they come to is learned by inquiring."""
        said = self._mailbox.answers({order.key for order in orders})
        final = {key for key, answer in said.items() if not isinstance(answer, NotKnown)}
        fresh = self._mailbox.hand_out([order for order in orders if order.key not in final])
        return [Unclear() if order.key in fresh else KeyKnown() for order in orders]

    def inquire(self, keys: Sequence[str]) -> list[InquireAnswer]:
        """What the other side has said; what it has not is asked for."""
        said = self._mailbox.answers(keys)
        self._mailbox.ask([key for key in keys if key not in said])
        return [said.get(key, Unclear()) for key in keys]

    def bounces(self, day: str) -> list[Bounce]:
        """Transfers that came back on this business day."""
        return self._mailbox.bounces(day)
