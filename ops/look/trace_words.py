"""Chinese of what a trace tells, by what it is a word of; data keep the English words."""

from collections.abc import Mapping
from typing import Final

from hub.desks.model import IntentState, TaskKind, TaskState
from hub.exchange.looking import DISCARDED
from hub.exchange.model import Role, RowState

EVENTS_ZH: Final[Mapping[str, str]] = {
    "core answered": "核心已答复",
    "core asked": "已询问核心",
    "delivered": "送达",
    "given up": "已放弃",
    "notice": "回执",
    "recorded": "已登记",
    "refused": "拒收",
    "seen_below": "随上层收到",
    "status": "状态",
    "task": "任务",
    "to send": "待发",
}
ROLES_ZH: Final[Mapping[Role, str]] = {
    Role.TO: "收件",
    Role.COPY: "抄送",
    Role.RELAY: "转发",
    Role.BACK: "恢复时交还",
}
ROWS_ZH: Final[Mapping[RowState, str]] = {
    RowState.DUE: "待发",
    RowState.CLAIMED: "发送中",
    RowState.SENT: "已发未答",
    RowState.PARKED: "搁置",
}
CLOSINGS_ZH: Final[Mapping[str, str]] = {"recorded": "已登记", DISCARDED: "已放弃"}
STATUSES_ZH: Final[Mapping[str, str]] = {
    "received": "接收",
    "receipt": "回单",
    "return": "退回",
    "returned": "退回",
    "sign_failed": "签收失败",
    "signed_for": "签收成功",
}
TASKS_ZH: Final[Mapping[TaskKind, str]] = {
    TaskKind.PAY: "支付",
    TaskKind.GRANT: "登记额度",
    TaskKind.CLEAR: "清算",
    TaskKind.SEND: "发出",
    TaskKind.ANSWER: "答复",
    TaskKind.CHECK: "对账",
    TaskKind.MARK: "标记",
}
TASK_STATES_ZH: Final[Mapping[TaskState, str]] = {
    TaskState.DUE: "待办",
    TaskState.CLAIMED: "办理中",
    TaskState.DONE: "已办",
    TaskState.PARKED: "搁置",
}
WAITS_ZH: Final[Mapping[str, str]] = {"core": "核心系统", "operator": "操作员"}
INTENTS_ZH: Final[Mapping[IntentState, str]] = {
    IntentState.OPEN: "未答",
    IntentState.DONE: "已记账",
    IntentState.REFUSED: "已拒绝",
}
DESKS_ZH: Final[Mapping[str, str]] = {
    "bank": "代理银行",
    "bureau": "财政",
    "hub": "枢纽",
    "own": "自有系统",
    "treasury": "人民银行",
}
PHASES_ZH: Final[Mapping[str, str]] = {
    "bounces": "退票",
    "checks": "对账",
    "cutoff": "截止",
    "daily_lists": "日报",
    "sum_up": "汇总",
}
NEXT_ZH: Final[Mapping[str, str]] = {
    "answer": "对方应答",
    "clearing": "清算",
    "core": "核心记账",
    "hop_notice": "对方回执",
    "refund": "退款",
    "refund_notice": "退款通知",
}
