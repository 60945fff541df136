"""Advice for what can go wrong on the command line itself."""

from collections.abc import Mapping
from typing import Final

from hub.errors import Advice

CODES: Final[Mapping[str, Advice]] = {
    "file_missing": Advice(
        why="There is no file of this name.",
        do="Check the path; it is taken from the folder the command runs in.",
        why_zh="没有这个文件。",
        do_zh="请检查路径；相对路径以命令所在目录为准。",
    ),
    "file_is_folder": Advice(
        why="The name is a folder's, a file is needed.",
        do="Name the file inside it.",
        why_zh="这是目录，需要的是文件。",
        do_zh="请指明其中的文件。",
    ),
    "file_too_large": Advice(
        why="The file is larger than anything this command could use.",
        do="Check that it is the right file.",
        why_zh="文件超过本命令可用的最大长度。",
        do_zh="请确认文件是否选错。",
    ),
    "file_unreadable": Advice(
        why="The file exists but the system does not let it be read.",
        do="Check its permissions and the disk, then run the command again.",
        why_zh="文件存在，但系统无法读取。",
        do_zh="请检查权限和磁盘后重试。",
    ),
    "file_unwritable": Advice(
        why="The file cannot be written: permissions, a missing folder or a full disk.",
        do="Check the folder and the space on its disk, then run the command again.",
        why_zh="文件无法写入：权限不足、目录不存在或磁盘已满。",
        do_zh="请检查目录和磁盘空间后重试。",
    ),
}
