"""What somebody looks for among rows that are named by ids of vouchers, layers or deliveries.

A store sifts by it before it cuts, so what is not looked for hides nothing of what is.
"""

from dataclasses import dataclass
from typing import Final

KIND_WORD, PARTY_WORD = 3, 7
"""Words of a delivery's id: the voucher's kind, and who sealed the layer."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Conditions that must all hold; None asks nothing."""

    begins: tuple[str, ...] | None = None
    """The id begins with one of these, none of them empty."""
    parties: tuple[str, ...] | None = None
    """The layer is one of theirs; asked of deliveries alone."""
    but: str = ""
    """Not of this kind of voucher; asked of deliveries alone."""

    def meets(self, name: str) -> bool:
        """Whether what this id names is looked for."""
        if self.begins is not None and not name.startswith(self.begins):
            return False
        if self.parties is None and not self.but:
            return True
        words = name.split("/")
        mine = self.parties is None or words[PARTY_WORD] in self.parties
        return mine and words[KIND_WORD] != self.but


ANY: Final = Sought()
