"""The package's form: what was put in comes out, and nothing else does."""

import io
import json
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import Malformed
from ops.evidence import package
from ops.evidence.package import MANIFEST, Package

ABOUT = {"voucher_id": "v", "made_by": "test", "made_at": "now"}
FILES = {"messages/00-x.xml": b"<MOF/>", "trust/list-000001.xml": b"list", "README.txt": b"read"}


def refused(octets: bytes) -> str:
    with pytest.raises(Malformed) as caught:
        package.read(octets)
    return caught.value.code


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, octets in files.items():
            archive.writestr(name, octets)
    return out.getvalue()


def opened(octets: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_what_was_put_in_comes_out_and_one_content_has_one_writing() -> None:
    octets = package.write(Package(ABOUT, FILES))
    assert Package(ABOUT, FILES) == package.read(octets)
    assert octets == package.write(Package(ABOUT, dict(reversed(FILES.items()))))
    assert MANIFEST == next(iter(opened(octets)))


def test_a_file_that_is_changed_added_or_taken_away_is_noticed() -> None:
    files = opened(package.write(Package(ABOUT, FILES)))
    assert "evidence_digest" == refused(zipped({**files, "README.txt": b"rEad"}))
    assert "evidence_form" == refused(zipped({**files, "more.txt": b""}))
    assert "evidence_form" == refused(zipped({k: v for k, v in files.items() if k != "README.txt"}))
    assert "evidence_form" == refused(zipped({k: v for k, v in files.items() if k != MANIFEST}))


@pytest.mark.parametrize("name", ["../etc", "/etc/x", "a//b", ".hidden", "a/../b", "a\\b", "a b"])
def test_a_name_that_could_leave_its_folder_is_refused(name: str) -> None:
    files = {"x": b"y"}
    manifest = json.loads(opened(package.write(Package(ABOUT, files)))[MANIFEST])
    manifest["files"] = {name: manifest["files"]["x"]}
    assert "evidence_form" == refused(zipped({MANIFEST: json.dumps(manifest).encode(), name: b"y"}))


@pytest.mark.parametrize("way", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_package_is_stored_or_deflated_and_nothing_else(way: int) -> None:
    """Whose unpacking cannot be bounded is not unpacked."""
    good = opened(package.write(Package(ABOUT, FILES)))
    assert FILES == package.read(zipped(good)).files
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", way) as archive:
        for name, octets in good.items():
            archive.writestr(name, octets)
    assert "evidence_form" == refused(out.getvalue())


def test_a_file_that_is_a_folder_of_another_is_refused() -> None:
    below = {"trust/anchors/a.cer": b"x", "trust/pinned": b"x"}
    assert below == package.read(package.write(Package(ABOUT, below))).files
    for name in ("trust", "trust/anchors"):
        assert "evidence_form" == refused(package.write(Package(ABOUT, {**below, name: b"y"})))


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "PACKAGE_BYTES_MAX", 1000)
    assert "evidence_too_large" == refused(package.write(Package(ABOUT, {"big": b"0" * 2000})))


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_octets_flipped_anywhere_are_refused_or_change_nothing(data: st.DataObject) -> None:
    octets = bytearray(package.write(Package(ABOUT, FILES)))
    at = data.draw(st.integers(0, len(octets) - 1))
    octets[at] ^= data.draw(st.integers(1, 255))
    try:
        read = package.read(bytes(octets))
    except Malformed:
        return
    assert FILES == read.files
