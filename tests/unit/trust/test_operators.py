"""Guarded acts: two people, two duties, one exact act, 24 hours."""

from dataclasses import replace
from typing import Any

import pytest

from hub.clock import DAY, HOUR, Instant
from hub.errors import HubError
from hub.trust.model import LocalSuspension, Operator, Registered
from hub.trust.operators import Act, Signed, Step, allow, signing_octets
from hub.trust.rules import consistent
from hub.trust.view import View
from tests.support import pki
from tests.support.attacked import code_of
from tests.support.office import Office, ended, of, only

ACT = Act(pki.ENV, "trust.suspend", {"subject": "seal:00"}, ("370100",))
NOW = Instant(pki.AT + HOUR)


def signed(
    office: Office, step: Step, operator: str, at: Instant = NOW, act: Act = ACT, key: str = ""
) -> Signed:
    octets = signing_octets(step, act.digest, operator, at)
    return Signed(step, act.digest, operator, at, office.signer(key or operator).sign(octets))


def code(office: Office, **more: Any) -> str:
    """The refusal's code for the good case with some parts replaced."""
    parts: dict[str, Any] = {
        "act": ACT,
        "proposal": signed(office, Step.PROPOSAL, "li.si"),
        "approval": signed(office, Step.APPROVAL, "wang.wu"),
        "view": office.view(),
        "at": NOW,
    }
    allow(**parts)
    with pytest.raises(HubError) as error:
        allow(**{**parts, **more})
    return error.value.code


@pytest.mark.parametrize(
    "other",
    [
        replace(ACT, env="sd-prod"),
        replace(ACT, name="trust.resume"),
        replace(ACT, arguments={"subject": "seal:01"}),
        replace(ACT, arguments={"subject": "seal:00", "more": ""}),
        replace(ACT, divisions=("370102",)),
    ],
)
def test_signatures_hold_for_the_exact_act_only(other: Act, office: Office) -> None:
    assert "act_other" == code(office, act=other)


def test_a_proposal_is_no_approval(office: Office) -> None:
    proposal = signed(office, Step.PROPOSAL, "wang.wu")
    assert "act_steps" == code(office, approval=proposal)
    assert "act_signature" == code(office, approval=replace(proposal, step=Step.APPROVAL))


def test_one_person_does_not_do_both(office: Office) -> None:
    assert "act_same_operator" == code(office, approval=signed(office, Step.APPROVAL, "li.si"))


def test_two_people_of_one_duty_do_not_do_it(office: Office) -> None:
    assert "act_duties" == code(office, approval=signed(office, Step.APPROVAL, "zhao.liu"))


def test_an_auditor_neither_proposes_nor_approves(office: Office) -> None:
    assert "act_duties" == code(office, approval=signed(office, Step.APPROVAL, "sun.qi"))


def test_nobody_signs_for_another(office: Office) -> None:
    forged = signed(office, Step.APPROVAL, "wang.wu", key="li.si")
    assert "act_signature" == code(office, approval=forged)


def test_a_proposal_is_good_for_24_hours(office: Office) -> None:
    last = Instant(NOW + DAY)
    parts = (signed(office, Step.PROPOSAL, "li.si"), signed(office, Step.APPROVAL, "wang.wu"))
    allow(ACT, *parts, office.view(), last)
    assert "act_expired" == code(office, at=Instant(last + 1))


@pytest.mark.parametrize(
    ("step", "operator", "at"),
    [
        ("approval", "wang.wu", Instant(NOW - HOUR)),
        ("approval", "wang.wu", Instant(NOW + HOUR)),
        ("proposal", "li.si", Instant(NOW + HOUR)),
    ],
)
def test_times_stand_in_order(step: str, operator: str, at: Instant, office: Office) -> None:
    assert "act_time" == code(office, **{step: signed(office, Step(step), operator, at)})


