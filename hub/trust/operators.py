"""Guarded acts: a proposal and an approval by two different operators over the exact act.

Rules of this file (protocol rule 10.9):
- The digest covers environment, act name and every argument; one act has one digest.
- Signatures say what they are for: a proposal is no approval. Both name operator and time.
- Valid 24 h from the proposal. Two people, two keys; an auditor does neither.
- System acts need one system and one security operator; both must cover the act's divisions.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hub.clock import HOUR, SECOND, Instant
from hub.errors import RuleBroken, SealUntrusted
from hub.trust.model import Duty, Operator, Status, matches
from hub.trust.view import View

VALID: Final = 24 * HOUR
SKEW: Final = 300 * SECOND
_DOMAIN: Final = b"evx-guarded-act-1\n"


class Step(StrEnum):
    """What a signature is for."""

    PROPOSAL = "proposal"
    APPROVAL = "approval"


@dataclass(frozen=True, slots=True)
class Act:
    """A guarded act, exactly as it will be done.

    Source: protocol rule 10.9
    """

    env: str
    name: str
    """Noun and verb, such as `trust.suspend`."""
    arguments: Mapping[str, str]
    divisions: tuple[str, ...] = ("*",)
    """What it touches; every signer's divisions must cover each."""

    @property
    def digest(self) -> bytes:
        """SHA-256 over all of it."""
        plain = [self.env, self.name, dict(self.arguments), list(self.divisions)]
        text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).digest()


@dataclass(frozen=True, slots=True)
class Signed:
    """One operator's signature over an act."""

    step: Step
    act: bytes
    """Digest of the act."""
    operator_id: str
    at: Instant
    signature: bytes


def signing_octets(step: Step, act: bytes, operator_id: str, at: Instant) -> bytes:
    """What the operator's key signs: the step stands in it, so a proposal is no approval.

    `act` is the digest of the act; `at` goes in as milliseconds.

    Source: protocol rule 10.9
    """
    return _DOMAIN + f"{step}\n{act.hex()}\n{operator_id}\n{at}".encode()


def allow(act: Act, proposal: Signed, approval: Signed, view: View, at: Instant) -> None:
    """Return when the act may be done at `at`: proposal and approval hold, by two people.

    Required: `view` is the trust in force. Both signers are in office when they signed and now.

    Raises:
        RuleBroken: `act_steps`, `act_other`, `act_same_operator`, `act_expired`, `act_time`,
            `act_duties`.
        SealUntrusted: `operator_unknown`, `operator_ended`, `operator_division`, `act_signature`.

    Source: protocol rule 10.9
    """
    if (proposal.step, approval.step) != (Step.PROPOSAL, Step.APPROVAL):
        raise RuleBroken("act_steps")
    if not proposal.act == approval.act == act.digest:
        raise RuleBroken("act_other")
    if not proposal.at - SKEW <= approval.at <= at + SKEW or proposal.at > at + SKEW:
        raise RuleBroken("act_time")
    if max(at, approval.at) > proposal.at + VALID:
        raise RuleBroken("act_expired")
    first = _signer(act, proposal, view, at)
    second = _signer(act, approval, view, at)
    if first.operator_id == second.operator_id or first.certificate == second.certificate:
        raise RuleBroken("act_same_operator")
    if {first.duty, second.duty} != {Duty.SYSTEM, Duty.SECURITY}:
        raise RuleBroken("act_duties")


def in_office(operator_id: str, view: View, *at: Instant) -> Operator:
    """The operator of this id, who is registered, and in office at each of these moments.

    Raises:
        SealUntrusted: `operator_unknown`, `operator_ended`.

    Source: protocol rule 10.9
    """
    operator = view.operator(operator_id)
    if operator is None:
        raise SealUntrusted("operator_unknown", operator=operator_id)
    if (
        operator.status is not Status.ACTIVE
        or not operator.not_before <= min(at)
        or not max(at) <= operator.not_after
        or view.revoked_at(operator.certificate) is not None
    ):
        raise SealUntrusted("operator_ended", operator=operator.operator_id)
    return operator


def _signer(act: Act, signed: Signed, view: View, at: Instant) -> Operator:
    """The operator whose signature this is, entitled, and in office when it was made and now."""
    operator = in_office(signed.operator_id, view, signed.at, at)
    for division in act.divisions:
        if not any(own == "*" or matches(own, division) for own in operator.divisions):
            raise SealUntrusted("operator_division", operator=operator.operator_id)
    suite = view.suite(operator.suite)
    octets = signing_octets(signed.step, signed.act, signed.operator_id, signed.at)
    if suite is None or not suite.verify(operator.certificate, signed.signature, octets):
        raise SealUntrusted("act_signature", operator=operator.operator_id)
    return operator
