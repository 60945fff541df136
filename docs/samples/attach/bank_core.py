"""A core attached by Python: the node calls these methods in its own processes.

Settings: core = "python:///bank_core.py?call=open_core&ledger=ledger.sqlite"
"""

import json
from collections.abc import Sequence
from pathlib import Path

from bank_ledger import NOT_KNOWN, Ledger

from hub.desks.paper import answer_of, order_paper
from hub.desks.ports import (
    Bounce,
    Done,
    ExecuteAnswer,
    InquireAnswer,
    KeyKnown,
    Order,
    Refused,
    Unclear,
)


class BankCore:
    """What `hub.desks.ports.CoreBanking` asks for."""

    refuses_repeated_keys = True
    """A key this core has answered never moves money again."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def execute(self, orders: Sequence[Order]) -> list[ExecuteAnswer]:
        """Move money. Raise nothing you can answer: an error makes every outcome unknown."""
        answers: list[ExecuteAnswer] = []
        for order in orders:
            if self._ledger.fate(order.key) != NOT_KNOWN:
                answers.append(KeyKnown())  # the node asks `inquire` then
                continue
            answer = answer_of(self._ledger.pay(order_paper(order)))
            answers.append(answer if isinstance(answer, Done | Refused) else Unclear())
        return answers

    def inquire(self, keys: Sequence[str]) -> list[InquireAnswer]:
        """What became of these keys: done, refused, or not known here."""
        return [answer_of(self._ledger.fate(key)) for key in keys]

    def bounces(self, day: str) -> list[Bounce]:
        """Transfers that came back on this day (退票): one JSON object each in `bounces-<day>`."""
        path = Path(f"bounces-{day}.jsonl")
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        told = [json.loads(line) for line in lines]
        return [Bounce(one["key"], one["code"], day) for one in told]


def open_core(ledger: str) -> BankCore:
    """Called once in each process of the node, with the rest of the address."""
    return BankCore(Ledger(Path(ledger)))
