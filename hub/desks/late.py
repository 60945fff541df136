"""A core's final word that contradicts what is on record of a movement (protocol 5).

A person has said what stands in the core's own book (`told`), or the core itself has said so, and
now the core says otherwise: it paid after it was asked, or it was looked at wrongly. Rules:
- What is on record stands: no intent, book or answer changes by such a word.
- It is kept twice over: as a difference between these books and the core's, which stays open until
  somebody has explained it and two persons have closed it, and as the core's word itself.
- Hearing it again changes nothing. Another trace of what moved contradicts: somebody may have paid
  twice. Other reasons do not, nor does another day alone.
- Cores are asked again of what was refused in the last days: one attached by Python has no other
  way to say that it has paid since. Whoever says it by itself (a folder, HTTP) is asked as well.
- An old refusal is no outcome while others may have asked the core again since: a core that forgets
  refusals may have paid by now.
"""

from collections.abc import Collection, Mapping
from typing import Final

from hub.clearing.breaks import Break, BreakKind, found
from hub.clock import DAY, Instant
from hub.desks.mail import ORDER, Mail, MailState
from hub.desks.model import Intent, IntentState
from hub.desks.movement import BOUNCES_DAYS, Outcome, closed
from hub.desks.ports import TX, Core, DeskTransaction, Done, Refused
from hub.desks.step import CUTOFF
from hub.desks.told import waits
from hub.exchange.ports import Store
from hub.money import Fen

AGAIN: Final = BOUNCES_DAYS * DAY
"""So long after it was refused a movement is asked about again."""
AT_ONCE: Final = 500
PHASES: Final = frozenset({"bounces", CUTOFF})
"""At which cores are asked again."""
CORE: Final = "core"
"""With whose book these differ."""
Word = Done | Refused


def again(store: Store[TX], core: Core, party: str) -> dict[str, Outcome]:
    """What a core says now of keys whose movement was refused lately; what it says that is final.

    Raises:
        StoreDown: it cannot be read now. TargetDown: the core is away.
    """
    with store.read() as tx:
        keys = [one.key for one in tx.intents_refused(party, Instant(tx.now - AGAIN))]
    said: dict[str, Outcome] = {}
    for at in range(0, len(keys), AT_ONCE):
        some = keys[at : at + AT_ONCE]
        said |= {
            key: word
            for key, word in zip(some, core.inquire(some), strict=True)
            if isinstance(word, Refused) or (isinstance(word, Done) and word.tellable)
        }
    return said


def over(tx: DeskTransaction, keys: Collection[str]) -> set[str]:
    """Which of these have their outcome on record."""
    known = tx.intents(keys)
    return {key for key, intent in known.items() if intent.state is not IntentState.OPEN}


def note(
    tx: DeskTransaction, said: Mapping[str, object], before: Mapping[str, Word] | None = None
) -> set[str]:
    """Put on record which of these words contradict what is known; which keys.

    `before`: by key, where the core has said so and no desk has looked yet.
    """
    words = {key: word for key, word in said.items() if isinstance(word, Done | Refused)}
    intents = tx.intents(words)
    first = before or {}
    opposed = {
        key: (intent, words[key])
        for key, intent in sorted(intents.items())
        if _contradicts(intent, words[key], first.get(key))
    }
    if opposed:
        tx.put_breaks([_difference(i, word, first.get(i.key)) for i, word in opposed.values()])
        tx.add_mail([_kept(tx, intent, word) for intent, word in opposed.values()])
    return set(opposed)


def heed(tx: DeskTransaction, tasks: Collection[str], said: Mapping[str, Outcome]) -> set[str]:
    """What a core said of tasks whose claim ran out while it was asked; which keys contradict.

    Where nothing is on record yet, `Done` counts, and the tasks go on by it. `Refused` does only
    where a person was asked meanwhile, who must not be left to say what the core has said: any
    other task may have been executed again since, by whoever holds it or held it.
    """
    found = tx.tasks(tasks).values()
    asked = {(task.party, task.voucher_id) for task in found if waits(task)}
    counts = [
        intent
        for intent in tx.intents(said).values()
        if intent.state is IntentState.OPEN
        and (isinstance(said[intent.key], Done) or (intent.party, intent.voucher_id) in asked)
    ]
    if known := closed(counts, said, tx.now):
        tx.close_intents(known)
        tx.wake_tasks(tasks, tx.now)
    return note(tx, said)  # after closing: what others closed at the same instant is seen


def _known(intent: Intent, before: Word | None) -> Word | None:
    if intent.state is IntentState.OPEN:
        return before
    done = intent.state is IntentState.DONE
    return Done(intent.trace, intent.day) if done else Refused(intent.code)


def _contradicts(intent: Intent, word: Word, before: Word | None) -> bool:
    known = _known(intent, before)
    if isinstance(known, Done) and isinstance(word, Done):
        return known.trace != word.trace
    return known is not None and isinstance(known, Done) != isinstance(word, Done)


def _difference(intent: Intent, word: Word, before: Word | None) -> Break:
    """Ours: what these books hold as moved; theirs: what the core says has moved.

    A second movement is named by its trace: each is a difference of its own.
    """
    one, none, subject = intent.amount_fen, Fen(0), f"{intent.voucher_id}#{intent.row}"
    moved = isinstance(_known(intent, before), Done)
    if isinstance(word, Refused):
        ours, theirs, day = one, none, intent.day
    elif moved:
        ours, theirs, day = one, Fen(2 * one), word.day
        subject = f"{subject}:{word.trace}"
    else:
        ours, theirs, day = none, one, word.day
    return found(intent.party, CORE, BreakKind.CORE_DIFFERS, subject, day, ours, theirs)


def _kept(tx: DeskTransaction, intent: Intent, word: Word) -> Mail:
    """The word, where it did not come as mail."""
    done = isinstance(word, Done)
    return Mail(
        intent.key, intent.party, ORDER, "", tx.now, state=MailState.ANSWERED,
        outcome="done" if done else "refused",
        code=word.code if isinstance(word, Refused) else "",
        trace=word.trace if isinstance(word, Done) else "",
        day=word.day if isinstance(word, Done) else "",
    )  # fmt: skip


def vouchers(breaks: Collection[Break]) -> Mapping[str, int]:
    """Fen that these books and the core's disagree about, by voucher."""
    money: dict[str, int] = {}
    for one in breaks:
        name = one.subject.rpartition("#")[0]
        money[name] = money.get(name, 0) + abs(one.theirs_fen - one.ours_fen)
    return money
