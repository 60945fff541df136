"""Advice for the codes raised by the lowest floor: parties, fence, journal."""

from collections.abc import Mapping
from typing import Final

from hub.errors import Advice

CODES: Final[Mapping[str, Advice]] = {
    "party_format": Advice(
        why="A party is not written as three digits of organisation type, a dot and its code.",
        do="Write it as in 011.370100 (finance bureau) or 102.370100 (bank).",
        why_zh="机构写法不对：应为三位机构类型、点号和机构代码。",
        do_zh="按 011.370100（财政）或 102.370100（银行）的样式填写。",
    ),
    "other_incarnation": Advice(
        why="The store has begun another life (restore or new start) since this process read it.",
        do="Nothing by hand: the process starts again and reads the store anew.",
        why_zh="存储已换了一代（恢复或重新初始化），本进程仍属上一代。",
        do_zh="无需人工处理：进程会自行重启并重新读取。",
    ),
    "journal_gap": Advice(
        why="An entry is missing in a lane of the journal.",
        do="Stop the node, keep its disk, and restore it from the backup before that entry.",
        why_zh="日志链缺少一条记录。",
        do_zh="停止节点，保留磁盘，从该记录之前的备份恢复。",
    ),
    "journal_broken": Advice(
        why="An entry of the journal does not match its hash: it was changed after recording.",
        do="Stop the node, keep its disk as evidence, and restore it from a verified backup.",
        why_zh="日志记录与其哈希不符：记录后被改动。",
        do_zh="停止节点，保留磁盘作为证据，从已校验的备份恢复。",
    ),
    "journal_head": Advice(
        why="A lane of the journal does not end at its recorded head: its end is missing.",
        do="Stop the node, keep its disk as evidence, and restore it from a verified backup.",
        why_zh="日志链的末端与登记的链头不符：尾部缺失。",
        do_zh="停止节点，保留磁盘作为证据，从已校验的备份恢复。",
    ),
}
