"""Invented payments of the demonstration's town as CSV; the files in docs/samples are made by this.

python -m tests.support.payments
"""

import csv
import io
from pathlib import Path
from random import Random

from hub.desks.bureau import payment
from hub.money import yuan
from hub.voucher.drafts import write
from ops.demo.town import town
from ops.payments_import.columns import COLUMNS
from ops.payments_import.requests import Known, request
from ops.payments_import.rows import parse

SAMPLES = Path(__file__).parents[2] / "docs/samples"
PAYEES = (
    "明湖",
    "泉城",
    "千佛",
    "华信",
    "齐泰",
    "鲁源",
    "东岳",
    "蓝海",
    "金穗",
    "恒达",
    "瑞和",
    "正阳",
)
TRADES = {
    "文具用品有限公司": ("教学用品", "30201", "办公费", "50201", "办公经费"),
    "印务有限公司": ("资料印刷费", "30202", "印刷费", "50201", "办公经费"),
    "物业管理有限公司": ("第四季度物业费", "30209", "物业管理费", "50201", "办公经费"),
    "供热有限公司": ("采暖费", "30208", "取暖费", "50201", "办公经费"),
    "电力工程有限公司": ("电费", "30206", "电费", "50201", "办公经费"),
    "建筑工程有限公司": ("校舍维修进度款", "30213", "维修（护）费", "50209", "维修（护）费"),
    "信息技术有限公司": ("设备购置尾款", "31002", "办公设备购置", "50306", "设备购置"),
    "医疗器械有限公司": ("医用耗材", "30218", "专用材料费", "50204", "专用材料购置费"),
    "食品配送有限公司": ("学生营养餐", "30399", "其他对个人补助", "50999", "其他补助"),
    "车辆服务有限公司": (
        "公务用车维修",
        "30231",
        "公务用车运行维护费",
        "50208",
        "公务用车运行维护费",
    ),
}
BRANCHES = ("营业部", "东城支行", "西城支行", "高新支行", "湖滨支行")


def rows(count: int, seed: int = 1) -> list[dict[str, str]]:
    """Payments by field name; the same seed gives the same rows."""
    draw = Random(seed)
    return [_row(draw, number) for number in range(1, count + 1)]


def _row(draw: Random, number: int) -> dict[str, str]:
    people = town()
    division = draw.choice(people.divisions)
    unit = draw.choice(division.units)
    budget = division.budget(unit)
    direct = draw.random() < 0.6
    bank = draw.choice(people.banks) if direct else unit.bank
    payer = division.accounts[bank.code] if direct else unit.account
    trade, (use, department, department_name, government, government_name) = draw.choice(
        list(TRADES.items())
    )
    return {column.field: "" for column in COLUMNS} | {
        "AdmDivCode": division.code, "VtCode": "5201" if direct else "8202", "StYear": "2026",
        "TreCode": budget.treasury, "FinOrgCode": budget.finance_org,
        "PayTypeCode": "11" if direct else "12", "FundTypeCode": budget.fund,
        "BgtTypeCode": budget.budget_type, "ProCatCode": budget.category,
        "SupDepCode": budget.upper_unit, "AgencyCode": budget.agency,
        "AgencyName": f"{division.name}{unit.name}", "ExpFuncCode": budget.subject,
        "GovExpEcoCode": government, "GovExpEcoName": government_name,
        "DepExpEcoCode": department, "DepExpEcoName": department_name,
        "DepProCode": f"{division.code}26{budget.agency}001", "DepProName": "日常公用经费",
        "PayBankNo": bank.line_no, "PayBankCode": bank.code, "PayBankName": bank.name,
        "PayAcctNo": payer.number, "PayAcctName": payer.name, "PayAcctBankName": payer.bank_name,
        "PayeeAcctNo": f"990{draw.randrange(10**16):016d}",
        "PayeeAcctName": f"{division.name}{draw.choice(PAYEES)}{trade}",
        "PayeeAcctBankName": f"{draw.choice(people.banks).name}{draw.choice(BRANCHES)}",
        "PayKindCode": "1", "PaySummaryName": use, "PayAmt": yuan(_amount(draw)),
        "TrackingID": f"2026-{number:06d}",
    }  # fmt: skip


def _amount(draw: Random) -> int:
    """Mostly small, some large, as real days are; in fen."""
    return round(100 * min(8_000_000, draw.lognormvariate(9.2, 1.6))) + draw.randrange(1, 100)


def as_csv(payments: list[dict[str, str]]) -> bytes:
    """UTF-8, Chinese headers."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(column.header_zh for column in COLUMNS)
    writer.writerows([payment[column.field] for column in COLUMNS] for payment in payments)
    return text.getvalue().encode()


def flawed() -> bytes:
    """Twelve rows: seven bad ones, a suspected duplicate, a row that stands twice."""
    payments = rows(10, seed=2)
    payments[1]["PayAmt"] = "1,250.00"
    payments[2]["PayeeAcctNo"] = "6.22202E+18"
    payments[3]["PayeeAcctName"] = ""
    payments[4]["AdmDivCode"] = "3701"
    payments[5]["PayAmt"] = "0.00"
    payments[6]["ExpFuncCode"] = "205"
    payments[7]["PayTypeCode"] = "31"
    again = payments[8] | {"TrackingID": "2026-000099"}
    return as_csv([*payments, again, payments[9]])


def draft() -> bytes:
    """The first direct payment of the sample as a draft to be sealed."""
    people = town()
    known = Known(
        {division.code: division.finance for division in people.divisions},
        {bank.line_no: bank.party for bank in people.banks},
        frozenset(),
        {people.treasury.code: people.treasury},
    )
    row = next(row for row in parse(as_csv(rows(20))).rows if row.kind == "5201")
    return write(payment(request(row, known, "20261121"), "dev", 1))


if __name__ == "__main__":
    (SAMPLES / "draft-5201.json").write_bytes(draft())
    SAMPLES.mkdir(exist_ok=True)
    (SAMPLES / "payments-500.csv").write_bytes(as_csv(rows(500)))
    (SAMPLES / "payments-with-errors.csv").write_bytes(flawed())
