"""Parties and nodes: who acts, and on which node it is served.

A party is (org type, code), written `011.370100`. Org types are the field's three digits:
001 People's Bank, 011 finance bureau, 102 … bank categories, 999 the centre; 800 is ours for budget
units, which have no node of their own, and 900 for auditors (protocol 10).
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NewType

from hub.errors import Malformed

TREASURY: Final = "001"
FINANCE: Final = "011"
UNIT: Final = "800"
HUB: Final = "999"
AUDITOR: Final = "900"

NodeId = NewType("NodeId", str)
"""A node's name inside an environment, `[a-z0-9-]{1,30}`; the hub pair is one node."""

_PARTY: Final = re.compile(r"([0-9]{3})\.([0-9A-Za-z-]{1,40})\Z", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Party:
    """A party: three digits of organisation type, and its code."""

    org_type: str
    code: str

    def __str__(self) -> str:
        """As propertyInfo writes it."""
        return f"{self.org_type}.{self.code}"

    @property
    def is_bank(self) -> bool:
        """Agent and clearing banks: 1xx to 7xx."""
        return "102" <= self.org_type < "800"


@lru_cache(maxsize=4096)  # few parties stand in many vouchers
def party(text: str) -> Party:
    """Read `011.370100`.

    Raises:
        Malformed: `party_format`.
    """
    match = _PARTY.match(text)
    if match is None:
        raise Malformed("party_format")
    return Party(match[1], match[2])
