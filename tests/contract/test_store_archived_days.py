"""Archives over SQLite and PostgreSQL: octets that several days name leave with those that recorded
them, and what is of no layer is kept longest.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from adapters.store.archive_file import ArchiveFolder, DayReader
from adapters.store.archive_gather import Gatherer
from adapters.store.archiving import ArchiveDay, Held
from adapters.store.opening import open_store
from adapters.store.store import SqlStore
from adapters.store.verify import verify
from hub.clearing.model import LineState
from hub.errors import Damaged, Fenced
from hub.exchange.archive_check import check_day
from hub.exchange.archives import until
from hub.exchange.model import Role
from tests.support.archived import (
    BANK,
    LANE,
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

CC = f"{voucher_id('b')}/original/011.370100/{BANK}/cc"
WORDS = (
    ("refused", "code"), ("withheld", "trust_list_over"), ("set_aside", ""), ("resealed", CC),
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "archives"
    place.mkdir()
    return place


def run(store: SqlStore, folder: Path) -> ArchiveDay | Held:
    """Archive yesterday."""
    return archived(store, folder, day_before(store))


def moved(done: ArchiveDay | Held) -> ArchiveDay:
    """Of a run that went through."""
    assert isinstance(done, ArchiveDay), done
    assert "moved" == done.state
    return done


def handed_out(store: SqlStore, folder: Path, digest: bytes, without: str) -> set[bytes]:
    """Octets that a store with a folder hands out while one day's file is away."""
    (folder / f"{NODE}-{without}.archive").unlink()
    store.archive = ArchiveFolder(folder, NODE).octets
    return set(look(store, lambda tx: tx.messages([digest])).values())


@pytest.mark.parametrize(("word", "more"), WORDS)
def test_octets_recorded_on_another_day_leave_with_that_day_alone(
    made_url: str, folder: Path, word: str, more: str
) -> None:
    made = open_store(made_url)
    checkpoint(made)
    pass_days(made)
    digest = keep(made, word, message("b", 5), more)
    pass_days(made)
    record(made, "b", state=LineState.PAID)
    pass_days(made)
    checkpoint(made)
    first = day_before(made, 2)
    moved(archived(made, folder, first))
    assert 1 == verify(made).messages, "the voucher is not finished"
    assert Held("archive_unfinished", 1, voucher_id("b")) == run(made, folder)
    become(made, "b", LineState.CLEARED)
    moved(run(made, folder))
    assert 0 == verify(made).messages
    assert {message("b", 5)} == handed_out(made, folder, digest, first)
    made.close()


def test_octets_of_one_day_are_asked_about_though_they_were_met_again_before(
    made_url: str, folder: Path
) -> None:
    made = open_store(made_url)
    checkpoint(made)
    pass_days(made)
    keep(made, "resealed", message("b", 5), CC)
    record(made, "b", state=LineState.PAID)
    pass_days(made)
    checkpoint(made)
    assert Held("archive_unfinished", 1, voucher_id("b")) == run(made, folder)
    made.close()


def test_octets_recorded_after_they_have_left_are_noted_where_they_were_recorded(
    made_url: str, folder: Path
) -> None:
    made = open_store(made_url)
    checkpoint(made)
    pass_days(made)
    digest = keep(made, "refused", message("b", 5))
    pass_days(made, 2)
    checkpoint(made)
    first = moved(archived(made, folder, day_before(made, 2)))
    assert 0 == verify(made).messages
    record(made, "b")
    pass_days(made)
    checkpoint(made)
    moved(run(made, folder))
    assert {message("b", 5)} == handed_out(made, folder, digest, first.day)
    made.close()


def test_a_file_has_every_delivery_of_a_message(made_url: str, folder: Path) -> None:
    made = open_store(made_url)
    checkpoint(made)
    pass_days(made)
    (digest,) = record(made, "b")
    with made.begin() as tx:
        (delivery,) = tx.deliveries([CC.replace("/cc", "/to")]).values()
        tx.add_deliveries([replace(delivery, delivery_id=CC, role=Role.COPY)])
        tx.append_journal(LANE, f"recorded {CC} {digest.hex()}".encode())
        tx.commit()
    keep(made, "resealed", message("b", 5, seal="other"), CC)
    pass_days(made)
    checkpoint(made)
    done = moved(run(made, folder))
    rows = DayReader(next(folder.glob("*.archive"))).rows("delivery")
    assert [CC, CC.replace("/cc", "/to")] == sorted(row[0] for row in rows)
    assert 2 == done.messages
    made.close()


def two_days(store: SqlStore, folder: Path) -> list[str]:
    """Days with something refused that was recorded on the other, or nowhere."""
    folder.mkdir(exist_ok=True)
    checkpoint(store)
    for own, other in (("b", "c"), ("c", "b")):
        pass_days(store)
        record(store, own)
        keep(store, "refused", message(other, 5))
        keep(store, "refused", f"nothing {own}".encode())
    pass_days(store)
    checkpoint(store)
    return [day_before(store, 2), day_before(store, 1)]


