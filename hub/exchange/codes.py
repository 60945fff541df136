"""Codes of the exchange: what they mean, what to do now."""

from collections.abc import Mapping
from typing import Final

from hub.errors import Advice

CODES: Final[Mapping[str, Advice]] = {
    "node_recovering": Advice(
        "this node was restored and has not been compared with every neighbour yet",
        "watch `hubctl resync list`; set an absent neighbour aside with `hubctl resync aside`",
        "本节点系恢复而来，尚未与全部相邻节点核对",
        "用 hubctl resync list 查看进度；相邻节点缺席时用 hubctl resync aside 搁置",
    ),
    "sender_life_over": Advice(
        "a packet was made before its sender's store was restored; the sender has forgotten it",
        "nothing: what the sender still has it sends again; if it lasts, see alarm `peer_unheard`",
        "该数据包产生于发送方存储恢复之前，发送方已不记得",
        "无需处理：发送方仍有的会自动重发；如持续出现，请按告警 peer_unheard 处理",
    ),
    "document_unexpected": Advice(
        "a trust list came to a process that takes none",
        "this is a fault of the program: report it",
        "该进程不接收信任清单",
        "属程序错误，请报告",
    ),
    "trust_list_awaited": Advice(
        "the message needs a trust list that its sender has and this node lacks",
        "nothing: the list comes by itself; if it does not, see `hubctl trust list`",
        "该消息所需的信任清单本节点尚未收到",
        "清单会自动送达；长时间未到请查看 hubctl trust list",
    ),
    "trust_list_over": Advice(
        "the trust list, or the catalogue release, expired more than 72 hours ago: nothing takes a "
        "new effect",
        "have the next one sealed by two pinned parties, then `hubctl trust import` or `hubctl "
        "catalogue import`",
        "信任清单或目录发布过期已超过72小时，不再产生新的业务效果",
        "请两个预置方签发新版本，再执行 hubctl trust import 或 hubctl catalogue import",
    ),
    "carried_nothing": Advice(
        "no row for this neighbour is open, or each of them stands in a file already (--fresh)",
        "nothing is to be carried; see `hubctl packet list` for files that wait for their answer",
        "该相邻节点没有未办结的发送行，或都已写入交接文件（--fresh）",
        "无需交接；用 hubctl packet list 查看等待回执的交接文件",
    ),
    "carried_peer_recovering": Advice(
        "this store or the neighbour's was restored, and the two are not compared yet",
        "see `hubctl resync list`; what is to go will be known when they are compared",
        "本节点或对方节点系恢复而来，双方尚未核对",
        "用 hubctl resync list 查看；核对后才知道应发送什么",
    ),
    "carried_malformed": Advice(
        "the file is no carried file, or holds something else than its header says",
        "see whether it is the right file; ask the sender to export it again",
        "不是交接文件，或内容与文件头不符",
        "核对是否拿错文件；必要时请对方重新导出",
    ),
    "carried_truncated": Advice(
        "the carried file ends before its tally: it was not copied to its end",
        "copy it again from the medium, or ask the sender for it again",
        "交接文件不完整，缺少结尾",
        "从介质重新复制，或请对方重新导出",
    ),
    "carried_changed": Advice(
        "octets of the carried file are not those its sender wrote",
        "nothing of it was taken in; tell security, and ask the sender for it again",
        "交接文件的内容与发送方写出的不一致",
        "未收入任何内容；通知安全人员，并请对方重新导出",
    ),
    "carried_untrusted": Advice(
        "the signature of the carried file is not of a node key of its sender",
        "compare the trust lists of both nodes: `hubctl trust list`; nothing was taken in",
        "交接文件的签名不是发送节点的密钥所签",
        "核对双方信任清单（hubctl trust list）；未收入任何内容",
    ),
    "carried_foreign": Advice(
        "the carried file is for another node, or not from a neighbour of this one",
        "take it to the node that its header names: `hubctl packet check FILE`",
        "交接文件的收件方不是本节点，或发件方不是相邻节点",
        "用 hubctl packet check 查看文件头，送交其指明的节点",
    ),
    "carried_taken_before": Advice(
        "this very file was taken in as a whole before",
        "nothing; to write its answer once more, import it with --again",
        "该交接文件此前已完整收入",
        "无需处理；如需重新生成回执，加 --again 再次导入",
    ),
    "carried_too_large": Advice(
        "the carried file is larger than the protocol allows",
        "export fewer rows at once: --limit, then --fresh for the rest",
        "交接文件超过上限",
        "用 --limit 减少每个文件的行数，其余用 --fresh 另行导出",
    ),
    "packet_malformed": Advice(
        "a channel message is no packet, notice or beat of this protocol",
        "look at the sender's version; the octets are kept as a refusal",
        "通道消息不是本协议的数据包",
        "核对发送方版本；原始字节已留存",
    ),
    "packet_too_large": Advice(
        "a packet holds more items or octets than the protocol allows",
        "correct the sender",
        "数据包超过协议上限",
        "请发送方修正",
    ),
    "not_served": Advice(
        "the receiver named for this delivery is not served by this node",
        "correct the sender's routing",
        "本节点不服务该接收方",
        "请修正发送方路由",
    ),
    "no_role": Advice(
        "the receiver stands neither in the sealed `to` nor among the allowed copies",
        "address the voucher to its receiver and seal it under a new number",
        "接收方既不在盖章的收件方中，也不在允许的抄送方中",
        "请更正接收方，用新编号重新签章",
    ),
    "not_entitled_to_submit": Advice(
        "this node may not submit for the party that acts in the top layer",
        "submit through the party's own node, or have the right registered",
        "该节点无权代该机构提交",
        "请经机构自己的节点提交，或先备案提交权限",
    ),
    "identity_conflict": Advice(
        "this number is taken by a voucher with other content",
        "find out who used the number twice; send the payment under a new number",
        "该编号已被内容不同的凭证占用",
        "查明重复使用编号的原因，用新编号重发",
    ),
    "receipt_and_return": Advice(
        "this party has already answered the voucher the other way",
        "find out which answer is true; the first one stands",
        "该机构已对此凭证作出相反答复",
        "查明真实结果；以先到的答复为准",
    ),
    "unknown_peer": Advice(
        "this neighbour is not in the directory",
        "register the node, or stop the stranger",
        "未登记的相邻节点",
        "请先备案该节点，或查明来源",
    ),
    "no_route": Advice(
        "no node serves a receiver of this voucher",
        "register the receiver's node, then send again",
        "没有节点服务该接收方",
        "请先备案接收方节点再发送",
    ),
    "number_used": Advice(
        "this node has already recorded other content under this number",
        "draw a new number",
        "本节点已用该编号登记了其他内容",
        "请使用新编号",
    ),
    "notice_untrusted": Advice(
        "a hop notice bears no valid seal of a node key of its sender",
        "compare the node's registered keys; the row stays open and is sent again",
        "回执通知的节点签名无效",
        "核对节点密钥备案；该行保持未结并将重发",
    ),
    "notice_for_other_octets": Advice(
        "a hop notice names octets other than those sent",
        "compare both stores with `hubctl voucher trace`; the row stays open",
        "回执通知所指内容与所发内容不同",
        "用 hubctl voucher trace 核对双方记录；该行保持未结",
    ),
    "seal_forgotten": Advice(
        "a recorded voucher bears a seal that no trust list knows any more",
        "restore the older trust lists: they are never thrown away",
        "已登记凭证上的印章不在任何信任列表中",
        "恢复历史信任列表；历史列表不得删除",
    ),
    "no_seal_maker": Advice(
        "this node has no key for a position this kind requires",
        "register and install the seal of this position at this node",
        "本节点没有该凭证签章位置所需的密钥",
        "请为该位置备案并安装印章",
    ),
    "set_aside": Advice(
        "octets brought out a fault of this program; they are kept, and their sender keeps them",
        "keep the log and report it with the digest; they are tried again every hour by themselves",
        "该报文触发程序缺陷；字节已留存，发送方亦保留",
        "保留日志并按摘要报告；系统每小时自动重试",
    ),
    "store_contended": Advice(
        "another process changed the same rows; the work is done again by itself",
        "nothing; if it goes on for minutes, look at the store's load",
        "其他进程同时修改了相同记录，系统会自动重做",
        "无需处理；若持续数分钟，请检查存储负载",
    ),
    "trust_state_changed": Advice(
        "the trust list changed between verifying and recording; it is verified again by itself",
        "nothing",
        "验签与登记之间信任列表发生变化，系统会自动重新验证",
        "无需处理",
    ),
    "other_environment": Advice(
        "the voucher belongs to another environment",
        "send it to the environment it was sealed for",
        "凭证属于其他环境",
        "请发送到其签章所属的环境",
    ),
    "channel_ordered_out": Advice(
        "an operator has drained or disabled this channel at this node",
        "nothing: rows go another way; `hubctl channel resume` takes the order back",
        "操作员已在本节点停用或排空该通道",
        "无需处理：记录改走其他通道；可用 hubctl channel resume 恢复",
    ),
    "reason_format": Advice(
        "a reason is one word of letters, digits, dots and dashes, up to 60",
        "write it like `upgrade` or `ticket-123`: it goes to log and journal",
        "原因须为一个词（字母、数字、点、横线，最长60）",
        "例如 upgrade 或 ticket-123；它会写入日志",
    ),
    "letter_without_sender": Advice(
        "the broker knew no sender of this dead letter, so nobody can be answered for it",
        "find out who publishes without a checked user; then `hubctl deadletter discard`",
        "该死信没有经代理验证的发送方，无法答复",
        "查明来源后用 hubctl deadletter discard 处理",
    ),
    "letter_unknown": Advice(
        "no dead letter of this id is on record",
        "see `hubctl deadletter list --all`",
        "没有该编号的死信",
        "用 hubctl deadletter list --all 查看",
    ),
    "kind_not_issued": Advice(
        "no party of this organisation type makes vouchers of this kind",
        "see docs/reference/kinds.md for who issues it",
        "该类机构不签发此种凭证",
        "签发方见 docs/reference/kinds.md",
    ),
    "statement_not_receiver": Advice(
        "a party states something of a layer that was not addressed to it",
        "find out why; only who stands in the sealed `to` of a layer may state something of it",
        "状态通知由非该凭证收件方作出",
        "查明原因；只有盖章收件方才能对该凭证作出状态通知",
    ),
    "statement_status": Advice(
        "a statement tells a status that this version does not know",
        "look at the sender's version; the statement is kept and changes nothing",
        "状态通知含有本版本不认识的状态",
        "核对发送方版本；该通知已留存，不改变任何状态",
    ),
    "refused": Advice(
        "the other node refused, and says no more: this node may not submit for who acts in it",
        "submit through the party's own node; the other node's operator has the precise code",
        "对方节点已拒收且不说明原因：本节点无权代该机构提交",
        "请经该机构自己的节点提交；具体代码由对方操作员保存",
    ),
    "clock_suspect": Advice(
        "a clock has moved by more than a minute: nothing that depends on the time is decided",
        "set the clock right; if it is right now, say so: `hubctl alarm ack clock_suspect store`",
        "时钟跳变超过一分钟：暂不作任何依赖时间的判断",
        "请校准时钟；若现时正确，用 hubctl alarm ack clock_suspect store 确认",
    ),
    "probe_form": Advice(
        "what came as a probe is none, or a probe came where vouchers go: nothing is recorded",
        "correct the sender; probes are made by `hubctl channel test` alone",
        "探测报文形式不对，或混入了凭证报文，不予登记",
        "请发送方修正；探测只由 hubctl channel test 发出",
    ),
    "probe_unexpected": Advice(
        "a probe came to a process that answers none",
        "this is a fault of the program: report it",
        "该进程不应答探测",
        "属程序错误，请报告",
    ),
    "party_suspended": Advice(
        "an operator has suspended this party: nothing of it is taken in",
        "nothing: its vouchers wait at their senders; `hubctl party resume` takes the order back",
        "操作员已暂停该机构：暂不接收其凭证",
        "无需处理：凭证在发送方等待；可用 hubctl party resume 恢复",
    ),
    "party_draining": Advice(
        "an operator drains this party: what was begun ends, no new originals are taken in",
        "nothing: new vouchers wait at their senders; `hubctl party resume` takes the order back",
        "操作员正在排空该机构：已开始的业务继续办结，不接收新凭证",
        "无需处理：新凭证在发送方等待；可用 hubctl party resume 恢复",
    ),
    "party_limited": Advice(
        "this party sends more than its limit of vouchers a minute",
        "nothing: the rest waits at the sender and comes again; `hubctl party limit` changes it",
        "该机构发送的凭证超过每分钟限额",
        "无需处理：超出部分在发送方等待并自动重发；可用 hubctl party limit 调整",
    ),
    "alarm_cleared": Advice(
        why="The alarm has been cleared already: its condition is gone.",
        do="Nothing; `hubctl alarm list --all` shows when it was.",
        why_zh="该告警已解除。",
        do_zh="无需处理；hubctl alarm list --all 可查看解除时间。",
    ),
    "alarm_unknown": Advice(
        why="No alarm of this code and subject is on record.",
        do="Choose one that `hubctl alarm list` shows.",
        why_zh="没有该代码和对象的告警记录。",
        do_zh="请从 hubctl alarm list 所列告警中选择。",
    ),
}
