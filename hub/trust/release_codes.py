"""Codes of catalogue releases: what they mean, what to do now."""

from collections.abc import Mapping
from typing import Final

from hub.errors import Advice

RELEASE_CODES: Final[Mapping[str, Advice]] = {
    "catalogue_file_missing": Advice(
        "a file of a catalogue release on record is gone from the store",
        "stop the node and restore the store: old vouchers cannot be judged without it",
        "存储中缺少在案目录发布的文件",
        "停止节点并恢复存储：没有该文件无法核验旧凭证",
    ),
    "catalogue_release_form": Advice(
        "the document is no catalogue release as releases are written",
        "fetch the release again; if it stays so, tell who issued it",
        "该文件不是规范的目录发布",
        "重新获取；仍然如此则联系签发方",
    ),
    "catalogue_release_other_environment": Advice(
        "the catalogue release is of another environment",
        "check which environment this node belongs to and where the release came from",
        "目录发布属于其他环境",
        "核对本节点环境和文件来源",
    ),
    "catalogue_release_seals": Advice(
        "fewer than two of the pinned parties have sealed the catalogue release",
        "have a second pinned party seal it; check that the pinned keys are the right ones",
        "目录发布不足两个预置方签章",
        "请另一预置方签章，并核对预置密钥",
    ),
    "catalogue_release_number": Advice(
        "the catalogue release has a lower number than the newest one here",
        "use the newer release; an older one never comes back",
        "目录发布编号低于已有版本",
        "使用新版本，旧版本不得恢复",
    ),
    "catalogue_release_conflict": Advice(
        "two different catalogue releases carry the same number",
        "treat it as an attack or a signing gone wrong: call both issuers, keep both files",
        "同一编号出现两份不同的目录发布",
        "按安全事件处理：联系签发方并保留两份文件",
    ),
    "catalogue_release_dates": Advice(
        "the release ends before it begins, or begins before its predecessor",
        "have it drawn up and sealed again, with dates that follow",
        "目录发布的生效、失效日期有误，或早于前一版本",
        "更正日期后重新起草并签章",
    ),
    "catalogue_release_content": Advice(
        "the files of the release make no catalogue, or say another number",
        "mend the file, draw the release up again under the same number, have it sealed",
        "目录发布所含文件不能构成目录，或编号不符",
        "改正文件后以同一编号重新起草并签章",
    ),
    "catalogue_release_documents": Advice(
        "the release lacks a kind of document that nodes exchange with each other",
        "keep the kinds of documents in the catalogue, then draw the release up again",
        "目录发布缺少节点间交换所需的文书种类",
        "保留这些种类后重新起草",
    ),
}
