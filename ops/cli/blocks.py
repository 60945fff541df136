"""What a command hands back: values for machines, blocks for people, an exit code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ops.exits import Exit
from ops.said import Said


@dataclass(frozen=True, slots=True)
class Pairs:
    """Labels and values, one pair a line."""

    title: str
    pairs: Sequence[tuple[str, object]]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under column names; a name that starts with `>` is aligned to the right."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]


Block = str | Said | Pairs | Table


@dataclass(frozen=True, slots=True)
class Report:
    """What a command hands back: data for machines, blocks for people, and the exit code.

    `name` is stable (`voucher.verify`); `data` holds JSON values only: amounts as whole fen,
    instants as ISO text in UTC. The last block of text should be a one-line summary.
    """

    name: str
    data: Mapping[str, object]
    blocks: Sequence[Block] = field(default=())
    exit: Exit = Exit.DONE
