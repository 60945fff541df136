"""The kinds of alarm: whose it is, how long it may wait, what it means and what to do. Data.

A runbook section per code stands in docs/how-to/answer-an-alarm.md; a test checks that none is
missing. Texts name ids and counts only. `{subject}` and `{count}` are filled in where shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hub.clock import DAY, HOUR, MINUTE

RUNBOOK: Final = "docs/how-to/answer-an-alarm.md"


class Owner(StrEnum):
    """Whose alarm it is, by duty."""

    SYSTEM = "system"
    SECURITY = "security"
    BUSINESS = "business"


@dataclass(frozen=True, slots=True)
class AlarmKind:
    """Everything about a code that does not change from one alarm to the next."""

    owner: Owner
    answer_ms: int
    """From raised to the deadline."""
    command: str
    """What to run first; `hubctl` takes --config besides."""
    why: str
    do: str
    why_zh: str
    do_zh: str
    lasting: bool = True
    """A condition that lasts, or an occurrence that is over as it happens."""


def runbook(code: str) -> str:
    """The page and section that says how to answer."""
    return f"{RUNBOOK}#{code}"


_CHANNELS: Final = "hubctl channel list"
_STATUS: Final = "hubctl status"
_CHECK: Final = "hubctl check"
_TRUST: Final = "hubctl check"
_VERIFY: Final = "hubctl store verify"

KINDS: Final[Mapping[str, AlarmKind]] = {
    "store_away": AlarmKind(
        Owner.SYSTEM, 5 * MINUTE, _CHECK,
        "The node's store cannot be used: nothing is recorded, nothing is acknowledged.",
        "Bring the database back; vouchers wait in the channels and at their senders.",
        "节点存储不可用：不能登记，也不发出确认。",
        "请恢复数据库；凭证在通道和发送方处等待，不会丢失。",
    ),
    "store_damaged": AlarmKind(
        Owner.SYSTEM, 15 * MINUTE, _VERIFY,
        "Process {subject} met damage in the store and ended or parked it; in five min.: {count}.",
        "No voucher is at fault. Run `hubctl store verify`; put right what it names, or restore.",
        "进程 {subject} 遇到存储损坏，已退出或将其隔离，五分钟内 {count} 次。",
        "并非凭证的问题。请执行 hubctl store verify，修复其所列内容，或恢复存储。",
    ),
    "no_channel": AlarmKind(
        Owner.SYSTEM, 10 * MINUTE, _CHANNELS,
        "No channel is up: nothing leaves this node and nothing reaches it; waiting: {count}.",
        "Look at the network of this machine first, then at each broker.",
        "没有可用通道：凭证既发不出也收不到，{count} 笔等待。",
        "先检查本机网络，再逐个检查各通道的消息服务器。",
    ),
    "channel_down": AlarmKind(
        Owner.SYSTEM, 30 * MINUTE, _CHANNELS,
        "Channel {subject} carries nothing; vouchers go by the other channels.",
        "Check its broker, the broker's disk and the lines to it.",
        "通道 {subject} 不可用；凭证走其他通道。",
        "检查该通道的消息服务器、磁盘和线路。",
    ),
    "channel_suspect": AlarmKind(
        Owner.SYSTEM, HOUR, _CHANNELS,
        "Channel {subject} refuses what it is given: a queue is missing or full.",
        "Compare its queues with the definitions it was set up with.",
        "通道 {subject} 拒收：队列缺失或已满。",
        "请将其队列与初始定义核对。",
    ),
    "channel_standby": AlarmKind(
        Owner.SYSTEM, 4 * HOUR, _CHANNELS,
        "Channel {subject} goes by its standby line; when that fails, too, the channel is down.",
        "Have the main line put right; it is used again by itself after half a minute.",
        "通道 {subject} 正走备用线路；备用线路再中断，该通道即不可用。",
        "请修复主线路；恢复半分钟后自动切回。",
    ),
    "channel_wiped": AlarmKind(
        Owner.SYSTEM, HOUR, _CHANNELS,
        "The disk of channel {subject} is another one: what it held is gone and is sent again.",
        "Find out who replaced or cleaned it; nothing is lost, but nobody should do it unasked.",
        "通道 {subject} 的磁盘已更换或清空：其中内容会重新发送。",
        "查明是谁更换或清空的；凭证未丢失，但不应擅自操作。",
        lasting=False,
    ),
    "peer_absent": AlarmKind(
        Owner.SYSTEM, 30 * MINUTE, _STATUS,
        "Neighbour {subject} says nothing; rows waiting here for it: {count}.",
        "Telephone the neighbour; what is for it waits and is not lost.",
        "相邻节点 {subject} 无应答；本节点有 {count} 笔等待发往该节点。",
        "请电话联系对方；等待的凭证不会丢失。",
    ),
    "peer_recovering": AlarmKind(
        Owner.SYSTEM, HOUR, "hubctl resync list",
        "After a restore neighbour {subject} has not been compared: the node issues nothing.",
        "It compares itself while the neighbour is there; set one that stays away aside.",
        "恢复后尚未与 {subject} 核对：本节点不签发任何凭证。",
        "对方在线时自动核对；对方缺席时由两名操作员签名搁置。",
    ),
    "peer_unheard": AlarmKind(
        Owner.SYSTEM, 15 * MINUTE, "hubctl channel list",
        "Neighbour {subject} was restored, but has not answered this node: it is not heard yet.",
        "See that beats reach it and one machine runs; an older release: `hubctl resync believe`.",
        "相邻节点 {subject} 已恢复，但尚未应答本节点，其报文暂不受理。",
        "请确认心跳能到达对方且对方只有一台机器；对方版本较旧时用 hubctl resync believe。",
    ),
    "peer_deaf": AlarmKind(
        Owner.SYSTEM, 15 * MINUTE, "hubctl channel list",
        "Neighbour {subject} hears another life of this store: what is sent waits there unheard.",
        "If this machine was replaced, stop it; else see that its beats reach the neighbour.",
        "相邻节点 {subject} 仍以本存储的另一次启用为准，本节点发出的报文暂不受理。",
        "如本机已被替换，请停机；否则请确认本节点心跳能到达对方。",
    ),
    "peer_went_back": AlarmKind(
        Owner.SECURITY, HOUR, "hubctl store anchors",
        "The journal of neighbour {subject} went back: it was cut, rewritten, or lost its end.",
        "Have it compare its store with what is held here; then restore, or `hubctl store let-go`.",
        "相邻节点 {subject} 的日志倒退：被截断、改写，或丢失了末尾。",
        "请对方将其存储与此处所存检查点核对；此后恢复存储，或用 hubctl store let-go 放弃。",
    ),
    "rows_parked": AlarmKind(
        Owner.SYSTEM, HOUR, "hubctl parked list",
        "Rows for {subject} that are parked, their octets damaged or missing here: {count}.",
        "Put the octets right from a backup, then `hubctl parked retry`.",
        "发往 {subject} 的 {count} 笔已搁置：本地存储的数据损坏或缺失。",
        "从备份修复数据后用 hubctl parked retry 重试。",
    ),
    "rows_late": AlarmKind(
        Owner.SYSTEM, 30 * MINUTE, _STATUS,
        "Rows for {subject} that are not sent although it is present: {count}.",
        "Look at the dispatcher's log and at the channels.",
        "{subject} 在线，但 {count} 笔迟迟未发出。",
        "请查看发送进程日志和各通道状态。",
    ),
    "rows_refused": AlarmKind(
        Owner.BUSINESS, HOUR, _STATUS,
        "A neighbour has refused what was sent to it, with code {subject}; so often: {count}.",
        "The log names each (`row_refused`): none arrived. Act on the code; acknowledge.",
        "相邻节点以代码 {subject} 拒收本节点发出的报文，共 {count} 次。",
        "日志 row_refused 列有各笔，均未送达；请按该代码处理后确认。",
        lasting=False,
    ),
    "tasks_parked": AlarmKind(
        Owner.BUSINESS, HOUR, "hubctl parked list",
        "Tasks that wait for an operator because of {subject}: {count}.",
        "`hubctl parked show` says what each needs; then `hubctl parked retry`.",
        "{count} 项任务因 {subject} 等待人工处理。",
        "用 hubctl parked show 查看处理办法，然后用 hubctl parked retry 重试。",
    ),
    "tasks_late": AlarmKind(
        Owner.BUSINESS, 30 * MINUTE, _STATUS,
        "Tasks of {subject} that are past their due time, with nobody on them: {count}.",
        "See that the workers run; then look whom the tasks wait for.",
        "{subject} 有 {count} 项任务已过应办时间仍未处理。",
        "请确认工作进程在运行，再看任务在等谁。",
    ),
    "conflict": AlarmKind(
        Owner.SECURITY, HOUR, "hubctl voucher conflicts",
        "{subject} sent other content under a number that is taken; so often: {count}.",
        "`hubctl voucher conflicts` shows both; have the sender explain: forged, or used twice?",
        "{subject} 以已占用的凭证号发来不同内容，共 {count} 次。",
        "两份均保留，可用 hubctl voucher conflicts 查看；请发送方说明，可能是伪造或重号。",
        lasting=False,
    ),
    "messages_held": AlarmKind(
        Owner.SYSTEM, HOUR, _CHECK,
        "Messages are held unanswered because of {subject}; so often: {count}.",
        "Bring what is missing: catalogue release, trust list or CRL; senders send again.",
        "因 {subject} 有报文暂存未答复，已出现 {count} 次。",
        "请补齐所缺的目录版本、信任清单或吊销列表；发送方会重发。",
    ),
    "trust_waiting": AlarmKind(
        Owner.SECURITY, HOUR, _TRUST,
        "New trust cannot be taken over because of {subject}; so often: {count}.",
        "docs/reference/errors.md says what that code needs.",
        "因 {subject} 无法启用新的信任数据，已出现 {count} 次。",
        "处理办法见 docs/reference/errors.md 中该代码。",
    ),
    "own_entry_changed": AlarmKind(
        Owner.SECURITY, HOUR, _TRUST,
        "A trust list has changed what it says of this node or its parties.",
        "Compare with what your site has asked for; if nobody did, tell the other parties at once.",
        "信任清单改变了本节点或所属机构的登记内容。",
        "请与本单位的申请核对；如无人申请，立即通知其他各方。",
        lasting=False,
    ),
    "dead_letters": AlarmKind(
        Owner.SYSTEM, HOUR, "hubctl deadletter list",
        "Messages in the dead-letter queue of {subject}: {count}.",
        "Look at each and decide: retry or discard.",
        "{subject} 的死信队列中有 {count} 条消息。",
        "请逐条查看并决定重试或丢弃。",
    ),
    "clock_suspect": AlarmKind(
        Owner.SYSTEM, 15 * MINUTE, _CHECK,
        "The store's clock and this machine's are {count} s apart: no deadline can be trusted.",
        "Set both clocks by the site's time service.",
        "存储时钟与本机时钟相差 {count} 秒：期限判断不可靠。",
        "请用站点时间服务校准两处时钟。",
    ),
    "expires_90": AlarmKind(
        Owner.SECURITY, 10 * DAY, _TRUST,
        "Days until {subject} ends: {count}.",
        "Plan its renewal.",
        "{subject} 将在 {count} 天后到期。",
        "请安排更新。",
    ),
    "expires_30": AlarmKind(
        Owner.SECURITY, 3 * DAY, _TRUST,
        "Days until {subject} ends: {count}.",
        "Renew it and have the next trust list issued with it.",
        "{subject} 将在 {count} 天后到期。",
        "请更新，并随之签发新的信任清单。",
    ),
    "expires_7": AlarmKind(
        Owner.SECURITY, DAY, _TRUST,
        "Days until {subject} ends: {count}; then nothing it stands for takes effect.",
        "Renew it today and have the next trust list issued with it.",
        "{subject} 将在 {count} 天后到期，到期后不再生效。",
        "请今天更新，并随之签发新的信任清单。",
    ),
    "expired": AlarmKind(
        Owner.SECURITY, HOUR, _TRUST,
        "{subject} has run out: what needs it is refused or held.",
        "Renew it now and have the next trust list issued with it.",
        "{subject} 已过期：依赖它的凭证会被拒收或暂存。",
        "请立即更新，并随之签发新的信任清单。",
    ),
    "release_begins": AlarmKind(
        Owner.BUSINESS, 7 * DAY, "hubctl catalogue list",
        "Catalogue {subject} begins to count in {count} days.",
        "See that own systems write by it from then on; its predecessor stays good for 72 hours.",
        "目录版本 {subject} 将在 {count} 天后生效。",
        "请确认本方系统届时按新版本制证；旧版本在其后72小时内仍有效。",
    ),
    "backup_late": AlarmKind(
        Owner.SYSTEM, 4 * HOUR, "hubctl backup list",
        "Age of the newest backup set in hours: {count}.",
        "Look why none is made: target, room, Barman; then `hubctl backup now`.",
        "最近一次备份已过去 {count} 小时。",
        "检查备份目标、空间和 Barman，然后执行 hubctl backup now。",
    ),
    "backup_failing": AlarmKind(
        Owner.SYSTEM, 2 * HOUR, "hubctl backup list",
        "Copies of the store cannot be shipped because of {subject}.",
        "Bring the target back; shipping goes on by itself.",
        "因 {subject} 无法传送存储副本。",
        "请恢复备份目标；传送会自动继续。",
    ),
    "stamps_late": AlarmKind(
        Owner.SYSTEM, DAY, _CHECK,
        "What was recorded waits for its time stamp because of {subject}.",
        "Look at the time-stamp authority and the way to it; stamping goes on by itself.",
        "因 {subject} 已登记内容迟迟未加盖时间戳。",
        "请检查时间戳服务及其网络；恢复后自动补盖。",
    ),
    "checkpoint_late": AlarmKind(
        Owner.SYSTEM, 15 * MINUTE, "hubctl store verify",
        "Minutes since a journal checkpoint was made: {count}.",
        "See that an instance is active and the store takes writes.",
        "已有 {count} 分钟没有生成日志检查点。",
        "请确认有实例处于活动状态且存储可写。",
    ),
    "breaks_open": AlarmKind(
        Owner.BUSINESS, 4 * HOUR, "hubctl breaks list",
        "Differences of {subject} still open after the end of their day: {count}.",
        "Settle them with the other party, then close them.",
        "{subject} 有 {count} 项对账差异在日终后仍未处理。",
        "请与对方核实后关闭差异。",
    ),
    "core_contradicts": AlarmKind(
        Owner.BUSINESS, HOUR, "hubctl breaks list",
        "The core of {subject} tells movements otherwise than they were answered: {count}.",
        "Nothing was changed by it. Put core and answer in line, then close the difference.",
        "{subject} 的核心系统对 {count} 笔款项的说法与已登记结果不符。",
        "系统未作任何更改。请使核心账与已答复结果一致，再关闭差异。",
    ),
    "disk_low": AlarmKind(
        Owner.SYSTEM, 4 * HOUR, _CHECK,
        "{count} percent of the disk of {subject} are free.",
        "Make room or enlarge it.",
        "{subject} 所在磁盘剩余 {count}%。",
        "请清理或扩容。",
    ),
    "disk_full": AlarmKind(
        Owner.SYSTEM, 15 * MINUTE, _CHECK,
        "{count} percent of the disk of {subject} are free: soon nothing can be recorded.",
        "Make room now; never delete files of the store by hand.",
        "{subject} 所在磁盘仅剩 {count}%：即将无法登记。",
        "请立即清理空间；切勿手工删除存储文件。",
    ),
    "folder_unread": AlarmKind(
        Owner.BUSINESS, HOUR, _CHECK,
        "Entries of the party's folder {subject} that say nothing and are passed over: {count}.",
        "Name each *.json as the folder's page says, whole and readable by the node.",
        "机构目录 {subject} 中有 {count} 个文件无法读取，已被跳过。",
        "请按目录接口说明命名为 *.json，并保证内容完整、节点可读。",
    ),
    "child_failing": AlarmKind(
        Owner.SYSTEM, 15 * MINUTE, _CHECK,
        "Process {subject} dies at its beginning; so often: {count}.",
        "Read the last lines of its log: they name the code and the place.",
        "进程 {subject} 启动后即退出，已 {count} 次。",
        "请查看其日志末尾，内有代码和位置。",
    ),
}  # fmt: skip
