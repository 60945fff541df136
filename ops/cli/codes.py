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
    "trust_folder_missing": Advice(
        why="There is no folder of this name to take root certificates from.",
        do="Name a folder with the roots as .cer, .crt, .pem or .der, or leave the option out.",
        why_zh="没有这个存放根证书的目录。",
        do_zh="请指明含 .cer、.crt、.pem 或 .der 根证书的目录，或不加此选项。",
    ),
    "instant_format": Advice(
        why="A point in time is not written with date, time and zone.",
        do="Write it as 2026-11-21T08:00:00Z or 2026-11-21T16:00:00+08:00.",
        why_zh="时间写法不对，应含日期、时间和时区。",
        do_zh="请写成 2026-11-21T08:00:00Z 或 2026-11-21T16:00:00+08:00。",
    ),
    "text_encoding": Advice(
        why="What was typed is no text in the encoding that the locale names.",
        do="Set terminal and locale alike, such as both to UTF-8: LC_ALL=C.UTF-8.",
        why_zh="输入的文字与系统区域设置的编码不一致。",
        do_zh="请使终端与区域设置的编码一致，例如都用 UTF-8：LC_ALL=zh_CN.UTF-8。",
    ),
    "value_format": Advice(
        why="A value of --set or --client is not written as Name=value.",
        do="Write --set PayAmt=12.00, --client NODE=PARTY; quote it when it holds blanks.",
        why_zh="--set 或 --client 的值应写成 名称=值。",
        do_zh="请写成 --set PayAmt=12.00、--client 节点=机构；含空格时加引号。",
    ),
    "identity_format": Advice(
        why="A voucher is not named as division/year/kind/issuer/number.",
        do="Write it as 370100/2026/5201/011.370100/2026-0001.",
        why_zh="凭证写法不对，应为 区划/年度/类型/签发方/凭证号。",
        do_zh="请写成 370100/2026/5201/011.370100/2026-0001。",
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
    "file_ending": Advice(
        why="The file's name ends like another form of file than the one that is written.",
        do="End it as `expected` says; `--help` names the forms the command writes.",
        why_zh="文件名后缀与要写出的文件格式不符。",
        do_zh="请按 expected 所示改后缀；命令能写出的格式见 --help。",
    ),
    "folder_missing": Advice(
        why="There is no folder of this name to write the file into.",
        do="Make it (`mkdir -p`), or name a file in a folder that is there.",
        why_zh="要写入的目录不存在。",
        do_zh="请先建立目录（mkdir -p），或改写到已有目录。",
    ),
    "not_a_folder": Advice(
        why="A file stands where a folder is needed.",
        do="Name another folder, or put the file somewhere else first.",
        why_zh="需要目录的位置上是一个文件。",
        do_zh="请另指定目录，或先移走该文件。",
    ),
    "machine_refused": Advice(
        why="The machine refused a file, folder or connection the command needs; `reason` is its "
        "own word: ENOSPC a full disk, EACCES permissions, EROFS a read-only disk, ENOENT gone.",
        do="Put that right and run the command again, with another new folder where one was begun.",
        why_zh="系统拒绝了命令所需的文件、目录或连接；reason 为系统代码："
        "ENOSPC 磁盘已满，EACCES 权限不足，EROFS 只读，ENOENT 不存在。",
        do_zh="请排除后重新运行；若已开始写新目录，请另指定一个。",
    ),
    "evidence_of_what": Advice(
        why="It is not clear where the voucher is: in a file, or at a node.",
        do="Name a sealed file with --site FOLDER, or an identity with --config hub.toml.",
        why_zh="未指明凭证在文件中还是在节点上。",
        do_zh="文件请加 --site 目录；凭证标识请加 --config hub.toml。",
    ),
    "usage": Advice(
        why="The command line is not one that this command takes.",
        do="Add --help to the command to see its arguments, options and an example.",
        why_zh="命令行写法不对。",
        do_zh="请在命令后加 --help 查看参数、选项和示例。",
    ),
    "bug": Advice(
        why="This is a fault of the program; no names, accounts or amounts are shown.",
        do="Run it again with --debug and report what it says; --debug may show such values.",
        why_zh="这是程序缺陷；未显示户名、账号和金额。",
        do_zh="请加 --debug 重新运行并上报；--debug 的输出可能含上述内容。",
    ),
    "interrupted": Advice(
        why="The command was ended by Ctrl-C or a termination before its result.",
        do="Run it again; what it had begun is done whole or not at all.",
        why_zh="命令在得出结果前被 Ctrl-C 或终止信号中断。",
        do_zh="请重新运行；已开始的操作要么全部完成，要么完全没有执行。",
    ),
    "output_failed": Advice(
        why="The command has done its work, but its result cannot be written where it was sent.",
        do="Look at the disk or program its output goes to, then ask for the result again.",
        why_zh="命令已执行，但结果无法写到指定的输出。",
        do_zh="请检查输出所在磁盘或程序，然后重新查询结果。",
    ),
}
