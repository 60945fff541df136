"""What the codes of files outside the store mean and what to do."""

from collections.abc import Mapping
from typing import Final

from hub.errors import Advice

CODES: Final[Mapping[str, Advice]] = {
    "backup_target_down": Advice(
        "The backup folder cannot be read or written now.",
        "See whether it is mounted, full, or closed to this account; shipping goes on by itself.",
        "备份目录当前无法读写。",
        "检查是否已挂载、空间是否已满、账户是否有权限；恢复后自动继续。",
    ),
    "backup_file_missing": Advice(
        "A file named by a backup set is not in the backup folder.",
        "Take another set, and make a new backup now.",
        "备份目录中缺少备份集所列文件。",
        "改用另一备份集，并立即重新备份。",
    ),
    "carried_file_exists": Advice(
        "A file of that name is on the medium already, or another command is writing it.",
        "Take another name; a carried file is never written over.",
        "介质上已有同名文件，或另一命令正在写入。",
        "请换一个文件名；交接文件不会被覆盖。",
    ),
    "carried_unwritable": Advice(
        "The file to be carried cannot be written whole: the medium is full, gone or read-only.",
        "Put in another medium and export again; no half file bears the name.",
        "交接文件无法完整写入：介质已满、已拔出或只读。",
        "更换介质后重新导出；不会留下残缺文件。",
    ),
    "carried_unreadable": Advice(
        "The carried file cannot be read to its end.",
        "Clean or copy the medium and import again; what was taken in stays.",
        "交接文件无法读完。",
        "检查或复制介质后重新导入；已收入的不受影响。",
    ),
    "backup_name": Advice(
        "A file or set name holds other characters than letters, digits, `_`, `.` and `-`.",
        "Rename the file, then make the backup again.",
        "文件名或备份集名含有不允许的字符。",
        "文件改名后重新备份。",
    ),
}
