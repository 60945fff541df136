"""Guarded acts: two people, two duties, one exact act, 24 hours."""

from dataclasses import replace
from typing import Any

import pytest

from hub.clock import DAY, HOUR, Instant
from hub.errors import HubError
from hub.trust.model import LocalSuspension
from hub.trust.operators import Act, Signed, Step, allow, signing_octets
from tests.support import pki
from tests.support.office import Office, ended, only

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


def test_an_operator_acts_in_their_own_divisions(office: Office) -> None:
    act = replace(ACT, divisions=("370100", "370200"))
    parts = {
        "act": act,
        "proposal": signed(office, Step.PROPOSAL, "li.si", act=act),
        "approval": signed(office, Step.APPROVAL, "wang.wu", act=act),
    }
    assert "operator_division" == code(office, **parts)
