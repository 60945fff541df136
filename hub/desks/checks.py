"""Answering reconciliation statements: 3501 → 5502, 3502 → 2502, 3507 → 5507 or 2507, 3510 → 5510.

Pure. Every row of a statement is compared with the own books, and what the own books hold of that
day beyond it. An answer is made when all packs of a statement are here; every pack gets its own
answer, and the first also tells what the statement lacks. Vouchers may still be on their way when a
statement comes: it is looked at again for about a minute before a difference becomes a break. The
answer carries XCheckResult, XDiffNum, XCheckReason.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from hub.clearing.breaks import Break, BreakKind, found
from hub.clearing.model import ISSUED, LineState, move
from hub.clearing.movement import FIELDS, Movement, compare_quota
from hub.clearing.reconciliation import Outcome, Result
from hub.desks.check_rows import Scope, compared, day_of, own_quota, row_key, subject_of
from hub.desks.ports import DeskTransaction
from hub.desks.statement_rows import BANK_FIELD, LEFT, quota_told
from hub.desks.step import Means, Step, original
from hub.money import Fen, fen, yuan
from hub.parties import FINANCE, Party
from hub.voucher.model import Body, Draft, Voucher

ANSWERS: Final[Mapping[tuple[str, bool], str]] = {
    ("3501", True): "5502", ("3502", False): "2502", ("3507", True): "5507",
    ("3507", False): "2507", ("3510", True): "5510",
}  # fmt: skip
"""(statement, answered by finance) → the answer's kind."""
PATIENCE: Final = 5
"""Looks at a statement that differs, about a minute, before the difference is believed."""
_MIRRORED: Final = {
    BreakKind.MISSING_HERE: BreakKind.MISSING_THERE,
    BreakKind.SEVERAL_HERE: BreakKind.SEVERAL_THERE,
}
_OTHER_SIDE: Final = _MIRRORED | {there: here for here, there in _MIRRORED.items()}


@dataclass(frozen=True, slots=True)
class Checked:
    """A pack against the own books."""

    result: Result
    rows: Sequence[Mapping[str, str]]
    """What the answer says of each row, in the statement's order."""
    lacking: int
    """Differences that no row of the pack tells."""
    fields: Mapping[str, str]
    """What the answer's header says beyond the verdict."""


def answer_check(tx: DeskTransaction, step: Step, party: Party, means: Means) -> None:
    """Compare a statement with own books, keep breaks, draft the answer."""
    voucher, other = step.message, str(step.message.id.issuer)
    names = _packs(tx, voucher, party)
    if len(names) < int(voucher.original.content.fields["ChildPackNum"]):
        step.back_off(tx.now, other, "pack_incomplete")
        return
    checked = _checked(tx, voucher, party, means, names)
    if checked.result.differences and step.task.attempt <= PATIENCE:
        step.back_off(tx.now, other, "statement_differs")
        return
    differences = checked.result.differences
    tx.put_breaks(breaks_of(differences, str(party), other, subject_of(voucher), day_of(voucher)))
    held = tx.lines_of(str(party), [str(voucher.id)])[str(voucher.id)]
    state = LineState.DIFFERS if differences else LineState.AGREED
    tx.put_lines([move(ISSUED, line, state) for line in held if line.state is LineState.NEW])
    step.drafts = [_draft(voucher, party, means.release(), checked)]


def _checked(
    tx: DeskTransaction, voucher: Voucher, party: Party, means: Means, names: Sequence[str]
) -> Checked:
    packs = means.originals(tx, names)
    first = min(names, key=lambda name: _pack_number(packs[name])) == str(voucher.id)
    bank = voucher.original.content.fields.get(BANK_FIELD, "")
    scope = Scope(voucher, party, means.directory.banks.get(bank, party), bank)
    every = [packs[name] for name in names]
    if voucher.id.kind == "3510":
        return _of_quota(voucher, own_quota(tx, scope, means, every, first=first))
    return _of_rows(voucher, compared(tx, scope, every, first=first))


def _of_rows(voucher: Voucher, result: Result) -> Checked:
    by_key = {outcome.key: outcome for outcome in result.outcomes}
    keys = [row_key(voucher, row) for row in voucher.original.content.details]
    lacking = sum(1 for o in result.differences if o.key not in set(keys))
    return Checked(result, [_verdict(by_key[key].kind) for key in keys], lacking, {})


