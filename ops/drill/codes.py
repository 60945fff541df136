"""What the codes of drills mean and what to do."""

from collections.abc import Mapping
from typing import Final

from hub.errors import Advice

CODES: Final[Mapping[str, Advice]] = {
    "drill_unknown": Advice(
        "There is no drill of this name.",
        "Choose one that `hubctl drill run --help` names.",
        "没有这个名称的演练。",
        "请从 hubctl drill run --help 所列名称中选择。",
    ),
    "drill_load_failed": Advice(
        "The drill's own writers could not record anything, so there is nothing to measure.",
        "See whether the scratch store takes writes and the machine is not overloaded.",
        "演练自身的写入进程未能写入任何记录，无法测量。",
        "检查演练用存储是否可写、机器是否过载。",
    ),
    "drill_same_life": Advice(
        "The restored store carries the incarnation of the store that was lost.",
        "Never start it: its neighbours would take its words for those of the life before. Report "
        "it with the drill's folder (`--keep`).",
        "恢复后的存储仍沿用已丢失存储的世代标识。",
        "切勿启动该节点：相邻节点会把它的消息当作此前世代的消息。请连同演练目录（--keep）一并上报。",
    ),
    "drill_not_mute": Advice(
        "The restored node moved money or spoke before anybody had opened it.",
        "Do not restore a live node with this release. Report it with the drill's folder "
        "(`--keep`).",
        "恢复后的节点在获准开放之前就动用了资金或对外发送。",
        "不要用此版本恢复正式节点。请连同演练目录（--keep）一并上报。",
    ),
}
