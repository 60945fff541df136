"""Every kept hostile input says what it said, within a second and within 512 MB."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.support.corpus import FOLDER, READ, READERS, too_large

ROOT: Final = Path(__file__).parents[2]
CPU_S: Final = 1.0
FILE_BYTES_MAX: Final = 64 << 10
Lines = list[tuple[str, str, float]]


@pytest.fixture(name="lines", scope="module")
def _lines() -> Lines:
    """What a child with little memory said of each; a child that died fails here."""
    child = subprocess.run(
        [sys.executable, "-m", "tests.support.corpus_replay"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip
    found = [json.loads(line) for line in child.stdout.splitlines()]
    last = found[-1] if found else "the first one"
    assert 0 == child.returncode, f"ended after {last}: {child.stderr[-2000:]}"
    return [(name, code, taken) for name, code, taken in found]


def test_every_input_gets_the_verdict_in_its_name(lines: Lines) -> None:
    assert len([*FOLDER.glob("*/*.bin")]) + len([*too_large()]) == len(lines)
    differing = [(name, code) for name, code, _ in lines if code != Path(name).name.split(".")[0]]
    assert [] == differing


def test_no_input_costs_more_than_a_second(lines: Lines) -> None:
    assert [] == [(name, taken) for name, _, taken in lines if taken > CPU_S]


@pytest.mark.parametrize("reader", READERS)
def test_the_corpus_holds_refusals_and_a_good_one_for_each_reader(reader: str) -> None:
    codes = {path.name.split(".")[0] for path in (FOLDER / reader).glob("*.bin")}
    assert READ in codes
    assert len(codes) > 1


def test_kept_files_are_small_and_hold_no_private_key() -> None:
    for path in FOLDER.glob("*/*"):
        octets = path.read_bytes()
        assert ".bin" == path.suffix
        assert len(octets) <= FILE_BYTES_MAX
        assert b"PRIVATE" not in octets
        assert bytes.fromhex("0201010420") not in octets
