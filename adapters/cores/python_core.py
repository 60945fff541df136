"""A core attached by a Python file of the bank: `python:///bank_core.py?call=open_core&…`.

The file's function is called with the rest of the query as keyword texts and returns an object
with the methods of `hub.desks.ports.CoreBanking`. Rules at this border: whatever the bank's code
raises means that nobody knows what happened, so the answer is unknown and the keys are inquired;
answers that are of no known type, or are too few or too many, say nothing; nor does `Done` with a
number or day that no receipt could bear. `Refused` is clear whatever its code: one that is no word
of this form is told as `core_refused`. Each time the fact `core_code_fails` says to the bank's
developer what was wrong, by type and line: never by the text, which may bear accounts.
"""

import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, Final, TypeVar

from hub.desks.paper import answer_of, answer_paper, bounce_of
from hub.desks.ports import (
    Bounce,
    CoreBanking,
    Done,
    ExecuteAnswer,
    InquireAnswer,
    KeyKnown,
    NotKnown,
    Order,
    Refused,
    Unclear,
)
from hub.errors import Malformed, Misconfigured, TargetDown
from hub.observer import Fact, Observer, silent

EXECUTED: Final = (Done, Refused, KeyKnown, Unclear)
INQUIRED: Final = (Done, Refused, NotKnown, Unclear)
NO_WORD: Final = "core_refused"
"""Why, where a core refuses by a code that cannot be passed on."""
WANTED: Final = ("execute", "inquire", "bounces", "refuses_repeated_keys")
"""What the bank's object has to have."""
A = TypeVar("A")
T = TypeVar("T")


class _Fault(Exception):
    """The bank's code raised something; told by type and line, as the text may bear accounts."""

    def __init__(self, error: BaseException) -> None:
        last = traceback.extract_tb(error.__traceback__)[-1]
        self.error = error
        self.name = type(error).__name__
        self.where = f"{self.name} at {Path(last.filename).name}:{last.lineno}"
        super().__init__(self.where)


def _foreign(call: Callable[[], T]) -> T:
    """The border: what the bank's code gives.

    Raises:
        _Fault: whatever it raised, also what would end a process or a task.
    """
    try:
        return call()
    except KeyboardInterrupt:
        raise  # a person's word to this process
    except BaseException as error:
        raise _Fault(error) from error


class GuardedCore:
    """The bank's object behind a border that never lets a fault look like an answer."""

    def __init__(self, core: CoreBanking, observe: Observer = silent) -> None:
        self._core = core
        self._observe = observe

    @property
    def refuses_repeated_keys(self) -> bool:
        """The bank's own word; anything but True counts as no, and so does a fault."""
        try:
            return _foreign(lambda: self._core.refuses_repeated_keys) is True
        except _Fault as fault:
            self._fails("refuses_repeated_keys", fault.where)
            return False

    def execute(self, orders: Sequence[Order]) -> list[ExecuteAnswer]:
        """Move money."""
        return self._guarded("execute", lambda: self._core.execute(orders), len(orders), EXECUTED)

    def inquire(self, keys: Sequence[str]) -> list[InquireAnswer]:
        """What became of these keys."""
        return self._guarded("inquire", lambda: self._core.inquire(keys), len(keys), INQUIRED)

    def bounces(self, day: str) -> list[Bounce]:
        """Transfers that came back.

        Raises:
            TargetDown: `core_failed`; the phase is run again.
            Malformed: `core_answer_form`; the same.
        """
        try:
            told = _foreign(lambda: [(b.key, b.code, b.day) for b in self._core.bounces(day)])
        except _Fault as fault:
            self._fails("bounces", fault.where)
            raise TargetDown("core_failed", reason=fault.name) from fault
        try:
            return [_bounce(*one) for one in told]
        except Malformed as error:  # ours: it names the member, not what stands there
            self._fails("bounces", str(error))
            raise

    def _guarded(
        self, act: str, call: Callable[[], Sequence[A]], count: int, known: tuple[type, ...]
    ) -> list[A]:
        nothing: Any = Unclear("core_failed")
        try:
            answers = _foreign(lambda: list(call()))
        except _Fault as fault:
            self._fails(act, fault.where)
            return [nothing] * count
        if len(answers) != count:
            self._fails(act, f"{len(answers)} answers to {count}")
            return [nothing] * count
        heard = [_heard(answer) if isinstance(answer, known) else nothing for answer in answers]
        for said, told in zip(answers, heard, strict=True):
            if told is not said:
                self._fails(act, _wrong(said))
                break  # one of a batch shows what is wrong
        return heard

    def _fails(self, act: str, reason: str) -> None:
        self._observe(Fact("core_code_fails", {"act": act, "reason": reason}))


def open_python(
    path: Path, call: str, given: Mapping[str, str], observe: Observer = silent
) -> GuardedCore:
    """The core that a function of a Python file makes.

    Raises:
        Misconfigured: `core_address`: no such file or function, or it does not make a core.
    """
    spec = spec_from_file_location(f"attached_{path.stem}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise Misconfigured("core_address", reason="no such Python file")
    module = module_from_spec(spec)
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))  # so that the bank's file may have neighbours
    loader = spec.loader

    def made() -> tuple[Any, list[str]]:
        loader.exec_module(module)
        core = getattr(module, call)(**given)
        return core, [name for name in WANTED if not hasattr(core, name)]

    try:
        core, missing = _foreign(made)
    except _Fault as fault:
        raise Misconfigured("core_address", reason=f"{call}: {fault.name}") from fault
    if missing:
        raise Misconfigured("core_address", reason=f"{call}: no {missing[0]}")
    return GuardedCore(core, observe)


def _heard(answer: Any) -> Any:  # noqa: ANN401 - of the types that the caller knows
    """The answer as every form of a core could have said it: number, word and day as on paper."""
    if not isinstance(answer, Done | Refused):
        return answer
    try:
        answer_of(answer_paper(answer))
    except Malformed as error:
        return Unclear(error.code) if isinstance(answer, Done) else Refused(NO_WORD)
    return answer


def _wrong(said: object) -> str:
    """What is wrong with one answer: its type, or the member that has another form."""
    if not isinstance(said, Done | Refused):
        return f"{type(said).__name__} is no answer"
    try:
        answer_of(answer_paper(said))
    except Malformed as error:
        return (
            f"{type(said).__name__}: {error.context['member']} is not {error.context['expected']}"
        )
    raise AssertionError("it was heard as it was said")


def _bounce(key: object, code: object, day: object) -> Bounce:
    """One that came back; a list with one that is none is no list (a movement would be missed)."""
    if not isinstance(key, str):
        raise Malformed("core_answer_form", member="key")
    return bounce_of(key, {"code": code, "day": day})
