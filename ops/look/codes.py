"""Advice for what the commands that look at a node, or act on it, refuse."""

from collections.abc import Mapping
from typing import Final

from hub.errors import Advice

CODES: Final[Mapping[str, Advice]] = {
    "voucher_missing": Advice(
        why="This node has no layer and no hop of that voucher.",
        do="Check the identity (division/year/kind/issuer/number) and ask the node that issued it.",
        why_zh="本节点没有该凭证的任何记录。",
        do_zh="请核对 区划/年度/类型/签发方/凭证号，并查询签发方节点。",
    ),
    "hub_has_no_phases": Advice(
        why="The hub has no desk, so no phase of the day runs there.",
        do="Name the settings of the party whose phase is meant.",
        why_zh="交换中心没有业务台，不运行日间阶段。",
        do_zh="请用 --config 指明相应单位节点的配置。",
    ),
    "catalogue_not_as_shipped": Advice(
        why="This node was founded with other catalogue files than this package and its own folder"
        " have under the same number.",
        do="Compare the digest of `hubctl catalogue list` with the neighbours'; one sealed release"
        " for all (`hubctl catalogue propose --shipped`) makes them one.",
        why_zh="本节点启用时的目录文件与当前程序包及本站点目录中同号的文件不同。",
        do_zh="请与相邻节点核对 hubctl catalogue list 的摘要；"
        "用 hubctl catalogue propose --shipped 签发新版本即可统一。",
    ),
    "operator_scope": Advice(
        why="What is asked for, or part of it, belongs to a division that is not the operator's.",
        do="Ask for vouchers of your own divisions (`hubctl operator list`); what is about all of"
        " the node is done under its own account.",
        why_zh="所查内容全部或部分超出该操作员的区划范围。",
        do_zh="请查询本人区划的凭证（见 hubctl operator list）；"
        "涉及整个节点的操作请用节点账户执行。",
    ),
    "operator_other": Advice(
        why="The settings name another operator (`operator`, EVX_OPERATOR) than this command does.",
        do="Leave --by out: whoever is logged in acts for himself.",
        why_zh="命令中的操作员与配置（operator、EVX_OPERATOR）所示操作员不同。",
        do_zh="请省略 --by：登录者只能以本人身份操作。",
    ),
    "operator_format": Advice(
        why="Whoever acts is named by his id, one word of letters, digits, dots and dashes. If the"
        " trust list has no operators, `alarm ack` takes any one line of at most 60 characters.",
        do="Give an id of `hubctl operator list`, as --by li.si.",
        why_zh="操作人须以其编号（一个词：字母、数字、点、横线）表示；清单中没有操作员时，"
        "alarm ack 接受不超过 60 个字符的任意一行。",
        do_zh="请用 --by 给出 hubctl operator list 所列编号，例如 --by li.si。",
    ),
    "conflict_unknown": Advice(
        why="No conflict of this voucher is on record here, or it is not among the newest.",
        do="Leave the voucher out to list all; `hubctl voucher trace` shows what is on record.",
        why_zh="本节点没有该凭证的冲突记录，或不在最近的记录之中。",
        do_zh="不指定凭证即可列出全部；hubctl voucher trace 显示已登记的内容。",
    ),
    "find_amount": Advice(
        why="The amount to look for is no number of yuan; where a comma parts something else than"
        " thousands, it is not guessed.",
        do="Write it as 1280, 1,280.5 or 1280.50: a dot before the fen, commas between thousands.",
        why_zh="所查金额不是以元计的数；逗号只能用作千分位，不作猜测。",
        do_zh="请写成 1280、1,280.5 或 1280.50：小数点后为角分，逗号为千分位。",
    ),
    "day_format": Advice(
        why="A business day is not written as yyyyMMdd, or the calendar has no such day.",
        do="Write it as 20261121.",
        why_zh="业务日期写法不对（应为 yyyyMMdd），或没有这一天。",
        do_zh="请写成 20261121。",
    ),
}
