"""The attending process of a node: serves the window over HTTP, looks into the party's folder.

Rules: only while its keeper is active. What cannot be done now is done at a later look; a draft
that is refused is told, and never holds up the others. A process that is fenced ends.
"""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from typing import Any, Final, Protocol

from hub.desks.acks import Ack
from hub.desks.paper import Answer
from hub.desks.ports import NotKnown
from hub.errors import (
    CustodyDown,
    Fenced,
    HubError,
    Misconfigured,
    NotActive,
    OutcomeUnknown,
    Rejection,
    StoreDown,
    TargetDown,
)
from hub.observer import Fact, Observer
from hub.voucher.model import Draft
from ops.advice import advice
from ops.attend.verbs import ack_paper, draft_of
from ops.leash import Leash

LOOK_SECONDS: Final = 0.2
STANDBY_SECONDS: Final = 0.2
BACK_OFF_SECONDS: Final = 2.0
AT_ONCE: Final = 50
AWAY: Final = (StoreDown, CustodyDown, TargetDown, NotActive, OutcomeUnknown)


class Post(Protocol):
    """Where drafts are laid down (adapters.cores.folder_post)."""

    def drafts(self, limit: int) -> list[tuple[str, bytes]]:
        """Names and octets."""
        ...

    def stored(self, name: str, ack: Mapping[str, Any]) -> None:
        """On record here."""
        ...

    def safe(self, name: str, ack: Mapping[str, Any]) -> None:
        """The hub has it."""
        ...

    def refused(self, name: str, why: Mapping[str, Any]) -> None:
        """It is refused."""
        ...

    def unsafe(self, limit: int) -> Sequence[tuple[str, str]]:
        """(name, layer id) of what is stored and not safe."""
        ...


class Arrivals(Protocol):
    """Where a core lays its answers (adapters.cores.folder)."""

    def arrived(self) -> Mapping[str, tuple[int, int]]:
        """Keys with an answer that lies there, and what tells it from the next one."""
        ...

    def laid(self, keys: Collection[str]) -> Mapping[str, Answer]:
        """What lies there for these."""
        ...

    def heard(self, marks: Mapping[str, tuple[int, int]]) -> None:
        """These are on record; each is put aside if nothing has taken its place."""
        ...


class Served(Protocol):
    """What serves HTTP (adapters.served.server)."""

    @property
    def alive(self) -> bool:
        """Whether it still serves."""
        ...


