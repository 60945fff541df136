"""What goes wrong on the day: forgeries and mistakes sent over a true channel, as a node would.

Each incident is octets from outside; what must become of it stands beside it. None may hurt the
genuine voucher of the same number.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from hub.exchange.model import Item, MessageClass, Outgoing, Packet
from hub.exchange.packets import encode_packet
from hub.exchange.ports import Channel
from hub.parties import Party
from hub.voucher import open_message, write_message
from hub.voucher.model import Layer, SealBlock, Voucher
from ops.demo.town import BUREAU_NODE, ENV, HUB_NODE

CENTRE: Final = Party("999", "centre")


@dataclass(frozen=True, slots=True)
class Incident:
    """One thing that must be refused, or answered as before."""

    name: str
    what_zh: str
    octets: bytes
    expected: frozenset[str]
    """Codes of which one must be the answer; `recorded` means: answered as the genuine one."""

    @property
    def digest(self) -> bytes:
        """By which the hub's refusal is found."""
        return hashlib.sha256(self.octets).digest()


def before_genuine(voucher: Voucher) -> Incident:
    """A forged seal: the genuine voucher's own octets with one signature bit turned."""
    opened = open_message(voucher.octets)
    layer = opened.layers[0]
    last = layer.seals[-1]
    spoilt = bytearray(last.octets)
    spoilt[-1] ^= 1
    seals = (*layer.seals[:-1], SealBlock(last.position, bytes(spoilt)))
    octets = write_message(opened.head, (replace(layer, seals=seals),))
    codes = frozenset({"signature_invalid"})
    return Incident("forged_seal", "伪造印章先于真凭证到达", octets, codes)


def lifted(voucher: Voucher, other: Voucher) -> Incident:
    """Seals of one voucher under the body of another."""
    one, two = open_message(voucher.octets), open_message(other.octets)
    layer = Layer(two.layers[0].type, two.layers[0].body, one.layers[0].seals)
    octets = write_message(two.head, (layer,))
    codes = frozenset({"binding_envelope", "digest_mismatch"})
    return Incident("lifted_seal", "印章被移到另一张凭证", octets, codes)


def twice(voucher: Voucher) -> Incident:
    """The same octets once more."""
    return Incident("sent_twice", "同一凭证重复发送", voucher.octets, frozenset({"recorded"}))


def number_again(other_content: Voucher) -> Incident:
    """A number used again with other content, well sealed."""
    codes = frozenset({"identity_conflict"})
    return Incident("number_again", "同一编号用于不同内容", other_content.octets, codes)


def from_test(voucher: Voucher) -> Incident:
    """A voucher that was sealed for the test environment."""
    codes = frozenset({"other_environment"})
    return Incident("test_environment", "测试环境的凭证", voucher.octets, codes)


def malformed() -> Incident:
    """Octets that are no message."""
    octets = b'<MOF Version="1"><VoucherBody AdmDivCode="990100" StYear="2026">'
    return Incident("malformed", "格式错误", octets, frozenset({"envelope_syntax"}))


def send(incidents: Sequence[Incident], channel: Channel, incarnation: str) -> None:
    """Publish each in a packet of the bureau's node and present life: no other is heard."""
    for n, incident in enumerate(incidents, 1):
        item = Item(f"incident/{incident.name}", CENTRE, n, 1, False, None, incident.octets)
        packet = Packet(ENV, BUREAU_NODE, HUB_NODE, MessageClass.ONLINE, incarnation, (item,))
        channel.publish([Outgoing(n, HUB_NODE, MessageClass.ONLINE, encode_packet(packet))])
