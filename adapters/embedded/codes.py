"""Codes of the channels that need no server, with what they mean and what to do."""

from collections.abc import Mapping
from typing import Final

from hub.errors import Advice

CODES: Final[Mapping[str, Advice]] = {
    "channel_away": Advice(
        "The channel cannot be used: its broker or its file is not there.",
        "Nothing is lost; rows wait. Look why it is away; other channels carry on meanwhile.",
        "通道不可用：其消息服务或文件不存在。",
        "数据不会丢失，待发记录会等待。请查明原因；其他通道继续工作。",
    ),
    "channel_taken_away": Advice(
        "The channel's file was removed or replaced while it was in use.",
        "Let a new file be made there; what the old one held is sent again by itself.",
        "通道文件在使用中被删除或替换。",
        "请在原处重新建立通道文件；原文件中的内容会自动重发。",
    ),
    "channel_unusable": Advice(
        "The channel's file is there, but cannot be read or written.",
        "Nothing is lost. Look at its disk, its folder and who may write them; it is tried again.",
        "通道文件存在，但无法读写。",
        "数据不会丢失。请检查磁盘、目录及写入权限；系统会自动重试。",
    ),
    "channel_busy": Advice(
        "Another process has held the channel's write lock for too long.",
        "It is tried again by itself. If it stays, look for a frozen process of this machine.",
        "另一进程占用通道写锁过久。",
        "系统会自动重试。若持续出现，请检查本机是否有停住的进程。",
    ),
    "channel_exists": Advice(
        "A file stands already where the channel was to be created.",
        "Take another path, or move the old file away if what it holds is not needed.",
        "要创建通道的位置已有文件。",
        "请换路径；若旧文件内容不再需要，先移走。",
    ),
    "channel_foreign": Advice(
        "The file is no channel of this version.",
        "Check the path in the settings; it must be a channel file that this version made.",
        "该文件不是本版本的通道文件。",
        "检查配置中的路径；该文件须由本版本建立。",
    ),
    "unroutable": Advice(
        "The channel has no queue for this receiver and class.",
        "Add the receiver to the channel's definitions; the row goes another way meanwhile.",
        "通道没有该接收方和类别的队列。",
        "把接收方加入通道定义；该记录会改走其他通道。",
    ),
    "channel_full": Advice(
        "The channel's file or disk has no room.",
        "Free disk space, or raise the channel's limit; the row goes another way meanwhile.",
        "通道文件或磁盘已满。",
        "清理磁盘或提高通道上限；该记录会改走其他通道。",
    ),
    "confirm_lost": Advice(
        "The channel went away before it said whether it has the packet.",
        "Nothing to do: it is sent again, and the receiver takes it once.",
        "通道在确认前中断，不知是否已收到。",
        "无需处理：系统会重发，接收方只处理一次。",
    ),
}
