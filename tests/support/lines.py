"""Money lines with defaults."""

from dataclasses import replace

from hub.clearing.model import Line, LineState, QuotaKey
from hub.money import Fen

KEY = QuotaKey("1506000000", "102451000011", "101", "2050202", "1", "2026", "11")


def a_line(
    amount: int = 100, row: int = 1, kind: str = "2301", state: LineState = LineState.NEW,
    number: str = "1", payment: str = "370100/2026/11/101001/9", payment_row: str = "",
    **more: str,
) -> Line:  # fmt: skip
    line = Line(
        "001.3701", f"town/370100/2026/{kind}/102.3701/{number}", row, str(row), kind, "370100",
        payment, payment_row or str(row), Fen(amount), KEY, "1", state, "20261123",
    )  # fmt: skip
    return replace(line, clearing=more.get("clearing", ""), refund=more.get("refund", ""))
