"""A core attached by a folder: every file is one order or one answer, readable by people.

    requests/<key>.json    the node asks for a movement; the bank takes it by moving it away
    inquiries/<key>.json   the node asks what became of a key
    answers/<key>.json     the bank answers: done, refused, not known
    bounces/<day>/<key>.json  the bank tells of a transfer that came back
    taken/<kk>/<key>.json  answers the node has read; kk: the key's first two digits
    claimed/<key>.<…>.json answers the node is about to read
    answers/<key>.wrong    JSON that is no answer, set aside; <key>.why says what is expected

Rules: whoever writes makes the file under `.new/` on the same disk, syncs it, and renames it to its
place, so nobody ever sees half a file. The node writes requests and inquiries, and removes them
when it reads the answer. No answer is removed unread: a second one stays until it is on record that
it was heard. Between a look at a name and its removal another file may take it; so an answer is
claimed first, by renaming it to a name that nobody else writes, then read, then removed. A claim
that is left over is read like an answer, and hides no final answer that is laid after it. JSON that
is no answer (another word, another form of code) is set aside with its reason for whoever wrote it:
it says nothing, the key stays unknown and is inquired; a right answer takes both away. What is no
JSON may be half a file, and is left. Nothing here is the node's memory: what was asked and what
came of it stands in its store, so a folder that was lost or restored is inquired, never trusted.
"""

import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import Any, Final

from adapters.cores.plain import UNREADABLE, octets_of
from hub.desks.codes import CODES
from hub.desks.paper import KEY, Answer, answer_of, bounce_of, order_paper, read_json
from hub.desks.ports import Bounce, Done, NotKnown, Order, Refused
from hub.errors import Malformed, TargetDown

REQUESTS: Final = "requests"
INQUIRIES: Final = "inquiries"
ANSWERS: Final = "answers"
CLAIMED: Final = "claimed"
BOUNCES: Final = "bounces"
TAKEN: Final = "taken"
NEW: Final = ".new"
INNER: Final = (REQUESTS, INQUIRIES, ANSWERS, CLAIMED, BOUNCES, TAKEN, NEW)
WRONG: Final = ".wrong"
WHY: Final = ".why"
FILE_BYTES_MAX: Final = 64 * 1024
Mark = tuple[int, int]
"""What tells one file from the next; a rename changes nothing of it."""


