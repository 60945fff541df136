"""What a 2301 or 2302 row says besides what clearing needs: the payment, as the bank knows it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from adapters.cores.simulated import Trouble
from adapters.embedded.memory_records import LAYERS, MESSAGES
from adapters.embedded.memory_store import MemoryTransaction
from hub.clock import MINUTE
from hub.desks import bank_request, bureau
from hub.desks.bank_day import REQUEST_ROWS
from hub.desks.bureau import PaymentRequest
from hub.desks.model import TaskKind, TaskState, task_id
from hub.desks.step import Step
from hub.errors import HubError, StoreDamaged, TargetDown
from hub.voucher.model import Voucher
from ops import apart
from tests.support.town import Town
from tests.support.town_map import BANKS, DAY, ENV

PURPOSE = {"PaySummaryName": "培训费", "ExpFuncName": "小学教育", "ProCatName": "项目支出"}


def requests_of(town: Town, kind: str) -> list[Voucher]:
    """Bank A's requests of a kind, as they stand at the bank."""
    with town.nodes["bank-a"].store.read() as tx:
        rows = [row for row in tx.rows(LAYERS).values() if row.kind == kind]
        own = {row.message_digest for row in rows if "/original/" in row.layer_id}
        return town.verifier.reopen(list(tx.messages(own).values()))


def paid(*requests: PaymentRequest, town: Town) -> list[Voucher]:
    town.issue([*bureau.payment_drafts(requests, ENV, 1), town.notice(requests)])
    town.settle()
    town.phase("sum_up", "bank-a")
    town.settle()
    return requests_of(town, "2301")


def rows_of(voucher: Voucher) -> Sequence[Mapping[str, str]]:
    return voucher.original.content.details


def test_a_transfer_row_tells_what_was_paid_when_and_to_whom() -> None:
    town = Town()
    request = replace(town.request(40), extra=PURPOSE)
    [voucher] = paid(request, town=town)
    [row] = rows_of(voucher)
    payee = request.payees[0].account
    expected = {
        "FundTypeCode": "1", "ExpEcoCode": "50201", "PaySummaryName": "培训费",
        "ExpFuncName": "小学教育", "XPayDate": DAY, "XPayAmt": "0.40",
        "PayeeAcctNo": payee.number, "PayeeAcctName": payee.name,
        "PayeeAcctBankName": payee.bank_name, "PayeeAcctBankNo": payee.bank_no,
        "XPayeeAcctNo": payee.number, "XPayeeAcctName": payee.name,
        "XPayeeAcctBankName": payee.bank_name,
    }  # fmt: skip
    assert expected == {name: row.get(name) for name in expected}
    assert row["AgentBusinessNo"]
    assert [] == town.problems()


def test_a_refund_row_tells_the_payment_that_came_back() -> None:
    town = Town(1, banking=Trouble(bounced=1.0))
    request = town.request(40)
    paid(request, town=town)
    town.phase("bounces", "bank-a")
    town.phase("sum_up", "bank-a")
    town.settle()
    [voucher] = requests_of(town, "2302")
    [row] = rows_of(voucher)
    payee = request.payees[0].account
    assert ("-0.40", "0.40", DAY, payee.name) == (
        row["PayAmt"], row["XPayAmt"], row["XPayDate"], row["PayeeAcctName"],
    )  # fmt: skip
    assert [] == town.problems()


def test_each_row_of_a_batch_names_its_own_payee() -> None:
    town = Town()
    request = town.request(40, 2, batch=True)
    [voucher] = paid(request, town=town)
    assert [one.account.number for one in request.payees] == [
        row["XPayeeAcctNo"] for row in rows_of(voucher)
    ]
    assert ["0.40", "0.02"] == [row["XPayAmt"] for row in rows_of(voucher)]


def test_rows_that_would_not_fit_leave_the_longest_out_and_all_alike() -> None:
    town = Town()
    request = replace(town.request(40), extra={"PaySummaryName": "长" * 200})
    [voucher] = paid(request, town=town)
    with town.nodes["bank-a"].store.read() as tx:
        found = tx.lines_of(str(voucher.id.issuer), [str(voucher.id)])[str(voucher.id)]
        about = tx.lines_about(str(voucher.id.issuer), {found[0].payment})[found[0].payment]
        payment = next(line for line in about if line.kind == "5201")
        layer = next(row for row in tx.rows(LAYERS).values() if row.kind == "5201")
        octets = tx.messages([layer.message_digest])[layer.message_digest]
    [original] = town.verifier.reopen([octets])
    lines = [replace(found[0], row=n, detail=str(n)) for n in range(1, REQUEST_ROWS + 1)]
    told = bank_request.rows(
        "2301", lines, {line.link: payment for line in lines}, {payment.voucher_id: original}
    )
    keys = {frozenset(row) for row in told}
    assert 1 == len(keys)
    [kept] = keys
    assert {"XPayDate", "ExpEcoCode", "PayeeAcctName"} <= kept
    assert not {"PaySummaryName", "XPayeeAcctName"} & kept
    assert sum(map(bank_request._bytes, told)) <= bank_request.ROWS_BYTES_MAX
    few = bank_request.rows(
        "2301", lines[:3], {lines[0].link: payment}, {payment.voucher_id: original}
    )
    assert "PaySummaryName" in few[0]
    assert "XPayDate" not in few[1]


