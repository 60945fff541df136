"""Codes that stores raise, the memory double's included, and what to do about each."""

from collections.abc import Mapping
from typing import Final

from hub.errors import Advice

CODES: Final[Mapping[str, Advice]] = {
    "store_contended": Advice(
        why="Another process wrote the same rows, or a lock was not free in time.",
        do="Nothing: the work is done again. If it lasts, look for a frozen process.",
        why_zh="另一进程写入了相同的记录，或未能及时取得锁。",
        do_zh="无需处理：系统会自动重做；如持续出现，请检查是否有进程停滞。",
    ),
    "store_away": Advice(
        why="The database does not answer, or its file cannot be opened now.",
        do="Check the database server and the network to it, with SQLite the limit of open files;"
        " work resumes by itself.",
        why_zh="数据库无响应，或其文件暂时无法打开。",
        do_zh="检查数据库服务器及其网络；使用 SQLite 时检查打开文件数限制；恢复后系统自动继续。",
    ),
    "store_full": Advice(
        why="The database has no room or no permission to write.",
        do="Free disk space or restore the permission; work resumes by itself.",
        why_zh="数据库空间不足或没有写入权限。",
        do_zh="清理磁盘空间或恢复权限；系统随后自动继续。",
    ),
    "commit_unknown": Advice(
        why="The connection was lost during a commit.",
        do="Nothing: the work is done again; identities make that harmless.",
        why_zh="提交过程中连接中断。",
        do_zh="无需处理：系统会自动重做，标识保证不会重复生效。",
    ),
    "store_missing": Advice(
        why="There is no store at this address.",
        do="Check the address; make a new store with `hubctl store create`.",
        why_zh="该地址没有数据存储。",
        do_zh="检查地址；如需新建，请执行 hubctl store create。",
    ),
    "store_exists": Advice(
        why="There is a store at this address already; it is not overwritten.",
        do="Use it, or name another address.",
        why_zh="该地址已有数据存储，不会被覆盖。",
        do_zh="直接使用，或改用其他地址。",
    ),
    "store_schema": Advice(
        why="The store's tables are not those of this version.",
        do="Run `hubctl store upgrade`, or install the version that fits the store.",
        why_zh="数据存储的表结构与本版本不符。",
        do_zh="执行 hubctl store upgrade，或安装与之匹配的版本。",
    ),
    "octets_unknown": Advice(
        why="No record of this store is about these octets, so they are not taken in.",
        do="Name the message as it was recorded: from a backup, an archive or the neighbour.",
        why_zh="本数据存储没有关于该报文的记录，故不收入。",
        do_zh="请提供与登记时完全相同的报文：取自备份、归档或相邻节点。",
    ),
    "store_newer": Advice(
        why="A newer version has made or upgraded this store; tables are never taken back.",
        do="Install the version that fits the store, or restore a backup made before the upgrade.",
        why_zh="该数据存储由更新的版本建立或升级；表结构不会退回。",
        do_zh="请安装与之匹配的版本，或恢复升级前的备份。",
    ),
    "store_unsupported": Advice(
        why="The address names a database that is not supported.",
        do="Use sqlite:/// or postgresql+psycopg://.",
        why_zh="地址所指的数据库类型不受支持。",
        do_zh="请使用 sqlite:/// 或 postgresql+psycopg://。",
    ),
    "store_denied": Advice(
        why="The database refuses this account, or it lacks a right.",
        do="Check the account, its password and its rights on the store's tables; with SQLite, run"
        " the command by the node's own account.",
        why_zh="数据库拒绝该账户，或该账户权限不足。",
        do_zh="检查账户、口令及其对数据表的权限；使用 SQLite 时，请以节点自己的账户执行。",
    ),
    "store_damaged": Advice(
        why="The database reports damaged pages or files.",
        do="Stop the node and restore the store from a backup.",
        why_zh="数据库报告数据页或文件损坏。",
        do_zh="停止节点，并从备份恢复数据存储。",
    ),
    "message_damaged": Advice(
        why="Octets on record do not have their digest.",
        do="It is quarantined: put the octets back with `hubctl store mend`, then `parked retry`.",
        why_zh="存储的报文与其摘要不符。",
        do_zh="该凭证已隔离：用 hubctl store mend 放回原文，再用 hubctl parked retry 重试。",
    ),
    "checkpoint_broken": Advice(
        why="A checkpoint does not follow from the one before, or from the journal.",
        do="Stop the node; see what neighbours hold (`hubctl store anchors`); restore the store.",
        why_zh="检查点与前一检查点或日志不一致。",
        do_zh="停止节点，与对端保存的检查点核对，并恢复数据存储。",
    ),
    "lane_taken": Advice(
        why="Another process has written to this worker's journal lane, or it was closed.",
        do="The worker ends and starts anew with a lane of its own.",
        why_zh="其他进程写入了本工作进程的日志通道，或该通道已关闭。",
        do_zh="工作进程会退出并以新的通道重新启动。",
    ),
    "lease_lost": Advice(
        why="The other machine of the pair has taken over.",
        do="Nothing: this one stands down. Find out why it was slow or away.",
        why_zh="双机中的另一台已接管。",
        do_zh="无需处理：本机转为备用。请查明其迟缓或离线的原因。",
    ),
    "wal_unreadable": Advice(
        why="SQLite's write-ahead file changed while its committed pages were read.",
        do="Nothing: a new copy of the store is made. If it lasts, look who else opens the file.",
        why_zh="读取已提交页时 SQLite 预写文件发生变化。",
        do_zh="无需处理：系统会重新生成副本；如持续出现，请检查是否有其他程序打开该文件。",
    ),
    "stream_broken": Advice(
        why="What lies between the last shipped change and now cannot be shown to be complete.",
        do="Nothing: a new stream begins and a new copy is made.",
        why_zh="无法证明上次传送之后的变更是完整的。",
        do_zh="无需处理：系统会开始新的传送序列并重新生成副本。",
    ),
    "checkpoint_missing": Advice(
        why="The journal does not contain the checkpoint it must contain.",
        do="Do not open this copy; restore from another backup set and tell your neighbours.",
        why_zh="日志中缺少应有的检查点。",
        do_zh="不要启用该副本；改用其他备份集恢复，并通知相邻节点。",
    ),
}
