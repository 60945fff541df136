"""A file with a whole chain of certificates in it, as authorities hand it out."""

from pathlib import Path

import pytest

from hub.errors import Malformed, Misconfigured
from keys.folders import certificate_file, certificates_file
from keys.pem import pem

BUNDLE = (b"\x30\x03one", b"\x30\x03two", b"\x30\x05three")


def written(folder: Path, octets: bytes) -> Path:
    path = folder / "bundle.pem"
    path.write_bytes(octets)
    return path


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_every_certificate_of_a_bundle_is_read(tmp_path: Path, end: bytes) -> None:
    text = b"".join(b"subject=somebody\n" + pem(one) for one in BUNDLE).replace(b"\n", end)
    path = written(tmp_path, text)
    assert list(BUNDLE) == certificates_file(path)
    assert BUNDLE[0] == certificate_file(path)
    assert [BUNDLE[2]] == certificates_file(written(tmp_path, BUNDLE[2]))


def test_a_file_without_a_certificate_is_refused(tmp_path: Path) -> None:
    for octets in (b"", b"text", pem(BUNDLE[0], "PRIVATE THING")):
        with pytest.raises(Malformed, match="pem_form"):
            certificates_file(written(tmp_path, octets))
    with pytest.raises(Misconfigured, match="certificate_file_missing"):
        certificates_file(tmp_path / "nowhere.pem")
