"""Codes of the older envelope: what they mean, what to do now."""

from collections.abc import Mapping
from typing import Final

from hub.errors import Advice

_EXPORT: Final = "export it again from the older system, one envelope MOF in GBK or UTF-8"
_EXPORT_ZH: Final = "请从原系统重新导出，信封为 MOF，编码为 GBK 或 UTF-8"


def _export(why: str, why_zh: str) -> Advice:
    return Advice(why, _EXPORT, why_zh, _EXPORT_ZH)


LEGACY_CODES: Final[Mapping[str, Advice]] = {
    "legacy_too_large": _export("the older envelope is over 4 MB", "旧格式信封超过 4 MB"),
    "legacy_encoding": _export(
        "the octets are not of the encoding the document names", "内容与声明的编码不符"
    ),
    "legacy_form": _export("not an older envelope with vouchers", "不是旧格式凭证信封"),
    "legacy_count": _export(
        "VoucherCount is not the number of vouchers, or there are over 500",
        "VoucherCount 与凭证数不符，或超过 500",
    ),
    "legacy_identity": _export(
        "envelope and voucher name different identities", "信封与凭证内的标识不一致"
    ),
    "legacy_character": Advice(
        "a character does not exist in GBK, which the older system reads",
        "have the named field written with another character; nothing is replaced by itself",
        "字段含有 GBK 以外的字符",
        "请更换所示字段中的该字符；系统不会自动替换",
    ),
    "legacy_differs": Advice(
        "an older receipt says other than the voucher it answers",
        "compare the named field with the original; do not seal until it is explained",
        "旧格式回单与原凭证内容不一致",
        "请核对所示字段，查明前不得签章",
    ),
    "legacy_layer": Advice(
        "the older form knows originals, receipts and returns only",
        "tell the other side by other means; a recall has no older form",
        "旧格式只有原件、回单和退回",
        "撤销无旧格式，请以其他方式告知对方",
    ),
}