class Attendant:
    """One look at a time."""

    def __init__(  # noqa: PLR0913 - by keyword
        self,
        window: Any,  # noqa: ANN401 - a window over whatever store wiring opened
        lock: threading.Lock,
        ended: Sequence[Fenced],
        observe: Observer,
        *,
        post: Post | None = None,
        arrivals: Arrivals | None = None,
        served: Served | None = None,
        refresh: Callable[[], None] = lambda: None,
    ) -> None:
        """`lock` is held by whoever uses the window; `ended` says that somebody was fenced.

        `refresh` takes over changed trust, at each look.
        """
        self._window = window
        self._lock = lock
        self._ended = ended
        self._observe = observe
        self._post = post
        self._arrivals = arrivals
        self._served = served
        self._refresh = refresh
        self._woken: Collection[tuple[str, tuple[int, int]]] = frozenset()
        self._heard: set[tuple[str, tuple[int, int]]] = set()

    def step(self) -> int:
        """Wake whoever an answer waits for, take drafts over, tell what is safe; how much was done.

        Raises:
            TargetDown: `window_ended`; StoreDown, CustodyDown, NotActive: look again later.
            Fenced: this process may not write any more.
        """
        if self._ended:
            raise self._ended[0]
        if self._served is not None and not self._served.alive:
            raise TargetDown("window_ended")
        with self._lock:
            self._refresh()
            done = self._wake()
            if self._post is not None:
                done += self._take(self._post) + self._tell(self._post)
        return done

    def _wake(self) -> int:
        if self._arrivals is None:
            return 0
        arrived = set(self._arrivals.arrived().items())
        new = sorted({key for key, _ in arrived - set(self._woken)})
        woken: int = self._window.wake(new)
        self._heed(self._arrivals, arrived)
        self._woken = arrived
        return woken

    def _heed(self, arrivals: Arrivals, arrived: set[tuple[str, tuple[int, int]]]) -> None:
        """Late words: nobody asks about their keys any more. On record first, then put aside.

        Only what was read is put aside. What says nothing yet, or whose key is not over yet, is
        looked at again.
        """
        self._heard &= arrived
        marks = dict(arrived - self._heard)
        said = arrivals.laid(self._window.over(marks))
        if said:
            self._window.heed(said)
            final = {key for key, word in said.items() if not isinstance(word, NotKnown)}
            arrivals.heard({key: marks[key] for key in sorted(final)})
            self._heard |= {(key, marks[key]) for key in said}

    def _take(self, post: Post) -> int:
        laid = post.drafts(AT_ONCE)
        good: list[tuple[str, Draft]] = []
        for name, octets in laid:
            try:
                good.append((name, draft_of(self._window, octets)))
            except (Rejection, Misconfigured) as error:
                post.refused(name, told(error))
        try:
            self._hand_over(post, good)
        except (StoreDown, CustodyDown, TargetDown, NotActive, Fenced, OutcomeUnknown):
            raise
        except Exception:  # noqa: BLE001 - whatever it was, it is about one of them: each alone
            for one in good:
                self._alone(post, one)
        return len(laid)

    def _alone(self, post: Post, one: tuple[str, Draft]) -> None:
        try:
            self._hand_over(post, [one])
        except (Rejection, Misconfigured) as error:
            post.refused(one[0], told(error))
        except HubError:
            raise
        except Exception as error:  # noqa: BLE001 - one draft must not end the attending of others
            self._observe(Fact("window_fault", {"reason": type(error).__name__}))
            post.refused(one[0], _words("program_fault"))

    def _hand_over(self, post: Post, good: Sequence[tuple[str, Draft]]) -> None:
        acks: list[Ack] = self._window.hand_over([draft for _, draft in good]) if good else []
        for (name, _), ack in zip(good, acks, strict=True):
            post.stored(name, ack_paper(ack))

    def _tell(self, post: Post) -> int:
        waiting = post.unsafe(AT_ONCE * 10)
        acks: list[Ack] = self._window.acks([layer for _, layer in waiting]) if waiting else []
        count = 0
        for (name, _), ack in zip(waiting, acks, strict=True):
            if ack.refused:
                post.refused(name, {**ack_paper(ack), **_words(ack.refused)})
            elif ack.safe_at:
                post.safe(name, ack_paper(ack))
                count += 1
        return count


def told(error: HubError) -> dict[str, Any]:
    """An error for the other side: code, why, what to do."""
    return {**_words(error.code), "context": dict(error.context)}


def _words(code: str) -> dict[str, Any]:
    known = advice(code)
    return {"error": code, **(asdict(known) if known else {})}


class Attending:
    """The loop of the attending process."""

    def __init__(
        self, leash: Leash, open_: Callable[[], AbstractContextManager[Attendant]],
        observe: Observer,
    ) -> None:  # fmt: skip
        """`open_` begins to serve; leaving it ends that."""
        self._leash = leash
        self._open = open_
        self._observe = observe

    def run(self) -> None:
        """Until the leash says stop.

        Raises:
            Fenced: this process may not write any more.
        """
        while not self._leash.stopping:
            if not self._leash.active:
                self._leash.rest(STANDBY_SECONDS)
                continue
            try:
                with self._open() as attendant:
                    self._attend(attendant)
            except AWAY as error:
                self._waits(error)

    def _attend(self, attendant: Attendant) -> None:
        while self._leash.active and not self._leash.stopping:
            try:
                attendant.step()
            except Fenced:
                raise
            except (StoreDown, CustodyDown, NotActive, OutcomeUnknown) as error:
                self._waits(error)
            self._leash.rest(LOOK_SECONDS)

    def _waits(self, error: HubError) -> None:
        self._observe(Fact("attendant_waits", {"code": error.code}))
        self._leash.rest(BACK_OFF_SECONDS)
