"""Chinese of single words in cells, by what they are words of; a word that is not here stays.

The same word may mean different things: a row that is `due` waits to be sent, a task that is `due`
to be worked. So each sort has its own words. Data keep the words themselves.
"""

from collections.abc import Mapping
from typing import Any, Final

from ops.look.trace_words import TASKS_ZH
from ops.said import Said

CARRIED_ZH: Final[Mapping[str, str]] = {
    "answer": "回执",
    "in": "接收",
    "out": "交出",
    "packets": "待发凭证包",
}
CHECKS_ZH: Final[Mapping[str, str]] = {
    "alarms": "告警",
    "archive": "归档",
    "backlog": "待发",
    "catalogue": "目录",
    "channel": "通道",
    "clock": "时钟",
    "desk": "业务台",
    "disk": "磁盘",
    "expiry": "到期",
    "files": "文件",
    "folder": "交接目录",
    "hook": "告警出口",
    "keys": "密钥",
    "lease": "租约",
    "parked": "搁置",
    "peers": "相邻节点",
    "ports": "端口",
    "schedule": "日程",
    "signer": "远程签章",
    "store": "存储",
    "trust": "信任清单",
    "window": "接口窗口",
}
CLASSES_ZH: Final[Mapping[str, str]] = {"batch": "批量", "online": "联机", "urgent": "加急"}
LAYERS_ZH: Final[Mapping[str, str]] = {
    "document": "文书",
    "message": "消息",
    "original": "原单",
    "recall": "撤销",
    "receipt": "回单",
    "return": "退回",
}
BREAKS_ZH: Final[Mapping[str, str]] = {
    "amount_differs": "金额不符",
    "core_differs": "与核心账不符",
    "day_differs": "日期不符",
    "missing_here": "本方缺失",
    "missing_there": "对方缺失",
    "quota_differs": "额度不符",
    "refund_differs": "退款不符",
    "refund_unpaid": "退款无原支付",
    "several_here": "本方重复",
    "several_there": "对方重复",
    "state_differs": "状态不符",
}
DEFINED_ZH: Final[Mapping[str, str]] = {
    "bindings": "绑定",
    "exchanges": "交换机",
    "permissions": "权限",
    "policies": "策略",
    "queues": "队列",
    "topic permissions": "主题权限",
    "users": "用户",
    "vhosts": "虚拟主机",
}
MOVES_ZH: Final[Mapping[str, str]] = {"hop": "送达", "line": "账内行"} | dict(TASKS_ZH)
"""Of a voucher that waits: a desk's task, a message on its way, a row in the books."""
OWNERS_ZH: Final[Mapping[str, str]] = {
    "business": "业务岗",
    "security": "安全岗",
    "system": "系统岗",
}
STEPS_ZH: Final[Mapping[str, str]] = {
    "done": "完成",
    "own layers": "本方签发",
    "received": "已收",
}
INDICATIONS_ZH: Final[Mapping[str, str]] = {
    "TOTAL_PASSED": "验证通过",
    "TOTAL_FAILED": "未通过",
    "INDETERMINATE": "不能确定",
}
STANDINGS_ZH: Final[Mapping[str, str]] = {
    "expired": "已失效",
    "grace": "宽限期",
    "in_force": "现行",
}
RESULTS_ZH: Final[Mapping[str, str]] = {
    "failed": "未通过",
    "not_done": "未做",
    "passed": "通过",
}
SEAL_CHECKS_ZH: Final[Mapping[str, str]] = {
    "attachment": "附件",
    "binding": "印章与内容绑定",
    "data_hash": "原文摘要",
    "format": "格式",
    "position_order": "签章顺序",
    "positions_complete": "签章位置齐全",
    "seal_maker_chain": "制章人证书链",
    "seal_maker_signature": "制章人签名",
    "seal_status": "印章状态",
    "seal_validity": "印章有效期",
    "sealing_time": "签章时间",
    "signer_chain": "签章人证书链",
    "signer_in_seal_list": "签章人在印章名单内",
    "signer_revocation": "签章人证书吊销",
    "signer_signature": "签章人签名",
    "suite": "算法",
    "timestamp": "时间戳",
}


def spoken(word: str, words: Mapping[Any, str]) -> Said:
    """The word in both languages."""
    return Said(word, words.get(word, word))


def layer(name: str) -> Said:
    """`receipt/102.370100` with its sort in Chinese."""
    sort, slash, party = name.partition("/")
    return Said(name, f"{LAYERS_ZH.get(sort, sort)}{slash}{party}")
