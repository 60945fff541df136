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
}
