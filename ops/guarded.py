"""Guarded acts: nothing of this kind is done but by two operators (protocol 10).

One of them signs a proposal, the other an approval, both over the digest of the exact act; that is
valid for 24 hours and written into the journal with the act. A development node without operators
asks for its name to be typed instead.
"""

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hub.clock import Instant
from hub.errors import Misconfigured, RuleBroken
from hub.trust.operators import Act, Signed, Step, allow, signing_octets
from keys.custody import FileNodeSigner
from ops.cli.files import write
from ops.wiring import Parts

_OF_ANOTHER_FORM: Final = (OSError, ValueError, KeyError, TypeError, RecursionError)
"""What reading a file raises that holds something else."""


@dataclass(frozen=True, slots=True)
class Consent:
    """Who says yes: two signatures, or on a development node its name typed."""

    proposal: Path | None = None
    approval: Path | None = None
    typed: str = ""


def require(parts: Parts, act: Act, consent: Consent) -> str:
    """The line that the journal keeps of an act that may be done now.

    Raises:
        RuleBroken: `act_unsigned`, or what is wrong with the signatures.
        SealUntrusted: as `hub.trust.operators.allow` says.
        Misconfigured: `name_not_typed`, `signed_act_unreadable`.
    """
    view = parts.view(parts.fence.trust_state)
    if consent.proposal is not None and consent.approval is not None:
        proposal, approval = read_signed(consent.proposal), read_signed(consent.approval)
        allow(act, proposal, approval, view, parts.clock.now())
        return line_of(act, f"{proposal.operator_id} {approval.operator_id}")
    if view.has_operators or parts.settings.purpose != "development":
        raise RuleBroken("act_unsigned", digest=act.digest.hex())
    if consent.typed != parts.settings.node:
        raise Misconfigured("name_not_typed")
    return line_of(act, "typed")


def line_of(act: Act, who: str) -> str:
    """An act as the journal keeps it: its name, its digest, who signed it, its arguments."""
    told = " ".join(f"{name}={value}" for name, value in sorted(act.arguments.items()))
    return f"act {act.name} {act.digest.hex()} {who} {told}".rstrip()


def write_act(path: Path, act: Act) -> None:
    """Write an act down exactly, for operators to sign.

    Raises:
        TargetDown: `file_unwritable`.
    """
    told = {
        "env": act.env, "name": act.name, "arguments": dict(act.arguments),
        "divisions": list(act.divisions),
    }  # fmt: skip
    write(path, json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n")


def read_act(path: Path) -> Act:
    """An act that was written down.

    Raises:
        Misconfigured: `act_unreadable`.
    """
    try:
        told = json.loads(path.read_bytes())
        arguments = {str(name): str(value) for name, value in told["arguments"].items()}
        return Act(
            str(told["env"]), str(told["name"]), arguments, tuple(map(str, told["divisions"]))
        )
    except (*_OF_ANOTHER_FORM, AttributeError) as error:
        reason = type(error).__name__
        raise Misconfigured("act_unreadable", file=str(path), reason=reason) from error


def sign(act: Act, step: Step, operator: str, key: FileNodeSigner, at: Instant) -> Signed:
    """An operator's signature over an act."""
    octets = signing_octets(step, act.digest, operator, at)
    return Signed(step, act.digest, operator, at, key.sign(octets))


def write_signed(path: Path, signed: Signed) -> None:
    """Write a signature file.

    Raises:
        TargetDown: `file_unwritable`.
    """
    told = {
        "step": str(signed.step), "act": signed.act.hex(), "operator": signed.operator_id,
        "at": signed.at, "signature": base64.b64encode(signed.signature).decode(),
    }  # fmt: skip
    write(path, json.dumps(told, indent=1).encode() + b"\n")


def read_signed(path: Path) -> Signed:
    """A signature file: one JSON object with step, act (hex), operator, at, signature (base64).

    Raises:
        Misconfigured: `signed_act_unreadable`.
    """
    try:
        told = json.loads(path.read_bytes())
        return Signed(
            Step(told["step"]), bytes.fromhex(told["act"]), str(told["operator"]),
            Instant(int(told["at"])), base64.b64decode(told["signature"], validate=True),
        )  # fmt: skip
    except _OF_ANOTHER_FORM as error:
        reason = type(error).__name__
        raise Misconfigured("signed_act_unreadable", file=str(path), reason=reason) from error
