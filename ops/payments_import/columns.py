"""The columns of a payments file: field name of the specification, Chinese header, what it must be.

Data only. `docs/reference/payments-csv.md` is generated from this table; lengths and formats are
those of the catalogue's fields.
"""

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Column:
    """One column; a value must match `pattern` as a whole and be at most `length_max` long."""

    field: str
    header_zh: str
    required: bool
    pattern: re.Pattern[str]
    length_max: int
    expected: str
    expected_zh: str
    example: str


def _digits(count: str, length_max: int) -> tuple[re.Pattern[str], int, str, str]:
    pattern = re.compile(rf"[0-9]{{{count}}}", re.ASCII)
    said, said_zh = count.replace(",", " to "), count.replace(",", "至")
    return pattern, length_max, f"{said} digits", f"{said_zh}位数字"


def _text(length_max: int) -> tuple[re.Pattern[str], int, str, str]:
    # nothing that is not seen: a name that only looks like another would be a payment of its own
    unseen = r"\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffd"
    pattern = re.compile(rf"[^{unseen}\ud800-\udfff]+")
    expected = f"text of at most {length_max} characters, no control characters"
    return pattern, length_max, expected, f"不超过{length_max}个字符的文字，不含控制字符"


_ACCOUNT: Final = (
    re.compile(r"[0-9A-Za-z-]{4,40}", re.ASCII),
    40,
    "4 to 40 digits, letters or '-' (format the column as text: 6.22E+18 has lost digits)",
    "4至40位数字、字母或“-”（请将列设为文本，6.22E+18 已丢失数字）",
)
_AMOUNT: Final = (
    re.compile(r"(0|[1-9][0-9]{0,14})(\.[0-9]{1,2})?", re.ASCII),
    18,
    "yuan above 0.00, at most two decimals, no separators",
    "大于0.00的元，最多两位小数，不带千分位",
)
_DIVISION: Final = (
    re.compile(r"[0-9]{6}([0-9]{3})?", re.ASCII),
    9,
    "6 or 9 digits",
    "6位或9位数字",
)
_CODE: Final = (
    re.compile(r"[0-9A-Za-z_.-]+", re.ASCII),
    40,
    "digits and letters",
    "数字或字母",
)
_UNIT: Final = (
    re.compile(r"[0-9A-Za-z-]+", re.ASCII),
    30,
    "digits, letters or '-'",
    "数字、字母或“-”",
)
_KIND: Final = (
    re.compile(r"5201|8202", re.ASCII),
    4,
    "5201 or 8202; empty: by pay type",
    "5201 或 8202；空则按支付方式",
)
_NUMBER: Final = (
    re.compile(r"[0-9A-Za-z-]{1,58}", re.ASCII),
    58,
    "the finance system's number, never used before; empty: derived from the row",
    "财政系统凭证号，不得重复使用；空则由本行内容生成",
)
_PAY_TYPE: Final = (
    re.compile(r"11|12|001001|001002", re.ASCII),
    6,
    "11 (direct) or 12 (authorised)",
    "11（直接支付）或 12（授权支付）",
)
_TRACKING: Final = (
    re.compile(r"[0-9A-Za-z_.-]{1,38}", re.ASCII),
    38,
    "1 to 38 digits, letters, '_', '.' or '-'",
    "1至38位数字、字母、“_”“.”或“-”",
)

COLUMNS: Final = (
    Column("AdmDivCode", "区划代码", True, *_DIVISION, example="370100"),
    Column("VtCode", "凭证类型", False, *_KIND, example="5201"),
    Column("VoucherNo", "凭证号", False, *_NUMBER, example=""),
    Column("StYear", "业务年度", False, *_digits("4", 4), example="2026"),
    Column("TreCode", "国库主体代码", True, *_digits("10", 10), example="0215000000"),
    Column("FinOrgCode", "财政机关代码", True, *_digits("1,12", 12), example="370100"),
    Column("PayTypeCode", "支付方式", True, *_PAY_TYPE, example="11"),
    Column("FundTypeCode", "资金性质", True, *_digits("1,6", 6), example="1"),
    Column("BgtTypeCode", "预算类型", True, *_digits("1,6", 6), example="1"),
    Column("ProCatCode", "收支管理", True, *_digits("1,6", 6), example="1"),
    Column("SupDepCode", "一级预算单位编码", True, *_UNIT, example="101"),
    Column("SupDepName", "一级预算单位", False, *_text(180), example="市教育局"),
    Column("AgencyCode", "基层预算单位编码", True, *_UNIT, example="101001"),
    Column("AgencyName", "基层预算单位", True, *_text(180), example="市第三实验小学"),
    Column("ExpFuncCode", "功能分类编码", True, *_digits("7", 7), example="2050202"),
    Column("ExpFuncName", "功能分类", False, *_text(180), example="小学教育"),
    Column("GovExpEcoCode", "政府经济分类编码", True, *_digits("5", 5), example="50502"),
    Column("GovExpEcoName", "政府经济分类", False, *_text(180), example="商品和服务支出"),
    Column("DepExpEcoCode", "部门经济分类编码", False, *_digits("5", 5), example="30201"),
    Column("DepExpEcoName", "部门经济分类", False, *_text(180), example="办公费"),
    Column("DepProCode", "预算项目编码", False, *_CODE, example="370100261010001"),
    Column("DepProName", "预算项目", False, *_text(180), example="日常公用经费"),
    Column("PayBankNo", "代理银行行号", True, *_digits("12", 12), example="102451000017"),
    Column("PayBankCode", "代理银行编码", True, *_digits("3", 3), example="102"),
    Column("PayBankName", "代理银行", False, *_text(180), example="第一代理银行"),
    Column("PayAcctNo", "付款人账号", True, *_ACCOUNT, example="1602000109000000018"),
    Column("PayAcctName", "付款人全称", True, *_text(300), example="市财政局零余额账户"),
    Column("PayAcctBankName", "付款人开户银行", True, *_text(180), example="第一代理银行营业部"),
    Column("PayeeAcctNo", "收款人账号", True, *_ACCOUNT, example="6222021602000000019"),
    Column("PayeeAcctName", "收款人全称", True, *_text(300), example="明湖文具有限公司"),
    Column(
        "PayeeAcctBankName", "收款人开户银行", True, *_text(180), example="第二代理银行东城支行"
    ),
    Column("PayeeAcctBankNo", "收款人银行行号", False, *_digits("12", 12), example="103451000025"),
    Column("PayKindCode", "支出类型编码", False, *_CODE, example="1"),
    Column("PaySummaryCode", "用途编码", False, *_CODE, example="001"),
    Column("PaySummaryName", "用途", True, *_text(300), example="教学用品"),
    Column("PayAmt", "支付金额", True, *_AMOUNT, example="12345.60"),
    Column("TrackingID", "业务追溯识别码", False, *_TRACKING, example="2026-0001"),
    Column("Remark", "备注", False, *_text(300), example=""),
)
BY_NAME: Final = {name: column for column in COLUMNS for name in (column.field, column.header_zh)}