def test_an_unknown_or_ended_operator_does_nothing(office: Office) -> None:
    stranger = replace(signed(office, Step.APPROVAL, "wang.wu"), operator_id="nobody")
    assert "operator_unknown" == code(office, approval=stranger)
    gone = office.view(office.next_list(only("wang.wu", ended)))
    assert "operator_ended" == code(office, view=gone)
    certificate = office.signer("wang.wu").certificate
    revoked = [LocalSuspension(f"certificate:{pki.sha(certificate).hex()}", pki.AT, "hold")]
    assert "operator_ended" == code(office, view=office.view(suspensions=revoked))


def standing_in(office: Office, days: tuple[int, int]) -> View:
    """zhao.liu stands in for li.si, from and until so many hours from now."""

    def dated(entry: Registered) -> Registered:
        assert isinstance(entry.record, Operator)
        start, end = (Instant(NOW + hours * HOUR) for hours in days)
        return replace(entry, record=replace(entry.record, not_before=start, not_after=end))

    trust = office.next_list(only("zhao.liu", dated))
    assert "li.si" == next(
        entry.record.deputy_of
        for entry in trust.register.operators
        if isinstance(entry.record, Operator) and entry.record.operator_id == "zhao.liu"
    )
    return office.view(trust)


def test_a_deputy_acts_with_the_other_duty_within_the_dates(office: Office) -> None:
    proposal = signed(office, Step.PROPOSAL, "zhao.liu")
    approval = signed(office, Step.APPROVAL, "wang.wu")
    allow(ACT, proposal, approval, standing_in(office, (-1, 1)), NOW)
    for days in ((1, 2), (-2, -1)):
        view = standing_in(office, days)
        assert "operator_ended" == code(office, proposal=proposal, view=view)


def test_what_a_deputy_signed_before_the_dates_is_not_done_within_them(office: Office) -> None:
    proposal, at = signed(office, Step.PROPOSAL, "zhao.liu"), Instant(NOW + 2 * HOUR)
    approval = signed(office, Step.APPROVAL, "wang.wu", at)
    view = standing_in(office, (1, 3))
    refused = code(office, proposal=proposal, approval=approval, view=view, at=at)
    assert "operator_ended" == refused
    later = signed(office, Step.PROPOSAL, "zhao.liu", Instant(NOW + HOUR))
    allow(ACT, later, approval, view, at)


def test_a_deputy_is_not_both_persons_nor_beside_whom_they_stand_in_for(office: Office) -> None:
    proposal = signed(office, Step.PROPOSAL, "zhao.liu")
    view = standing_in(office, (-1, 1))
    for second, refused in (("zhao.liu", "act_same_operator"), ("li.si", "act_duties")):
        approval = signed(office, Step.APPROVAL, second)
        assert refused == code(office, proposal=proposal, approval=approval, view=view)


def test_a_deputy_with_the_key_of_the_other_duty_is_still_one_person(office: Office) -> None:
    key = office.signer("wang.wu").certificate

    def same_key(entry: Registered) -> Registered:
        assert isinstance(entry.record, Operator)
        return replace(entry, record=replace(entry.record, certificate=key))

    view = office.view(office.next_list(only("zhao.liu", same_key)))
    proposal = signed(office, Step.PROPOSAL, "zhao.liu", key="wang.wu")
    assert "act_same_operator" == code(office, proposal=proposal, view=view)


def test_an_operator_acts_in_their_own_divisions(office: Office) -> None:
    act = replace(ACT, divisions=("370100", "370200"))
    parts = {
        "act": act,
        "proposal": signed(office, Step.PROPOSAL, "li.si", act=act),
        "approval": signed(office, Step.APPROVAL, "wang.wu", act=act),
    }
    assert "operator_division" == code(office, **parts)


def test_one_key_is_one_person_with_one_duty(office: Office) -> None:
    consistent(office.next_list().register)
    li_si = of(office.made.trust, Operator)
    assert "li.si" == li_si.operator_id

    def with_the_key_of_li_si(entry: Registered) -> Registered:
        same = replace(entry.record, certificate=li_si.certificate)  # type: ignore[call-arg]
        return replace(entry, record=same)

    for other in ("wang.wu", "sun.qi"):
        trust = office.next_list(only(other, with_the_key_of_li_si))
        refused = code_of(lambda trust=trust: consistent(trust.register))  # type: ignore[misc]
        assert "operator_two_duties" == refused
