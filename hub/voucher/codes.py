"""Codes of envelope, seals and trust: what they mean, what to do now. Bodies: `body_codes.py`."""

from collections.abc import Mapping
from typing import Final

from hub.errors import Advice
from hub.voucher.body_codes import BODY_CODES
from hub.voucher.legacy_codes import LEGACY_CODES
from hub.voucher.proof_codes import PROOF_CODES

_RESEND: Final = "do not resend the same octets; ask the sender to write the message by wire.md"
_RESEND_ZH: Final = "不要重发原报文；请发送方按 wire.md 的格式重新生成"
_SIGNER: Final = (
    "ask the sealing party to check its seal and certificate with the registering office"
)
_SIGNER_ZH: Final = "请签章方与备案机构核对印章和证书"
_ALARM: Final = "treat it as an attack until explained; keep the octets, tell the security officer"
_ALARM_ZH: Final = "在查明之前按攻击处理；保留原报文并通知安全管理员"


def _form(why: str, why_zh: str) -> Advice:
    return Advice(why, _RESEND, why_zh, _RESEND_ZH)


def _signer(why: str, why_zh: str) -> Advice:
    return Advice(why, _SIGNER, why_zh, _SIGNER_ZH)


def _alarm(why: str, why_zh: str) -> Advice:
    return Advice(why, _ALARM, why_zh, _ALARM_ZH)


