"""Codes of the carried path at the command line."""

from collections.abc import Mapping
from typing import Final

from hub.errors import Advice

CODES: Final[Mapping[str, Advice]] = {
    "carried_answer_unnamed": Advice(
        "a file of packets is answered by a file, and none was named",
        "name a new file for the answer: --answer FILE",
        "收入待发凭证包须生成回执文件，而未指明文件名",
        "用 --answer 指明新的回执文件",
    ),
    "carried_record": Advice(
        "the hand-over record cannot be read, is another environment's, or is about another file",
        "see whether it is the record of this file; it was written beside it",
        "交接单无法读取、属于其他环境，或与该文件不符",
        "核对交接单是否与文件对应；交接单与文件一同写出",
    ),
}
