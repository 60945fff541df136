"""One import: look at a file with the node's books, then send what is new.

- What was sent before is what the books hold under the row's number: a row of the same content is
  done, a number with other content is held. The day it was sent on does not count.
- What looks like a recent payment is held; the memory of recent payments only warns. Losing it
  loses warnings, never money, because a row's number follows from its content.
- A row that schema or rules would refuse is bad before anything is sealed.
- Rows are issued in batches, each with its quota notices; a batch is posted whole or not at all;
  issuing it again is harmless. Who imports holds the node's import lock from look to send.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from hub.desks.bureau import PaymentRequest, payment
from hub.desks.elements import PAYMENTS
from hub.errors import Rejection
from hub.voucher.forms import FLAG
from hub.voucher.model import Body, Draft, Voucher
from ops.advice import advice
from ops.payments_import.columns import BY_NAME
from ops.payments_import.plan import HeldRow, Plan, plan
from ops.payments_import.quota import quota_drafts
from ops.payments_import.requests import Known, request, strangers
from ops.payments_import.rows import BadCell, Parsed, PaymentRow

BATCH: Final = 200
NOT_CONTENT: Final = frozenset({FLAG, "VouDate"})


class Books(Protocol):
    """The bureau node's records, as far as an import needs them."""

    def recorded(self, layer_ids: Collection[str]) -> Mapping[str, Body]:
        """Contents of the originals that are on record, by layer id."""
        ...

    def judge(self, draft: Draft) -> None:
        """Check a draft by the catalogue's schema and rules.

        Raises:
            Rejection: with the field, where one is at fault.
        """
        ...

    def issue(self, drafts: Sequence[Draft]) -> list[Voucher]:
        """Seal and post; what is on record already is left out."""
        ...


class Memory(Protocol):
    """Payments of the last weeks by business key: for warnings only."""

    def recent(self) -> frozenset[str]:
        """Business keys of recent payments."""
        ...

    def add(self, rows: Sequence[PaymentRow]) -> None:
        """Remember rows that were sent."""
        ...


@dataclass(frozen=True, slots=True)
class Look:
    """A file as this bureau sees it: rows with their drafts, and what is to become of them."""

    parsed: Parsed
    plan: Plan
    requests: Mapping[str, PaymentRequest]
    """By row id."""
    drafts: Mapping[str, Draft]
    """By row id."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What was posted now."""

    payments: int
    notices: int


@dataclass(frozen=True, slots=True)
class Importer:
    """Imports for one bureau node on one business day."""

    known: Known
    books: Books
    memory: Memory
    env: str
    cat: int
    day: str
    batch: int = BATCH
    """Rows of one transaction."""

    def look(self, parsed: Parsed, allowed: Collection[str] = ()) -> Look:
        """Sort the rows; nothing is sent. `allowed`: suspected rows a person has released."""
        unknown = strangers(parsed.rows, self.known)
        lines = {cell.line for cell in unknown}
        requests = {
            row.id: request(row, self.known, self.day)
            for row in parsed.rows
            if row.line not in lines
        }
        drafts = {name: payment(asked, self.env, self.cat) for name, asked in requests.items()}
        refused = [
            cell
            for row in parsed.rows
            if row.line not in lines and (cell := self._refused(row, drafts[row.id]))
        ]
        unknown += refused
        lines |= {cell.line for cell in refused}
        rows = tuple(row for row in parsed.rows if row.line not in lines)
        recorded = self.books.recorded({str(draft.id) for draft in drafts.values()})
        sent: set[str] = set()
        used: set[str] = set()
        for row_id, draft in drafts.items():
            body = recorded.get(str(draft.id))
            if body is not None:
                (sent if _same(body, draft.body) else used).add(row_id)
        parsed = replace(parsed, rows=rows, bad=(*parsed.bad, *unknown))
        planned = plan(parsed, sent, self.memory.recent(), allowed)
        return Look(parsed, _without(planned, used), requests, drafts)

    def send(self, look: Look, *, quota: bool = True) -> Sent:
        """Seal and post what is to be sent, with its quota notices unless others make them.

        Raises:
            Conflict: `number_used`, when somebody else took a number meanwhile.
            CustodyDown, StoreDown: the rest of the file is not sent; import it again.
        """
        payments = notices = 0
        for start in range(0, len(look.plan.send), self.batch):
            rows = look.plan.send[start : start + self.batch]
            noticed = self._notices([look.requests[row.id] for row in rows]) if quota else []
            posted = self.books.issue([*noticed, *(look.drafts[row.id] for row in rows)])
            own = sum(voucher.id.kind in PAYMENTS for voucher in posted)
            payments, notices = payments + own, notices + len(posted) - own
            self.memory.add(rows)
        return Sent(payments, notices)

    def _notices(self, requests: Sequence[PaymentRequest]) -> list[Draft]:
        known = self.known
        return quota_drafts(requests, known.finances, known.treasuries, self.env, self.cat)

    def _refused(self, row: PaymentRow, draft: Draft) -> BadCell | None:
        try:
            self.books.judge(draft)
        except Rejection as refusal:
            field = str(refusal.context.get("field") or "*")
            column = BY_NAME[field].header_zh if field in BY_NAME else field
            return BadCell(row.line, column, row.fields.get(field, ""), *_told(refusal.code))
        return None


def _told(code: str) -> tuple[str, str]:
    known = advice(code)
    return (f"{code}: {known.why}", f"{code}：{known.why_zh}") if known else (code, code)


def _without(planned: Plan, used: Collection[str]) -> Plan:
    held = [HeldRow(row, 0, "number_used") for row in planned.send if row.id in used]
    send = tuple(row for row in planned.send if row.id not in used)
    return replace(planned, send=send, held=(*planned.held, *held))


def _same(one: Body, other: Body) -> bool:
    return _content(one) == _content(other)


def _content(body: Body) -> tuple[dict[str, str], list[dict[str, str]]]:
    filled = {k: v for k, v in body.fields.items() if v and k not in NOT_CONTENT}
    return filled, [{k: v for k, v in row.items() if v} for row in body.details]
