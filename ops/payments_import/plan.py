"""What of a parsed file is sent: new rows; not those sent before; not suspected duplicates.

Pure: what was sent before is an argument. A suspected duplicate (same division, unit, payer, payee
and amount as another row of the file or a recent payment) is held and shown; a person allows it by
its row identity. The same row twice in one file stays held even then: give each its own
业务追溯识别码, so that the two are two payments.
"""

from collections.abc import Collection
from dataclasses import dataclass

from ops.payments_import.rows import Parsed, PaymentRow


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A row that waits for a person: why, and the line of the row it looks like (0: no line)."""

    row: PaymentRow
    like_line: int
    why: str
    """`row_twice`, `like_row`, `like_recent` or `number_used`."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Every good row of the file, in exactly one of the three lists."""

    send: tuple[PaymentRow, ...]
    already_sent: tuple[PaymentRow, ...]
    held: tuple[HeldRow, ...]


def plan(
    parsed: Parsed,
    sent: Collection[str],
    recent: Collection[str],
    allowed: Collection[str] = (),
) -> Plan:
    """Sort the rows: `sent` are row ids sent before, `recent` business keys of recent payments.

    `allowed` are row ids a person has looked at and released. A row sent before is never sent
    again, whatever else holds.
    """
    send: list[PaymentRow] = []
    already: list[PaymentRow] = []
    held: list[HeldRow] = []
    first_line_of_id: dict[str, int] = {}
    first_line_of_key: dict[str, int] = {}
    for row in parsed.rows:
        twin = first_line_of_id.setdefault(row.id, row.line)
        like = first_line_of_key.setdefault(row.business_key, row.line)
        if row.id in sent:
            already.append(row)
        elif twin != row.line:
            held.append(HeldRow(row, twin, "row_twice"))
        elif row.id in allowed:
            send.append(row)
        elif like != row.line:
            held.append(HeldRow(row, like, "like_row"))
        elif row.business_key in recent:
            held.append(HeldRow(row, 0, "like_recent"))
        else:
            send.append(row)
    return Plan(tuple(send), tuple(already), tuple(held))
