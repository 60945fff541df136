"""A core attached by HTTP: orders lie as mail in the node's own store, and the bank polls for them.

The store is the mailbox, so that an active and a standby node serve the same orders. What became
of a key is still the bank's knowledge: a store that was restored asks again (`mailbox`).
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Generic

from hub.desks.mail import ORDER, Mail, MailState
from hub.desks.paper import Answer, answer_of, order_paper
from hub.desks.ports import TX, Bounce, Order
from hub.desks.writing import written
from hub.errors import Malformed
from hub.exchange.ports import Store

NOT_KNOWN = "not_known"


class StoreMailbox(Generic[TX]):
    """`adapters.cores.mailbox.Mailbox` in the node's store, for one party."""

    def __init__(self, store: Store[TX], party: str) -> None:
        self._store = store
        self._party = party

    def hand_out(self, orders: Sequence[Order]) -> set[str]:
        """Lay orders out; one that lies there or was answered stays as it is."""

        def write(tx: TX) -> set[str]:
            known = tx.mail([order.key for order in orders])
            new: list[Mail] = []
            again: list[Mail] = []
            for order in orders:
                content = json.dumps(order_paper(order), ensure_ascii=False)
                old = known.get(order.key)
                if old is None:
                    new.append(Mail(order.key, self._party, ORDER, "", tx.now, content=content))
                elif old.outcome == NOT_KNOWN or not old.content:
                    fresh = replace(old, state=MailState.NEW, content=content)
                    again.append(replace(fresh, asked=False, outcome=""))
            tx.add_mail(new)
            tx.put_mail(again)
            tx.commit()
            return {mail.id for mail in (*new, *again)}

        return written(self._store, write) if orders else set()

    def answers(self, keys: Collection[str]) -> Mapping[str, Answer]:
        """What the bank has said so far."""
        with self._store.read() as tx:
            found = tx.mail(keys)
        read = {key: _answer(mail) for key, mail in found.items() if mail.outcome}
        return {key: answer for key, answer in read.items() if answer is not None}

    def ask(self, keys: Collection[str]) -> None:
        """Mark what the bank has read and not answered, or what is not there, as asked."""

        def write(tx: TX) -> None:
            known = tx.mail(keys)
            read = [m for m in known.values() if m.state is MailState.READ and not m.outcome]
            tx.put_mail([replace(mail, state=MailState.NEW, asked=True) for mail in read])
            tx.add_mail(
                [
                    Mail(key, self._party, ORDER, "", tx.now, asked=True)
                    for key in sorted(set(keys) - known.keys())
                ]
            )
            tx.commit()

        if keys:
            written(self._store, write)

    def bounces(self, day: str) -> list[Bounce]:
        """Transfers the bank has told of."""
        with self._store.read() as tx:
            told = tx.bounces_told(self._party, day)
        return [Bounce(mail.content, mail.code, day) for mail in told]


def _answer(mail: Mail) -> Answer | None:
    said: dict[str, Any] = {
        "outcome": mail.outcome, "trace": mail.trace, "day": mail.day, "code": mail.code,
    }  # fmt: skip
    try:
        return answer_of(said)
    except Malformed:  # of before its form was looked at so closely
        return None