def _of_quota(voucher: Voucher, ours: Sequence[Movement]) -> Checked:
    told = quota_told(voucher)
    result = compare_quota(ours, told)
    kinds = {o.key.rpartition("#")[0]: o.kind for o in result.differences}
    mine = {one.key: one for one in ours}
    keys = {str(one.key) for one in told}
    rows = [_verdict(kinds.get(str(one.key))) | _x_amounts([mine[one.key]]) for one in told]
    lacking = len(kinds.keys() - keys)
    return Checked(result, rows, lacking, _x_amounts([mine[one.key] for one in told]))


def _x_amounts(moved: Sequence[Movement]) -> dict[str, str]:
    """Own figures, as the answer to a 3510 spells them."""
    sums = [sum(one.told[at] for one in moved) for at in range(len(FIELDS))]
    sums.append(sum(one.after_fen for one in moved))
    return {f"X{name}": yuan(fen_) for name, fen_ in zip((*FIELDS, LEFT), sums, strict=True)}


def breaks_of(
    differences: Iterable[Outcome], party: str, other: str, subject: str, day: str
) -> list[Break]:
    """The breaks of a comparison."""
    return [
        found(party, other, o.kind, f"{subject}/{o.key}", day, o.ours_fen, o.theirs_fen)
        for o in differences
        if o.kind is not None
    ]


def _packs(tx: DeskTransaction, voucher: Voucher, party: Party) -> list[str]:
    own = tx.lines_of(str(party), [str(voucher.id)])[str(voucher.id)][0]
    about = tx.lines_about(str(party), [own.payment])[own.payment]
    return sorted({line.voucher_id for line in about if line.kind == voucher.id.kind})


def _pack_number(voucher: Voucher) -> int:
    return int(voucher.original.content.fields["CurPackNo"])


def _draft(voucher: Voucher, party: Party, cat: int, checked: Checked) -> Draft:
    content, own = voucher.original.content, voucher.id
    kind = ANSWERS[own.kind, party.org_type == FINANCE]
    rows = tuple({**row, **said} for row, said in zip(content.details, checked.rows, strict=True))
    reason = {"XCheckReason": f"{BreakKind.MISSING_THERE}: {checked.lacking}"}
    fields = {
        **content.fields,
        "Id": f"{kind}-{own.number}"[:60],
        "VtCode": kind,
        "OriBillNo": own.number,
        "XCheckResult": checked.result.verdict,
        "XDiffNum": str(len(checked.result.differences)),
        **(reason if checked.lacking else {}),
        **checked.fields,
    }
    name = original(replace(own, kind=kind, issuer=party))
    return Draft(name, cat, (str(own.issuer),), Body(fields, rows))


def _verdict(kind: BreakKind | None) -> dict[str, str]:
    if kind is None:
        return {"XCheckResult": "0"}
    return {"XCheckResult": "1", "XCheckReason": kind}


_STATEMENT: Final = {answer: kind for (kind, _), answer in ANSWERS.items()}


def told(voucher: Voucher, party: str) -> Sequence[Break]:
    """Breaks that the other side's answer tells, for the side that asked."""
    rows = [r for r in voucher.original.content.details if r["XCheckResult"] == "1"]
    other, day = str(voucher.id.issuer), day_of(voucher)
    subject = voucher.original.content.fields.get("EVoucherType") or _STATEMENT[voucher.id.kind]
    if voucher.id.kind == "5510":
        return _quota_breaks(voucher, party)
    return [
        found(
            party, other, _reason(row.get("XCheckReason", "")),
            f"{subject}/{row_key(voucher, row)}", day, fen(row.get("Amt") or row["PayAmt"]),
            Fen(0),
        )
        for row in rows
    ]  # fmt: skip


def _quota_breaks(voucher: Voucher, party: str) -> list[Break]:
    """What a 5510 says otherwise; a row of people's own hand may lack its figures."""
    rows = zip(quota_told(voucher), voucher.original.content.details, strict=True)
    return [
        found(party, str(voucher.id.issuer), BreakKind.QUOTA_DIFFERS,
              f"{_STATEMENT[voucher.id.kind]}/{one.key}#{name}", day_of(voucher), ours, theirs)
        for one, row in rows
        if row["XCheckResult"] == "1"
        for name, ours in zip(FIELDS, one.told, strict=True)
        for theirs in [fen(row.get(f"X{name}") or row[name])]
        if theirs != ours or f"X{name}" not in row
    ]  # fmt: skip


def _reason(text: str) -> BreakKind:
    """The kind of difference the other side names; people's own words are a difference too."""
    known = {str(kind): kind for kind in BreakKind if kind is not BreakKind.CORE_DIFFERS}
    kind = known.get(text, BreakKind.STATE_DIFFERS)
    return _OTHER_SIDE.get(kind, kind)
