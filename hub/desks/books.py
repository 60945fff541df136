"""The lines and intents of a batch of tasks: read once, changed in memory, written once.

A `Books` stands in for its transaction while clerks decide a batch one by one: they ask for one
voucher at a time, the store is asked for all of them together. What is read was locked by that
reading, what is changed is seen by every later reading, and `flush` writes it in the same
transaction. Verbs it does not know go straight through; those that search by state or day are
answered after a flush.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from hub.clearing.model import Line, LineState
from hub.desks.base_data import Pack
from hub.desks.model import Intent, IntentState, Task
from hub.desks.ports import DeskTransaction
from hub.errors import StoreDown

Key = tuple[str, str, int]


class Books:
    """A transaction with its lines and intents at hand."""

    def __init__(self, tx: DeskTransaction, tasks: Sequence[Task]) -> None:
        self._tx = tx
        self._lines: dict[Key, Line] = {}
        self._of: dict[tuple[str, str], list[Key]] = {}
        self._about: dict[tuple[str, str], list[Key]] = {}
        self._intents: dict[str, Intent] = {}
        self._keys: dict[tuple[str, str], set[str]] = {}
        self._packs: dict[str, list[Pack]] = {}
        self._asked: set[tuple[str, str]] = set()
        """(party, voucher) whose intents are at hand."""
        self._changed: dict[Key, Line] = {}
        self._opened: dict[str, Intent] = {}
        self._closed: dict[str, Intent] = {}
        wanted: dict[str, set[str]] = {}
        for task in tasks:
            wanted.setdefault(task.party, set()).add(task.voucher_id)
        for party, names in sorted(wanted.items()):
            found = self.lines_of(party, names)
            self.lines_about(party, {r.payment for rows in found.values() for r in rows})
            self.intents_of(party, names)

    def __getattr__(self, verb: str) -> Any:  # noqa: ANN401 - whatever the transaction can
        """Every other verb is the transaction's own."""
        return getattr(self._tx, verb)

    def base_packs(self, division: str) -> list[Pack]:
        """As the transaction's; base data does not change under a batch's feet."""
        if division not in self._packs:
            self._packs[division] = self._tx.base_packs(division)
        return self._packs[division]

    # --- lines -----------------------------------------------------------------------------------

    def lines_of(self, party: str, voucher_ids: Collection[str]) -> Mapping[str, list[Line]]:
        """As the transaction's."""
        missing = sorted({v for v in voucher_ids if (party, v) not in self._of})
        found = self._tx.lines_of(party, missing) if missing else {}
        for name in missing:
            self._of[party, name] = self._take(found.get(name, ()))
        return self._present({v: self._of[party, v] for v in sorted(voucher_ids)})

    def lines_about(self, party: str, payments: Collection[str]) -> Mapping[str, list[Line]]:
        """As the transaction's."""
        wanted = sorted({p for p in payments if p})
        missing = [p for p in wanted if (party, p) not in self._about]
        found = self._tx.lines_about(party, missing) if missing else {}
        for name in missing:
            self._about[party, name] = self._take(found.get(name, ()))
        return self._present({p: self._about[party, p] for p in wanted})

    def _take(self, lines: Iterable[Line]) -> list[Key]:
        keys = []
        for line in lines:
            key = (line.party, line.voucher_id, line.row)
            self._lines.setdefault(key, line)
            keys.append(key)
        return keys

    def _present(self, found: Mapping[str, Sequence[Key]]) -> dict[str, list[Line]]:
        return {name: [self._lines[key] for key in keys] for name, keys in found.items() if keys}

    def put_lines(self, lines: Sequence[Line]) -> None:
        """Changed here, written by `flush`."""
        for line in lines:
            key = (line.party, line.voucher_id, line.row)
            self._lines[key] = self._changed[key] = line

    def add_lines(self, lines: Sequence[Line]) -> None:
        """Added at once; what was known of their vouchers and payments is asked for again."""
        self._tx.add_lines(lines)
        payments = {line.payment for line in lines}
        for line in lines:
            self._of.pop((line.party, line.voucher_id), None)
        for key in [key for key in self._about if key[1] in payments]:
            del self._about[key]

    def lines_in(
        self, party: str, kinds: Collection[str], states: Collection[LineState], limit: int
    ) -> list[Line]:
        """As the transaction's, with what was changed here."""
        self.flush()
        return self._tx.lines_in(party, kinds, states, limit)

    def lines_on(self, party: str, kinds: Collection[str], day: str) -> list[Line]:
        """As the transaction's, with what was changed here."""
        self.flush()
        return self._tx.lines_on(party, kinds, day)

    # --- intents ---------------------------------------------------------------------------------

    def intents_of(self, party: str, voucher_ids: Collection[str]) -> Mapping[str, list[Intent]]:
        """As the transaction's."""
        missing = sorted({v for v in voucher_ids if (party, v) not in self._asked})
        if missing:
            for rows in self._tx.intents_of(party, missing).values():
                self._know(rows)
            self._asked |= {(party, name) for name in missing}
        found = {
            name: [self._intents[key] for key in sorted(self._keys.get((party, name), ()))]
            for name in voucher_ids
        }
        return {name: sorted(rows, key=_row) for name, rows in found.items() if rows}

    def _know(self, intents: Iterable[Intent]) -> None:
        for intent in intents:
            self._intents.setdefault(intent.key, intent)
            self._keys.setdefault((intent.party, intent.voucher_id), set()).add(intent.key)

    def intents(self, keys: Collection[str]) -> Mapping[str, Intent]:
        """As the transaction's."""
        missing = [key for key in keys if key not in self._intents]
        if missing:
            self._know(self._tx.intents(missing).values())
        return {key: self._intents[key] for key in keys if key in self._intents}

    def open_intents(self, intents: Sequence[Intent]) -> set[str]:
        """Opened here, written by `flush`; which keys were new."""
        for intent in intents:
            self.intents_of(intent.party, [intent.voucher_id])
        known = {i.key for i in intents if i.key in self._intents}
        new = {intent.key: intent for intent in intents if intent.key not in known}
        self._know(new.values())
        self._opened |= new
        return set(new)

    def close_intents(self, intents: Sequence[Intent]) -> None:
        """Closed here, written by `flush`; a closed one stays as it is."""
        known = self.intents([intent.key for intent in intents])
        for intent in intents:
            if known[intent.key].state is IntentState.OPEN:
                self._intents[intent.key] = self._closed[intent.key] = intent

    # --- writing ---------------------------------------------------------------------------------

    def flush(self) -> None:
        """Write what was changed here.

        Raises:
            StoreDown: `store_contended`, when somebody has opened one of the intents meanwhile,
                or closed one by another outcome: intents are read without a lock.
        """
        if self._opened and self._tx.open_intents(list(self._opened.values())) != set(self._opened):
            raise StoreDown("store_contended")
        if self._closed:
            self._tx.close_intents(list(self._closed.values()))
            stand = self._tx.intents(self._closed)
            if any(stand[key].state is not mine.state for key, mine in self._closed.items()):
                raise StoreDown("store_contended")
        if self._changed:
            self._tx.put_lines(list(self._changed.values()))
        self._opened, self._closed, self._changed = {}, {}, {}


def _row(intent: Intent) -> int:
    return intent.row
