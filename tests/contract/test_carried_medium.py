"""Contract of a medium: a file is there whole or not at all, and what fails is told by code."""

from pathlib import Path

import pytest

from adapters.files.carried import PARTIAL, writing
from hub.errors import Misconfigured, TargetDown


def written(path: Path, *octets: bytes) -> None:
    with writing(path) as medium:
        for some in octets:
            medium.write(some)


@pytest.mark.parametrize("length", [10, 100_000])
def test_a_medium_without_room_is_told_of_and_nothing_is_left(tmp_path: Path, length: int) -> None:
    path = tmp_path / "out.evx"
    path.with_name(path.name + PARTIAL).symlink_to("/dev/full")
    with pytest.raises(TargetDown, match=r"^carried_unwritable reason=ENOSPC$"):
        written(path, bytes(length), b"more")
    assert [] == list(tmp_path.iterdir())


def test_a_file_that_was_written_whole_is_there(tmp_path: Path) -> None:
    path = tmp_path / "out.evx"
    written(path, b"oct", b"ets")
    assert [path] == list(tmp_path.iterdir())
    assert b"octets" == path.read_bytes()


def test_of_two_that_write_one_file_the_second_is_refused_and_harms_nothing(tmp_path: Path) -> None:
    path = tmp_path / "out.evx"
    with writing(path) as medium:
        medium.write(b"the first ")
        with pytest.raises(Misconfigured, match=r"^carried_file_exists "):
            written(path, b"the second")
        medium.write(b"writes on")
    assert b"the first writes on" == path.read_bytes()
    assert [path] == list(tmp_path.iterdir())


def test_what_a_killed_command_has_left_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "out.evx"
    path.with_name(path.name + PARTIAL).write_bytes(b"half of something much longer")
    written(path, b"whole")
    assert b"whole" == path.read_bytes()
