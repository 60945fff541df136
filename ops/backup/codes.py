"""What the codes of backing up and restoring mean and what to do."""

from collections.abc import Mapping
from typing import Final

from hub.errors import Advice

CODES: Final[Mapping[str, Advice]] = {
    "plain_key": Advice(
        "A private key stands unencrypted in a file of the backup set.",
        "Wrap the key and name the wrapped file instead; the set was not made.",
        "备份集文件中含有未加密的私钥。",
        "改用已加密保护的密钥文件；该备份集未生成。",
    ),
    "set_incomplete": Advice(
        "A file that every backup set of this node must hold is not configured or not there.",
        "Name it under [backup] in the settings; the set was not made.",
        "缺少备份集必须包含的文件。",
        "在设置的 [backup] 中补充；该备份集未生成。",
    ),
    "set_moved": Advice(
        "Settings, routing or keys changed while the set was being made.",
        "Make the backup again.",
        "生成备份集期间设置、路由或密钥发生变化。",
        "重新执行备份。",
    ),
    "set_unknown": Advice(
        "There is no such backup set, or none before the wanted moment.",
        "See `hubctl backup list`.",
        "没有该备份集，或在指定时刻之前没有备份集。",
        "用 hubctl backup list 查看。",
    ),
    "set_too_new": Advice(
        "The wanted moment lies before the copy in this set.",
        "Take an older set, or name only the moment.",
        "指定时刻早于该备份集的数据副本。",
        "选用更早的备份集，或只指定时刻。",
    ),
    "folder_in_use": Advice(
        "The folder to restore into is not empty.",
        "Name a new folder; nothing is ever restored over something.",
        "恢复目标目录非空。",
        "指定新目录；恢复从不覆盖已有内容。",
    ),
    "manifest_damaged": Advice(
        "The manifest of a backup set is unreadable or not what was written.",
        "Take another set, and make a new backup now.",
        "备份集清单不可读或已被改动。",
        "改用另一备份集，并立即重新备份。",
    ),
    "piece_damaged": Advice(
        "A file of the backup set is not what was written.",
        "Take another set, and make a new backup now.",
        "备份集中的文件与写入时不一致。",
        "改用另一备份集，并立即重新备份。",
    ),
    "copy_damaged": Advice(
        "The database copy of the set is missing or not what was written.",
        "Take another set, and make a new backup now.",
        "备份集中的数据库副本缺失或不一致。",
        "改用另一备份集，并立即重新备份。",
    ),
    "segment_damaged": Advice(
        "A shipped segment is unreadable or not what was written.",
        "Restore to a moment before it, or take a newer set.",
        "已传送的增量段不可读或不一致。",
        "恢复到该段之前的时刻，或改用更新的备份集。",
    ),
    "segment_exchanged": Advice(
        "A shipped segment does not continue the one before it.",
        "Restore to a moment before it, or take a newer set.",
        "增量段与前一段不衔接。",
        "恢复到该段之前的时刻，或改用更新的备份集。",
    ),
    "backup_not_ready": Advice(
        "The backup server's own check has not become good in time.",
        "Run `barman check` with the written configuration and mend what it names.",
        "备份服务自检未在限时内通过。",
        "用生成的配置运行 barman check，并按提示修复。",
    ),
    "barman_missing": Advice(
        "Barman is not installed, and PostgreSQL is backed up through it.",
        "Install the package barman, or run ops/deploy/install-servers.",
        "未安装 Barman，而 PostgreSQL 的备份依赖它。",
        "安装 barman 软件包，或运行 ops/deploy/install-servers。",
    ),
}