SEAL_CODES: Final[Mapping[str, Advice]] = {
    # envelope and DER
    "message_size": _form("the message is larger than 2 MB", "报文超过 2 MB"),
    "envelope_syntax": _form("not the canonical envelope", "信封不是规范格式"),
    "base64_form": _form("not canonical base64", "不是规范的 Base64"),
    "body_size": _form("a body is larger than any kind allows", "报文体超过允许的最大长度"),
    "seal_size": _form("a seal is over 32 KB, or there are over 8", "签章超过 32 KB 或超过 8 个"),
    "layer_order": _form("layers that cannot stand on one another", "报文层次的组合不允许"),
    "xml_forbidden": _form("DOCTYPE, comment, CDATA or declaration", "报文体含有不允许的 XML 结构"),
    "xml_syntax": _form("the body is not well-formed UTF-8 XML", "报文体不是合法的 UTF-8 XML"),
    "xml_not_canonical": _form("the body is not in canonical form", "报文体不是规范形式"),
    "body_structure": _form("elements stand where none may", "报文体的结构不正确"),
    "ses_der": _form("not a GB/T 38540 structure in strict DER", "不是严格 DER 编码的电子签章结构"),
    "seal_format_v1": _form("a seal in the old layout of GM/T 0031", "印章为旧版 GM/T 0031 格式"),
    "property_info": _form("propertyInfo has not the form evx1", "签章的 propertyInfo 格式不正确"),
    "other_environment": Advice(
        "the message belongs to another environment",
        "check which channel it came by; nothing crosses environments",
        "报文属于另一个环境",
        "请检查来源通道；不同环境之间不得互通",
    ),
    # positions and chain
    "positions_incomplete": _alarm(
        "a required seal is missing, or seals were dropped", "缺少必需的签章，或签章被去掉"
    ),
    "position_order": _alarm(
        "seals do not stand at the kind's positions, in order", "签章的位置或顺序不正确"
    ),
    "position_repeated": _alarm("a seal stands more than once in its layer", "同一层内签章重复"),
    "seal_chain_broken": _alarm(
        "a seal does not follow the one before it", "签章与其前一个签章不相连"
    ),
    "binding_envelope": _alarm(
        "what is sealed is not what the envelope says", "签章内容与信封不一致"
    ),
    "binding_stack": _alarm(
        "seals of one message speak of different vouchers", "同一报文的签章指向不同凭证"
    ),
    "binding_body": _alarm("what is sealed is not what the body says", "签章内容与报文体不一致"),
    "digest_mismatch": _alarm("the body is not the sealed one", "报文体与签章的摘要不一致"),
    "signature_invalid": _alarm("the signature does not hold", "签名验证不通过"),
    "seal_maker_signature": _alarm(
        "the seal was not made by its maker, or was changed", "印章的制章人签名不通过"
    ),
    # trust
    "seal_unknown": _signer("nobody has registered this seal", "印章没有备案"),
    "suite_unknown": Advice(
        "the trust list names a suite that is switched off here",
        "check the suite's start-up test and settings on this node",
        "备案的算法套件在本节点不可用",
        "请检查本节点的算法套件自检和设置",
    ),
    "suite_mismatch": _alarm(
        "seal or message use another suite than registered", "所用算法套件与备案不一致"
    ),
    "seal_not_yet_valid": _signer("the seal is not valid yet", "印章尚未生效"),
    "seal_expired": _signer("the seal has expired", "印章已过期"),
    "seal_suspended": _signer("the seal is suspended", "印章已停用"),
    "seal_revoked": _signer("the seal is revoked", "印章已注销"),
    "seal_ended_before_proof": Advice(
        "sealed before, but first recorded after the seal's end",
        "decide by evidence: the operator's list shows it",
        "签章时间在印章停用之前，但首次登记在其后",
        "请在操作员清单中依据证据处理",
    ),
    "seal_maker_revoked": _signer("the seal maker's certificate is revoked", "制章人证书已吊销"),
    "seal_maker_not_yet_valid": _signer(
        "the seal maker's certificate is not valid yet", "制章人证书尚未生效"
    ),
    "seal_maker_validity": _signer("the seal maker's certificate has expired", "制章人证书已过期"),
    "signer_not_in_seal": _alarm(
        "the certificate is not in the seal's list", "签章人证书不在印章的证书列表中"
    ),
    "signer_not_registered": _signer(
        "the certificate is not registered for this seal", "签章人证书未对此印章备案"
    ),
    "certificate_malformed": _signer("the certificate cannot be read", "证书无法解析"),
    "certificate_usage": _signer(
        "the certificate is not for signing, or of another suite", "证书用途或算法不允许签章"
    ),
    "certificate_not_yet_valid": _signer("the certificate is not valid yet", "证书尚未生效"),
    "certificate_expired": _signer("the certificate has expired", "证书已过期"),
    "certificate_revoked": _signer("the certificate is revoked", "证书已吊销"),
    "certificate_revoked_before_proof": Advice(
        "sealed before, but first recorded after the certificate's revocation",
        "decide by evidence: the operator's list shows it",
        "签章时间在证书吊销之前，但首次登记在其后",
        "请在操作员清单中依据证据处理",
    ),
    "chain_unknown": _signer("no chain leads to an anchor we trust", "证书链不能到达受信任的根"),
    "chain_broken": _alarm("a signature in the certificate chain fails", "证书链中的签名不通过"),
    "sealed_in_future": _signer(
        "sealed more than 300 s ahead of proof time", "签章时间晚于登记时间"
    ),
    "sealed_too_early": _signer(
        "sealed more than 24 h before proof time", "签章时间早于登记时间 24 小时以上"
    ),
    "issuer_not_first": _alarm("the first seal is not the issuer's", "第一个签章不是签发方的签章"),
    "not_entitled": _signer(
        "this party may not seal this kind at this position here", "该方无权在此位置签章"
    ),
    "answer_not_entitled": _signer(
        "only a receiver named in the original may answer it, only its issuer may recall it",
        "只有原凭证指明的接收方可以答复，只有签发方可以撤销",
    ),
    # catalogue
    "catalogue_missing": Advice(
        "the message needs a catalogue release this node lacks",
        "nothing; it is kept, and the release is fetched from the neighbour",
        "报文需要本节点尚未取得的目录版本",
        "无需操作；报文已保留，系统会向相邻节点索取",
    ),
    "catalogue_not_in_force": Advice(
        "the release named in the seal is not in force at proof time",
        "seal again under the release in force, with a new number",
        "签章所用的目录版本在登记时不生效",
        "请按现行目录版本以新凭证号重新签章",
    ),
    # suites at start
    "libcrypto_missing": Advice(
        "the system's libcrypto 3 cannot be loaded",
        "install OpenSSL 3, or set the library's path",
        "无法加载系统的 libcrypto 3",
        "请安装 OpenSSL 3，或设置库文件路径",
    ),
    "libcrypto_too_old": Advice(
        "libcrypto is older than 3.0",
        "install OpenSSL 3, or set the path of a newer library",
        "libcrypto 版本低于 3.0",
        "请安装 OpenSSL 3，或设置较新库文件的路径",
    ),
    "sm2_missing": Advice(
        "this libcrypto cannot do SM2",
        "use a build of OpenSSL with SM2 and SM3",
        "该 libcrypto 不支持 SM2",
        "请使用支持 SM2 和 SM3 的 OpenSSL",
    ),
    "sm2_known_answer": Advice(
        "SM2 gave a wrong answer in the start-up test; the suite stays off",
        "replace the library; do not seal or verify with it",
        "SM2 自检结果错误，套件已停用",
        "请更换该库，不得用于签章和验章",
    ),
}

CODES: Final[Mapping[str, Advice]] = {**BODY_CODES, **SEAL_CODES, **PROOF_CODES, **LEGACY_CODES}
"""Every code that hub/voucher raises."""
