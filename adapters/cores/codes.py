"""Advice for what can be wrong at the border to a core system."""

from collections.abc import Mapping
from typing import Final

from hub.errors import Advice

CODES: Final[Mapping[str, Advice]] = {
    "core_book_away": Advice(
        why="The core's book cannot be read or written now.",
        do="Look at the core's disk; whatever was asked is inquired again by its key.",
        why_zh="核心系统账簿暂时无法读写。",
        do_zh="请检查核心系统磁盘；已发出的请求会按键重新查询。",
    ),
    "core_address": Advice(
        why="application.core is no address of a core.",
        do="Write it as in docs/reference/settings.md.",
        why_zh="application.core 不是有效的核心系统地址。",
        do_zh="请按 docs/reference/settings.md 填写。",
    ),
    "core_folder_away": Advice(
        why="The folder by which the core is attached cannot be read or written now.",
        do="Look at its disk and rights; make the inner folder that is named, writable for the "
        "node. Nothing is lost, every key is inquired again.",
        why_zh="与核心系统交换文件的目录暂时无法读写。",
        do_zh="请检查磁盘与权限；如指明子目录，请建立并允许节点写入。不会丢失，每个键都会重新查询。",
    ),
    "core_failed": Advice(
        why="The bank's own code broke off, or gave no answer of a known form.",
        do="Mend the attached core; until it answers, outcomes are unknown and are inquired.",
        why_zh="银行自有代码中断，或应答格式不符。",
        do_zh="请修复所接核心；在其应答之前结果视为未知并持续查询。",
    ),
}