def test_one_look_at_what_is_on_record_does_for_all_days(
    made_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, looks = open_store(made_url), []
    real = Gatherer.on_record

    def on_record(self: Gatherer, digests: Collection[bytes]) -> set[bytes]:
        looks.append(len(digests))
        return real(self, digests)

    monkeypatch.setattr(Gatherer, "on_record", on_record)
    days = two_days(made, folder)
    assert ["moved", "moved"] == [moved(one).state for one in archiver(made, folder).run(days)]
    assert [4] == looks
    assert 0 == verify(made).messages
    made.close()


def test_days_before_one_whose_file_is_damaged_are_done(made_url: str, folder: Path) -> None:
    made = open_store(made_url)
    first, second = two_days(made, folder)
    with pytest.raises(OSError, match="died"):
        archiver(made, folder, dying_at("check")).run([first, second])
    (folder / f"{NODE}-{second}.archive").write_bytes(b"no file")
    with pytest.raises(Damaged, match="archive_damaged"):
        archiver(made, folder).run([first, second])
    assert {first: "moved", second: "written"} == {
        one.day: one.state for one in archiver(made, folder).days()
    }
    made.close()


def dying_at(step: str) -> Callable[[str], None]:
    """The process dies before this step."""

    def passing(reached: str) -> None:
        if reached == step:
            raise OSError("died")

    return passing


@pytest.mark.parametrize("step", ["note", "move", "proving", "moved"])
def test_an_archiver_of_a_life_that_is_over_writes_nothing(
    made_url: str, folder: Path, step: str
) -> None:
    made = open_store(made_url)
    checkpoint(made)
    pass_days(made)
    record(made, "a")
    prove(made, 1)
    pass_days(made)
    checkpoint(made)
    there = []

    def kept() -> list[list[Any]]:
        with made.engine.connect() as connection:
            names = ("archive_day", "message", "archived", "proof_list", "stamped_list")
            return [[*connection.execute(text(f"SELECT * FROM {n}"))] for n in names]  # noqa: S608

    def restored(reached: str) -> None:
        if reached == step:
            made.new_incarnation()
            there.append(kept())

    with pytest.raises(Fenced, match="other_incarnation"):
        archiver(made, folder, restored).run([day_before(made)])
    assert there == [kept()]
    assert "moved" == moved(run(made, folder)).state, "whoever lives goes on"
    made.close()


def test_what_a_layer_or_a_delivery_alone_names_is_on_record(made_url: str) -> None:
    made = open_store(made_url)
    (both,) = record(made, "a")
    of_layer, of_delivery, of_none = (sign * 32 for sign in (b"l", b"d", b"n"))
    with made.begin() as tx:
        (layer,) = tx.layers_of(voucher_id("a"))
        (delivery,) = tx.deliveries([f"{layer.layer_id}/{BANK}/to"]).values()
        other = f"{voucher_id('b')}/original/011.370100"
        tx.add_layers([replace(layer, layer_id=other, message_digest=of_layer)])
        cc = f"{layer.layer_id}/{BANK}/cc"
        tx.add_deliveries([replace(delivery, delivery_id=cc, message_digest=of_delivery)])
        tx.commit()
    asked = {both, of_layer, of_delivery, of_none}
    assert {both, of_layer, of_delivery} == Gatherer(made).on_record(asked)
    assert set() == Gatherer(made).on_record(set())
    made.close()


@pytest.mark.parametrize("kind", ["TL01", "CR01"])
@pytest.mark.parametrize("first", [True, False])
def test_a_list_refused_on_one_day_and_recorded_on_another_stays(
    made_url: str, folder: Path, kind: str, *, first: bool
) -> None:
    made = open_store(made_url)
    checkpoint(made)
    for refused in (first, not first):
        pass_days(made)
        if refused:
            keep(made, "withheld", message("t", 5, kind), "trust_list_over")
        else:
            record(made, "t", kind=kind)
            record(made, "a")
    pass_days(made)
    checkpoint(made)
    for days in (2, 1):
        moved(archived(made, folder, day_before(made, days)))
    assert 1 == verify(made).messages
    made.close()


@pytest.mark.parametrize(("word", "more"), WORDS)
def test_what_is_of_no_layer_is_kept_longest(
    made_url: str, folder: Path, word: str, more: str
) -> None:
    made = open_store(made_url)
    checkpoint(made)
    pass_days(made)
    record(made, "d", kind="3401")
    keep(made, word, message("b", 5), more)
    pass_days(made)
    checkpoint(made)
    done = moved(run(made, folder))
    assert until(done.day, 30) == done.keep_until
    assert [(1, 1), (30, 0)] == [
        one[:2] for one in check_day(DayReader(next(folder.glob("*.archive")))).classes
    ]
    made.close()


def test_what_proves_when_vouchers_were_there_is_kept_longest(made_url: str, folder: Path) -> None:
    made = open_store(made_url)
    checkpoint(made)
    pass_days(made)
    record(made, "d", kind="3401")
    prove(made, 1)
    pass_days(made)
    checkpoint(made)
    done = moved(run(made, folder))
    assert until(done.day, 30) == done.keep_until
    made.close()
