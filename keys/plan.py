"""What a ceremony is told: environment, parties, nodes, operators; and the seals each party gets.

Rules of this file:
- One seal per position where people differ (handler, reviewer, transfer seal); the last of a
  party's seals stands at every position that no other names.
- Position names are those of the catalogue.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from hub.clock import DAY
from hub.parties import AUDITOR, FINANCE, HUB, TREASURY, UNIT, NodeId, Party
from hub.trust.model import Duty, Entitlement
from keys.seal_picture import Shape

YEARS: Final = 365 * DAY


@dataclass(frozen=True, slots=True)
class SealPlan:
    """One seal of a party: folder name, outline, words, and the positions it stands at."""

    name: str
    shape: Shape
    purpose: str
    positions: tuple[str, ...]
    """Patterns; the first seal that matches a position is used."""
    holder: str = ""
    """The person named on a square seal."""


@dataclass(frozen=True, slots=True)
class PartyPlan:
    """A party, the node that serves it, and the divisions in which it acts."""

    party: Party
    name: str
    node: NodeId
    divisions: tuple[str, ...] = ("*",)
    seals: tuple[SealPlan, ...] = ()
    """Empty: what its organisation type usually has."""


@dataclass(frozen=True, slots=True)
class NodePlan:
    """A node, who runs it, and under which host names it is reached."""

    node: NodeId
    party: Party
    hosts: tuple[str, ...] = ("localhost", "127.0.0.1")


@dataclass(frozen=True, slots=True)
class OperatorPlan:
    """A person with a key."""

    operator_id: str
    party: Party
    duty: Duty
    divisions: tuple[str, ...] = ("*",)
    deputy_of: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a ceremony makes keys for."""

    env: str
    parties: tuple[PartyPlan, ...]
    nodes: tuple[NodePlan, ...]
    hub: NodeId
    """The node that may submit for all."""
    operators: tuple[OperatorPlan, ...] = ()
    brokers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Channel name → host names of its broker's TLS certificate."""
    entitlements: tuple[Entitlement, ...] = ()
    """Empty: each organisation type where the catalogue lets it stand."""
    pinned: tuple[Party, ...] = ()
    """Empty: the first finance bureau, the first People's Bank, the first auditor."""
    suite: str = "sm2-sm3"
    valid_ms: int = 5 * YEARS
    list_valid_ms: int = YEARS


def seals_of(party: Party) -> tuple[SealPlan, ...]:
    """The seals an organisation of this type usually has, in the order they are tried.

    Source: protocol rule 2.6; catalogue of kinds
    """
    if party.is_bank:
        return (
            SealPlan("jb", Shape.SQUARE, "", ("yh_jb", "jb"), "银行经办"),
            SealPlan("fh", Shape.SQUARE, "", ("yh_fh",), "银行复核"),
            SealPlan("ywzyz", Shape.ROUND, "业务专用章", ("*",)),
        )
    return _USUAL.get(party.org_type, (SealPlan("gz", Shape.ROUND, "电子专用章", ("*",)),))


def pinned(plan: Plan) -> tuple[Party, ...]:
    """The parties whose keys seal trust lists: the plan's own, else the first of each type.

    Source: protocol rule 10.2
    """
    if plan.pinned:
        return plan.pinned
    firsts: dict[str, Party] = {}
    for entry in plan.parties:
        if entry.party.org_type in (FINANCE, TREASURY, AUDITOR):
            firsts.setdefault(entry.party.org_type, entry.party)
    return tuple(firsts.values())


_USUAL: Final[Mapping[str, tuple[SealPlan, ...]]] = {
    FINANCE: (
        SealPlan("jb", Shape.SQUARE, "", ("cz_jb", "cz_zfzx_jb", "jb"), "财政经办"),
        SealPlan("fh", Shape.SQUARE, "", ("cz_fh",), "财政复核"),
        SealPlan("gz", Shape.ROUND, "国库集中支付专用章", ("*",)),
    ),
    UNIT: (
        SealPlan("jb", Shape.SQUARE, "", ("dw_jb",), "单位经办"),
        SealPlan("fzr", Shape.SQUARE, "", ("dw_fzr",), "单位主管"),
        SealPlan("gz", Shape.ROUND, "", ("*",)),
    ),
    TREASURY: (
        SealPlan("jz", Shape.SQUARE, "", ("rh_jz", "jb"), "国库记账"),
        SealPlan("fh", Shape.SQUARE, "", ("rh_fh",), "国库复核"),
        SealPlan("zqz", Shape.RECTANGLE, "转讫", ("rh_zqz",)),
        SealPlan("ywzyz", Shape.ROUND, "国库业务专用章", ("*",)),
    ),
    HUB: (SealPlan("gz", Shape.ROUND, "凭证交换专用章", ("*",)),),
    AUDITOR: (SealPlan("gz", Shape.ROUND, "审计专用章", ("*",)),),
}