class FolderMailbox:
    """`adapters.cores.mailbox.Mailbox` in a folder."""

    def __init__(self, root: Path) -> None:
        """`root` is made with its inner folders where missing.

        Raises:
            TargetDown: `core_folder_away`, with the inner folder that cannot be made.
        """
        self._root = root
        self._laid: dict[str, Mark] = {}
        """The file that `laid` has read, by key."""
        for name in INNER:
            with _border(folder=name):
                (root / name).mkdir(parents=True, exist_ok=True)

    def hand_out(self, orders: Sequence[Order]) -> set[str]:
        """Write requests; one that lies there, or was answered, stays as it is."""
        fresh: set[str] = set()
        with _border():
            for order in orders:
                answer = self._answer(order.key)
                if isinstance(answer, NotKnown):
                    answer = self._settled(order.key)
                if isinstance(answer, NotKnown):
                    self._write(REQUESTS, order.key, order_paper(order))
                    self._forget_not_known(order.key)
                elif answer is not None or self._at(REQUESTS, order.key).exists():
                    continue
                else:
                    self._write(REQUESTS, order.key, order_paper(order))
                fresh.add(order.key)
            _sync(self._root / REQUESTS)
        return fresh

    def answers(self, keys: Collection[str]) -> Mapping[str, Answer]:
        """Read answers; those that are final are put aside under `taken`.

        A second one is not read here and stays where it lies, for `laid`.
        """
        found: dict[str, Answer] = {}
        with _border():
            for key in keys:
                answer = self._answer(key)
                if answer is None and self._correct(key):
                    answer = self._answer(key)
                if answer is None:
                    continue
                if _final(answer) and not self._aside(key).exists():
                    answer = self._settled(key) or answer
                found[key] = answer
                if _final(answer):
                    self._over(key)
                self._remove(INQUIRIES, key)
        return found

    def ask(self, keys: Collection[str]) -> None:
        """Write inquiries about what does not lie there untouched."""
        with _border():
            for key in keys:
                if not self._at(REQUESTS, key).exists():
                    self._write(INQUIRIES, key, {"schema": 1, "key": key})
            _sync(self._root / INQUIRIES)

    def bounces(self, day: str) -> list[Bounce]:
        """What stands under the day's folder; a file that is none is left out.

        One that bears a key and may not be read is not: what came back would be missed for good.
        """
        found = []
        with _border():
            folder = self._root / BOUNCES / day
            names = sorted(folder.glob("*.json")) if folder.is_dir() else []
            for path in names:
                try:
                    found.append(
                        bounce_of(path.stem, read_json(octets_of(path, FILE_BYTES_MAX)), day)
                    )
                except PermissionError:
                    if KEY.fullmatch(path.stem):
                        raise
                except (Malformed, *UNREADABLE):
                    continue
        return found

    def arrived(self) -> Mapping[str, Mark]:
        """Keys of answers that lie there: who waits for them can be woken.

        With each, what tells one file from the next under its name.
        """
        found: dict[str, Mark] = {}
        with _border():
            for name in (ANSWERS, CLAIMED):  # what was claimed before comes first if it is final
                for path in sorted((self._root / name).glob("*.json"), reverse=True):
                    key = path.name.partition(".")[0]
                    if KEY.fullmatch(key) and (key not in found or _final(_read(path))):
                        with suppress(FileNotFoundError):
                            found[key] = _mark(_known(path))
        return found

    def laid(self, keys: Collection[str]) -> Mapping[str, Answer]:
        """The answers that lie there now, whatever was read before; final ones are claimed."""
        found: dict[str, Answer] = {}
        with _border():
            for key in keys:
                claim, answer = _first(self._claims(key))
                if not _final(answer):  # what says nothing yet hides no other
                    laid = _read(self._at(ANSWERS, key))
                    if _final(laid):
                        claim, answer = _first(self._claim(key))
                    else:
                        answer = laid or answer
                if answer is None and self._correct(key):
                    claim, answer = _first(self._claims(key))
                if claim is not None and _final(answer):
                    with suppress(FileNotFoundError):
                        self._laid[key] = _mark(_known(claim))
                if answer is not None:
                    found[key] = answer
        return found

    def heard(self, marks: Mapping[str, Mark]) -> None:
        """These answers are on record: out of the way, where it is the file that `laid` has read.

        Another one since then is heard at the next look.
        """
        with _border():
            for key, mark in marks.items():
                if self._laid.pop(key, None) != mark:
                    continue
                for claim in self._claims(key):
                    with suppress(FileNotFoundError):
                        if _mark(_known(claim)) == mark:
                            self._put_aside(claim, key)
                            self._over(key)

    def _answer(self, key: str) -> Answer | None:
        """What is said of a key: the first final answer stands."""
        if (aside := _read(self._aside(key))) is not None:
            return aside
        _, said = _first(self._claims(key))
        return said if _final(said) else _read(self._at(ANSWERS, key)) or said

    def _settled(self, key: str) -> Answer | None:
        """The answer once nobody can exchange it any more: claimed, read, a final one put aside."""
        for claim in self._claim(key):
            if _final(_read(claim)):
                with suppress(FileNotFoundError):
                    if not self._aside(key).exists():  # a second one stays until it is heard
                        self._put_aside(claim, key)
        return self._answer(key)

    def _correct(self, key: str) -> bool:
        """Set aside what is no answer; whether there was any."""
        if _wrong(self._at(ANSWERS, key)) is None and not any(map(_wrong, self._claims(key))):
            return False
        for claim in self._claim(key):
            if (error := _wrong(claim)) is not None:
                self._set_aside(claim, key, error)
        return True

    def _set_aside(self, claim: Path, key: str, error: Malformed) -> None:
        """The reason first: on a full disk nothing is set aside without. Another may be faster."""
        wrong, why = (self._at(ANSWERS, key).with_suffix(ending) for ending in (WRONG, WHY))
        whole = {"schema": 1, "key": key, "error": error.code, **error.context}
        with suppress(FileNotFoundError):
            write_whole(self._root / NEW, why, whole | asdict(CODES[error.code]))
            claim.replace(wrong)
        if not claim.exists() and not wrong.exists():  # in this order: set aside, and over
            why.unlink(missing_ok=True)

    def _claim(self, key: str) -> list[Path]:
        """Take what lies there to a name that nobody writes again; all claims of the key."""
        with suppress(FileNotFoundError):
            me = f"{key}.{os.uname().nodename}-{os.getpid()}"
            names = (self._root / CLAIMED / f"{me}-{n}.json" for n in count())
            self._at(ANSWERS, key).rename(next(one for one in names if not one.exists()))
        return self._claims(key)

    def _claims(self, key: str) -> list[Path]:
        assert KEY.fullmatch(key), "a key is 64 hexadecimal digits"
        return sorted((self._root / CLAIMED).glob(f"{key}.*.json"))

    def _over(self, key: str) -> None:
        """The key's outcome is known: nothing is asked about it any more."""
        self._remove(REQUESTS, key)
        self._remove(INQUIRIES, key)
        self._forget_not_known(key)
        for ending in (WRONG, WHY):
            self._at(ANSWERS, key).with_suffix(ending).unlink(missing_ok=True)

    def _forget_not_known(self, key: str) -> None:
        for claim in self._claims(key):
            if isinstance(_read(claim), NotKnown):
                claim.unlink(missing_ok=True)

    def _put_aside(self, claim: Path, key: str) -> None:
        """What was read leaves; the first of a key is kept."""
        aside = self._aside(key)
        if aside.exists():
            claim.unlink()
            return
        aside.parent.mkdir(exist_ok=True)
        claim.replace(aside)

    def _remove(self, name: str, key: str) -> None:
        self._at(name, key).unlink(missing_ok=True)

    def _at(self, name: str, key: str) -> Path:
        assert KEY.fullmatch(key), "a key is 64 hexadecimal digits"
        return self._root / name / f"{key}.json"

    def _aside(self, key: str) -> Path:
        return self._root / TAKEN / key[:2] / f"{key}.json"

    def _write(self, name: str, key: str, paper: Mapping[str, Any]) -> None:
        write_whole(self._root / NEW, self._at(name, key), paper)


