"""Archives of whole days over SQLite and PostgreSQL: nothing is lost, whatever breaks off."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.store import archiving
from adapters.store.archive_file import ArchiveFolder, DayReader
from adapters.store.archiving import Held
from adapters.store.opening import open_store
from adapters.store.store import SqlStore
from adapters.store.verify import verify
from hub.clearing.breaks import BreakKind, found
from hub.clearing.model import LineState
from hub.clock import DAY, Instant
from hub.errors import Damaged, TargetDown
from hub.exchange.archive_check import check_day
from hub.exchange.proofs import ProofList
from hub.exchange.stamps import StampedList
from hub.money import Fen
from tests.support.archived import (
    BANK,
    NODE,
    archived,
    archiver,
    become,
    checkpoint,
    day_before,
    keep,
    message,
    pass_days,
    prove,
    record,
    voucher_id,
)
from tests.support.stores import look

KEPT = {message(n, 5) for n in ("a", "b", "c")}
KEPT_WORDS = (("refused", "code"), ("withheld", "trust_list_over"), ("set_aside", ""))


@pytest.fixture
def store(made_url: str) -> Iterator[SqlStore]:
    """Three vouchers of yesterday, between two checkpoints."""
    made = open_store(made_url)
    checkpoint(made)
    pass_days(made)
    record(made, "a", "b")
    record(made, "c")
    pass_days(made)
    checkpoint(made)
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "archives"
    place.mkdir()
    return place


def octets(store: SqlStore, folder: Path) -> set[bytes]:
    """What the store hands out of the three."""
    store.archive = ArchiveFolder(folder, NODE).octets
    rows = look(store, lambda tx: [tx.layers_of(voucher_id(n))[0] for n in "abc"])
    found = look(store, lambda tx: tx.messages([row.message_digest for row in rows]))
    return set(found.values())


def live(store: SqlStore) -> int:
    return verify(store).messages


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {".lock"}


def run(store: SqlStore, folder: Path) -> archiving.ArchiveDay | Held:
    return archived(store, folder, day_before(store))


def test_a_closed_day_moves_and_is_read_as_before(store: SqlStore, folder: Path) -> None:
    done = run(store, folder)
    assert isinstance(done, archiving.ArchiveDay)
    assert ("moved", 3) == (done.state, done.messages)
    assert 0 == live(store)
    assert KEPT == octets(store, folder)
    assert [] == verify(store).damaged


def test_a_file_proves_itself_alone(store: SqlStore, folder: Path) -> None:
    run(store, folder)
    proof = check_day(DayReader(next(folder.glob("*.archive"))))
    assert [("5201", "original", 3, 15)] == list(proof.amounts)
    assert [(BANK, "5201", "cleared", 3, 15)] == list(proof.books)
    assert (30, 3) == proof.classes[0][:2]
    assert (1, 2) == (proof.opening[0], proof.closing[0])


def test_doing_it_again_changes_nothing(store: SqlStore, folder: Path) -> None:
    first = run(store, folder)
    before = next(folder.glob("*.archive")).read_bytes()
    assert first == run(store, folder)
    assert before == next(folder.glob("*.archive")).read_bytes()
    assert [] == archiver(store, folder).candidates("20200101")
    assert day_before(store) not in archiver(store, folder).candidates(day_before(store))


class Broken(Exception):
    """The process died here."""


class Dying:
    """Lets a step pass so often, then the process dies before it."""

    def __init__(self, step: str, passes: int) -> None:
        self.step, self.left = step, passes

    def __call__(self, step: str) -> None:
        if step == self.step:
            if self.left == 0:
                raise Broken(step)
            self.left -= 1


STEPS = [("write", 0), ("place", 0), ("note", 0), ("check", 0), ("move", 0), ("move", 2),
         ("proving", 0), ("moved", 0)]  # fmt: skip


@pytest.mark.parametrize(("step", "passes"), STEPS)
def test_broken_off_anywhere_it_comes_to_the_same_end(
    store: SqlStore, folder: Path, step: str, passes: int
) -> None:
    with pytest.raises(Broken):
        archiver(store, folder, Dying(step, passes)).run([day_before(store)])
    assert KEPT == octets(store, folder)
    done = run(store, folder)
    assert isinstance(done, archiving.ArchiveDay)
    assert "moved" == done.state
    assert (0, KEPT) == (live(store), octets(store, folder))
    assert {f"{NODE}-{day_before(store)}.archive"} == files(folder)


def test_what_a_killed_run_left_half_written_is_cleared_away(store: SqlStore, folder: Path) -> None:
    (folder / f".{NODE}-{day_before(store)}.archive.1").write_bytes(b"half")
    run(store, folder)
    assert {f"{NODE}-{day_before(store)}.archive"} == files(folder)


def test_two_runs_never_write_at_once(store: SqlStore, folder: Path) -> None:
    with ArchiveFolder(folder, NODE).alone(), pytest.raises(TargetDown, match="archive_busy"):
        run(store, folder)
    assert 3 == live(store)


def test_a_folder_that_is_not_there_is_said(store: SqlStore, tmp_path: Path) -> None:
    with pytest.raises(TargetDown, match="archive_away"):
        run(store, tmp_path / "nowhere")
    assert 3 == live(store)


def test_an_unfinished_voucher_keeps_its_whole_day(store: SqlStore, folder: Path) -> None:
    for state in (LineState.SUMMED, LineState.PAID):
        become(store, "b", state)
        held = run(store, folder)
        assert Held("archive_unfinished", 1, voucher_id("b")) == held
    assert 3 == live(store)
    assert set() == files(folder)
    become(store, "b", LineState.CLEARED)
    assert "moved" == getattr(run(store, folder), "state", "")


def test_an_open_break_keeps_its_day(store: SqlStore, folder: Path) -> None:
    kind, day = BreakKind.MISSING_HERE, day_before(store)
    one = found(BANK, "001.3701", kind, "2301/1", day, Fen(0), Fen(1))
    with store.begin() as tx:
        tx.put_breaks([one])
        tx.commit()
    assert Held("archive_breaks", 1) == run(store, folder)


def test_a_day_without_a_later_checkpoint_stays(made_url: str, folder: Path) -> None:
    made = open_store(made_url)
    record(made, "a")
    checkpoint(made)
    pass_days(made)
    assert Held("archive_unanchored") == run(made, folder)
    made.close()


def test_a_dry_run_writes_nothing(store: SqlStore, folder: Path) -> None:
    [seen] = archiver(store, folder).run([day_before(store)], dry=True)
    assert 3 == getattr(seen, "messages", 0)
    assert set() == files(folder)
    assert 3 == live(store)


def test_a_file_that_was_changed_is_refused_and_nothing_leaves(
    store: SqlStore, folder: Path
) -> None:
    with pytest.raises(Broken):
        archiver(store, folder, Dying("move", 0)).run([day_before(store)])
    spoil(folder, "UPDATE line SET amount_fen = 6")
    with pytest.raises(Damaged, match="archive_differs"):
        run(store, folder)
    assert 3 == live(store)


def spoil(folder: Path, statement: str) -> None:
    path = next(folder.glob("*.archive"))
    path.chmod(0o600)
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("DELETE FROM message WHERE digest = (SELECT min(digest) FROM message)",
         "archive_incomplete"),
        ("UPDATE message SET octets = x'00'", "archive_damaged"),
        ("DELETE FROM journal", "archive_chain"),
        ("UPDATE journal SET payload = x'00'", "archive_chain"),
        ("UPDATE checkpoint SET hash = x'00' WHERE number = 2", "archive_chain"),
        ("DELETE FROM checkpoint", "archive_chain"),
        ("DELETE FROM layer", "archive_differs"),
        ("UPDATE delivery SET recorded_at = 1", "archive_differs"),
        ("UPDATE proof SET text = x'00'", "archive_damaged"),
        ("DROP TABLE message", "archive_damaged"),
    ],
)  # fmt: skip
def test_whatever_is_changed_in_a_file_is_found(
    store: SqlStore, folder: Path, statement: str, code: str
) -> None:
    run(store, folder)
    spoil(folder, statement)
    with pytest.raises(Damaged) as caught:
        check_day(DayReader(next(folder.glob("*.archive"))))
    assert code == caught.value.code


def test_a_missing_file_is_said_and_heals(store: SqlStore, folder: Path) -> None:
    run(store, folder)
    path = next(folder.glob("*.archive"))
    aside = path.rename(path.with_suffix(".aside"))
    with pytest.raises(TargetDown, match="archive_away"):
        octets(store, folder)
    aside.rename(path)
    assert KEPT == octets(store, folder)


def test_a_store_without_a_folder_says_so(store: SqlStore, folder: Path) -> None:
    run(store, folder)
    row = look(store, lambda tx: tx.layers_of(voucher_id("a")))[0]
    store.archive = None
    with pytest.raises(TargetDown, match="archive_unset"):
        look(store, lambda tx: tx.messages([row.message_digest]))


def test_an_empty_day_is_noted_once(store: SqlStore, folder: Path) -> None:
    days = archiver(store, folder)
    empty = days.candidates(day_before(store))[0]
    assert empty != day_before(store)
    assert "empty" == getattr(days.run([empty])[0], "state", "")
    assert set() == files(folder)
    assert empty not in days.candidates(day_before(store))


def test_each_file_names_the_one_before_it(store: SqlStore, folder: Path) -> None:
    pass_days(store)
    archived(store, folder, day_before(store, 2))
    record(store, "d", kind="3401")
    pass_days(store)
    checkpoint(store)
    done = run(store, folder)
    assert isinstance(done, archiving.ArchiveDay)
    first, second = (check_day(DayReader(path)) for path in sorted(folder.glob("*.archive")))
    assert ("", first.digest.hex()) == (first.previous, second.previous)
    assert [(1, 1)] == [one[:2] for one in second.classes]


def test_trust_lists_stay_where_they_are_read(made_url: str, folder: Path) -> None:
    made = open_store(made_url)
    checkpoint(made)
    pass_days(made)
    record(made, "t", kind="TL01")
    record(made, "a")
    pass_days(made)
    checkpoint(made)
    assert 2 == getattr(run(made, folder), "messages", 0)
    assert 1 == live(made)
    assert 2 == check_day(reader(folder)).counts["message"], "the file has a copy"
    made.close()


def reader(folder: Path) -> DayReader:
    return DayReader(next(folder.glob("*.archive")))


def test_what_was_refused_and_other_seals_over_a_body_move_with_their_day(
    made_url: str, folder: Path
) -> None:
    made = open_store(made_url)
    checkpoint(made)
    pass_days(made)
    record(made, "a")
    name = f"{voucher_id('a')}/original/011.370100/{BANK}/to"
    again = keep(made, "resealed", message("a", 5, seal="other"), name)
    others = {keep(made, word, word.encode(), more) for word, more in KEPT_WORDS}
    pass_days(made)
    checkpoint(made)
    assert 5 == live(made)
    assert "moved" == getattr(run(made, folder), "state", "")
    assert 0 == live(made)
    made.archive = ArchiveFolder(folder, NODE).octets
    assert 4 == len(look(made, lambda tx: tx.messages([again, *others])))
    assert {"kept": 3, "message": 2} == {
        name: check_day(reader(folder)).counts[name] for name in ("kept", "message")
    }
    spoil(folder, "DELETE FROM kept WHERE octets = CAST('withheld' AS BLOB)")
    with pytest.raises(Damaged, match="archive_incomplete"):
        check_day(reader(folder))
    made.close()


def test_what_proves_when_something_was_there_moves_too_and_is_found_by_its_moment(
    made_url: str, folder: Path
) -> None:
    made = open_store(made_url)
    checkpoint(made)
    pass_days(made)
    record(made, "a")
    told = [prove(made, number) for number in (1, 2)]
    pass_days(made)
    checkpoint(made)
    at = [Instant(proof.recorded_at - DAY) for proof, _ in told]

    def proving() -> tuple[list[ProofList], list[StampedList]]:
        return look(made, lambda tx: (tx.proof_lists(at), tx.stamped_lists(at)))

    before = proving()
    assert (2, 2) == (len(before[0]), len(before[1]))
    assert "moved" == getattr(run(made, folder), "state", "")
    with pytest.raises(TargetDown, match="archive_unset"):
        proving()
    made.archive = ArchiveFolder(folder, NODE).octets
    assert before == proving()
    assert 2 == look(made, lambda tx: tx.last_stamped())
    roles = Counter(role for _, role, _ in reader(folder).kept())
    assert {"proof_list": 2, "stamped_list": 2, "token": 1} == roles
    made.close()


def test_a_file_of_the_first_form_is_still_whole_and_read(store: SqlStore, folder: Path) -> None:
    run(store, folder)
    proof = reader(folder).proof()
    first = replace(
        proof,
        counts={name: n for name, n in proof.counts.items() if name != "kept"},
        digests={name: told for name, told in proof.digests.items() if name != "kept"},
    )
    spoil(folder, "DROP TABLE kept")
    with pytest.raises(Damaged, match="archive_damaged"):
        check_day(reader(folder))
    spoil(folder, f"UPDATE proof SET text = x'{first.text.hex()}'")  # noqa: S608 - our own
    assert first == check_day(reader(folder))
    assert KEPT == octets(store, folder)
