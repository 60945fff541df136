"""The window at which a party's own system reads from its node, and says what it has done.

Verbs of the voucher store, each harmless when repeated: read, read again, confirm,
confirm-fail, return, discard, save-and-send, status. Beside them the core's answers to orders.
- Reading marks, and never loses: what was read and not finished is there for `read_again`.
- The first answer of a core to a key stands, and so does what a person has said of it; another one
  is told apart and changes nothing. One that contradicts is a difference (`hub.desks.late`).
- What is handed over is *stored* when the verb returns, and *safe* when the hub has recorded it.
- Where the node's desk decides (bank, treasury), layers upon vouchers are the desk's to make.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

from hub.desks import answers, base_data, late
from hub.desks.acks import Ack, acks, open_hops, unsafe
from hub.desks.base_data import Fault
from hub.desks.mail import BOUNCE, ORDER, WAITING, Mail, MailState
from hub.desks.model import TaskKind, task_id
from hub.desks.paper import Answer
from hub.desks.ports import TX, Bounce, DeskTransaction, Done, Refused
from hub.desks.step import Means
from hub.desks.writing import written
from hub.errors import Advice, Damaged, Malformed, Rejection, RuleBroken
from hub.exchange import statements
from hub.exchange.ports import Store
from hub.observer import Fact, Observer
from hub.parties import Party
from hub.voucher.model import Draft, LayerType, Voucher

READ_MAX: Final = 100
ASKED_MAX: Final = 500
ID_PARTS: Final = 6
"""Of a voucher's id, between slashes: env, division, year, kind, issuer, number."""
_WAKING: Final = (TaskKind.PAY, TaskKind.CLEAR)
T = TypeVar("T")
_OF_THE_DESK: Final = frozenset({"2301", "2302", "2203", "2204", "2206", "2207"})


@dataclass(frozen=True)
class Sill(Generic[TX]):
    """What a window stands on."""

    store: Store[TX]
    party: Party | None
    """Whose mail is read; None: nobody's."""
    issue: Callable[[Sequence[Draft]], Sequence[Voucher]]
    """Seals, posts, commits; idempotent (hub.desks.desk.Desk.issue)."""
    means: Means
    observe: Observer
    acts: frozenset[Party]
    """Parties whose drafts are taken: those this node serves."""
    decides: bool
    """The node's desk decides what becomes of vouchers."""
    copies: int = 1
    """Copies of a commit in this node's store."""
    life: str = ""
    """Of the store this window was made in; empty: checked by whoever made it."""


