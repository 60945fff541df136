"""Other makers' files: what they write is read, what was changed is seen, and nothing crashes."""

import time
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import Malformed
from hub.voucher import der
from hub.voucher.foreign import examine_signature, inspect_seal
from hub.voucher.foreign_forms import ELEMENTS_MAX, elements, read_seal, read_signature
from hub.voucher.report import CHECK_NAMES, Report
from tests.support.foreign import DATA, a_foreign_file, loose_mutants
from tests.support.sealed import NOW, suites

P256: Final = "p256-sha256"
INTERESTING: Final = (
    b"\x00\x01\x02\x03\x04\x06\x0c\x13\x16\x17\x18\x30\x31\x7f\x80\x81\x84\x85\xa0\xff"
)
STEPS: Final = st.lists(
    st.tuples(
        st.sampled_from(["set", "drop", "add", "copy"]),
        st.integers(0, 1 << 16),
        st.integers(0, 1 << 16),
        st.one_of(
            st.binary(min_size=1, max_size=12),
            st.sampled_from(INTERESTING).map(lambda n: bytes([n])),
        ),
    ),
    min_size=1,
    max_size=5,
)


def changed(octets: bytes, steps: list[tuple[str, int, int, bytes]]) -> bytes:
    found = bytearray(octets)
    for what, first, second, new in steps:
        at, size = first % (len(found) + 1), second % 60
        if what == "set":
            found[at : at + len(new)] = new
        elif what == "drop":
            del found[at : at + size]
        elif what == "add":
            found[at:at] = new
        else:
            start = second % (len(found) + 1)
            found[at:at] = found[start : start + 70]
    return bytes(found)


def examined(octets: bytes, suite: str = P256) -> Report:
    _, anchors = a_foreign_file(suite)
    return examine_signature(octets, DATA, suites=suites(), anchors=anchors, at=NOW)


@pytest.mark.parametrize("suite", [P256, "sm2-sm3"])
def test_a_file_in_another_makers_form_passes(suite: str) -> None:
    octets, _ = a_foreign_file(suite)
    report = examined(octets, suite)
    assert ("TOTAL_PASSED", None) == (report.indication, report.sub_indication)
    assert ["别家印章"] == [line.seal_name for line in report.seals]
    with pytest.raises(Malformed, match="ses_der"):
        der.whole(octets)


@settings(max_examples=400, deadline=None)
@given(STEPS)
def test_nothing_brings_the_reader_down_and_only_what_was_signed_passes(
    steps: list[tuple[str, int, int, bytes]],
) -> None:
    good, anchors = a_foreign_file(P256)
    octets = changed(good, steps)
    report = examined(octets)
    assert {check.check for check in report.checks} <= set(CHECK_NAMES)
    if report.indication == "TOTAL_PASSED":
        assert read_signature(good)[0].tbs == read_signature(octets)[0].tbs
    seal, about = inspect_seal(octets, suites=suites(), anchors=anchors, at=NOW)
    assert (seal is None) == ("failed" == about.checks[0].result)


def test_no_structural_change_of_a_seal_or_signature_passes_for_another() -> None:
    good, _ = a_foreign_file(P256)
    tried, passed = 0, []
    for what, octets in loose_mutants(good):
        tried += 1
        if octets != good and "TOTAL_PASSED" == examined(octets).indication:
            passed.append(what)
    assert tried > 100
    # the last part once more: octets after the signature are nobody's, and never believed
    assert ["3 repeated"] == passed


def test_too_many_elements_are_refused_before_they_cost_anything() -> None:
    many = b"\x05\x00" * (ELEMENTS_MAX + 1)
    assert ELEMENTS_MAX == len(elements(many[2:]))
    started = time.process_time()
    for octets in (many, many * 75, der.build(der.SEQUENCE, many * 75)):
        for read in (read_signature, read_seal, elements):
            with pytest.raises(Malformed, match="ses_der"):
                read(octets) if read is not elements else elements(elements(octets, 1)[0].value)
    assert time.process_time() - started < 1
    entries = der.build(der.SEQUENCE, b"\x05\x00" * 200) * 1000
    with pytest.raises(Malformed, match="ses_der"):
        read_seal(entries)
