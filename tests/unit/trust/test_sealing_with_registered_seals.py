"""From ceremony to voucher: seals of a development PKI carry vouchers under its own trust list."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from hub.clock import DAY, HOUR, Instant
from hub.errors import HubError
from hub.trust.certificate_id import issuer_and_serial
from hub.trust.model import LocalSuspension, Revocations, SealEntry, Status
from hub.trust.view import View
from hub.voucher import Ground, VerdictCache, seal, verify
from hub.voucher.model import Draft, LayerType, Voucher
from keys.keyring import open_keyring
from tests.support import pki
from tests.support.office import Office, ended, of, only
from tests.support.sealed import Known, Releases, a_draft, a_draft_above, schemas, suites

SEALED_AT = Instant(pki.AT + HOUR)


def ground(view: View) -> Ground:
    return Ground(view, Releases(), pki.ENV, suites(), Known(), VerdictCache())


def sealed(office: Office, draft: Draft, at: Instant = SEALED_AT) -> Voucher:
    ring = open_keyring(office.made.out / "parties" / str(draft.id.party), pki.vault())
    voucher = draft.id.voucher
    kind = schemas().kind(voucher.kind, voucher.division, voucher.year)
    makers = [(p.name, ring.maker(p.name)) for p in kind.positions[draft.id.layer]]
    return seal(draft, makers, ground(office.view()), at=at)


def verdict(voucher: Voucher, view: View, at: Instant = SEALED_AT) -> str:
    parts: dict[str, Any] = {"env": pki.ENV, "at": at, "suites": suites(), "known": Known()}
    try:
        verify(voucher.octets, trust=view, catalogues=Releases(), verdicts=VerdictCache(), **parts)
    except HubError as error:
        return error.code
    return ""


@pytest.fixture(scope="module")
def payment(office: Office) -> Voucher:
    return sealed(office, a_draft())


def test_each_position_is_sealed_by_its_own_seal(payment: Voucher, office: Office) -> None:
    assert ["011.370100.jb", "011.370100.fh", "011.370100.gz"] == [
        fact.seal_id for fact in payment.top.seals
    ]
    assert "" == verdict(payment, office.view())
    receipt = sealed(office, a_draft_above(payment, LayerType.RECEIPT))
    assert ["102.370100.jb", "102.370100.ywzyz"] == [fact.seal_id for fact in receipt.top.seals]
    assert "" == verdict(receipt, office.view())


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.REVOKED])
def test_an_ended_seal_is_refused_from_its_invalidity_date_on(
    status: Status, payment: Voucher, office: Office
) -> None:
    key = next(
        e.record.key
        for e in office.made.trust.register.seals
        if isinstance(e.record, SealEntry) and e.record.seal_id == "011.370100.gz"
    )
    matrix = {}
    for ends in (SEALED_AT - HOUR, SEALED_AT + 1, SEALED_AT + HOUR):
        new = office.next_list(only(key, partial(ended, status=status, at=Instant(ends))))
        proofs = (SEALED_AT, Instant(SEALED_AT + 2 * HOUR))
        matrix[ends - SEALED_AT] = [verdict(payment, office.view(new), at) for at in proofs]
    assert {
        -HOUR: [f"seal_{status}", f"seal_{status}"],
        1: ["", "seal_ended_before_proof"],
        HOUR: ["", "seal_ended_before_proof"],
    } == matrix


def test_a_suspended_party_seals_nothing(payment: Voucher, office: Office) -> None:
    own = [LocalSuspension(f"party:{pki.FINANCE}", pki.AT, "key_compromise")]
    assert "seal_suspended" == verdict(payment, office.view(suspensions=own))


def test_a_signer_on_a_crl_is_refused(payment: Voucher, office: Office) -> None:
    ring = open_keyring(office.made.out / "parties" / str(pki.FINANCE), pki.vault())
    issuer, serial = issuer_and_serial(ring.maker("cz_gz").certificate)
    crl = Revocations(issuer, 2, pki.AT, Instant(pki.AT + DAY), {serial: pki.AT})
    assert "certificate_revoked" == verdict(payment, office.view(revocations=[crl]))
    other = replace(crl, revoked={serial + 1: pki.AT})
    assert "" == verdict(payment, office.view(revocations=[other]))


def test_after_rotation_the_new_seal_counts_and_the_old_one_no_more(
    payment: Voucher, office: Office
) -> None:
    old = of(office.made.trust, SealEntry, pki.FINANCE)
    register = office.next_list(only(old.key, lambda _: None))
    assert "seal_unknown" == verdict(payment, office.view(register))


def test_a_party_that_left_the_division_is_not_entitled(payment: Voucher, office: Office) -> None:
    moved = office.next_list(
        only(
            str(pki.FINANCE),
            lambda e: replace(e, record=replace(e.record, divisions=("370200",))),  # type: ignore[call-arg]
        )
    )
    assert "not_entitled" == verdict(payment, office.view(moved))


def test_a_seal_is_expired_with_its_registration(payment: Voucher, office: Office) -> None:
    def shorter(entry: Any) -> Any:
        record = replace(entry.record, not_after=Instant(SEALED_AT - 1))
        return replace(entry, record=record)

    keys = [e.record.key for e in office.made.trust.register.seals]
    new = office.next_list(lambda e: shorter(e) if e.record.key in keys else e)
    assert "seal_expired" == verdict(payment, office.view(new))
