"""Codes of evidence packages: what they mean, what to do now."""

from collections.abc import Mapping
from typing import Final

from hub.errors import Advice

_AGAIN: Final = "get the package again from whoever made it"
_AGAIN_ZH: Final = "请向出具方重新获取证据包"

CODES: Final[Mapping[str, Advice]] = {
    "evidence_form": Advice(
        "the file is no evidence package, or something in it does not read",
        _AGAIN,
        "文件不是证据包，或其中内容无法解析",
        _AGAIN_ZH,
    ),
    "evidence_digest": Advice(
        "a file in the package is not the one its manifest lists",
        _AGAIN,
        "证据包中的文件与清单摘要不符",
        _AGAIN_ZH,
    ),
    "evidence_too_large": Advice(
        "the package holds more than any voucher's evidence can be",
        _AGAIN,
        "证据包超过允许的大小",
        _AGAIN_ZH,
    ),
    "pin_form": Advice(
        "a pin is no SHA-256 digest in hex",
        "write 64 hex digits: the SHA-256 of the pinned certificate in DER",
        "固定密钥摘要格式不对",
        "请写 64 位十六进制的证书 SHA-256 摘要",
    ),
}
