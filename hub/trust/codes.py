"""Codes of trust: what they mean, what to do now."""

from collections.abc import Mapping
from typing import Final

from hub.errors import Advice
from hub.trust.release_codes import RELEASE_CODES

_LIST: Final[Mapping[str, Advice]] = {
    "trust_list_form": Advice(
        "a trust list is not written the one way lists are written",
        "fetch the list again; if it stays so, tell who issued it",
        "信任清单格式不规范",
        "重新获取；仍然如此则联系签发方",
    ),
    "trust_list_other_environment": Advice(
        "the trust list is of another environment",
        "check which environment this node belongs to and where the list came from",
        "信任清单属于其他环境",
        "核对本节点环境和清单来源",
    ),
    "trust_list_number": Advice(
        "the trust list has a lower number than the one in force",
        "use the newer list; an older one never comes back",
        "信任清单编号低于现行清单",
        "使用新清单，旧清单不得恢复",
    ),
    "trust_list_conflict": Advice(
        "two different trust lists carry the same number",
        "treat it as an attack or a ceremony gone wrong: call both issuers, keep both files",
        "同一编号出现两份不同的信任清单",
        "按安全事件处理：联系签发方并保留两份文件",
    ),
    "trust_list_expired": Advice(
        "the trust list has expired, or ends before it begins",
        "ask the issuers for a new list",
        "信任清单已过期或有效期有误",
        "请签发方签发新清单",
    ),
    "trust_list_seals": Advice(
        "fewer than two of the pinned parties have sealed the trust list",
        "have a second pinned party seal it; check that the pinned keys are the right ones",
        "信任清单不足两个预置方签章",
        "请另一预置方签章，并核对预置密钥",
    ),
    "trust_section_missing": Advice(
        "a section that the trust list names is not here",
        "fetch the list with all its sections again",
        "信任清单所列分册缺失",
        "重新获取清单及全部分册",
    ),
    "trust_section_digest": Advice(
        "a section differs from what the trust list names",
        "fetch the section again; if it stays so, treat it as damage or an attack",
        "信任清单分册摘要不符",
        "重新获取；仍不符按损坏或攻击处理",
    ),
    "trust_section_form": Advice(
        "a section of the register is not written the one way registers are written",
        "tell who issued the list",
        "备案分册格式不规范",
        "联系清单签发方",
    ),
}
_ENDINGS: Final[Mapping[str, Advice]] = {
    "crl_number": Advice(
        "a CRL has a lower number than the one of its issuer in force",
        "use the newer one; ask the issuer if its numbers went back",
        "吊销列表编号低于现行列表",
        "使用新列表；编号倒退请联系签发方",
    ),
    "crl_conflict": Advice(
        "two different CRLs of one issuer carry the same number",
        "treat it as an attack or a fault of the issuer: call it, keep both files",
        "同一签发方同一编号有两份不同的吊销列表",
        "按安全事件处理：联系签发方并保留两份文件",
    ),
    "suspension_unknown": Advice(
        "nothing that is registered, or suspended here, has this name",
        "look the name up: hubctl trust show --sort seal; what a newer list registers can be "
        "suspended once that list is taken in: hubctl trust import",
        "没有该备案记录，或本节点未停用它",
        "用 hubctl trust show --sort seal 核对；较新清单中的记录，先用 hubctl trust import 导入",
    ),
}
_RECORDS: Final[Mapping[str, Advice]] = {
    "trust_record_twice": Advice(
        "two records of a register have the same key",
        "have the issuers correct the list under a new number",
        "备案记录重复",
        "请签发方用新编号更正清单",
    ),
    "trust_record_unknown": Advice(
        "a record to be suspended or revoked is not in the list in force",
        "look up its key in the list in force",
        "要停用或撤销的备案记录不存在",
        "在现行清单中核对记录标识",
    ),
    "trust_record_digest": Advice(
        "a record's digest is not that of its certificate",
        "have the issuers correct the list under a new number",
        "备案记录的证书摘要不符",
        "请签发方用新编号更正清单",
    ),
    "trust_record_reference": Advice(
        "a record names a party or a signer that the list does not hold",
        "register the party or the signer's certificate first",
        "备案记录引用了未备案的机构或证书",
        "先备案该机构或证书",
    ),
    "trust_record_ending": Advice(
        "a record that has ended does not say since when, or an active one does",
        "have the issuers correct the list under a new number",
        "备案记录的状态与终止时间矛盾",
        "请签发方用新编号更正清单",
    ),
    "trust_record_revived": Advice(
        "a revoked record would count again",
        "register a new key or seal; what was revoked stays revoked",
        "已撤销的备案不得恢复",
        "请备案新的密钥或印章",
    ),
    "trust_record_dropped": Advice(
        "a record left the list that was neither revoked nor out of date",
        "keep it in the list, or revoke it first",
        "未撤销也未过期的备案记录被删除",
        "保留该记录，或先撤销",
    ),
    "trust_endorsement_missing": Advice(
        "an addition or key change does not bear the party's own seal",
        "have the party endorse it with its old key or its onboarding key",
        "新增或变更未经本机构签章",
        "请该机构用原密钥或备案密钥签章",
    ),
    "trust_endorsement_broken": Advice(
        "the party's endorsement does not hold, or its key does not count",
        "have the party endorse it again with a key of the list in force",
        "机构签章无效或密钥不被认可",
        "请该机构用现行清单中的密钥重新签章",
    ),
    "certificate_form": Advice(
        "octets that should be a certificate are none",
        "ask the other side for the certificate again",
        "证书格式错误",
        "请对方重新提供证书",
    ),
}
_ACTS: Final[Mapping[str, Advice]] = {
    "act_steps": Advice(
        "a guarded act needs one proposal and one approval",
        "let one operator propose and another approve",
        "受控操作须有提议和批准各一",
        "由一人提议、另一人批准",
    ),
    "act_other": Advice(
        "a signature is over another act than the one to be done",
        "propose the act again exactly as it will be done",
        "签名对应的不是本次操作",
        "按实际操作重新提议",
    ),
    "act_same_operator": Advice(
        "proposal and approval come from the same person or key",
        "let another operator approve",
        "提议与批准为同一人或同一密钥",
        "请另一操作员批准",
    ),
    "act_expired": Advice(
        "more than 24 hours have passed since the proposal",
        "propose the act again",
        "提议已超过24小时",
        "重新提议",
    ),
    "act_time": Advice(
        "the approval is older than the proposal, or one of them lies in the future",
        "check the clocks, then propose again",
        "批准早于提议，或时间在未来",
        "校准时钟后重新提议",
    ),
    "act_duties": Advice(
        "a guarded act takes one system and one security operator",
        "let an operator of the other duty sign",
        "受控操作须由系统员和安全员共同完成",
        "请另一职责的操作员签名",
    ),
    "act_signature": Advice(
        "an operator's signature over the act does not hold",
        "sign again with the registered key",
        "操作员签名无效",
        "用已备案密钥重新签名",
    ),
    "operator_unknown": Advice(
        "nobody registered this operator",
        "give an id that `hubctl operator list` shows, or have the person registered in the next "
        "trust list",
        "操作员未备案",
        "请使用 hubctl operator list 所列的操作员编号，或在下一份清单中备案",
    ),
    "operator_ended": Advice(
        "the operator is suspended, revoked, or outside their dates",
        "let the deputy act, or have the registration renewed",
        "操作员已停用或不在有效期",
        "由AB角代行，或更新备案",
    ),
    "operator_two_duties": Advice(
        "one key stands for two operators: system, security and audit duties are separated",
        "register each person once, with one key and one duty",
        "同一密钥登记为两名操作员：系统、安全、审计三员须分立",
        "每人只登记一次，一把密钥，一种职责",
    ),
    "operator_deputy": Advice(
        "a deputy stands for nobody that is registered, for themselves, or for another duty",
        "name an operator of the same duty as the principal",
        "AB角所代行的操作员不存在、为本人或职责不同",
        "请指定同一职责的操作员",
    ),
    "operator_division": Advice(
        "the act touches a division that is not the operator's",
        "let an operator of that division sign",
        "操作超出该操作员的区划范围",
        "请该区划的操作员签名",
    ),
}
CODES: Final[Mapping[str, Advice]] = {**_LIST, **_ENDINGS, **_RECORDS, **_ACTS, **RELEASE_CODES}
