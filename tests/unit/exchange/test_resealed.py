"""Other valid seals over a body that is on record: answered, kept, and told to the journal."""

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from hub.clock import Instant
from hub.exchange import inbox
from hub.exchange.inbox import RECORDED, Decided
from hub.exchange.model import Incoming, MessageClass, Packet, Role
from hub.exchange.routing import delivery_id
from hub.voucher.model import Body, Draft, LayerId, LayerType, VoucherId
from tests.support.gate import AGENT, CENTRE, FINANCE, HUB, PEER, an_item
from tests.support.plain import sealed
from tests.support.rows import a_delivery

NOW = Instant(1_790_000_000_000)
IDENTITY = VoucherId("sim", "370100", "2026", "5201", FINANCE, "n-1")
VOUCHER: Any = sealed(Draft(LayerId(IDENTITY, LayerType.ORIGINAL, FINANCE), 1, (str(AGENT),),
                            Body({}, ())))  # fmt: skip
DIGEST = hashlib.sha256(VOUCHER.octets).digest()
NAME = delivery_id(VOUCHER.top.id, str(CENTRE), Role.RELAY)


@pytest.mark.parametrize(
    ("on_record", "lines"), [(DIGEST, []), (b"\1" * 32, [f"resealed {NAME} {DIGEST.hex()}"])]
)
def test_the_journal_names_octets_that_are_kept_beside_those_on_record(
    on_record: bytes, lines: list[str]
) -> None:
    item = an_item(VOUCHER.octets, receiver=CENTRE)
    incoming = Incoming("c1", 1, PEER, MessageClass.ONLINE, b"", redelivered=False)
    packet = Packet("sim", PEER, HUB, MessageClass.ONLINE, "peer-1", (item,))
    one = Decided(incoming, packet, item, DIGEST, NOW, VOUCHER, Role.RELAY)
    row = replace(a_delivery(), delivery_id=NAME, message_digest=on_record)
    made = inbox.plan([one], {}, {NAME: row}, NOW, 1)
    assert lines == made.lines
    assert {DIGEST: VOUCHER.octets} == made.messages
    (entry,) = made.repeats[PEER]
    assert (DIGEST, on_record, RECORDED) == (
        entry.digest_received, entry.digest_on_record, entry.code,
    )  # fmt: skip