def write_whole(beside: Path, path: Path, paper: Mapping[str, Any]) -> None:
    """Write a JSON file whole or not at all: made in `beside`, synced, renamed to its place."""
    made = beside / f"{path.parent.name}-{path.stem}-{os.getpid()}.json"
    text = json.dumps(paper, ensure_ascii=False, indent=1) + "\n"
    with made.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    made.replace(path)


def _known(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except FileNotFoundError:
        raise
    except OSError:  # a link in a circle, or into a folder that is shut
        return path.lstat()


def _mark(known: os.stat_result) -> Mark:
    return known.st_ino, known.st_mtime_ns


def _read(path: Path) -> Answer | None:
    try:
        return answer_of(read_json(octets_of(path, FILE_BYTES_MAX)))
    except (Malformed, *UNREADABLE):
        return None


def _wrong(path: Path) -> Malformed | None:
    """Why a file that is whole is no answer; None: it is one, or nobody can tell yet."""
    try:
        value = read_json(octets_of(path, FILE_BYTES_MAX))
    except (Malformed, *UNREADABLE):
        return None
    try:
        answer_of(value)
    except Malformed as error:
        return error
    return None


def _final(answer: Answer | None) -> bool:
    return isinstance(answer, Done | Refused)


def _first(claims: Sequence[Path]) -> tuple[Path | None, Answer | None]:
    """The first of a key's claims that is final; without one, the first that says anything."""
    said = [(path, answer) for path in claims if (answer := _read(path)) is not None]
    final = [one for one in said if _final(one[1])]
    return next(iter(final + said), (None, None))


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _border(**where: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TargetDown("core_folder_away", **where, reason=type(error).__name__) from error
