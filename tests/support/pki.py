"""A small development PKI for tests: one finance bureau, bank, People's Bank, auditor, units."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from hub.clock import Instant
from hub.parties import NodeId, Party
from hub.trust.model import Duty
from hub.trust.pinned import ListGround
from keys.ceremony import CeremonyGround, Made, ceremony
from keys.custody import Vault
from keys.plan import NodePlan, OperatorPlan, PartyPlan, Plan
from keys.trust_files import TrustFiles
from tests.support.sealed import Releases, schemas, suites

ENV: Final = "sd-test"
AT: Final = Instant(1_790_000_000_000)
PASSPHRASE: Final = b"for tests only"
FINANCE: Final = Party("011", "370100")
TREASURY: Final = Party("001", "370100")
BANK: Final = Party("102", "370100")
AUDITOR: Final = Party("900", "370000")
HUB: Final = Party("999", "370000")
UNIT: Final = Party("800", "370100-101001")


def plan(suite: str = "sm2-sm3", units: int = 1) -> Plan:
    """Five organisations, four nodes, some budget units of one division."""
    return Plan(
        env=ENV,
        parties=(
            PartyPlan(FINANCE, "济南市财政局", NodeId("finance"), ("370100", "3701*")),
            PartyPlan(TREASURY, "中国人民银行济南分行", NodeId("treasury")),
            PartyPlan(BANK, "中国工商银行济南分行", NodeId("icbc")),
            PartyPlan(AUDITOR, "山东省审计厅", NodeId("hub")),
            PartyPlan(HUB, "山东省电子凭证交换中心", NodeId("hub")),
            *(
                PartyPlan(
                    Party("800", f"370100-{101001 + i}"), f"济南市第{i + 1}实验中学",
                    NodeId("finance"), ("370100",),
                )
                for i in range(units)
            ),
        ),
        nodes=(
            NodePlan(NodeId("finance"), FINANCE),
            NodePlan(NodeId("treasury"), TREASURY),
            NodePlan(NodeId("icbc"), BANK),
            NodePlan(NodeId("hub"), HUB),
        ),
        hub=NodeId("hub"),
        operators=(
            OperatorPlan("li.si", HUB, Duty.SYSTEM),
            OperatorPlan("zhao.liu", HUB, Duty.SYSTEM, deputy_of="li.si"),
            OperatorPlan("wang.wu", HUB, Duty.SECURITY, ("3701*",)),
            OperatorPlan("sun.qi", AUDITOR, Duty.AUDIT),
        ),
        brokers={"one": ("localhost", "127.0.0.1")},
        suite=suite,
    )  # fmt: skip


def ground() -> CeremonyGround:
    """The shipped catalogue and all suites."""
    return CeremonyGround(Releases(), schemas().catalogue.release, suites())


def list_ground(files: TrustFiles) -> ListGround:
    """What a node verifies its lists on."""
    return ListGround(ENV, files.pins, files.anchors, Releases(), suites())


@cache
def vault(env: str = ENV) -> Vault:
    """A development vault; kept, for opening one costs a derivation."""
    return Vault(env, PASSPHRASE, development=True)


def make(folder: Path, suite: str = "sm2-sm3", units: int = 1) -> Made:
    """The PKI in a new folder."""
    return ceremony(plan(suite, units), folder / "pki", vault(), AT, ground())


def sha(octets: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(octets).digest()