# --- what explains a row cannot be read -----------------------------------------------------------


def two_paid(town: Town) -> bytes:
    """Two payments were carried out; the digest of one's original at the bank."""
    requests = [town.request(40), town.request(70)]
    town.issue([*bureau.payment_drafts(requests, ENV, 1), town.notice(requests)])
    town.settle()
    with town.nodes["bank-a"].store.read() as tx:
        rows = [row for row in tx.rows(LAYERS).values() if row.kind == "5201"]
        return min(row.message_digest for row in rows if "/original/" in row.layer_id)


def unreadable(monkeypatch: pytest.MonkeyPatch, digest: bytes, error: HubError) -> None:
    """From now on a store says this of a message."""
    real = MemoryTransaction.messages

    def messages(self: MemoryTransaction, digests: Collection[bytes]) -> Mapping[bytes, bytes]:
        if digest in digests:
            raise error
        return real(self, digests)

    monkeypatch.setattr(MemoryTransaction, "messages", messages)


def summed(town: Town) -> list[Voucher]:
    town.phase("sum_up", "bank-a")
    town.settle()
    return requests_of(town, "2301")


def cleared_without_reasons(town: Town) -> None:
    """The request went out with what the books know, and was cleared."""
    [voucher] = summed(town)
    rows = rows_of(voucher)
    assert {"0.40", "0.70"} == {row["XPayAmt"] for row in rows}
    assert not [row for row in rows if "PayeeAcctName" in row or "ExpEcoCode" in row]
    assert (2, 110) == town.totals("bank-a")["2301", "cleared"]
    assert [] == town.problems()


@pytest.mark.parametrize("octets", [b"damaged", None], ids=["damaged", "gone"])
def test_a_request_does_not_wait_for_an_original_that_is_damaged_or_gone(
    octets: bytes | None,
) -> None:
    town = Town()
    digest = two_paid(town)
    with town.nodes["bank-a"].store.begin() as tx:
        if octets is None:
            tx.drop(MESSAGES, digest)
        else:
            tx.put(MESSAGES, digest, octets)
        tx.commit()
    cleared_without_reasons(town)


def test_a_request_does_not_wait_for_an_archive_that_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town = Town()
    unreadable(monkeypatch, two_paid(town), TargetDown("archive_away"))
    cleared_without_reasons(town)


def drafted_again(town: Town, voucher: Voucher) -> None:
    node = town.nodes["bank-a"]
    parts: Any = node.desk._parts
    with node.store.begin() as tx:
        name = task_id(TaskKind.SEND, str(BANKS[0]), str(voucher.id))
        parts.clerks[BANKS[0]].prepare(tx, Step(tx.tasks([name])[name], None))


def test_a_request_that_went_out_already_is_never_drafted_with_less(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town = Town()
    digest = two_paid(town)
    [voucher] = summed(town)
    unreadable(monkeypatch, digest, TargetDown("archive_away"))
    with pytest.raises(TargetDown, match="archive_away"):
        drafted_again(town, voucher)


def test_a_damaged_store_is_no_reason_to_say_less(monkeypatch: pytest.MonkeyPatch) -> None:
    town = Town()
    digest = two_paid(town)
    town.phase("sum_up", "bank-a")
    desk = town.nodes["bank-a"].desk
    with monkeypatch.context() as while_it_lasts:
        unreadable(while_it_lasts, digest, StoreDamaged("store_damaged"))
        with pytest.raises(StoreDamaged, match="store_damaged"):
            desk.work(100)
        apart.work_apart(desk)
    with town.nodes["bank-a"].store.read() as tx:
        [task] = [task for task in tx.open_tasks(99) if task.kind is TaskKind.SEND]
    assert (TaskState.CLAIMED, "") == (task.state, task.waiting_for), "nobody is to look at it"
    town.clock.at += 3 * MINUTE
    town.settle()
    assert 1 == len(requests_of(town, "2301"))
