"""CRLs of both suites: built, read, and refused where they do not hold."""

import pytest

from hub.clock import DAY, Instant
from hub.errors import SealUntrusted
from hub.voucher import der
from hub.voucher.foreign_forms import elements
from hub.voucher.others import P256_ORDER
from keys.certificates import Issuer, Request, Subject, Use
from keys.crl import Revoked, build_crl, read_crl
from keys.custody import P256, SM2
from tests.support import pki
from tests.support.sealed import suites

NEXT = Instant(pki.AT + 7 * DAY)


def an_issuer(suite: str, name: str = "root") -> tuple[Issuer, bytes]:
    issuer = Issuer(Subject("测试", name), pki.vault().generate(suite))
    request = Request(issuer.subject, issuer.key.public_key_info, Use.ROOT, pki.AT, NEXT)
    return issuer, issuer.issue([request])[0]


@pytest.mark.parametrize("suite", [SM2, P256])
def test_a_crl_says_what_was_put_in(suite: str) -> None:
    issuer, certificate = an_issuer(suite)
    entries = (
        Revoked(7, Instant(pki.AT + 3000), "key_compromise", Instant(pki.AT + 1000)),
        Revoked(2**120, Instant(pki.AT + 2000)),
    )
    crl = build_crl(issuer, 5, pki.AT, NEXT, entries)
    read = read_crl(crl, [certificate], suites())
    assert {7: pki.AT + 1000, 2**120: pki.AT + 2000} == read.revoked
    assert (5, pki.AT, NEXT) == (read.number, read.this_update, read.next_update)
    assert {} == read_crl(build_crl(issuer, 6, pki.AT, NEXT, ()), [certificate], suites()).revoked


@pytest.mark.parametrize("suite", [SM2, P256])
def test_a_crl_is_refused_unless_a_trusted_issuer_signed_it(suite: str) -> None:
    issuer, certificate = an_issuer(suite)
    _, namesake = an_issuer(suite)
    _, stranger = an_issuer(suite, "another")
    crl = build_crl(issuer, 1, pki.AT, NEXT, (Revoked(7, pki.AT),))
    assert {7} == read_crl(crl, [stranger, namesake, certificate], suites()).revoked.keys()
    for code, octets, issuers in (
        ("crl_issuer_unknown", crl, [stranger]),
        ("crl_signature", crl, [namesake]),
        ("crl_signature", crl[:-1] + bytes((crl[-1] ^ 1,)), [certificate]),
        ("crl_form", crl[:-1], [certificate]),
        ("crl_form", b"", [certificate]),
    ):
        with pytest.raises(SealUntrusted) as refused:
            read_crl(octets, issuers, suites())
        assert code == refused.value.code


def test_a_crl_of_a_suite_that_is_switched_off_is_not_believed() -> None:
    issuer, certificate = an_issuer(SM2)
    crl = build_crl(issuer, 1, pki.AT, NEXT, ())
    with pytest.raises(SealUntrusted, match="crl_issuer_unknown"):
        read_crl(crl, [certificate], {P256: suites()[P256]})


def test_a_crl_signed_with_either_s_is_believed_and_no_other() -> None:
    issuer, certificate = an_issuer(P256)
    crl = build_crl(issuer, 5, pki.AT, NEXT, (Revoked(7, pki.AT),))
    tbs, algorithm, signature = (part.octets for part in elements(elements(crl)[0].value))
    pair = der.pair(elements(signature)[0].value[1:])
    assert pair is not None
    for s in (pair[1], P256_ORDER - pair[1], pair[1] ^ 1):
        value = der.build(der.SEQUENCE, der.integer(pair[0]), der.integer(s))
        octets = der.build(der.SEQUENCE, tbs, algorithm, der.build(der.BITS, b"\0", value))
        if s == pair[1] ^ 1:
            with pytest.raises(SealUntrusted, match="crl_signature"):
                read_crl(octets, [certificate], suites())
        else:
            assert {7} == read_crl(octets, [certificate], suites()).revoked.keys()
