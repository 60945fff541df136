"""What the codes of starting servers mean and what to do."""

from collections.abc import Mapping
from typing import Final

from hub.errors import Advice

CODES: Final[Mapping[str, Advice]] = {
    "no_free_port": Advice(
        "No loopback port between 20000 and 31999 is free.",
        "End servers that are no longer needed.",
        "20000 至 31999 之间没有空闲的本机端口。",
        "结束不再需要的服务。",
    ),
    "folder_unreachable": Advice(
        "The account the server runs as may not enter or write its folder.",
        "Choose a folder whose parents everybody may enter, for example below /var/lib.",
        "运行服务的账户无法进入或写入其目录。",
        "选择上级目录可进入的位置，例如 /var/lib 之下。",
    ),
    "program_failed": Advice(
        "A program of the server's package ended with an error.",
        "Read its own message with --debug, or in the log of the server.",
        "服务软件包中的程序出错退出。",
        "用 --debug 或在服务日志中查看其提示。",
    ),
    "program_too_slow": Advice(
        "A program of the server's package did not end in time.",
        "See whether disk or processor are overloaded, then try again.",
        "服务软件包中的程序未按时结束。",
        "检查磁盘与处理器负载后重试。",
    ),
    "postgres_missing": Advice(
        "PostgreSQL's server programs are not installed.",
        "Install the package postgresql, or run ops/deploy/install-servers.",
        "未安装 PostgreSQL 服务端程序。",
        "安装 postgresql 软件包，或运行 ops/deploy/install-servers。",
    ),
    "postgres_not_ready": Advice(
        "PostgreSQL was started and takes no connections, or has ended.",
        "Read the file `log` in its folder.",
        "PostgreSQL 已启动但不接受连接，或已退出。",
        "查看其目录中的 log 文件。",
    ),
    "rabbitmq_missing": Advice(
        "There is no RabbitMQ from the OS packages on this machine.",
        "Install rabbitmq-server (ops/deploy/install-servers does it).",
        "本机未安装 RabbitMQ 系统软件包。",
        "请安装 rabbitmq-server（可运行 ops/deploy/install-servers）。",
    ),
    "rabbitmq_not_ready": Advice(
        "RabbitMQ was started and does not speak AMQP, or has ended.",
        "Read the files `console` and `log/*` in its folder.",
        "RabbitMQ 已启动但未提供 AMQP 服务，或已退出。",
        "请查看其目录中的 console 和 log/* 文件。",
    ),
}
