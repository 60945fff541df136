"""Codes about archives, and what to do about them."""

from collections.abc import Mapping
from typing import Final

from hub.errors import Advice

CODES: Final[Mapping[str, Advice]] = {
    "archive_unset": Advice(
        "The settings name no folder of archives, so nothing is moved to one or read from one.",
        "Write an [archive] block into the settings: docs/how-to/archive-closed-days.md.",
        "配置未指明归档目录，因此既不能归档，也不能读取归档。",
        "在配置中写入 [archive] 段，并指明存放归档文件的目录。",
    ),
    "archive_away": Advice(
        "The folder of archives, or a day's file in it, cannot be reached.",
        "Mount the folder, or put the file back from its copy; work goes on by itself.",
        "归档目录或某日的归档文件无法访问。",
        "挂载该目录，或从副本恢复文件；随后自动继续。",
    ),
    "archive_busy": Advice(
        "Another run is writing into this folder of archives.",
        "Nothing: let it end; both would come to the same end.",
        "另一个归档进程正在写入该目录。",
        "无需处理：等待其结束即可。",
    ),
    "archive_damaged": Advice(
        "A day's file cannot be read, or a message in it has another digest.",
        "Put the file back from its copy and verify it: `hubctl archive verify FILE`.",
        "归档文件无法读取，或其中的消息摘要不符。",
        "从副本恢复该文件并核验：hubctl archive verify FILE。",
    ),
    "archive_chain": Advice(
        "Journal entries or checkpoints in a day's file do not follow each other.",
        "Put the file back from its copy; if that says the same, call whoever supports you.",
        "归档文件中的日志或检查点不连续。",
        "从副本恢复该文件；若仍如此，请联系技术支持。",
    ),
    "archive_incomplete": Advice(
        "The day's journal names a message that the file lacks, or the other way round.",
        "Put the file back from its copy; if the day has not moved, see `hubctl store verify`.",
        "当日日志所列消息与归档文件内容不一致。",
        "从副本恢复该文件；若尚未迁移，请用 hubctl store verify 检查存储。",
    ),
    "archive_differs": Advice(
        "A day's file is not the one that its proof, or the store's record, speaks of.",
        "Put the file back from its copy; nothing left the store because of it.",
        "归档文件与其证明或存储记录不符。",
        "从副本恢复该文件；存储中的数据未因此移出。",
    ),
    "archive_unanchored": Advice(
        "No checkpoint was made since the day ended, so nothing would prove that all is there.",
        "Start the node: it makes a checkpoint every minute; then try again.",
        "该日结束后尚无检查点，无法证明完整。",
        "启动节点（每分钟生成检查点）后重试。",
    ),
    "archive_unfinished": Advice(
        "Something of that day waits for somebody still: the whole day stays.",
        "See `hubctl status` and finish it; the day moves with a later run.",
        "该日仍有未办结凭证，整日保留。",
        "用 hubctl status 查看并办结；之后运行时自动迁移。",
    ),
    "archive_breaks": Advice(
        "Differences of that day are neither explained nor closed: the whole day stays.",
        "See `hubctl breaks list`; the day moves when none of it is open.",
        "该日仍有未结差异，整日保留。",
        "用 hubctl breaks list 查看；全部处理后自动迁移。",
    ),
    "archive_early": Advice(
        "That day is younger than `archive.keep_days`.",
        "Wait; octets stay where neighbours can ask for them until then.",
        "该日尚未达到 archive.keep_days 规定的天数。",
        "等待；在此之前原文须可供相邻节点索取。",
    ),
    "archive_unknown": Advice(
        "No archive holds this voucher, or this day.",
        "See `hubctl archive list`; what is younger is in the store: `hubctl voucher show`.",
        "归档中没有该凭证或该日。",
        "查看 hubctl archive list；较新的凭证在存储中：hubctl voucher show。",
    ),
}
