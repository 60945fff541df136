"""Answers: receipt, return and recall layers on a voucher, as drafts. Pure.

The body of an answer follows from what is recorded alone, so that making it again after a crash
makes the same body. Reasons are the code's Chinese sentence; a receipt never edits the layer
below.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from hub.clearing.model import Line, LineState
from hub.errors import Advice
from hub.money import Fen, yuan
from hub.parties import Party
from hub.voucher.model import Body, Draft, LayerId, LayerType, Voucher

_NOTHING: Final = yuan(0)
_AT_COUNTER: Final = "1"
"""XFundDealModeCode: handled by the bank's system (1); 2 is self-service."""


def receipt(
    voucher: Voucher, party: Party, cat: int, fields: Mapping[str, str],
    rows: Sequence[Mapping[str, str]] = (),
) -> Draft:  # fmt: skip
    """A receipt layer for the issuer."""
    head = {"Id": voucher.original.content.fields["Id"], **fields}
    return _on(voucher, LayerType.RECEIPT, party, cat, Body(head, tuple(rows)))


def returned(
    voucher: Voucher, party: Party, cat: int, code: str, reasons: Mapping[str, Advice],
    where: str = "",
) -> Draft:  # fmt: skip
    """A return layer for the issuer, with code and reason, and the place in the voucher if any."""
    said = reason(code, reasons) + (f"（{where}）" if where else "")
    return _on(
        voucher, LayerType.RETURN, party, cat, Body({"Return_Code": code, "Return_Reason": said})
    )


def recall(voucher: Voucher, cat: int, why: str) -> Draft:
    """The issuer's recall, for whoever executes the original."""
    original = voucher.original
    identity = LayerId(original.id.voucher, LayerType.RECALL, original.id.party)
    return Draft(identity, cat, original.to, Body({"Recall_Reason": why}), voucher)


def _on(voucher: Voucher, layer: LayerType, party: Party, cat: int, body: Body) -> Draft:
    issuer = str(voucher.id.issuer)
    return Draft(LayerId(voucher.id, layer, party), cat, (issuer,), body, voucher)


def reason(code: str, reasons: Mapping[str, Advice]) -> str:
    """The sentence for a code; a core's own code stands for itself."""
    advice = reasons.get(code)
    return advice.why_zh if advice else code


def payment_receipt(
    voucher: Voucher, party: Party, cat: int, lines: Sequence[Line], reasons: Mapping[str, Advice]
) -> Draft:
    """A 5201 or 8202 with X fields: failed rows carry 0.00 and the reason."""
    day = max(line.day for line in lines)
    paid = _paid(lines)
    fields = {
        "XPayDate": day,
        "XPayAmt": yuan(paid),
        "XFundDealModeCode": _AT_COUNTER,
        **({"XAgentBusinessNo": lines[0].trace} if len(lines) == 1 and lines[0].trace else {}),
    }
    return receipt(voucher, party, cat, fields, _rows(lines, reasons))


def batch_receipt(
    voucher: Voucher, party: Party, cat: int, lines: Sequence[Line], reasons: Mapping[str, Advice]
) -> Draft:
    """An 8207 with the result of every row; `lines` are the main voucher's, in its order."""
    rows = _rows(lines, reasons)
    ids = [row["Id"] for row in voucher.original.content.details]
    assert len(ids) == len(rows), "a batch detail was accepted with other rows than its payment"
    fields = {"XPayDate": max(line.day for line in lines), "XSumAmt": yuan(_paid(lines))}
    named = [{**row, "Id": own} for own, row in zip(ids, rows, strict=True)]
    return receipt(voucher, party, cat, fields, named)


def _paid(lines: Sequence[Line]) -> Fen:
    return Fen(sum(line.amount_fen for line in lines if line.state is not LineState.FAILED))


def _rows(lines: Sequence[Line], reasons: Mapping[str, Advice]) -> list[dict[str, str]]:
    rows = []
    for line in lines:
        row = {"Id": line.detail, "XPayDate": line.day}
        if line.state is LineState.FAILED:
            row |= {"XPayAmt": _NOTHING, "XAddWord": reason(line.code, reasons)}
        else:
            row |= {"XPayAmt": yuan(line.amount_fen), "XAgentBusinessNo": line.trace}
        rows.append(row)
    assert sum(_fen(row["XPayAmt"]) for row in rows) == _paid(lines), "a receipt lost money"
    return rows


def _fen(text: str) -> int:
    return int(text.replace(".", ""))
