"""Codes of base data: what they mean, what to do now."""

from collections.abc import Mapping
from typing import Final

from hub.errors import Advice

BASE_CODES: Final[Mapping[str, Advice]] = {
    "base_code_unknown": Advice(
        "A code of the voucher is not in the base data of its division.",
        "Correct the field that is named, or publish base data with the code, then issue anew.",
        "凭证中的代码不在该区划的基础数据中",
        "请更正所示字段，或先发布包含该代码的基础数据，再以新号签发。",
    ),
    "base_code_closed": Advice(
        "A code of the voucher is closed, or not open on the voucher's day.",
        "Use a code that is open on that day, then issue anew.",
        "凭证中的代码已停用或当日不可用",
        "请使用当日有效的代码，再以新号签发。",
    ),
    "base_code_not_leaf": Advice(
        "A code of the voucher has codes below it: it is too general.",
        "Use a code at the end of the tree, then issue anew.",
        "凭证中的代码不是末级代码",
        "请使用末级代码，再以新号签发。",
    ),
    "base_account_unknown": Advice(
        "The paying account is not in the register of accounts.",
        "Correct the account, or publish the register with it.",
        "付款账号不在账户清册中",
        "请更正账号，或先发布包含该账户的清册。",
    ),
    "base_account_closed": Advice(
        "The paying account is closed on the voucher's day.",
        "Pay from an open account, with a new voucher.",
        "付款账户当日已停用",
        "请改用有效账户，以新号签发。",
    ),
    "base_account_kind": Advice(
        "The paying account is of a kind that this kind of voucher is not paid from.",
        "Pay from the right account: zero-balance, special, single, or the unit's own.",
        "付款账户类别与凭证种类不符",
        "请使用正确类别的账户（零余额账户、财政专户、国库单一账户或实有资金账户）。",
    ),
    "base_category_unknown": Advice(
        "Nobody checks a category of that name.",
        "Use one of the categories in docs/how-to/publish-base-data.md.",
        "没有该基础数据类别",
        "请使用 docs/how-to/publish-base-data.md 所列类别。",
    ),
    "base_empty": Advice(
        "The file holds no codes.",
        "Give the whole list: an edition replaces the one before it.",
        "文件中没有代码",
        "请给出完整清单：新版本整体取代旧版本。",
    ),
    "base_code_twice": Advice(
        "A code stands twice in the file.",
        "Take one of the rows out.",
        "文件中代码重复",
        "请删除重复行。",
    ),
    "base_parent_unknown": Advice(
        "The code above a code is not in the file, or codes stand in a circle.",
        "Add the code above, or correct the column parent.",
        "上级代码不在文件中，或上下级循环",
        "请补充上级代码或更正 parent 列。",
    ),
    "base_file_columns": Advice(
        "The file lacks a column, or a row has a cell empty that must be filled.",
        "See docs/how-to/publish-base-data.md for the columns.",
        "文件缺少列，或必填单元格为空",
        "列名见 docs/how-to/publish-base-data.md。",
    ),
    "base_missing": Advice(
        "This node has no edition of that category that counts on that day.",
        "See `hubctl basedata list`.",
        "本节点当日没有该类别的基础数据",
        "用 hubctl basedata list 查看。",
    ),
    "base_account_owner": Advice(
        "The paying account belongs to another unit.",
        "Pay from the unit's own account, with a new voucher.",
        "付款账户不属于该预算单位",
        "请使用本单位账户，以新号签发。",
    ),
}
