"""The seal maker (制章者): makes SES_Seals of GB/T 38540-2020 and signs them.

Rules of this file: a seal lists its signers' certificates themselves (list type 1), carries a small
vector picture, and is signed over its SES_SealInfo octets by the maker's key.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hub.clock import Instant
from hub.voucher.ses import CERTIFICATES, Picture, SealContent, assemble_seal, seal_info
from keys.certificates import SIGNATURE_OID
from keys.custody import PrivateKey
from keys.seal_picture import Picture as Drawing

MAKER_ID: Final = "EVX"
UNIT_SEAL: Final = 1
PERSON_SEAL: Final = 2
"""Types of seals: an organisation's, a person's."""


@dataclass(frozen=True, slots=True)
class SealOrder:
    """A seal to be made."""

    seal_id: str
    name: str
    signers: tuple[bytes, ...]
    """DER certificates that may sign with it."""
    picture: Drawing
    valid_from: Instant
    valid_until: Instant
    type: int = UNIT_SEAL


def make_seals(orders: Sequence[SealOrder], key: PrivateKey, certificate: bytes) -> list[bytes]:
    """SES_Seals, DER, in order; `key` and `certificate` are the maker's.

    Required: the key's suite is that of the certificate; it is asked once for the whole batch.

    Source: GB/T 38540-2020, 6.2; protocol rule 14.4
    """
    bodies = [seal_info(_content(order)) for order in orders]
    algorithm = SIGNATURE_OID[key.suite]
    return [
        assemble_seal(body, certificate, algorithm, signature)
        for body, signature in zip(bodies, key.sign(bodies), strict=True)
    ]


def _content(order: SealOrder) -> SealContent:
    picture = order.picture
    return SealContent(
        maker_id=MAKER_ID,
        seal_id=order.seal_id,
        type=order.type,
        name=order.name,
        signers=order.signers,
        list_type=CERTIFICATES,
        created_at=order.valid_from,
        valid_from=order.valid_from,
        valid_until=order.valid_until,
        picture=Picture("svg", picture.svg, picture.width_mm, picture.height_mm),
    )
