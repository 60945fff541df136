"""Codes of the RabbitMQ channels, with what they mean and what to do."""

from collections.abc import Mapping
from typing import Final

from hub.errors import Advice

_WAITS = "Nothing is lost; rows wait or take another channel, and it reconnects by itself."
_WAITS_ZH = "数据不会丢失，待发记录等待或改走其他通道；系统会自动重连。"

CODES: Final[Mapping[str, Advice]] = {
    "channel_away": Advice(
        "No line to the broker can be used now.",
        f"{_WAITS} See whether broker and network are there.",
        "目前没有可用的线路到达消息服务。",
        f"{_WAITS_ZH}请检查消息服务和网络。",
    ),
    "channel_silent": Advice(
        "The broker, or the line to it, has stopped answering.",
        f"{_WAITS} See whether the broker's machine is frozen or the line is cut.",
        "消息服务或线路停止响应。",
        f"{_WAITS_ZH}请检查服务器是否停顿、线路是否中断。",
    ),
    "channel_blocked": Advice(
        "The broker takes no messages: its memory or disk alarm is raised.",
        "Free memory or disk on the broker's machine; rows take other channels meanwhile.",
        "消息服务因内存或磁盘告警拒收消息。",
        "清理该服务器的内存或磁盘；期间记录改走其他通道。",
    ),
    "channel_login_refused": Advice(
        "The broker does not know this node, or not this certificate or password.",
        "Compare the node's certificate name with the broker's definitions, then load them.",
        "消息服务不认识本节点，或证书、口令不符。",
        "核对节点证书名称与消息服务定义，然后重新加载定义。",
    ),
    "channel_not_permitted": Advice(
        "The broker forbids what was tried, or has no virtual host of that name.",
        "Load the definitions made by `hubctl channel definitions` into the broker.",
        "消息服务禁止该操作，或没有该虚拟主机。",
        "把 `hubctl channel definitions` 生成的定义加载到消息服务。",
    ),
    "channel_tls_refused": Advice(
        "The secure connection was refused: certificate missing, unknown, or expired.",
        "Check both certificates and their authority with `hubctl channel test`.",
        "安全连接被拒绝：证书缺失、未知或过期。",
        "用 `hubctl channel test` 检查双方证书及其颁发机构。",
    ),
    "channel_protocol": Advice(
        "The broker or this program did something AMQP does not allow.",
        "It reconnects by itself. If it stays, report the fact `channel_fault`.",
        "消息服务或本程序违反了 AMQP 协议。",
        "系统会自动重连；若持续出现，请上报 `channel_fault` 事实。",
    ),
    "topology_missing": Advice(
        "The broker lacks queues or the exchange that this node needs.",
        "Load the definitions of `hubctl channel definitions`; the fact lists what is missing.",
        "消息服务缺少本节点所需的队列或交换器。",
        "加载 `hubctl channel definitions` 生成的定义；事实中列出缺少的内容。",
    ),
    "incarnation_missing": Advice(
        "The broker's disk has no incarnation yet: the hub has not been connected to it.",
        "Start the hub: it gives the disk its incarnation, and the channel is used from then on.",
        "消息服务磁盘尚无代号：枢纽还未连接过它。",
        "启动枢纽，由它写入代号，之后通道即可使用。",
    ),
    "queue_silent": Advice(
        "The broker answers, but the queue that the fact names does not: it has no leader yet, or "
        "never will, if the broker was killed within about a second of the queue being made.",
        f"{_WAITS} Where it stays, see `rabbitmq-queues quorum_status`. A queue without a leader: "
        "restarting does not help; `rabbitmqctl delete_queue`, then load the definitions again.",
        "消息服务有响应，但事实中所列队列没有响应：该队列暂时没有主节点；"
        "若队列创建后约一秒内消息服务被强制终止，则永远不会有。",
        f"{_WAITS_ZH}若持续出现，请查看 `rabbitmq-queues quorum_status`。没有主节点的队列重启无效："
        "请用 `rabbitmqctl delete_queue` 删除，再重新加载定义。",
    ),
    "nacked": Advice(
        "The broker refused a packet: its queue is full or has no leader.",
        "The row goes another way. Look at the queue's length and at the broker's members.",
        "消息服务拒收：队列已满或没有主节点。",
        "该记录改走其他通道。请查看队列长度和消息服务成员。",
    ),
    "unroutable": Advice(
        "The broker has no queue for this receiver and class.",
        "Add the receiver to the definitions; the row goes another way meanwhile.",
        "消息服务没有该接收方和类别的队列。",
        "把接收方加入定义；期间该记录改走其他通道。",
    ),
    "channel_suspect": Advice(
        "The packet was not sent, because the channel had just refused another one.",
        "Nothing to do: the row goes another way, the channel is probed by itself.",
        "通道刚拒绝了其他数据，因此本包未发送。",
        "无需处理：该记录改走其他通道，系统会自动探测该通道。",
    ),
    "unpublishable": Advice(
        "The packet cannot be written as an AMQP message.",
        "Report it with the fact `channel_fault`: receiver or size break a limit.",
        "该数据包无法写成 AMQP 消息。",
        "连同 `channel_fault` 事实上报：接收方或大小超限。",
    ),
    "confirm_lost": Advice(
        "The connection went before the broker said whether it has the packet.",
        "Nothing to do: it is sent again, and the receiver takes it once.",
        "连接在确认前中断，不知是否已收到。",
        "无需处理：系统会重发，接收方只处理一次。",
    ),
}
