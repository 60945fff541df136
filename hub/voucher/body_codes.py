"""Codes of bodies and of the catalogue: what they mean, what to do now."""

from collections.abc import Mapping
from typing import Final

from hub.errors import Advice

BODY_CODES: Final[Mapping[str, Advice]] = {
    "body_too_large": Advice(
        "a body is larger than its kind allows",
        "split the voucher, or send details as packs or attachments",
        "报文体超过该凭证类型的上限",
        "请拆分凭证，或将明细分包、作为附件发送",
    ),
    "kind_unknown": Advice(
        "the catalogue in force for this division and year has no such kind",
        "ask for the kind to be added, or correct VtCode, division or year",
        "该区划和年度的凭证目录中没有此凭证类型",
        "请申请增加该类型，或更正凭证类型、区划、年度",
    ),
    "draft_identity": Advice(
        "a field of the draft says another number, kind, division or year than its voucher",
        "make the field named in `field` and the draft's identity the same, then seal again",
        "草稿中的栏目与所编凭证的凭证号、类型、区划或年度不一致",
        "请将所示栏目与草稿的凭证标识改为一致后重新签章",
    ),
    "attachment_differs": Advice(
        "no layer of the voucher lists a file with this digest and length",
        "do not act on the file; ask the issuer for the one the voucher was sealed with",
        "凭证各层所列附件中没有与此文件摘要和长度一致的附件",
        "不要采用该文件；请向签发方索取签章时所附的文件",
    ),
    "attachment_not_given": Advice(
        "the voucher lists an attachment that was not among the files to compare",
        "name its file with --attachment too, if you rely on it",
        "凭证所列附件未在本次比对的文件之中",
        "如需依据该附件，请一并用 --attachment 指定其文件",
    ),
    "layer_not_allowed": Advice(
        "this kind knows no such layer: not everything can be answered, returned or recalled",
        "look up the kind in the catalogue; use another way to answer",
        "该凭证类型不允许此种回复",
        "请查看凭证目录，改用其他答复方式",
    ),
    "field_unexpected": Advice(
        "a field stands in the body that the kind does not have there",
        "leave the field out, or use the kind that has it",
        "报文体中有该凭证类型没有的字段",
        "请去掉该字段，或改用含此字段的凭证类型",
    ),
    "field_missing": Advice(
        "a mandatory field is missing",
        "fill the field named in `field`, or use a kind that does not need it",
        "缺少必填字段",
        "请填写所示字段，或改用不要求该字段的凭证类型",
    ),
    "field_order": Advice(
        "a field stands at the wrong place",
        "write the fields in the order of the catalogue",
        "字段位置错误",
        "请按目录顺序填写",
    ),
    "field_format": Advice(
        "a value has not the form its field demands",
        "correct the value; `hubctl voucher explain` shows the expected form",
        "字段值的格式不符合要求",
        "请更正该值；可用 hubctl voucher explain 查看要求",
    ),
    "field_too_long": Advice(
        "a value is longer than its field allows",
        "shorten the value; put long texts into an attachment",
        "字段值超过长度上限",
        "请缩短内容；较长文字请作为附件",
    ),
    "rows_too_many": Advice(
        "there are more rows than the kind allows",
        "split into several vouchers or packs",
        "明细行数超过上限",
        "请拆分为多张凭证或多个子包",
    ),
    "rows_missing": Advice(
        "there are fewer rows than the kind demands",
        "add the detail rows",
        "明细行数不足",
        "请补充明细行",
    ),
    "amount_format": Advice(
        "an amount is not yuan with two decimals, up to 15 integer digits",
        "write amounts like 12345.67, without separators, never -0.00",
        "金额格式不正确",
        "请按 12345.67 的形式填写，不加分隔符",
    ),
    "amount_sign": Advice(
        "an amount has a sign that its kind does not allow",
        "use the kind for the other direction, or correct the amount",
        "金额正负不符合该凭证类型的要求",
        "请改用相应凭证类型，或更正金额",
    ),
    "amount_sum": Advice(
        "the rows do not add up to the header's amount",
        "correct the rows or the header and send under a new number",
        "明细合计与主单金额不符",
        "请更正明细或主单金额，用新编号发送",
    ),
    "amount_equation": Advice(
        "amounts that must balance do not",
        "correct the amounts and send under a new number",
        "金额之间的平衡关系不成立",
        "请更正金额，用新编号发送",
    ),
    "date_unreal": Advice(
        "a date is no day of the calendar",
        "correct the date (yyyyMMdd)",
        "日期不存在",
        "请按 yyyyMMdd 更正日期",
    ),
    "year_later": Advice(
        "the business year lies in the future",
        "correct StYear",
        "业务年度晚于当前年度",
        "请更正业务年度",
    ),
    "text_blank": Advice(
        "a text holds nothing but blanks",
        "fill the text or leave the field out",
        "文字字段只有空白",
        "请填写内容或去掉该字段",
    ),
    "id_twice": Advice(
        "two rows have the same Id",
        "give every row an Id of its own",
        "明细主键重复",
        "请使每条明细主键唯一",
    ),
    "header_detail_differ": Advice(
        "a row differs from the header in a field that must be the same",
        "make both the same, or split the voucher",
        "明细与主单不一致",
        "请与主单一致，或拆分凭证",
    ),
    "count_differs": Advice(
        "the number of rows is not the one the header says",
        "correct the count or send the missing rows",
        "笔数与明细不符",
        "请更正笔数或补充明细",
    ),
    "pack_number": Advice(
        "the pack's number lies outside the number of packs",
        "correct ChildPackNum and CurPackNo",
        "子包序号超出范围",
        "请更正子包总数和本包序号",
    ),
    "receipt_id_differs": Advice(
        "the receipt names another Id than the voucher it stands on",
        "answer with the voucher's own Id",
        "回单主键与原凭证不符",
        "请使用原凭证的主键",
    ),
    "receipt_rows_differ": Advice(
        "the receipt's rows are not the voucher's rows in their order",
        "answer every row once, in the voucher's order",
        "回单明细与原凭证明细不对应",
        "请按原凭证顺序逐条答复",
    ),
    "receipt_amount": Advice(
        "the receipt's amount is neither what was asked nor, for a row, zero",
        "report each row as paid in full or as failed (0.00)",
        "回单金额与原凭证不符",
        "每条明细须全额支付或按失败（0.00）答复",
    ),
    "receipt_reason_missing": Advice(
        "a row was not paid and no reason is given",
        "fill XAddWord with the reason",
        "失败明细未填写原因",
        "请在附言中填写失败原因",
    ),
    "receipt_field_not_allowed": Advice(
        "a receipt sets a field that only the issuer may set",
        "leave the field out of the receipt",
        "回单修改了原凭证字段",
        "请从回单中去掉该字段",
    ),
    "draft_encoding": Advice(
        "The draft's file is not UTF-8 text: UTF-16, GBK and the like are not read.",
        "Save it as UTF-8, with or without a byte order mark, and hand it over again.",
        "草稿文件不是 UTF-8 编码；UTF-16、GBK 等编码不予读取。",
        "请另存为 UTF-8（可带或不带 BOM）后重新提交。",
    ),
    "draft_form": Advice(
        why="The draft is no JSON of the documented form; the named member is wrong or missing.",
        do="Make a new one with `hubctl voucher new` and fill it in.",
        why_zh="草稿文件不符合规定的 JSON 格式，所示成员缺失或有误。",
        do_zh="请用 hubctl voucher new 重新生成后填写。",
    ),
    "catalogue_unreadable": Advice(
        "a catalogue file is missing or is no TOML",
        "restore the file named in `where` from the release",
        "凭证目录文件缺失或无法读取",
        "请从发布包恢复所示文件",
    ),
    "catalogue_defined_twice": Advice(
        "two catalogue files define the same kind or field",
        "keep one; use an overlay to change a kind",
        "同一凭证类型或字段重复定义",
        "请只保留一个；修改类型请用覆盖文件",
    ),
    "catalogue_kind_unknown": Advice(
        "a kind is like one that does not exist, or like itself",
        "correct `like` at `where`",
        "凭证目录引用了不存在的凭证类型",
        "请更正所示位置的 like",
    ),
    "catalogue_overlay_invalid": Advice(
        "an overlay names neither division nor year, or the same pair comes twice",
        "correct the overlay at `where`",
        "覆盖配置未指明区划或年度，或重复",
        "请更正所示覆盖配置",
    ),
    "catalogue_value_invalid": Advice(
        "a value in the catalogue has the wrong type, name or range",
        "correct the value at `where`",
        "凭证目录中的值不正确",
        "请更正所示位置的值",
    ),
    "catalogue_rule_invalid": Advice(
        "a rule of a kind names a field that the kind has not or that it cannot compute with,"
        " or rows that a receipt answers have no mandatory Id",
        "correct the rule at `where`",
        "凭证规则引用了不存在或不能计算的字段，或回单所答明细缺少必填的 Id",
        "请更正所示位置的规则",
    ),
    "catalogue_seals_unknown": Advice(
        "a kind's seal set is missing, empty, or its first position is optional",
        "correct `seals` at `where`",
        "签章位置配置缺失或首个位置非必签",
        "请更正所示签章配置",
    ),
    "catalogue_field_unknown": Advice(
        "a field is not in the field dictionary, or its entry is wrong",
        "add or correct it in fields.toml",
        "字段字典中没有该字段",
        "请在 fields.toml 中补充或更正",
    ),
    "catalogue_field_invalid": Advice(
        "an entry of a field list cannot be read, or groups nest too deep",
        "write `Name*`, `Name`, `R Name`, `@group`",
        "字段清单写法不正确",
        "请按规定写法更正",
    ),
    "catalogue_group_unknown": Advice(
        "a field list names a group that does not exist",
        "add the group or correct the name",
        "字段组不存在",
        "请增加字段组或更正名称",
    ),
    "catalogue_type_unknown": Advice(
        "a field has a data type that is missing or wrong",
        "add or correct it in types.toml",
        "数据类型不存在或不正确",
        "请在 types.toml 中补充或更正",
    ),
}
