"""SQLite: snapshots and shipped segments, under writers of other processes."""

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.files.target import FolderTarget
from adapters.store import sqlite_follow, sqlite_wal
from adapters.store.sqlite_follow import Follower
from hub.clock import Instant
from hub.errors import Damaged, Misconfigured, RuleBroken, TargetDown
from ops.backup import stream
from ops.backup.manifest import Role
from ops.backup.retention import Policy
from ops.backup.service import Backups
from ops.backup.sqlite import SqliteDatabase, SqliteTools
from ops.backup.stream import Shipper
from ops.clock import SystemClock
from tests.support.backup import (
    RowStore,
    add,
    content,
    make_store,
    write_from_outside,
)

TOOLS = SqliteTools(
    sqlite_follow.snapshot,
    sqlite_follow.committed,
    sqlite_follow.check_pages,
    sqlite_wal.write_pages,
)
CLOCK = SystemClock()


class Site:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "live.sqlite"
        make_store(self.file)
        self.settings = folder / "hub.toml"
        self.settings.write_text("[node]\n")
        self.target = FolderTarget(folder / "target")
        self.database = SqliteDatabase(self.file, self.target, TOOLS, CLOCK)
        self.backups = Backups(
            "hub",
            self.target,
            self.database,
            RowStore(self.file),
            {Role.SETTINGS: [self.settings]},
            frozenset({Role.SETTINGS}),
            CLOCK,
        )

    @contextlib.contextmanager
    def shipping(self, turn_frames: int = 4096) -> Iterator[Shipper]:
        with Follower(self.file, turn_frames) as follower:
            shipper = Shipper(follower, self.target, CLOCK)
            shipper.begin()
            yield shipper

    def restored(self, name: str, until: Instant | None = None) -> list[tuple[str, int, bytes]]:
        done = self.backups.restore(self.folder / name, until=until)
        return content(done.data)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.mark.parametrize("turn_frames", [50, 4096])
def test_what_was_shipped_under_load_is_what_was_committed(site: Site, turn_frames: int) -> None:
    with site.shipping(turn_frames) as shipper:
        writers = [write_from_outside(site.file, name, 2, 3000)[0] for name in ("a", "b")]
        sets = 0
        while any(writer.poll() is None for writer in writers):
            shipper.tick()
            if sets < 3:
                site.backups.now()
                sets += 1
        shipper.tick()
        live = content(site.file)
        assert len(live) > 100
        for state in site.backups.sets():
            done = site.backups.restore(site.folder / state.set_id, state.set_id)
            assert live == content(done.data)
    assert [0, 0] == [writer.wait() for writer in writers]


def test_the_write_ahead_file_stays_short_under_a_load_that_never_pauses(site: Site) -> None:
    with site.shipping(turn_frames=500) as shipper:
        writer, _ = write_from_outside(site.file, "a", 4, largest=300)
        longest = 0
        while writer.poll() is None:
            shipper.tick()
            longest = max(longest, site.file.with_name("live.sqlite-wal").stat().st_size)
            time.sleep(0.02)
        written = sum(
            (one.end.frame - one.begin.frame) * 4120
            for one in stream.segments(site.target, *_newest_from_start(site))
        )
    assert written > 4 * longest


def test_a_killed_shipper_goes_on_where_it_stopped(site: Site) -> None:
    with contextlib.closing(sqlite3.connect(site.file)) as other:
        other.execute(
            "SELECT count(*) FROM row"
        ).fetchone()  # open: keeps the write-ahead file alive
        with site.shipping() as shipper:
            site.backups.now()
            add(site.file, 1, 2)
            shipper.tick()
        add(site.file, 3)
        with Follower(site.file) as follower:
            again = Shipper(follower, site.target, CLOCK)
            assert not again.begin()
            assert not again.tick().new_stream
    assert 1 == len(site.target.names("stream"))
    assert content(site.file) == site.restored("copy")


