"""Advice for the codes a payments file can be refused with as a whole."""

from collections.abc import Mapping
from typing import Final

from hub.errors import Advice

CODES: Final[Mapping[str, Advice]] = {
    "csv_too_large": Advice(
        why="The payments file is larger than this command reads at once.",
        do="Split it; each part needs the header line.",
        why_zh="付款文件超过一次可读的大小。",
        do_zh="请拆分文件，每份都要带表头。",
    ),
    "csv_utf16": Advice(
        why="The payments file is UTF-16 (Excel's 'Unicode text').",
        do="Save it again as 'CSV UTF-8'.",
        why_zh="付款文件为 UTF-16 编码（Excel 的“Unicode 文本”）。",
        do_zh="请另存为“CSV UTF-8”。",
    ),
    "csv_encoding": Advice(
        why="The payments file is neither UTF-8 nor GB18030 at the given byte position.",
        do="Save it again as 'CSV UTF-8'; nothing of it was sent.",
        why_zh="付款文件在所示字节处既不是 UTF-8 也不是 GB18030。",
        do_zh="请另存为“CSV UTF-8”；文件内容均未发送。",
    ),
    "csv_broken": Advice(
        why="The record that begins at this line is no CSV: an open quote or an endless cell.",
        do="Mend the quotes at that line; nothing of the file was sent.",
        why_zh="从该行开始的记录不是合法 CSV：引号未闭合，或单元格过长。",
        do_zh="请修正该行引号；文件内容均未发送。",
    ),
    "csv_too_many_rows": Advice(
        why="The payments file has more rows than one import takes.",
        do="Split it; each part needs the header line.",
        why_zh="付款文件行数超过一次导入的上限。",
        do_zh="请拆分文件，每份都要带表头。",
    ),
    "csv_too_many_cells": Advice(
        why="A line holds far more cells than there are columns.",
        do="Look for a missing line break or a wrong separator at that line.",
        why_zh="某行单元格数远多于列数。",
        do_zh="请检查该行是否缺换行或分隔符有误。",
    ),
    "csv_empty": Advice(
        why="The payments file has no header line.",
        do="Give a file with the columns of docs/reference/payments-csv.md.",
        why_zh="付款文件没有表头。",
        do_zh="请按 docs/reference/payments-csv.md 的列提供文件。",
    ),
    "import_not_a_bureau": Advice(
        why="Payments are imported at a bureau's node; these settings are another's.",
        do="Name the bureau's settings with --config.",
        why_zh="付款文件只能在财政节点导入，当前配置不是财政节点。",
        do_zh="请用 --config 指明财政节点的配置。",
    ),
    "import_runs_already": Advice(
        why="Another import runs at this node.",
        do="Wait until it has ended, then import the file; what it sent is left out.",
        why_zh="本节点正在进行另一次导入。",
        do_zh="请等待其结束后再导入；已发送的行会自动跳过。",
    ),
    "import_memory_away": Advice(
        why="The file of recently imported payments cannot be read or written.",
        do="Check the node's data folder and disk; it only serves warnings of duplicates.",
        why_zh="近期付款记录文件无法读写。",
        do_zh="请检查节点数据目录和磁盘；该文件仅用于重复提示。",
    ),
}
