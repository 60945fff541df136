"""Who lives in the demonstration: divisions, bureaus, units, banks, a treasury. All invented."""

from dataclasses import dataclass
from typing import Final

from hub.desks.bureau import Account, Bank, Budget
from hub.parties import AUDITOR, FINANCE, HUB, TREASURY, UNIT, NodeId, Party
from keys.plan import NodePlan, PartyPlan, Plan

ENV: Final = "demo"
BUREAU_NODE, HUB_NODE, TREASURY_NODE = NodeId("bureau"), NodeId("hub"), NodeId("pboc")
TREASURY_CODE: Final = "0299000000"
"""TreCode: ten digits."""
LINE_PREFIX: Final = "99"
REFUSED_ACCOUNT: Final = "9900000000000001"
BOUNCED_ACCOUNT: Final = "9900000000000002"
"""Payees whose banks refuse, or send the money back: every day has both."""

_DIVISIONS: Final = (("990100", "云中市"), ("990200", "望海市"), ("990300", "青禾市"))
_UNITS: Final = (
    ("101001", "第一中学", "2050204"),
    ("102001", "人民医院", "2100201"),
    ("103001", "水利局", "2130305"),
    ("104001", "档案馆", "2012604"),
)
_BANKS: Final = (("102", "icbc", "云山银行"), ("105", "ccb", "江河银行"))


@dataclass(frozen=True, slots=True)
class Unit:
    """A budget unit with its zero-balance account at its agent bank."""

    party: Party
    name: str
    subject: str
    bank: Bank
    account: Account


@dataclass(frozen=True, slots=True)
class Division:
    """A division with its bureau, its units, and the bureau's zero-balance accounts by bank."""

    code: str
    name: str
    finance: Party
    units: tuple[Unit, ...]
    accounts: dict[str, Account]
    """The bureau's zero-balance account at each bank, by bank code."""

    def budget(self, unit: Unit) -> Budget:
        """The budget elements of a unit's payments."""
        agency = unit.party.code.partition("-")[2]
        return Budget(
            treasury=TREASURY_CODE,
            finance_org=self.code,
            fund="1",
            budget_type="1",
            category="1",
            upper_unit=agency[:3],
            agency=agency,
            agency_name=unit.name,
            subject=unit.subject,
            economy="50299",
        )


@dataclass(frozen=True, slots=True)
class Town:
    """Everybody."""

    divisions: tuple[Division, ...]
    banks: tuple[Bank, ...]
    bank_nodes: dict[str, NodeId]
    """Node by bank code."""
    treasury: Party

    @property
    def plan(self) -> Plan:
        """What the key ceremony makes keys for."""
        parties = [PartyPlan(Party(HUB, "centre"), "凭证交换中心", HUB_NODE)]
        parties.append(PartyPlan(self.treasury, "国家金库云中中心支库", TREASURY_NODE))
        parties.append(PartyPlan(Party(AUDITOR, "990000"), "审计局", HUB_NODE))
        parties += [PartyPlan(b.party, b.name, self.bank_nodes[b.code]) for b in self.banks]
        for division in self.divisions:
            where = (division.code,)
            parties.append(
                PartyPlan(division.finance, f"{division.name}财政局", BUREAU_NODE, where)
            )
            parties += [
                PartyPlan(unit.party, f"{division.name}{unit.name}", BUREAU_NODE, where)
                for unit in division.units
            ]
        nodes = (
            NodePlan(HUB_NODE, Party(HUB, "centre")),
            NodePlan(BUREAU_NODE, self.divisions[0].finance),
            NodePlan(TREASURY_NODE, self.treasury),
            *(NodePlan(self.bank_nodes[b.code], b.party) for b in self.banks),
        )
        return Plan(ENV, tuple(parties), nodes, HUB_NODE)

    @property
    def nodes(self) -> tuple[NodeId, ...]:
        """All nodes, the hub first."""
        return (HUB_NODE, BUREAU_NODE, TREASURY_NODE, *self.bank_nodes.values())


def town() -> Town:
    """The town, always the same."""
    banks = tuple(
        Bank(Party(org, "990000"), org, name, f"{LINE_PREFIX}{org}0000001")
        for org, _, name in _BANKS
    )
    divisions = []
    for d, (code, name) in enumerate(_DIVISIONS):
        units = []
        for u, (agency, unit, subject) in enumerate(_UNITS):
            bank = banks[(d + u) % len(banks)]
            account = Account(f"99{code}{agency}", f"{name}{unit}", bank.name, bank.line_no)
            units.append(Unit(Party(UNIT, f"{code}-{agency}"), unit, subject, bank, account))
        accounts = {
            bank.code: Account(f"99{code}000{bank.code}", f"{name}财政局", bank.name, bank.line_no)
            for bank in banks
        }
        divisions.append(Division(code, name, Party(FINANCE, code), tuple(units), accounts))
    nodes = {org: NodeId(node) for org, node, _ in _BANKS}
    return Town(tuple(divisions), banks, nodes, Party(TREASURY, TREASURY_CODE))
