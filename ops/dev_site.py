"""A development site: who takes part where nothing is real. Data for ceremonies, demos, samples.

One city with three divisions, their finance bureaus and budget units on one node, the People's
Bank, two agent banks, an auditor and the hub. Names are invented; codes have the form of real ones.
"""

from typing import Final

from hub.parties import AUDITOR, FINANCE, HUB, TREASURY, UNIT, NodeId, Party
from hub.trust.model import Duty
from keys.plan import NodePlan, OperatorPlan, PartyPlan, Plan

ENV: Final = "dev"
DIVISIONS: Final = {"370100": "示例市", "370102": "示例市东城区", "370112": "示例市西城区"}
UNITS: Final = {
    "101001": ("实验小学", "2050202", "小学教育"),
    "101002": ("第二中学", "2050203", "初中教育"),
    "101003": ("高级中学", "2050204", "高中教育"),
    "102001": ("人民医院", "2100201", "综合医院"),
    "102002": ("疾病预防控制中心", "2100401", "疾病预防控制机构"),
    "103001": ("市政工程管理处", "2120303", "小城镇基础设施建设"),
    "104001": ("公共图书馆", "2070104", "图书馆"),
    "105001": ("环境监测站", "2110103", "机关服务"),
}
"""By unit code, the same in every division: name, function subject, its name."""
BANKS: Final = {
    "102451000017": (Party("102", "370100"), "第一代理银行示例市分行"),
    "103451000025": (Party("103", "370100"), "第二代理银行示例市分行"),
}
"""By line number (PayBankNo)."""
TREASURIES: Final = {"0215000000": Party(TREASURY, "0215000000")}
"""By TreCode."""

BUREAU_NODE: Final = NodeId("bureau")
TREASURY_NODE: Final = NodeId("treasury")
BANK_NODES: Final = (NodeId("bank-one"), NodeId("bank-two"))
HUB_NODE: Final = NodeId("hub")


def bureau(division: str) -> Party:
    """The finance bureau of a division."""
    return Party(FINANCE, division)


def unit(division: str, code: str) -> Party:
    """A budget unit; its code is scoped by its division."""
    return Party(UNIT, f"{division}-{code}")


def plan(env: str = ENV, suite: str = "sm2-sm3") -> Plan:
    """Everything a ceremony needs for this site."""
    hub, auditor = Party(HUB, "370000"), Party(AUDITOR, "370000")
    banks = tuple(zip(BANKS.values(), BANK_NODES, strict=True))
    treasury = next(iter(TREASURIES.values()))
    return Plan(
        env=env,
        parties=(
            *(
                PartyPlan(bureau(d), f"{name}财政局", BUREAU_NODE, (d,))
                for d, name in DIVISIONS.items()
            ),
            PartyPlan(treasury, "中国人民银行示例市分行", TREASURY_NODE),
            *(PartyPlan(party, name, node) for (party, name), node in banks),
            PartyPlan(auditor, "示例市审计局", HUB_NODE),
            PartyPlan(hub, "示例市电子凭证交换中心", HUB_NODE),
            *(
                PartyPlan(unit(d, code), f"{name}{told[0]}", BUREAU_NODE, (d,))
                for d, name in DIVISIONS.items()
                for code, told in UNITS.items()
            ),
        ),
        nodes=(
            NodePlan(BUREAU_NODE, bureau(next(iter(DIVISIONS)))),
            NodePlan(TREASURY_NODE, treasury),
            *(NodePlan(node, party) for (party, _), node in banks),
            NodePlan(HUB_NODE, hub),
        ),
        hub=HUB_NODE,
        operators=(
            OperatorPlan("system.one", hub, Duty.SYSTEM),
            OperatorPlan("security.one", hub, Duty.SECURITY),
            OperatorPlan("audit.one", auditor, Duty.AUDIT),
        ),
        suite=suite,
    )
