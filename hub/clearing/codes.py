"""Codes this area raises or answers with, and what to do about them."""

from collections.abc import Mapping
from typing import Final

from hub.errors import Advice

CODES: Final[Mapping[str, Advice]] = {
    "quota_key_format": Advice(
        "A stored quota key does not have seven parts.",
        "Restore the store from its backup; the row is damaged.",
        "存储的额度键不是七段。",
        "从备份恢复存储，该行已损坏。",
    ),
    "line_state": Advice(
        "The line is in a state from which this step is not allowed.",
        "Look at the voucher's history; nothing was changed.",
        "该明细当前状态不允许此操作。",
        "查看凭证历史；未作任何更改。",
    ),
    "quota_exceeded": Advice(
        "The clearing quota left for this key is smaller than what is asked.",
        "Finance sends a 5106 or 5108 for the difference; the bank then sends a new 2301.",
        "该键剩余清算额度不足。",
        "财政补发额度通知单（5106/5108）后，银行以新编号重发划款凭证。",
    ),
    "quota_used": Advice(
        "A quota reduction is larger than what is still unused.",
        "Reduce by at most the unused quota, with a new number.",
        "额度调减超过未使用额度。",
        "以新编号按未使用额度调减。",
    ),
    "payment_not_noticed": Advice(
        "No clearing-quota notice names this payment.",
        "Wait for the 5108; at the cut-off the voucher is returned by itself.",
        "没有清算额度通知单列明该笔支付。",
        "等待 5108；到截止时间将自动退回。",
    ),
    "notice_exceeded": Advice(
        "More is asked for this payment than its clearing-quota notice names.",
        "Compare the transfer request with the notice; correct and send with a new number.",
        "该笔支付的划款金额超过额度通知单。",
        "核对划款凭证与通知单，更正后以新编号重发。",
    ),
    "line_repeated": Advice(
        "The same payment row was asked for before.",
        "Compare with the earlier transfer request; never ask twice.",
        "同一支付明细已申请过划款。",
        "核对此前的划款凭证；不得重复申请。",
    ),
    "bank_not_issuer": Advice(
        "The bank number in the voucher does not belong to the bank that sealed it.",
        "Correct the bank number, or the register of bank numbers.",
        "凭证中的行号不属于签章银行。",
        "更正行号或行号登记。",
    ),
    "original_unknown": Advice(
        "The transfer request that a refund line names is not here.",
        "Wait for it; at the cut-off the refund is returned by itself.",
        "退款明细所指的原划款凭证不在本方。",
        "等待原凭证；到截止时间将自动退回。",
    ),
    "original_not_settled": Advice(
        "The transfer request that a refund line names is not settled yet.",
        "Wait for it; at the cut-off the refund is returned by itself.",
        "退款明细所指的原划款凭证尚未清算。",
        "等待清算；到截止时间将自动退回。",
    ),
    "already_refunded": Advice(
        "The original line was refunded before.",
        "Compare with the earlier refund; a line is refunded once.",
        "原明细已退款。",
        "核对此前的退款；每条明细只能退一次。",
    ),
    "refund_amount": Advice(
        "The refund is not the exact negative of the original line.",
        "Correct the amount and send with a new number.",
        "退款金额与原明细不符。",
        "更正金额后以新编号重发。",
    ),
    "wrong_bank": Advice(
        "The refund names a line of another bank or quota.",
        "Correct the reference and send with a new number.",
        "退款所指明细属于其他银行或额度。",
        "更正引用后以新编号重发。",
    ),
    "refund_elements": Advice(
        "The refund's payment or budget elements are not those of the original line.",
        "Correct the elements and send with a new number.",
        "退款的支付凭证或预算要素与原明细不一致。",
        "更正要素后以新编号重发。",
    ),
    "original_returned": Advice(
        "The original transfer request was returned: there is nothing to refund.",
        "Withdraw the refund; the payment was never cleared.",
        "原划款凭证已退回，无款可退。",
        "撤回退款；该笔支付未清算。",
    ),
    "past_cutoff": Advice(
        "It could not be matched before the cut-off of its day.",
        "Send what was missing, then this voucher again with a new number.",
        "截止时间前未能匹配。",
        "补齐缺少的凭证后，以新编号重发。",
    ),
    "pack_incomplete": Advice(
        "Packs of this statement are missing.",
        "Wait for the missing packs, or ask the sender for them.",
        "对账单缺少分包。",
        "等待缺少的分包，或向发送方索取。",
    ),
    "statement_differs": Advice(
        "The statement differs from the own books; vouchers may still be on their way.",
        "Wait: it is looked at again for about a minute, then the difference is a break.",
        "对账单与本方账簿不一致，凭证可能仍在途中。",
        "等待：约一分钟内自动重新核对，之后记为差异。",
    ),
    "calendar_unknown": Advice(
        "The business calendar does not cover this day.",
        "Load the calendar of that year.",
        "业务日历未覆盖该日。",
        "加载该年度日历。",
    ),
    "break_state": Advice(
        "The break is in a state from which this step is not allowed.",
        "Look at the break's history; nothing was changed.",
        "差异当前状态不允许此操作。",
        "查看差异历史；未作任何更改。",
    ),
}