class Window(Generic[TX]):
    """One party's window."""

    def __init__(self, sill: Sill[TX]) -> None:
        self._sill = sill
        self._party = str(sill.party) if sill.party else ""
        self._acts = frozenset(map(str, sill.acts))

    # --- reading ---------------------------------------------------------------------------------

    def read(self, kinds: Collection[str], division: str = "", limit: int = READ_MAX) -> list[Mail]:
        """New mail, oldest first, at most 100; from now on it counts as read."""

        def write(tx: TX) -> list[Mail]:
            found = tx.mail_waiting(
                self._party, MailState.NEW, kinds, division, min(limit, READ_MAX)
            )
            held = tx.mail([mail.id for mail in found]).values()
            new = [mail for mail in held if mail.state is MailState.NEW]  # others read meanwhile
            new.sort(key=lambda mail: (mail.at, mail.id))
            read = [replace(mail, state=MailState.READ) for mail in new]
            tx.put_mail(read)
            tx.commit()
            return read

        return self._write(write)

    def read_again(
        self, kinds: Collection[str], division: str = "", limit: int = READ_MAX
    ) -> list[Mail]:
        """What was read and not finished, oldest first, at most 100."""
        with self._sill.store.read() as tx:
            return tx.mail_waiting(
                self._party, MailState.READ, kinds, division, min(limit, READ_MAX)
            )

    def messages(self, mail: Sequence[Mail]) -> Mapping[bytes, bytes]:
        """Octets of the vouchers among the mail, by digest."""
        digests = {piece.digest for piece in mail if piece.digest}
        if not digests:
            return {}
        with self._sill.store.read() as tx:
            return tx.messages(digests)

    def faults(self, mail: Sequence[Mail]) -> Mapping[str, Fault]:
        """Where vouchers among the mail do not fit the base data this node has now, by mail id.

        Told, and nothing done: what becomes of them is for the party's own system to say.
        """
        octets = self.messages(mail)
        if not octets:
            return {}
        opened = {digest: self._opened(each) for digest, each in octets.items()}
        new = [(p.id, v) for p in mail if (v := opened.get(p.digest)) and v.top is v.original]
        with self._sill.store.read() as tx:
            found = {name: base_data.fault(tx, one.id, one.original.content) for name, one in new}
        return {name: fault for name, fault in found.items() if fault is not None}

    def _opened(self, octets: bytes) -> Voucher | None:
        """One by one: what cannot be looked at hides nothing of the others."""
        try:
            return self._sill.means.opener([octets])[0]
        except (Damaged, Rejection):
            return None

    # --- vouchers --------------------------------------------------------------------------------

    def confirm(self, ids: Collection[str]) -> int:
        """The party's own system has these vouchers on record; how many were not confirmed yet."""

        def write(tx: TX) -> int:
            found = [m for m in self._mail(tx, ids).values() if m.kind not in {ORDER, BOUNCE}]
            new = [m for m in found if m.state in WAITING]
            tx.put_mail([replace(mail, state=MailState.CONFIRMED) for mail in new])
            tx.commit()
            return len(new)

        return self._write(write)

    def give_back(self, mail_id: str, code: str, why: str) -> Ack:
        """Return a voucher to its issuer with a code and a reason; it counts as confirmed then.

        Raises:
            RuleBroken: `mail_unknown`, `desk_decides`, `not_an_original`.
        """
        self._undecided()
        with self._sill.store.read() as tx:
            piece = self._mail(tx, [mail_id])[mail_id]
            if piece.kind in {ORDER, BOUNCE}:
                raise RuleBroken("mail_unknown", layer_id=mail_id)
            octets = tx.messages([piece.digest])[piece.digest]
        voucher = self._sill.means.opener([octets])[0]
        if voucher.top.id.layer is not LayerType.ORIGINAL:
            raise RuleBroken("not_an_original", layer_id=mail_id)
        words = {code: Advice(why, why, why, why)}
        assert self._sill.party is not None, "mail has an owner"
        draft = answers.returned(voucher, self._sill.party, self._sill.means.release(), code, words)
        ack = self.hand_over([draft])[0]
        self.confirm([mail_id])
        return ack

    def discard(self, voucher_id: str, why: str) -> Ack:
        """Recall an own original; whoever executes it obeys unless it has begun.

        Raises:
            RuleBroken: `voucher_unknown`, `not_the_issuer`.
        """
        voucher = self.original(voucher_id)
        if voucher.id.issuer not in self._sill.acts:
            raise RuleBroken("not_the_issuer", voucher_id=voucher_id)
        return self.hand_over([answers.recall(voucher, self._sill.means.release(), why)])[0]

    def original(self, voucher_id: str) -> Voucher:
        """The recorded original that an answer is drafted upon.

        Raises:
            RuleBroken: `voucher_unknown`.
        """
        found: Mapping[str, Voucher] = {}
        if len(voucher_id.split("/")) == ID_PARTS:
            with self._sill.store.read() as tx:
                found = self._sill.means.originals(tx, [voucher_id])
        if voucher_id not in found:
            raise RuleBroken("voucher_unknown", voucher_id=voucher_id)
        return found[voucher_id]

    def hand_over(self, drafts: Sequence[Draft]) -> list[Ack]:
        """Save and send: sealed, stored and due when this returns; the same again changes nothing.

        Raises:
            RuleBroken: `desk_decides`, `acting_party`; a draft that breaks a rule.
            Conflict: `number_used`; nothing of this call is stored.
            CustodyDown, StoreDown, NotActive: nothing is stored; try again.
        """
        for draft in drafts:
            if draft.id.party not in self._sill.acts:
                raise RuleBroken("acting_party", party=str(draft.id.party))
            own = draft.id.layer is LayerType.ORIGINAL and draft.id.voucher.kind not in _OF_THE_DESK
            if not own:
                self._undecided()
        self._sill.issue(drafts)
        with self._sill.store.read() as tx:
            return acks(tx, [str(draft.id) for draft in drafts], self._sill.copies)

    def _undecided(self) -> None:
        if self._sill.decides:
            raise RuleBroken("desk_decides", party=self._party)

    # --- what became of it -----------------------------------------------------------------------

    def status(self, voucher_ids: Collection[str]) -> Mapping[str, Mapping[str, int]]:
        """The official status numbers of each voucher's layers, by layer id."""
        with self._sill.store.read() as tx:
            return statements.numbers(tx, list(voucher_ids)[:ASKED_MAX], self._acts)

    def acks(self, layer_ids: Sequence[str]) -> list[Ack]:
        """What is stored here of these layers, and what is safe."""
        with self._sill.store.read() as tx:
            return acks(tx, list(layer_ids)[:ASKED_MAX], self._sill.copies)

    def unsafe(
        self, limit: int = ASKED_MAX, begins: tuple[str, ...] | None = None
    ) -> tuple[list[Ack], bool]:
        """Layers (that begin so) stored and not safe yet, oldest first; whether there are more."""
        with self._sill.store.read() as tx:
            return unsafe(tx, self._acts, min(limit, ASKED_MAX), self._sill.copies, begins)

    def replay(self, layer_ids: Collection[str]) -> int:
        """Send these again now, over another channel where there is one; how many hops.

        Raises:
            Malformed: `window_request`: more are named than 500; none is sent.
        """
        if len(layer_ids) > ASKED_MAX:
            raise Malformed("window_request", member="layer_ids")
        with self._sill.store.read() as tx:
            named = open_hops(tx, layer_ids)

        def write(tx: TX) -> int:
            hurried = tx.hurry_hops(named)
            tx.commit()
            return hurried

        return self._write(write)

    # --- the core --------------------------------------------------------------------------------

    def answer(self, said: Mapping[str, Answer]) -> list[str]:
        """What became of orders, by key; keys whose outcome was another one, which stands.

        Raises:
            RuleBroken: `core_key_unknown`: this node never asked for that key; nothing is written.
        """

        def write(tx: TX) -> list[str]:
            known = self._known_keys(tx, said.keys())
            differs = late.note(tx, said, {k: w for k, m in known.items() if (w := _word(m))})
            changed: list[Mail] = []
            for key, answer in sorted(said.items()):
                old, new = known[key], _answered(known[key], answer)
                if old.outcome in {"done", "refused"}:
                    differs |= set() if _words(old) == _words(new) else {key}
                    changed.append(replace(old, state=MailState.ANSWERED, asked=False))
                else:
                    changed.append(new)
            tx.put_mail(changed)
            tx.wake_tasks(self._tasks_of(tx, [mail.id for mail in changed]), tx.now)
            tx.commit()
            return sorted(differs)

        return self._told(self._write(write))

    def over(self, keys: Collection[str]) -> set[str]:
        """Keys whose outcome is on record: nobody asks about them any more."""
        if not keys:
            return set()
        with self._sill.store.read() as tx:
            return late.over(tx, keys)

    def heed(self, said: Mapping[str, Answer]) -> list[str]:
        """Late words about keys that are `over`; those that contradict, on record now."""

        def write(tx: TX) -> list[str]:
            opposed = late.note(tx, said)
            tx.commit()
            return sorted(opposed)

        return self._told(self._write(write))

    def _told(self, differs: list[str]) -> list[str]:
        if differs:
            self._sill.observe(Fact("core_answers_differ", {"count": len(differs)}))
        return differs

    def _known_keys(self, tx: TX, keys: Collection[str]) -> dict[str, Mail]:
        """Mail of these keys; one the store lost is made again where its intent is known."""
        known = dict(tx.mail(keys))
        lost = [key for key in keys if key not in known]
        intents = tx.intents(lost) if lost else {}
        made = [Mail(k, self._party, ORDER, "", tx.now) for k in lost if k in intents]
        tx.add_mail(made)
        known |= {mail.id: mail for mail in made}
        for key in keys:
            if key not in known or (known[key].party, known[key].kind) != (self._party, ORDER):
                raise RuleBroken("core_key_unknown", digest=key)
        return known

    def _tasks_of(self, tx: DeskTransaction, keys: Collection[str]) -> set[str]:
        vouchers = {intent.voucher_id for intent in tx.intents(keys).values()}
        return {task_id(kind, self._party, name) for kind in _WAKING for name in vouchers}

    def wake(self, keys: Collection[str]) -> int:
        """Whoever waits for these keys' outcomes asks again now; how many vouchers."""

        def write(tx: TX) -> int:
            tasks = self._tasks_of(tx, keys)
            tx.wake_tasks(tasks, tx.now)
            tx.commit()
            return len(tasks) // len(_WAKING)

        return self._write(write) if keys else 0

    def tell_bounces(self, bounces: Sequence[Bounce]) -> list[str]:
        """Movements that came back; the first word about a key stands.

        Returns:
            Keys this node has never asked for: wrong, or not found again yet after a restore.
        """

        def write(tx: TX) -> list[str]:
            keys = {bounce.key for bounce in bounces}
            tx.add_mail(
                [
                    Mail(
                        f"{bounce.key}:bounce", self._party, BOUNCE, "", tx.now,
                        state=MailState.ANSWERED, content=bounce.key, code=bounce.code,
                        day=bounce.day,
                    )
                    for bounce in bounces
                ]
            )  # fmt: skip
            asked = tx.intents(keys)
            tx.commit()
            return sorted(keys - asked.keys())

        return self._write(write)

    def _write(self, act: Callable[[TX], T]) -> T:
        return written(self._sill.store, act, life=self._sill.life)

    def _mail(self, tx: DeskTransaction, ids: Collection[str]) -> Mapping[str, Mail]:
        found = tx.mail(ids)
        for name in ids:
            if name not in found or found[name].party != self._party:
                raise RuleBroken("mail_unknown", layer_id=name)
        return found


def _word(mail: Mail) -> Done | Refused | None:
    if mail.outcome == "done":
        return Done(mail.trace, mail.day)
    return Refused(mail.code) if mail.outcome == "refused" else None


def _words(mail: Mail) -> tuple[str, ...]:
    """What was said of a key. Another trace is another answer: somebody may have paid twice."""
    return mail.outcome, mail.code, mail.trace, mail.day


def _answered(mail: Mail, answer: Answer) -> Mail:
    told = replace(mail, state=MailState.ANSWERED, asked=False)
    if isinstance(answer, Done):
        return replace(told, outcome="done", trace=answer.trace, day=answer.day)
    if isinstance(answer, Refused):
        return replace(told, outcome="refused", code=answer.code)
    return replace(told, outcome="not_known")
