"""The role of a delivery follows from the sealed receivers and the catalogue, from nothing else."""

import pytest

from hub.exchange.model import Role
from hub.exchange.routing import role_of
from hub.parties import Party
from hub.voucher.model import Body, Draft, LayerId, LayerType, SealedLayer, VoucherId
from tests.support.gate import AGENT, CENTRE, FINANCE
from tests.support.plain import sealed

PBOC, OTHER_BANK = Party("001", "370100"), Party("103", "370100")


def top(*to: str) -> SealedLayer:
    identity = VoucherId("sim", "370100", "2026", "5201", FINANCE, "1")
    return sealed(Draft(LayerId(identity, LayerType.ORIGINAL, FINANCE), 1, to, Body({}))).top


@pytest.mark.parametrize(
    ("receiver", "copies", "role"),
    [
        (CENTRE, (), Role.RELAY),
        (AGENT, (), Role.TO),
        (AGENT, ("bank",), Role.TO),
        (PBOC, (), None),
        (PBOC, ("001",), Role.COPY),
        (OTHER_BANK, (), None),
        (OTHER_BANK, ("001",), None),
        (OTHER_BANK, ("bank",), Role.COPY),
        (Party("102", "370200"), (), None),
    ],
)
def test_only_whom_the_seals_name_executes(
    receiver: Party, copies: tuple[str, ...], role: Role | None
) -> None:
    assert role == role_of(top(str(AGENT)), receiver, copies)


def test_base_data_is_for_everybody() -> None:
    assert Role.TO == role_of(top("*"), OTHER_BANK, ())
