"""Builders of vouchers for the page tests: a kind and a voucher without any cryptography."""

from collections.abc import Mapping, Sequence

from adapters.pages.faces import Face
from hub.clock import Instant
from hub.parties import Party
from hub.voucher.catalogue import FieldRule, Kind, Presence, Sign
from hub.voucher.model import Body, LayerId, LayerType, Reading, SealedLayer, Voucher, VoucherId

AT = Instant(1795248000000)  # 2026-11-21T08:00:00Z
BUREAU, BANK = Party("011", "370100"), Party("102", "370100")
HEADER = {
    "FundTypeCode": "资金性质编码", "FundTypeName": "资金性质名称", "BgtTypeCode": "预算类型编码",
    "BgtTypeName": "预算类型名称", "PayTypeCode": "支付方式编码", "PayTypeName": "支付方式名称",
    "AgencyCode": "基层预算单位编码", "AgencyName": "基层预算单位名称",
    "ExpFuncCode": "支出功能分类科目编码", "ExpFuncName": "支出功能分类科目名称",
    "GovExpEcoCode": "政府支出经济分类编码", "GovExpEcoName": "政府支出经济分类名称",
    "DepProCode": "预算项目编码", "DepProName": "预算项目名称", "PaySummaryCode": "用途编码",
    "PaySummaryName": "用途名称", "Remark": "备注", "XAgentBusinessNo": "银行交易流水号",
    "XPayeeAcctName": "收款人全称（实际）", "Return_Reason": "",
}  # fmt: skip
AMOUNTS = {"PayAmt": "支付金额", "XPayAmt": "实际支付金额"}
DATES = {"VouDate": "凭证日期", "XPayDate": "实际支付日期"}
ROWS = {
    "AgencyName": "基层预算单位名称", "ExpFuncName": "支出功能分类科目名称",
    "PayeeAcctName": "收款人全称", "PayeeAcctNo": "收款人账号",
    "PayeeAcctBankName": "收款人开户银行", "XAddWord": "附言", "TrackingID": "业务追溯识别码",
    "Remark": "备注", "ExpFuncCode": "支出功能分类科目编码", "AgencyCode": "基层预算单位编码",
}  # fmt: skip


def rules(names: Mapping[str, str], kind: str, length_max: int = 300) -> list[FieldRule]:
    return [FieldRule(n, kind, Presence.OPTIONAL, length_max, zh) for n, zh in names.items()]


def a_kind(*, certain: bool = True) -> Kind:
    return Kind(
        code="5201",
        name_zh="财政直接支付凭证",
        name_en="direct payment voucher",
        issuers=("011",),
        receivers=("bank",),
        copies=(),
        replies=(LayerType.RECEIPT, LayerType.RETURN),
        header=(*rules(HEADER, "text"), *rules(AMOUNTS, "amount"), *rules(DATES, "date")),
        detail=(*rules(ROWS, "text"), *rules(AMOUNTS, "amount"), *rules(DATES, "date")),
        amount="PayAmt",
        detail_amount="PayAmt",
        sign=Sign.POSITIVE,
        positions={},
        body_bytes_max=65536,
        message_class="online",
        retention_years=30,
        certain=certain,
    )


def a_header(**changes: str) -> dict[str, str]:
    return {
        "Id": "1", "AdmDivCode": "370100", "StYear": "2026", "VtCode": "5201",
        "VouDate": "20261121", "VoucherNo": "2026000000001", "FundTypeCode": "1",
        "FundTypeName": "一般公共预算资金", "BgtTypeCode": "1", "BgtTypeName": "年初预算",
        "PayTypeCode": "11", "PayTypeName": "财政直接支付", "AgencyCode": "101001",
        "AgencyName": "示例市第三实验小学", "ExpFuncCode": "2050202", "ExpFuncName": "小学教育",
        "GovExpEcoCode": "50502", "GovExpEcoName": "商品和服务支出",
        "DepProCode": "370100261010001", "DepProName": "义务教育阶段日常公用经费补助",
        "PayAcctNo": "1602000109000000018", "PayAcctName": "示例市财政局零余额账户",
        "PayAcctBankName": "第一代理银行示例市分行营业部", "PayeeAcctNo": "6222021602000000019",
        "PayeeAcctName": "示例明湖文具有限公司", "PayeeAcctBankName": "第二代理银行东城支行",
        "PayeeAcctBankNo": "103451000025", "PaySummaryCode": "001", "PaySummaryName": "教学用品",
        "PayAmt": "12345.60", "Remark": "",
    } | changes  # fmt: skip


def a_row(number: int, amount: str = "100.00", **changes: str) -> dict[str, str]:
    return {
        "Id": str(number), "VoucherBillId": "1", "VoucherBillNo": "2026000000001",
        "AgencyCode": "101001", "AgencyName": "示例市第三实验小学", "ExpFuncCode": "2050202",
        "ExpFuncName": "小学教育", "PayeeAcctNo": f"62220216020000{number:05d}",
        "PayeeAcctName": f"示例供应商第{number}有限公司",
        "PayeeAcctBankName": "第二代理银行东城支行", "PayAmt": amount,
        "TrackingID": f"2026-{number:04d}",
    } | changes  # fmt: skip


def a_voucher(*bodies: tuple[LayerType, Body]) -> Voucher:
    identity = VoucherId("sd-test", "370100", "2026", "5201", BUREAU, "2026000000001")
    layers = tuple(
        SealedLayer(
            LayerId(identity, layer, BUREAU if layer is LayerType.ORIGINAL else BANK),
            1, (str(BANK),), b"body", b"\x5a" * 32, b"\x01" * 32, Reading(body), (),
        )
        for layer, body in bodies
    )  # fmt: skip
    return Voucher(b"octets", b"\x02" * 32, layers)


def an_original(rows: Sequence[Mapping[str, str]] = (), **changes: str) -> Voucher:
    return a_voucher((LayerType.ORIGINAL, Body(a_header(**changes), tuple(rows))))


def a_face(position: str, name: str, *, holds: bool = True) -> Face:
    return Face(position, name, "", AT, holds)


def finance_faces() -> tuple[Face, ...]:
    return (
        a_face("财政经办签章", "王小明"),
        a_face("财政复核签章", "欧阳文华"),
        a_face("财政业务公章", "示例市财政局国库集中支付专用章"),
    )


def bank_faces() -> tuple[Face, ...]:
    return (
        a_face("银行经办签章", "李四"),
        a_face("银行业务专用章", "第一代理银行股份有限公司示例市分行业务专用章"),
    )
