"""A development site stands whole or not at all, so that the next run can be the same command."""

from pathlib import Path

import pytest

from hub.errors import Misconfigured, TargetDown
from keys.folders import whole_folder, write_public
from ops.clock import SystemClock
from ops.dev_ceremony import make
from tests.support.disks import no_file_above

SUITE = "p256-sha256"
TOO_SMALL = 2_000
"""Octets: keys fit, the trust list does not."""


def test_a_disk_that_fills_up_leaves_nothing_and_the_same_command_works_later(
    tmp_path: Path,
) -> None:
    site = tmp_path / "site"
    with no_file_above(TOO_SMALL), pytest.raises(TargetDown) as told:
        make(site, "dev", SUITE, SystemClock())
    assert "file_unwritable" == told.value.code
    assert [] == list(tmp_path.iterdir())
    made = make(site, "dev", SUITE, SystemClock())
    assert site == made.out
    assert [site] == list(tmp_path.iterdir())
    assert 0o600 == (site / "passphrase").stat().st_mode & 0o777


def test_a_public_file_that_does_not_fit_leaves_the_old_one_and_nothing_beside_it(
    tmp_path: Path,
) -> None:
    records = tmp_path / "a.records"
    write_public(records, b"old")
    with no_file_above(TOO_SMALL), pytest.raises(OSError, match="File too large"):
        write_public(records, b"n" * (TOO_SMALL + 1))
    assert [(records, b"old")] == [(path, path.read_bytes()) for path in tmp_path.iterdir()]


def test_a_wrong_suite_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as told:
        make(tmp_path / "site", "dev", "rot13", SystemClock())
    assert "key_suite_unknown" == told.value.code
    assert [] == list(tmp_path.iterdir())


def test_what_a_killed_ceremony_left_is_replaced(tmp_path: Path) -> None:
    (tmp_path / ".site.new" / "ca").mkdir(parents=True)
    with whole_folder(tmp_path / "site") as place:
        place.mkdir()
        (place / "new").touch()
    assert ["new"] == [path.name for path in (tmp_path / "site").iterdir()]
    assert [tmp_path / "site"] == list(tmp_path.iterdir())


def test_a_folder_that_is_there_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    with pytest.raises(Misconfigured) as told, whole_folder(tmp_path / "site"):
        pass
    assert "folder_exists" == told.value.code
    assert [] == list((tmp_path / "site").iterdir())
