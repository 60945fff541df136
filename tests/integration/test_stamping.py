"""A node has what it recorded stamped by itself: authority away, wrong, and a process killed."""

import base64
import io
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from adapters.store.making import create
from adapters.store.opening import open_store
from adapters.store.store import SqlStore
from hub.clock import HOUR, MINUTE, Instant
from hub.exchange.stamps import StampedList, names
from hub.observer import Fact
from hub.voucher import timestamp
from hub.voucher.chain import GivenAnchors
from keys.tsa import ATTEMPTS
from ops.clock import SystemClock
from ops.leash import Leash
from ops.stamp import BACK_OFF_SECONDS
from tests.support.archived import checkpoint, record
from tests.support.sealed import suites
from tests.support.stamper import ENV, stamping
from tests.support.tsa import Authority, Behaviour, Confused, serving

WAIT_SECONDS = 60.0
pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is missing")


@pytest.fixture(name="authority", scope="module")
def _authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa"))


@pytest.fixture(name="url")
def _url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/hub.db"


@pytest.fixture(name="store")
def _store(url: str) -> Iterator[SqlStore]:
    made = create(url, "00" * 8)
    yield made
    made.close()


class Looks(Leash):
    """A leash that is active until the store has so many lists, or so many rests are over."""

    def __init__(
        self, store: SqlStore, lists: int, rests: int = 3,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> None:  # fmt: skip
        super().__init__(io.StringIO(""))
        self._store = store
        self._lists = lists
        self._rests = rests
        self._meanwhile = meanwhile
        self.rested: list[float] = []

    @property
    def active(self) -> bool:
        return not self.stopping

    @property
    def stopping(self) -> bool:
        return len(self.rested) >= self._rests or len(lists(self._store)) >= self._lists

    def rest(self, seconds: float) -> bool:
        self.rested.append(seconds)
        self._meanwhile()
        return False


def lists(store: SqlStore) -> list[StampedList]:
    with store.read() as tx:
        return tx.stamped_lists([Instant(tx.now - MINUTE)])


def a_minute(store: SqlStore, *numbers: str) -> list[bytes]:
    found = record(store, *numbers)
    checkpoint(store)
    return found


def hear(store: SqlStore, where: str, authority: Authority, count: int) -> list[Fact]:
    facts: list[Fact] = []
    leash = Looks(store, count)
    stamping(store, where, authority.root, leash, facts.append).run()
    return facts


def test_what_was_recorded_is_stamped_window_by_window(
    store: SqlStore, authority: Authority
) -> None:
    first, second = a_minute(store, "a", "b"), a_minute(store, "c")
    with serving(authority) as where:
        facts = hear(store, where, authority, 2)
    assert [("stamped", 2), ("stamped", 1)] == [(f.name, f.fields["count"]) for f in facts]
    for one, digests in zip(lists(store), (first, second), strict=True):
        assert all(names(one.octets, ENV, digest) for digest in digests)
        said = timestamp.verify(one.token, one.octets, GivenAnchors((authority.root,)), suites())
        assert one.stamped_at == said.at


def test_anybody_checks_a_token_against_its_list_with_openssl(
    store: SqlStore, authority: Authority, tmp_path: Path
) -> None:
    a_minute(store, "a")
    with serving(authority) as where:
        hear(store, where, authority, 1)
    [one] = lists(store)
    (tmp_path / "list.txt").write_bytes(one.octets)
    (tmp_path / "list.tst").write_bytes(one.token)
    words = ["openssl", "ts", "-verify", "-token_in", "-in", "list.tst", "-data", "list.txt"]
    words += ["-CAfile", str(authority.folder / "root.pem")]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (0, "Verification: OK") == (done.returncode, done.stdout.strip()), done.stderr
    (tmp_path / "list.txt").write_bytes(one.octets[:-2] + b"0\n")
    assert subprocess.run(words, cwd=tmp_path, capture_output=True, check=False).returncode


def test_while_the_authority_is_away_windows_wait_and_then_go_in_their_order(
    store: SqlStore, authority: Authority
) -> None:
    names_ = iter("bcdefgh")
    first, facts = a_minute(store, "a"), list[Fact]()
    leash = Looks(store, 3, rests=9, meanwhile=lambda: a_minute(store, next(names_)))
    with serving(authority, Behaviour([503] * 2 * ATTEMPTS)) as where:
        stamping(store, where, authority.root, leash, facts.append).run()
    told = [(fact.name, fact.fields.get("code", "")) for fact in facts]
    assert [("stamping_waits", "tsa_down")] * 2 + [("stamped", "")] * 3 == told
    assert [BACK_OFF_SECONDS] * 2 == leash.rested
    assert [1, 2, 3] == [one.number for one in lists(store)]
    assert names(lists(store)[0].octets, ENV, first[0])


@pytest.mark.parametrize(("hours", "late"), [(0.9, False), (1.1, True)])
def test_what_waits_longer_than_it_may_is_told_of(
    store: SqlStore, authority: Authority, hours: float, *, late: bool
) -> None:
    a_minute(store, "a")
    facts, clock = list[Fact](), SystemClock()
    leash = Looks(store, 1, rests=1)
    with serving(authority, Behaviour([503] * ATTEMPTS)) as where:
        stamping(
            store, where, authority.root, leash, facts.append,
            lambda: Instant(clock.now() + round(hours * HOUR)),
        ).run()  # fmt: skip
    assert late == (("stamps_late", "tsa_down") in [(f.name, f.fields["code"]) for f in facts])


def test_a_token_over_something_else_is_refused_and_never_kept(
    store: SqlStore, tmp_path: Path
) -> None:
    a_minute(store, "a")
    confused = Confused(tmp_path / "confused")
    with serving(confused) as where:
        facts = hear(store, where, confused, 1)
    assert {("stamping_waits", "timestamp_imprint")} == {
        (fact.name, fact.fields["code"]) for fact in facts
    }
    assert [] == lists(store)


def test_an_authority_that_the_trust_list_does_not_know_stamps_nothing(
    store: SqlStore, authority: Authority, tmp_path: Path
) -> None:
    a_minute(store, "a")
    with serving(Authority(tmp_path / "other")) as where:
        facts = hear(store, where, authority, 1)
    assert {"timestamp_chain"} == {fact.fields["code"] for fact in facts}
    assert [] == lists(store)


def test_a_store_that_is_busy_gets_the_token_later(
    store: SqlStore, url: str, authority: Authority
) -> None:
    a_minute(store, "a")
    facts, busy, other = list[Fact](), ExitStack(), open_store(url)
    behaviour = Behaviour()

    def take() -> None:
        busy.enter_context(other.begin())

    leash = Looks(store, 1, rests=9, meanwhile=busy.close)
    with serving(authority, behaviour) as where, busy:
        take()
        stamping(store, where, authority.root, leash, facts.append).run()
    other.close()
    assert ["stamping_waits", "stamped"] == [fact.name for fact in facts]
    assert (1, 2) == (len(lists(store)), behaviour.served)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def begun(url: str, where: str, authority: Authority) -> subprocess.Popen[bytes]:
    root = base64.b64encode(authority.root).decode()
    words = [sys.executable, "-m", "tests.support.stamper", url, where, root]
    process = subprocess.Popen(words, stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(b"active\n")
    process.stdin.flush()
    return process


def ended(process: subprocess.Popen[bytes], by: signal.Signals | None = None) -> None:
    if by is not None:
        os.kill(process.pid, by)
    assert process.stdin is not None
    process.stdin.close()  # its leash
    process.wait(WAIT_SECONDS)


class Slow(Authority):
    """An authority whose answer waits until a test lets it go."""

    def answer(self, asked: bytes) -> bytes:
        made = super().answer(asked)
        self.held.set()
        assert self.free.wait(WAIT_SECONDS)
        return made

    def hold(self) -> None:
        self.held, self.free = threading.Event(), threading.Event()


def test_a_process_killed_between_answer_and_store_stamps_the_same_window_again(
    store: SqlStore, url: str, tmp_path: Path
) -> None:
    slow = Slow(tmp_path / "slow")
    slow.hold()
    digests = a_minute(store, "a")
    with serving(slow) as where:
        first = begun(url, where, slow)
        try:
            assert slow.held.wait(WAIT_SECONDS)
        finally:
            ended(first, signal.SIGKILL)
        assert [] == lists(store)
        slow.free.set()
        second = begun(url, where, slow)
        try:
            until(lambda: bool(lists(store)))
        finally:
            ended(second)
    assert 0 == second.returncode, "it ends with its leash"
    [one] = lists(store)
    assert names(one.octets, ENV, digests[0])
    assert slow.asked[0][:50] == slow.asked[1][:50], "the same list both times"
