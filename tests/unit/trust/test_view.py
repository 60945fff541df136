"""The view: look-ups, endings of every sort, rights; the earliest ending counts."""

from dataclasses import replace

import pytest

from hub.clock import DAY, HOUR, Instant
from hub.parties import NodeId, Party
from hub.trust.certificate_id import issuer_and_serial
from hub.trust.model import (
    CertificateEntry,
    LocalSuspension,
    NodeKey,
    Registered,
    Revocations,
    SealEntry,
    Status,
    SubmitRight,
    Usage,
)
from hub.trust.view import Standing
from hub.voucher.model import LayerType
from keys.keyring import open_node_signer
from tests.support import pki
from tests.support.office import REVOKED_AT, Office, ended, of, only

LATER = Instant(REVOKED_AT + DAY)


def bank_seal(office: Office) -> SealEntry:
    return of(office.made.trust, SealEntry, pki.BANK)


def signer_of(office: Office, party: Party) -> CertificateEntry:
    return next(
        e.record
        for e in office.made.trust.register.certificates
        if isinstance(e.record, CertificateEntry) and e.record.party == party
    )


def test_a_registered_seal_is_found_and_an_unknown_one_is_not(office: Office) -> None:
    seal = bank_seal(office)
    found = office.view().seal(seal.digest)
    assert found is not None
    assert (seal.seal_id, pki.BANK, None, "") == (
        found.seal_id, found.party, found.ended_at, found.ended_as,
    )  # fmt: skip
    assert None is office.view().seal(b"\x00" * 32)


@pytest.mark.parametrize("subject", ["seal", "party"])
@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.REVOKED])
def test_a_seal_ends_with_itself_or_with_its_party(
    status: Status, subject: str, office: Office
) -> None:
    seal = bank_seal(office)
    key = seal.key if subject == "seal" else str(pki.BANK)
    found = office.view(office.next_list(only(key, lambda e: ended(e, status)))).seal(seal.digest)
    assert found is not None
    assert (REVOKED_AT, str(status)) == (found.ended_at, found.ended_as)


@pytest.mark.parametrize("subject", ["seal:{seal}", "party:{party}"])
def test_a_local_suspension_counts_at_once_and_the_earliest_ending_wins(
    subject: str, office: Office
) -> None:
    seal = bank_seal(office)
    own = LocalSuspension(
        subject.format(seal=seal.key, party=pki.BANK), Instant(REVOKED_AT - 1), "key_compromise"
    )
    listed = office.next_list(only(seal.key, ended))
    found = office.view(listed, suspensions=[own]).seal(seal.digest)
    assert found is not None
    assert (REVOKED_AT - 1, "suspended") == (found.ended_at, found.ended_as)


def test_a_certificate_is_revoked_by_list_by_crl_and_locally(office: Office) -> None:
    signer = signer_of(office, pki.BANK)
    issuer, serial = issuer_and_serial(signer.certificate)
    crl = Revocations(issuer, 1, pki.AT, LATER, {serial: Instant(REVOKED_AT - 2)})
    own = LocalSuspension(f"certificate:{signer.key}", Instant(REVOKED_AT - 3), "hold")
    listed = office.next_list(only(signer.key, ended))
    assert None is office.view().revoked_at(signer.certificate)
    assert REVOKED_AT == office.view(listed).revoked_at(signer.certificate)
    assert REVOKED_AT - 2 == office.view(listed, revocations=[crl]).revoked_at(signer.certificate)
    every = office.view(listed, revocations=[crl], suspensions=[own])
    assert REVOKED_AT - 3 == every.revoked_at(signer.certificate)
    assert None is every.revoked_at(signer_of(office, pki.FINANCE).certificate)


def test_each_part_of_an_issuers_crls_counts_and_of_each_the_highest_number(office: Office) -> None:
    signer = signer_of(office, pki.BANK)
    issuer, serial = issuer_and_serial(signer.certificate)
    own = Revocations(issuer, 1, pki.AT, LATER, {serial: REVOKED_AT}, b"part a")
    other = Revocations(issuer, 2, pki.AT, LATER, {serial + 1: REVOKED_AT}, b"part b")
    lifted = Revocations(issuer, 3, pki.AT, LATER, {}, b"part a")
    revoked = [(own, other), (other, own), (own, other, lifted), (lifted, own)]
    found = [office.view(revocations=r).revoked_at(signer.certificate) for r in revoked]
    assert [REVOKED_AT, REVOKED_AT, None, None] == found


def test_a_revoked_anchor_is_no_anchor(office: Office) -> None:
    anchors = office.view().anchors()
    assert 2 == len(anchors)
    gone = office.view(office.next_list(only(pki.sha(anchors[0]).hex(), ended)))
    assert [anchors[1]] == list(gone.anchors())
    assert 1 == len(office.view().intermediates())


