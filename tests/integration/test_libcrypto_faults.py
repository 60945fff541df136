"""Libraries that are too old, lack SM2 or answer wrongly keep the suite off: made with a compiler.

Each is the system's libcrypto behind one function of the test's own.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from hub.voucher.suites.libcrypto import Libcrypto
from hub.voucher.suites.sm2_sm3 import open_suite
from tests.support.attacked import code_of


def library(folder: Path, source: str) -> str:
    """The path of a library that has this function, and all others from the system's."""
    compiler = shutil.which("cc")
    if compiler is None:
        assert not os.getenv("CI"), "a C compiler is needed"
        pytest.skip("no C compiler is here")
    (folder / "shim.c").write_text(source)
    made = folder / "libshim.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-o", made, folder / "shim.c",
         "-Wl,--no-as-needed", "-l:libcrypto.so.3"],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    return str(made)


def test_a_library_that_changes_nothing_is_the_system_library(tmp_path: Path) -> None:
    path = library(tmp_path, "int nothing(void) { return 0; }")
    assert "sm2-sm3" == open_suite(path).name


@pytest.mark.parametrize(
    ("code", "source"),
    [
        ("libcrypto_too_old", "unsigned long OpenSSL_version_num(void) { return 0x1010117fUL; }"),
        ("sm2_missing", "void *d2i_PUBKEY(void *a, void *b, long n) { return 0; }"),
        ("sm2_known_answer", "int EVP_DigestVerify(void *c, void *s, long n) { return 0; }"),
        ("sm2_known_answer", "int EVP_DigestVerify(void *c, void *s, long n) { return 1; }"),
    ],
)
def test_a_library_that_cannot_be_trusted_is_refused(
    code: str, source: str, tmp_path: Path
) -> None:
    path = library(tmp_path, source)
    assert code == code_of(lambda: open_suite(path))


def test_a_library_that_makes_no_sm2_key_says_so(tmp_path: Path) -> None:
    good = Libcrypto("libcrypto.so.3")
    assert good.spki(good.generate())
    path = library(tmp_path, "void *EVP_PKEY_Q_keygen(void *a, void *b, char *c) { return 0; }")
    assert "sm2_missing" == code_of(Libcrypto(path).generate)