def test_a_shipper_that_may_have_missed_something_begins_a_new_stream(site: Site) -> None:
    with site.shipping() as shipper:
        add(site.file, 1)
        shipper.tick()
    add(site.file, 2)
    with contextlib.closing(sqlite3.connect(site.file)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with Follower(site.file) as follower:
        assert Shipper(follower, site.target, CLOCK).begin()


def test_a_truncated_write_ahead_file_is_no_silent_gap(site: Site) -> None:
    with site.shipping() as shipper:
        site.backups.now()
        for n in range(20):
            add(site.file, n)
            shipper.tick()
            with contextlib.closing(sqlite3.connect(site.file)) as other:
                other.execute("PRAGMA busy_timeout = 0")
                other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            if shipper.tick().new_stream:
                site.backups.now()
    assert content(site.file) == site.restored("copy")


def test_a_target_that_is_away_loses_nothing(site: Site) -> None:
    with site.shipping() as shipper:
        site.backups.now()
        away = site.target.root.with_name("away")
        site.target.root.rename(away)
        site.target.root.write_text("a file where the folder should be")
        for n in range(5):
            add(site.file, n)
            with pytest.raises(TargetDown):
                shipper.tick()
        site.target.root.unlink()
        away.rename(site.target.root)
        shipper.tick()
    assert content(site.file) == site.restored("copy")


def test_a_store_comes_back_as_of_a_moment(site: Site) -> None:
    with site.shipping() as shipper:
        site.backups.now()
        add(site.file, 1, 2)
        shipper.tick()
        before_the_mistake = CLOCK.now()
        time.sleep(0.01)
        add(site.file, 3)
        shipper.tick()
    assert [1, 2] == [n for _, n, _ in site.restored("copy", before_the_mistake)]


def test_a_restored_store_has_a_new_life(site: Site) -> None:
    site.backups.now()
    done = site.backups.restore(site.folder / "copy")
    with contextlib.closing(sqlite3.connect(done.data)) as store:
        assert (done.incarnation, "recovering") == store.execute("SELECT * FROM life").fetchone()
    assert "2222222222222222" == done.incarnation
    assert "[node]\n" == done.pieces["settings/hub.toml"].read_text()


def test_nothing_is_restored_over_something(site: Site) -> None:
    site.backups.now()
    with pytest.raises(Misconfigured, match="folder_in_use"):
        site.backups.restore(site.folder)


def test_a_missing_segment_is_told_and_the_set_marked(site: Site) -> None:
    with site.shipping() as shipper:
        made = site.backups.now()
        for n in range(3):
            add(site.file, n)
            shipper.tick()
    named, last = _newest(site)
    site.target.remove(stream.name(named, last - 1))
    with pytest.raises(Damaged, match="backup_file_missing"):
        site.backups.verify(made.set_id)
    assert ["damaged"] == [state.state for state in site.backups.sets()]


def test_a_damaged_copy_is_told(site: Site) -> None:
    made = site.backups.now()
    copy = site.target.root / "sets" / made.set_id / "database" / "hub.sqlite"
    octets = bytearray(copy.read_bytes())
    octets[-1] ^= 1
    copy.write_bytes(octets)
    with pytest.raises(Damaged, match="copy_damaged"):
        site.backups.verify(made.set_id)
    with pytest.raises(RuleBroken, match="set_unknown"):
        site.backups.restore(site.folder / "copy")


def test_a_good_set_is_restored_to_scratch_for_a_look(site: Site) -> None:
    add(site.file, 1)
    made = site.backups.now()
    assert site.backups.verify(made.set_id, site.folder / "scratch") is not None
    assert ["good"] == [state.state for state in site.backups.sets()]


def test_a_refused_set_leaves_nothing_behind(site: Site) -> None:
    site.settings.write_text("-----BEGIN PRIVATE " + "KEY-----\nAAAA")
    with pytest.raises(RuleBroken, match="plain_key"):
        site.backups.now()
    site.settings.unlink()
    with pytest.raises(RuleBroken, match="set_incomplete"):
        site.backups.now()
    assert [] == site.backups.sets()


def test_an_unknown_set_is_told(site: Site) -> None:
    for name in ("20200101T000000000Z", "../hub.toml"):
        with pytest.raises(RuleBroken, match="set_unknown"):
            site.backups.restore(site.folder / "copy", name)


def test_old_sets_go_with_what_only_they_needed(site: Site) -> None:
    with site.shipping() as shipper:
        for n in range(4):
            add(site.file, n)
            shipper.tick()
            site.backups.now()
        gone = site.backups.prune(Policy(window_days=0, at_least=1))
        assert 3 == len(gone)
        add(site.file, 9)
        shipper.tick()
    assert content(site.file) == site.restored("copy")
    assert 2 == len(site.target.names(f"stream/{_newest(site)[0]}"))


def _newest(site: Site) -> tuple[str, int]:
    found = stream.newest(site.target)
    assert found is not None
    return found


def _newest_from_start(site: Site) -> tuple[str, int]:
    return _newest(site)[0], 0