def test_notices_are_believed_from_registered_node_keys_only(office: Office) -> None:
    signer = open_node_signer(office.made.out / "nodes" / "icbc", pki.vault())
    key, data = pki.sha(signer.certificate), b"a batch of notices"
    signature = signer.sign(data)
    good, node = (key, data, signature), NodeId("icbc")
    assert office.view().verify_node(node, *good)
    assert not office.view().verify_node(NodeId("finance"), *good)
    assert not office.view().verify_node(node, key, b"another batch", signature)
    assert not office.view().verify_node(node, b"\x00" * 32, data, signature)
    entry = next(e for e in office.made.trust.register.node_keys if e.record.key.startswith("icbc"))
    revoked = office.next_list(only(entry.record.key, ended))
    assert not office.view(revoked).verify_node(node, *good)
    local = [LocalSuspension(f"node_key:{key.hex()}", pki.AT, "key_compromise")]
    assert not office.view(suspensions=local).verify_node(node, *good)
    assert isinstance(entry.record, NodeKey)
    over = Instant(entry.record.not_after + 1)
    assert not office.view(at=over).verify_node(node, *good)


def test_during_rotation_both_keys_of_a_node_are_believed(office: Office) -> None:
    first = open_node_signer(office.made.out / "nodes" / "icbc", pki.vault())
    second = open_node_signer(office.made.out / "nodes" / "treasury", pki.vault())
    old = next(
        e.record for e in office.made.trust.register.node_keys if e.record.key.startswith("treas")
    )
    assert isinstance(old, NodeKey)
    new = replace(old, node=NodeId("icbc"), party=pki.BANK)
    view = office.view(office.next_list(add={"node_keys": Registered(new)}))
    for signer in (first, second):
        digest = pki.sha(signer.certificate)
        assert view.verify_node(NodeId("icbc"), digest, b"x", signer.sign(b"x"))


@pytest.mark.parametrize(
    ("entitled", "party", "kind", "layer", "position", "division"),
    [
        (True, pki.FINANCE, "5201", LayerType.ORIGINAL, "cz_jb", "370100"),
        (True, pki.FINANCE, "5201", LayerType.ORIGINAL, "cz_jb", "370102"),
        (False, pki.FINANCE, "5201", LayerType.ORIGINAL, "cz_jb", "370200"),
        (False, pki.FINANCE, "5201", LayerType.RECEIPT, "yh_jb", "370100"),
        (True, pki.BANK, "5201", LayerType.RECEIPT, "yh_jb", "370100"),
        (False, pki.BANK, "5201", LayerType.ORIGINAL, "cz_jb", "370100"),
        (True, pki.UNIT, "8202", LayerType.ORIGINAL, "dw_gz", "370100"),
        (False, pki.UNIT, "8202", LayerType.ORIGINAL, "dw_gz", "370102"),
        (False, pki.UNIT, "5201", LayerType.ORIGINAL, "cz_jb", "370100"),
        (False, pki.BANK, "TL01", LayerType.DOCUMENT, "trust_1", "370100"),
        (False, Party("011", "999999"), "5201", LayerType.ORIGINAL, "cz_jb", "370100"),
    ],
)
def test_rights_follow_the_catalogue_and_the_partys_divisions(
    entitled: bool,  # noqa: FBT001
    party: Party,
    kind: str,
    layer: LayerType,
    position: str,
    division: str,
    office: Office,
) -> None:
    view = office.view()
    for _ in range(2):
        assert entitled is view.entitled(party, kind, layer, position, division)


def test_a_node_submits_for_whom_it_serves_and_the_hub_for_all(office: Office) -> None:
    view = office.view()
    assert view.may_submit("finance", pki.FINANCE)
    assert view.may_submit("finance", pki.UNIT)
    assert view.may_submit("hub", pki.BANK)
    assert not view.may_submit("finance", pki.BANK)
    assert not view.may_submit("icbc", pki.UNIT)
    assert not view.may_submit("hub", Party("102", "unknown"))
    right = Registered(SubmitRight(node=NodeId("icbc"), party=str(pki.UNIT)))
    more = office.view(office.next_list(add={"submits": right}))
    assert more.may_submit("icbc", pki.UNIT)
    assert not more.may_submit("icbc", pki.FINANCE)


def test_an_expired_list_carries_effects_for_72_hours_and_no_longer(office: Office) -> None:
    view, end = office.view(), office.made.trust.expires_at
    assert Standing.IN_FORCE is view.standing(end)
    assert Standing.GRACE is view.standing(Instant(end + 1))
    assert Standing.GRACE is view.standing(Instant(end + 72 * HOUR))
    assert Standing.EXPIRED is view.standing(Instant(end + 72 * HOUR + 1))


def test_a_node_knows_whom_it_serves(office: Office) -> None:
    assert (pki.FINANCE, pki.UNIT) == office.view().served_by(NodeId("finance"))
    entry = office.view().party(pki.UNIT)
    assert entry is not None
    assert "finance" == entry.served_by
    assert {Usage.ANCHOR, Usage.INTERMEDIATE, Usage.SIGNER} == {
        e.record.usage
        for e in office.made.trust.register.certificates
        if isinstance(e.record, CertificateEntry)
    }
