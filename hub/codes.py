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
    "anchor_form": Advice(
        why="A checkpoint that a neighbour holds is written LIFE/NUMBER/HASH, in lower case.",
        do="Have the neighbour copy the line of `hubctl store anchors` as it is.",
        why_zh="相邻节点保存的检查点应写作 启用代号/编号/摘要，字母小写。",
        do_zh="请对方原样抄录 hubctl store anchors 所示的一行。",
    ),
    "anchor_other_life": Advice(
        why="The checkpoint is of another life of this store: it was restored between.",
        do="Have the neighbour read out what it holds now; it follows within seconds.",
        why_zh="该检查点属于本存储的另一次启用：其间存储曾被恢复。",
        do_zh="请对方读出其现在保存的检查点；对方数秒内即会更新。",
    ),
    "anchor_differs": Advice(
        why="The journal lacks a checkpoint that a neighbour holds, or has another in its place.",
        do="It was cut or rewritten: stop the node, keep its disk as evidence, restore a backup.",
        why_zh="日志中没有相邻节点所保存的检查点，或该处是另一个检查点。",
        do_zh="日志被截断或改写：停止节点，保留磁盘作为证据，并从备份恢复。",
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
