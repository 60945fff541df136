"""Codes of time stamps and other proofs of time: what they mean, what to do now."""

from collections.abc import Mapping
from typing import Final

from hub.errors import Advice

_AUTHORITY: Final = "ask the time-stamp authority; get another token"
_AUTHORITY_ZH: Final = "请与时间戳服务方核对，并重新申请时间戳"


def _token(why: str, why_zh: str) -> Advice:
    return Advice(why, _AUTHORITY, why_zh, _AUTHORITY_ZH)


PROOF_CODES: Final[Mapping[str, Advice]] = {
    "timestamp_form": _token("not a time-stamp token of RFC 3161", "不是 RFC 3161 时间戳"),
    "timestamp_algorithm": _token(
        "the token uses an algorithm that is not allowed", "时间戳使用了不允许的算法"
    ),
    "timestamp_imprint": _token(
        "the token is over other octets than these seals", "时间戳与签章不对应"
    ),
    "timestamp_signature": _token("the token's signature does not hold", "时间戳签名验证不通过"),
    "timestamp_signer": _token(
        "the token's certificate is not its signer's, or not for time stamps alone",
        "时间戳证书与签名者不符，或不是时间戳专用证书",
    ),
    "timestamp_chain": _token(
        "no chain leads from the authority to an anchor we trust",
        "时间戳证书链不能到达受信任的根",
    ),
    "timestamp_signer_expired": _token(
        "the authority's certificate was not valid at the token's time",
        "时间戳证书在该时刻不在有效期内",
    ),
    "timestamp_signer_revoked": _token(
        "the authority's certificate was revoked before the token's time",
        "时间戳证书在该时刻之前已吊销",
    ),
    "timestamp_refused": _token("the authority refused the request", "时间戳服务拒绝了请求"),
    "timestamp_nonce": _token("the answer belongs to another request", "应答不属于本次请求"),
    "proof_missing": Advice(
        "no time stamp, proof list or notice proves when this was there",
        "ask the hub or another party for its proof list of this voucher",
        "没有时间戳、证明清单或回执可证明存在时间",
        "请向交换中心或其他当事方索取该凭证的证明清单",
    ),
}
