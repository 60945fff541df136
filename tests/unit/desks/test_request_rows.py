"""What a 2301 or 2302 row says besides what clearing needs: the payment, as the bank knows it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from adapters.cores.simulated import Trouble
from adapters.embedded.memory_records import LAYERS
from hub.desks import bank_request, bureau
from hub.desks.bank_day import REQUEST_ROWS
from hub.desks.bureau import PaymentRequest
from hub.voucher.model import Voucher
from tests.support.town import Town
from tests.support.town_map import DAY, ENV

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
