"""Which trust list may follow which: every refusal by its own code, after the good case."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from hub.clock import DAY, Instant
from hub.errors import Conflict, HubError
from hub.parties import NodeId, Party
from hub.trust.model import (
    CertificateEntry,
    NodeKey,
    PartyEntry,
    Registered,
    SealEntry,
    Status,
    TrustList,
)
from hub.trust.register import endorsed_octets
from hub.trust.rules import Change, accept, in_force, sound, touching
from keys.keyring import open_keyring
from tests.support import pki
from tests.support.office import Office, ended, of, only
from tests.support.sealed import suites

TWO = frozenset({pki.FINANCE, pki.TREASURY})


def judged(current: TrustList | None, new: TrustList, **more: Any) -> list[Change]:
    return accept(
        current, new, **{"env": pki.ENV, "at": pki.AT, "sealed_by": TWO, "suites": suites(), **more}
    )


def refused(current: TrustList | None, new: TrustList, **more: Any) -> str:
    with pytest.raises(HubError) as error:
        judged(current, new, **more)
    return error.value.code


def test_the_first_list_is_accepted_with_everything_new(office: Office) -> None:
    trust = office.made.trust
    assert len(list(trust.register)) == len(judged(None, trust))


def test_the_list_in_force_once_more_changes_nothing(office: Office) -> None:
    assert [] == judged(office.made.trust, office.made.trust)


def test_a_lower_number_is_refused_even_if_well_sealed(office: Office) -> None:
    newer = office.next_list(number=7)
    assert [] == judged(office.made.trust, newer)
    assert "trust_list_number" == refused(newer, office.made.trust)


def test_two_lists_with_one_number_are_a_conflict(office: Office) -> None:
    other = office.next_list(number=1, expires_at=Instant(office.made.trust.expires_at + DAY))
    with pytest.raises(Conflict, match="trust_list_conflict"):
        judged(office.made.trust, other)


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("trust_list_other_environment", {"env": "sd-prod"}),
        ("trust_list_seals", {"sealed_by": [pki.FINANCE]}),
        ("trust_list_seals", {"sealed_by": [pki.FINANCE, pki.FINANCE]}),
        ("trust_list_expired", {"at": Instant(pki.AT + 366 * DAY)}),
    ],
)
def test_a_list_is_refused_for_itself(code: str, more: dict[str, Any], office: Office) -> None:
    assert code == refused(None, office.made.trust, **more)


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.REVOKED])
def test_suspension_and_revocation_need_no_seal_of_the_party(
    status: Status, office: Office
) -> None:
    seal = of(office.made.trust, SealEntry, pki.BANK)
    new = office.next_list(only(seal.key, lambda entry: ended(entry, status)))
    changes = judged(office.made.trust, new)
    assert [(seal, status)] == [(c.before, c.after.status) for c in changes if c.after]


def test_a_suspended_record_may_count_again_but_a_revoked_one_never(office: Office) -> None:
    seal = of(office.made.trust, SealEntry, pki.BANK)
    for status, verdict in ((Status.SUSPENDED, ""), (Status.REVOKED, "trust_record_revived")):
        now = office.next_list(only(seal.key, partial(ended, status=status)))
        back = replace(office.made.trust, number=3)
        if verdict:
            assert verdict == refused(now, back)
        else:
            assert 1 == len(judged(now, back))


def test_an_invalidity_date_may_be_corrected(office: Office) -> None:
    seal = of(office.made.trust, SealEntry, pki.BANK)
    now = office.next_list(only(seal.key, ended))
    earlier = office.next_list(
        only(seal.key, lambda entry: ended(entry, at=Instant(pki.AT + 1))), number=3
    )
    assert 1 == len(judged(now, earlier))


def test_a_record_leaves_only_after_it_was_revoked_or_ran_out(office: Office) -> None:
    seal = of(office.made.trust, SealEntry, pki.BANK)
    dropped = office.next_list(only(seal.key, lambda _: None), number=3)
    assert "trust_record_dropped" == refused(office.made.trust, dropped)
    revoked = office.next_list(only(seal.key, ended))
    assert 1 == len(judged(revoked, dropped))
    later = Instant(seal.not_after + 1)
    kept = replace(dropped, expires_at=Instant(later + DAY))
    assert 1 == len(judged(office.made.trust, kept, at=later))


def test_an_addition_bears_the_partys_own_seal(office: Office) -> None:
    seal = replace(of(office.made.trust, SealEntry, pki.BANK), digest=b"\x01" * 32)
    good = office.endorsed(seal, pki.BANK)
    assert 1 == len(judged(office.made.trust, office.next_list(add={"seals": good})))
    for code, entry in (
        ("trust_endorsement_missing", Registered(seal)),
        ("trust_endorsement_broken", office.endorsed(seal, pki.FINANCE)),
        ("trust_endorsement_broken", replace(good, endorsement=good.endorsement[:-1] + b"\x00")),
        ("trust_endorsement_broken", replace(good, record=replace(seal, seal_id="other"))),
    ):
        assert code == refused(office.made.trust, office.next_list(add={"seals": entry}))


def test_a_key_change_bears_the_old_key(office: Office) -> None:
    bank = of(office.made.trust, PartyEntry, pki.BANK)
    finance = of(office.made.trust, PartyEntry, pki.FINANCE)
    changed = replace(bank, onboarding=finance.onboarding)
    rotated = office.next_list(only(bank.key, lambda _: office.endorsed(changed, pki.BANK)))
    assert 1 == len(judged(office.made.trust, rotated))
    thief = office.endorsed(changed, pki.FINANCE)
    assert "trust_endorsement_broken" == refused(
        office.made.trust, office.next_list(only(bank.key, lambda _: thief))
    )


def test_a_revoked_party_endorses_nothing(office: Office) -> None:
    now = office.next_list(only(str(pki.BANK), ended))
    seal = replace(of(office.made.trust, SealEntry, pki.BANK), digest=b"\x01" * 32)
    good = office.endorsed(seal, pki.BANK)
    register = now.register
    more = replace(now, number=3, register=replace(register, seals=(*register.seals, good)))
    assert "trust_endorsement_broken" == refused(now, more)


@pytest.mark.parametrize(
    ("code", "sort", "field", "value"),
    [
        ("trust_record_digest", CertificateEntry, "digest", b"\x02" * 32),
        ("trust_record_digest", NodeKey, "digest", b"\x02" * 32),
        ("trust_record_reference", SealEntry, "signers", ()),
        ("trust_record_reference", SealEntry, "signers", (b"\x03" * 32,)),
        ("trust_record_reference", SealEntry, "party", Party("102", "nobody")),
        ("trust_record_ending", SealEntry, "status", Status.REVOKED),
        ("trust_record_ending", SealEntry, "ended_at", pki.AT),
    ],
)
def test_records_hold_together(
    code: str, sort: type[Any], field: str, value: Any, office: Office
) -> None:
    victim = of(office.made.trust, sort)
    wrong = office.next_list(
        only(victim.key, lambda e: replace(e, record=replace(e.record, **{field: value})))
    )
    assert code == refused(office.made.trust, wrong)


def test_a_node_hears_of_changes_of_its_own_entries_only(office: Office) -> None:
    seal = of(office.made.trust, SealEntry, pki.BANK)
    key = next(
        entry.record
        for entry in office.made.trust.register.node_keys
        if isinstance(entry.record, NodeKey) and entry.record.node == "icbc"
    )
    new = office.next_list(lambda e: ended(e) if e.record in (seal, key) else e)
    changes = judged(office.made.trust, new)
    assert 2 == len(changes)
    assert changes == touching(changes, [pki.BANK], NodeId("icbc"))
    assert [] == touching(changes, [pki.FINANCE], NodeId("finance"))


def test_a_signer_endorses_and_the_list_loads_later_by_itself(office: Office) -> None:
    seal = replace(of(office.made.trust, SealEntry, pki.BANK), digest=b"\x01" * 32)
    maker = open_keyring(office.made.out / "parties" / str(pki.BANK), pki.vault()).maker("hd")
    signature = maker.sign([endorsed_octets(pki.ENV, seal)])[0]
    entry = Registered(seal, pki.sha(maker.certificate), signature)
    new = office.next_list(add={"seals": entry})
    assert 1 == len(judged(office.made.trust, new))
    sound(new, env=pki.ENV, sealed_by=TWO)
    for code, more in (
        ("trust_list_other_environment", {"env": "sd-prod", "sealed_by": TWO}),
        ("trust_list_seals", {"env": pki.ENV, "sealed_by": [pki.AUDITOR]}),
    ):
        with pytest.raises(HubError, match=code):
            sound(new, **more)


def test_the_highest_list_already_effective_is_in_force(office: Office) -> None:
    first = office.made.trust
    second = office.next_list(effective_at=Instant(pki.AT + DAY))
    assert first == in_force([second, first], pki.AT)
    assert second == in_force([second, first], Instant(pki.AT + DAY))
    assert None is in_force([second], pki.AT)
