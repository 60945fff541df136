"""Base data from CSV files, and who is to get it.

Columns of a code list: code, name, parent, enabled, begin, end; the first two must be filled. Of
the register of accounts: code (the account), name, agency, agency_name, type, bank, bank_no,
enabled, begin, end; all up to bank must be filled. UTF-8, with or without a mark at its beginning.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from hub.desks.base_data import ACCOUNT
from hub.errors import Malformed
from hub.parties import AUDITOR, HUB, UNIT, Party

NEEDED: Final = ("code", "name")
NEEDED_ACCOUNT: Final = (*NEEDED, "agency", "agency_name", "type", "bank")
TO_MAX: Final = 60
"""Longest list of receivers that a seal can name."""
EVERYBODY: Final = ("*",)


def rows_of(octets: bytes, category: str) -> list[Mapping[str, str]]:
    """The rows of a file.

    Raises:
        Malformed: `base_file_columns`, with the row.
    """
    needed = NEEDED_ACCOUNT if category == ACCOUNT else NEEDED
    try:
        read = csv.DictReader(io.StringIO(octets.decode("utf-8-sig"), newline=""), strict=True)
        found = [{k: (v or "").strip() for k, v in row.items() if k} for row in read]
    except (UnicodeDecodeError, csv.Error, AttributeError) as error:
        raise Malformed("base_file_columns", row=0) from error
    for n, row in enumerate(found, 1):
        if not all(row.get(name) for name in needed):
            raise Malformed("base_file_columns", row=n)
    return list(found)


def receivers(parties: Iterable[Party], issuer: Party) -> tuple[str, ...]:
    """Banks and treasuries by name, or everybody where a seal cannot name them all."""
    others = sorted(p for p in parties if p != issuer and p.org_type not in {UNIT, HUB, AUDITOR})
    named: Sequence[str] = [str(p) for p in others if p.org_type != issuer.org_type]
    return tuple(named) if named and len(",".join(named)) <= TO_MAX else EVERYBODY
