"""The register as octets: one record, one writing."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.clock import Instant
from hub.errors import Malformed
from hub.parties import NodeId, Party
from hub.trust.model import (
    Duty,
    Entitlement,
    Operator,
    PartyEntry,
    Registered,
    SealEntry,
    Status,
    SubmitRight,
    matches,
)
from hub.trust.register import endorsed_octets, read_register, read_section, sections, write_section
from tests.support.office import Office, ended

TEXT = st.text(max_size=20)
OCTETS = st.binary(max_size=40)
TIME = st.integers(0, 2**45).map(Instant)
PARTY = st.builds(
    Party, st.sampled_from(["011", "102", "800"]), st.from_regex("[0-9]{6}", fullmatch=True)
)
ENDING = {
    "status": st.sampled_from(Status),
    "ended_at": st.none() | TIME,
    "reason": st.sampled_from(["", "key_compromise"]),
}
RECORDS = st.one_of(
    st.builds(
        PartyEntry, party=PARTY, name=TEXT, served_by=st.just(NodeId("n")),
        divisions=st.tuples(TEXT), suite=TEXT, onboarding=OCTETS, **ENDING,
    ),
    st.builds(
        SealEntry, seal_id=TEXT, digest=OCTETS, party=PARTY, suite=TEXT,
        signers=st.lists(OCTETS, max_size=3).map(tuple), not_before=TIME, not_after=TIME, **ENDING,
    ),
    st.builds(
        Operator, operator_id=TEXT, party=PARTY, duty=st.sampled_from(Duty),
        divisions=st.lists(TEXT, max_size=2).map(tuple), suite=TEXT, certificate=OCTETS,
        not_before=TIME, not_after=TIME, deputy_of=TEXT, **ENDING,
    ),
    st.builds(Entitlement, party=TEXT, kind=TEXT, layer=TEXT, position=TEXT, division=TEXT),
    st.builds(SubmitRight, node=st.just(NodeId("hub")), party=TEXT),
)  # fmt: skip
ENTRIES = st.builds(Registered, RECORDS) | st.builds(
    Registered, RECORDS, st.binary(min_size=32, max_size=32), st.binary(min_size=1, max_size=72)
)


@given(st.lists(ENTRIES, max_size=6))
def test_what_is_written_is_read_back(entries: list[Registered]) -> None:
    octets = write_section(entries)
    read = read_section(octets)
    assert sorted(map(repr, entries)) == sorted(map(repr, read))
    assert octets == write_section(read)


@given(entry=ENTRIES, at=st.integers(0, 2000), octet=st.integers(0, 255))
def test_other_octets_are_refused_or_say_something_else(
    entry: Registered, at: int, octet: int
) -> None:
    octets = bytearray(write_section([entry]))
    at %= len(octets)
    changed = octet != octets[at]
    octets[at] = octet
    if changed:
        with contextlib.suppress(Malformed):
            assert read_section(bytes(octets)) != [entry]
    else:
        assert read_section(bytes(octets)) == [entry]


@pytest.mark.parametrize(
    "octets",
    [
        b"{}",
        b"[]",
        b"1",
        b"null",
        b"\xff",
        b"",
        b'{"sort":"party"}',
        b'{"sort":["party"]}',
        b'{"sort":"nothing"}',
        b'{"party":"*","node":"hub","sort":"submit"}',
        b'{"node":"hub","party":1,"sort":"submit"}',
        b'{"more":1,"node":"h","party":"*","sort":"submit"}',
        b'{"endorsement":"","node":"h","party":"*","sort":"submit"}',
        b'{"node":"h","party":"*","sort":"submit","status":"active"}',
        b"[" * 5000,
    ],
)
def test_a_section_that_we_would_not_write_is_refused(octets: bytes) -> None:
    assert 1 == len(read_section(b'{"node":"hub","party":"*","sort":"submit"}\n'))
    with pytest.raises(Malformed, match="trust_section_form"):
        read_section(octets + b"\n")


def test_a_section_ends_with_its_last_line() -> None:
    line = b'{"node":"hub","party":"*","sort":"submit"}'
    for octets in (line, line + b"\n\n", b"\n" + line + b"\n", line + b"\r\n"):
        with pytest.raises(Malformed, match="trust_section_form"):
            read_section(octets)


def test_a_record_stands_once_in_all_sections(office: Office) -> None:
    cut = sections(office.made.trust.register)
    assert ["core", "units-370100"] == list(cut)
    assert set(map(repr, office.made.trust.register)) == set(map(repr, read_register(cut.values())))
    with pytest.raises(Malformed, match="trust_record_twice"):
        read_register([*cut.values(), cut["core"]])


def test_an_endorsement_outlives_a_suspension_but_no_other_change(office: Office) -> None:
    entry = office.made.trust.register.seals[0]
    signed = endorsed_octets("sd-test", entry.record)
    assert signed == endorsed_octets("sd-test", ended(entry).record)
    assert signed != endorsed_octets("sd-prod", entry.record)
    assert signed != endorsed_octets("sd-test", office.made.trust.register.seals[1].record)


@given(prefix=st.text("ab.*", max_size=4), text=st.text("ab.*", max_size=6))
def test_a_pattern_is_exact_or_a_prefix_with_a_star(prefix: str, text: str) -> None:
    assert matches(prefix + "*", prefix + text)
    assert matches(text, text)
    assert (text == prefix or text.startswith(prefix.removesuffix("*"))) or not matches(
        prefix, text
    )
