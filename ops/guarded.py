"""Guarded acts at a node: two operators sign, or a development node has its name typed (§10).

Where operators are registered, an act needs a proposal and an approval signed by two of them over
the exact act; a development node without operators asks for its name to be typed. Whoever does the
act journals its digest.
"""

import base64
import json
from dataclasses import dataclass
from pathlib import Path

from hub.clock import Instant
from hub.errors import Misconfigured, RuleBroken
from hub.trust.operators import Act, Signed, Step, allow
from ops.wiring import Parts


@dataclass(frozen=True, slots=True)
class Consent:
    """Who says yes: two signatures, or on a development node its name typed."""

    proposal: Path | None = None
    approval: Path | None = None
    typed: str = ""


def require(parts: Parts, act: Act, consent: Consent) -> None:
    """Refuse unless the act is allowed.

    Raises:
        RuleBroken: `act_unsigned`, or what is wrong with the signatures.
        SealUntrusted: as `hub.trust.operators.allow` says.
        Misconfigured: `name_not_typed`, `signed_act_unreadable`.
    """
    view = parts.view(parts.fence.trust_state)
    if consent.proposal is not None and consent.approval is not None:
        now = parts.clock.now()
        allow(act, _signed(consent.proposal), _signed(consent.approval), view, now)
    elif view.has_operators or parts.settings.purpose != "development":
        raise RuleBroken("act_unsigned", digest=act.digest.hex())
    elif consent.typed != parts.settings.node:
        raise Misconfigured("name_not_typed")


def _signed(path: Path) -> Signed:
    """A signature file: one JSON object with step, act (hex), operator, at, signature (base64)."""
    try:
        told = json.loads(path.read_bytes())
        return Signed(
            Step(told["step"]), bytes.fromhex(told["act"]), str(told["operator"]),
            Instant(int(told["at"])), base64.b64decode(told["signature"], validate=True),
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Misconfigured("signed_act_unreadable", reason=type(error).__name__) from error
