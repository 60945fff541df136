"""Codes the desks answer with, and what to do about them; cores' own codes among them."""

from collections.abc import Mapping
from typing import Final

from hub.clearing.codes import CODES as CLEARING
from hub.desks.base_codes import BASE_CODES
from hub.errors import Advice


def _advice(why: str, do: str, why_zh: str, do_zh: str) -> Advice:
    return Advice(why, do, why_zh, do_zh)


OWN: Final[Mapping[str, Advice]] = {
    "settled_outside": _advice(
        "Two operators have said that this payment was executed by other means.",
        "Nothing electronically: compare the paper; it is counted apart.",
        "该凭证已由两名操作员确认以其他方式办结。",
        "不再以电子方式处理：请核对纸质凭据；该笔单独统计。",
    ),
    "outside_kind": _advice(
        "Only payment vouchers are settled outside by command.",
        "Answer or recall other kinds as their desk does.",
        "只有支付凭证可以登记为线下办结。",
        "其他种类请按业务流程答复或撤销。",
    ),
    "outside_already": _advice(
        "This payment has been settled outside before.",
        "Nothing: see `hubctl voucher outside`.",
        "该凭证已登记为线下办结。",
        "无需处理：见 hubctl voucher outside。",
    ),
    "outside_addressee": _advice(
        "The voucher on record is not addressed to this node's bank.",
        "Say it at the bank that was to pay.",
        "该凭证的处理方不是本行。",
        "请在应付款的银行节点上登记。",
    ),
    "outside_too_late": _advice(
        "The voucher was paid, returned or recalled electronically.",
        "Look at it with `hubctl voucher trace`; if paper was paid too, have it brought back.",
        "该凭证已以电子方式支付、退回或撤销。",
        "用 hubctl voucher trace 查看；若线下也已支付，请追回。",
    ),
    "intent_open": _advice(
        "The core has been asked to pay this voucher: it may have moved, or has.",
        "Wait for the core's answer, then look again with `hubctl voucher trace`.",
        "已向核心系统发出该笔支付请求，资金可能已动。",
        "等待核心系统答复后用 hubctl voucher trace 查看。",
    ),
    "parked_unknown": _advice(
        "Nothing of this id is parked here: it went on, was given up, or is another node's.",
        "See `hubctl parked list`.",
        "本节点没有该编号的搁置项：可能已继续、已放弃，或属于其他节点。",
        "用 hubctl parked list 查看。",
    ),
    "parked_needed": _advice(
        "A voucher would be lost: its receiver lacks it, or nobody has answered it.",
        "Put right what parked it and retry; or have it recalled, returned or settled outside.",
        "放弃会丢失凭证：收件方尚未收到，或尚无人答复。",
        "排除原因后重试；或先撤销、退回、登记线下办结。",
    ),
    "outside_not_here": _advice(
        "This node is not a bank's that executes payments by its own desk.",
        "Run it at the node of the bank that was to pay.",
        "本节点不是自行执行支付的银行节点。",
        "请在应付款银行的节点上执行。",
    ),
    "evidence_unreadable": _advice(
        "The file of evidence cannot be read, is empty, or is larger than 20 MB.",
        "Give a scan of the paper, or a note of the telephone call.",
        "凭据文件无法读取、为空或超过 20 MB。",
        "请提供纸质凭证扫描件或电话记录。",
    ),
    "payer_account": _advice(
        "The issuer may not draw on the payer's account.",
        "Correct the payer's account, or have it registered; send with a new number.",
        "签发方无权使用该付款账户。",
        "更正付款账户或办理账户登记后，以新编号重发。",
    ),
    "unit_quota_exceeded": _advice(
        "The unit's quota left at this bank is smaller than the payment.",
        "Finance sends a 5105 for the difference; at the cut-off the voucher goes back by itself.",
        "该单位在本行的授权支付额度不足。",
        "财政补发授权支付额度通知单（5105）；到截止时间将自动退回。",
    ),
    "other_bank": _advice(
        "The payment names another agent bank.",
        "Send it to the bank it names, with a new number.",
        "凭证所列代理银行不是本行。",
        "以新编号发送给凭证所列银行。",
    ),
    "clearing_elements": _advice(
        "Budget elements needed for clearing are missing.",
        "Fill treasury, bank number, unit, subject, budget type and fund; send with a new number.",
        "缺少清算所需的预算要素。",
        "补齐国库、行号、单位、科目、预算类型、资金性质后，以新编号重发。",
    ),
    "treasury_unknown": _advice(
        "This bank does not clear with the treasury named.",
        "Correct the treasury code, or agree clearing accounts.",
        "本行与所列国库没有清算关系。",
        "更正国库代码或开通清算账户。",
    ),
    "row_amount": _advice(
        "A row's amount is not positive.",
        "Correct the row; refunds have vouchers of their own.",
        "明细金额不是正数。",
        "更正明细；退款使用专门凭证。",
    ),
    "payee_bank": _advice(
        "The payee's bank number cannot be reached.",
        "Correct the payee's bank number; send with a new number.",
        "收款行行号不可达。",
        "更正收款行行号后，以新编号重发。",
    ),
    "payment_duplicate": _advice(
        "Another voucher with this payment's number is being, or was, executed.",
        "Compare the two; if this is another payment, give it another number.",
        "相同支付编号的凭证已在执行或已执行。",
        "核对两张凭证；如为另一笔支付，请使用新编号。",
    ),
    "batch_detail_missing": _advice(
        "The batch detail (8207) did not come before the cut-off.",
        "Send payment and batch detail again, with new numbers.",
        "截止时间前未收到批量明细（8207）。",
        "以新编号重发支付凭证与批量明细。",
    ),
    "batch_detail_differs": _advice(
        "Payment and batch detail do not agree in total, payer, bank or a row.",
        "Correct the batch detail; send both with new numbers.",
        "支付凭证与批量明细不一致。",
        "更正批量明细，两者均以新编号重发。",
    ),
    "batch_detail_unexpected": _advice(
        "The payment this batch detail names is no batch, and is paid.",
        "Nothing was paid by the detail; withdraw it.",
        "批量明细所指支付凭证不是批量业务，且已支付。",
        "明细未引起任何支付，请撤回。",
    ),
    "payment_missing": _advice(
        "The payment this batch detail names did not come before the cut-off.",
        "Send payment and batch detail again, with new numbers.",
        "截止时间前未收到批量明细所指支付凭证。",
        "以新编号重发支付凭证与批量明细。",
    ),
    "recalled": _advice(
        "The issuer has recalled it before anything was executed.",
        "Nothing to do.",
        "签发方在执行前已撤销。",
        "无需处理。",
    ),
    "already_executing": _advice(
        "The recall came after execution had begun.",
        "Wait for the receipt; ask for a refund if the money should come back.",
        "撤销到达时已开始执行。",
        "等待回单；如需收回款项请办理退款。",
    ),
    "other_treasury": _advice(
        "The voucher names another treasury.",
        "Send it to the treasury it names, with a new number.",
        "凭证所列国库不是本库。",
        "以新编号发送给所列国库。",
    ),
    "finance_not_issuer": _advice(
        "The quota notice is not of this division's finance bureau.",
        "Only the division's own finance bureau gives quota.",
        "额度通知单不是本区划财政机关签发。",
        "额度只能由本区划财政机关下达。",
    ),
    "refund_not_payer": _advice(
        "A refund notice names a payment row that this bank was not asked to pay, or did not pay.",
        "Only the bank that paid gives notice of a refund; compare both books.",
        "退款通知书所列支付明细并非由该银行支付。",
        "退款通知只能由付款银行发出；请核对双方账务。",
    ),
    "account_unknown": _advice(
        "The core does not know the account.",
        "Correct the account; send with a new number.",
        "账户不存在。",
        "更正账号后，以新编号重发。",
    ),
    "account_closed": _advice(
        "The account is closed or frozen.",
        "Ask the payee for another account; send with a new number.",
        "账户已销户或冻结。",
        "向收款人核实账户后，以新编号重发。",
    ),
    "name_differs": _advice(
        "The account's holder has another name.",
        "Correct name or account; send with a new number.",
        "户名与账号不符。",
        "更正户名或账号后，以新编号重发。",
    ),
    "core_refused": _advice(
        "The core refused the movement.",
        "Ask the executing party; send with a new number.",
        "核心系统拒绝。",
        "联系执行方；以新编号重发。",
    ),
    "core_unknown": _advice(
        "The core's answer is not known yet; it is being asked.",
        "Wait; it is asked again by itself, and never executed twice.",
        "核心系统结果未知，正在查询。",
        "请等待；系统会自动查询，不会重复执行。",
    ),
    "outcome_not_asked": _advice(
        "nobody is asked for an outcome here: the task is not parked for it",
        "look at `hubctl parked list`; only tasks with the code core_ask_operator wait for one",
        "此处不需要人工登记结果：该任务并未因此搁置",
        "用 hubctl parked list 查看；仅代码为 core_ask_operator 的任务等待登记",
    ),
    "outcome_row": _advice(
        "no such row is open, or several are and none was named",
        "name the row with --row; `hubctl parked show` lists the open ones",
        "没有该未决明细，或有多笔未决而未指明",
        "用 --row 指明；未决明细见 hubctl parked show",
    ),
    "core_ask_operator": _advice(
        "The core does not know the key and cannot refuse a repeated one.",
        "Find out at the core whether it moved, then record it: `hubctl parked outcome`.",
        "核心系统无此键，且不能拒绝重复键。",
        "在核心系统核实是否已入账，再用 hubctl parked outcome 登记结果。",
    ),
    "number_used": _advice(
        "The number was used before with other content.",
        "Take a new number; a number is never used again.",
        "该编号已用于其他内容。",
        "使用新编号；编号不得重复使用。",
    ),
    "refund_row_differs": _advice(
        "A refund notice brings back another amount than the payment's row.",
        "Return the whole row; a part of it needs a voucher of its own kind.",
        "退款通知的金额与原支付明细不一致。",
        "应整行退回；部分退款请使用相应凭证。",
    ),
    "task_fault": _advice(
        "A task brought out a fault of this program; it is parked, nothing of it was done twice.",
        "Keep the log, report it with the task's id; wake the task after the update.",
        "该任务触发程序缺陷，已搁置，未重复执行。",
        "保留日志并按任务编号报告；升级后再唤醒该任务。",
    ),
    "no_clerk": _advice(
        "No desk is set up for this party.",
        "Correct the parties this node serves.",
        "未为该机构配置业务处理。",
        "更正本节点所服务的机构。",
    ),
    "no_core": _advice(
        "This node has work for a core system and none is attached.",
        "Set application.core, or correct which parties this node serves.",
        "本节点有需核心系统执行的业务，但未接入核心系统。",
        "请设置 application.core，或更正本节点所服务的机构。",
    ),
    "phase_unknown": _advice(
        "No such phase.",
        "Use one of: bounces, sum_up, daily_lists, cutoff, checks.",
        "没有该阶段。",
        "可用阶段：bounces、sum_up、daily_lists、cutoff、checks。",
    ),
    "core_answer_form": _advice(
        "An answer of the core lacks a member or has a wrong one: it says nothing; the outcome "
        "stays unknown and is inquired.",
        "Write the member that is named as `expected` says, in small letters, with nothing around "
        "it, and answer again; docs/how-to/attach-a-core-folder.md shows each answer.",
        "核心系统应答缺少成员或取值不符，视为未应答；结果仍属未知，将继续查询。",
        "请按 expected 所示改正所指成员（小写，前后无空格），再次应答；"
        "各种应答见 docs/how-to/attach-a-core-folder.md。",
    ),
    "core_key_unknown": _advice(
        "The answer is about a key this node never asked for.",
        "Answer with the key of the order, as it was read.",
        "应答中的键不是本节点发出的。",
        "请使用所读指令中的键应答。",
    ),
    "mail_unknown": _advice(
        "No mail of this party has that id.",
        "Use the id that `read` gave.",
        "该机构没有此编号的来件。",
        "请使用 read 返回的编号。",
    ),
    "desk_decides": _advice(
        "At this node the desk makes the answers; a party's system answers orders only.",
        'Answer orders by their keys; to decide vouchers yourself, set application.desk = "own".',
        "本节点由业务台生成应答，机构系统只应答指令。",
        '请按键应答指令；如需自行处理凭证，请设 application.desk = "own"。',
    ),
    "not_an_original": _advice(
        "Only an original can be returned, not an answer to one.",
        "Confirm it; write to its sender if it is wrong.",
        "只能退回原凭证，不能退回应答。",
        "请签收；如有误请联系发送方。",
    ),
    "not_the_issuer": _advice(
        "Only its issuer can recall a voucher.",
        "Return it instead.",
        "只有签发方可以撤销凭证。",
        "请改用退回。",
    ),
    "acting_party": _advice(
        "The draft acts for a party this window does not serve.",
        "Name the party whose node this is.",
        "草稿的办理机构不是本窗口所服务的机构。",
        "请填写本节点的机构。",
    ),
    "voucher_unknown": _advice(
        "No voucher of that identity is on record here.",
        "Check the five parts of its identity.",
        "本节点没有该凭证。",
        "请核对凭证的五个标识项。",
    ),
    "find_what": _advice(
        "Nothing was said to look for.",
        "Give a payee, the end of an account, an amount, a unit, days or a purpose.",
        "未给出查找条件。",
        "请给出收款人、账号尾号、金额、单位、日期或用途。",
    ),
    "find_range": _advice(
        "The amount to look up to is smaller than the one to look from.",
        "Put the smaller one first: --amount 5.00 --amount-to 10.00.",
        "金额上限小于下限。",
        "请将较小者写在前面：--amount 5.00 --amount-to 10.00。",
    ),
    "find_tail": _advice(
        "The end of an account is too short.",
        "Give at least its last four digits.",
        "账号尾号过短。",
        "请至少给出末四位。",
    ),
}
CODES: Final[Mapping[str, Advice]] = {**CLEARING, **OWN, **BASE_CODES}
"""What an answer's reason is taken from."""
