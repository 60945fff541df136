"""`hubctl packet`: open rows on a medium, taken in at the other node, answered and closed."""

import sys
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Final, Self

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from hub.clock import iso
from hub.errors import Malformed, Misconfigured
from hub.exchange.carriage import Carriage, CarriedWay
from hub.exchange.carried_file import ITEMS_MAX
from hub.observer import Fact
from hub.parties import NodeId
from ops.carry import exporting, taking
from ops.carry.record import Done, read_record, write_record
from ops.cli.command import noun, verb
from ops.cli.guarded import Guard
from ops.cli.options import Config, FileArgument
from ops.cli.output import Block, Exit, Pairs, Report, Said, Table, counted
from ops.cli.placing import file_place, writes
from ops.cli.spoken import CARRIED_ZH, spoken
from ops.look_wiring import node
from ops.said import At
from ops.wiring import Parts

NODE: Final[Path] = Path("hub.toml")
app: Final = noun("packet")
HELD: Final = frozenset({"held", "party_held"})

Limit = Annotated[int, typer.Option(min=1, max=ITEMS_MAX, help="At most so many rows.")]


class Bar:
    """Progress on stderr, on a terminal only."""

    def __init__(self, name: str) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
        console = Console(stderr=True)
        self._bar = Progress(*columns, console=console, disable=not sys.stderr.isatty())
        self._task = self._bar.add_task(name, total=None)

    def __call__(self, done: int, total: int) -> None:
        """How far it is."""
        self._bar.update(self._task, completed=done, total=total)

    def __enter__(self) -> Self:
        """Show it."""
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave its last state."""
        self._bar.stop()


@verb(app, "export")
def export(
    peer: Annotated[str, typer.Argument(help="The neighbour's node.")],
    out: Annotated[Path, writes("A new file, on the medium", ".evx", option="--out")],
    reason: Annotated[str, typer.Option(help="One word of your own, for log and journal.")],
    config: Config = NODE,
    limit: Limit = 100_000,
    *,
    fresh: Annotated[bool, typer.Option("--fresh", help="Only rows in no file yet.")] = False,
    guard: Guard,
) -> Report:
    """Write the open rows for a neighbour into a file; they stay open and may still go by channel.

    Two operators sign, or a development node's name is typed. The hand-over record is written
    beside the file, as JSON and as a page.

    Example: hubctl packet export hub --out /media/usb/to-hub.evx --reason lines-cut --yes
    --type bureau
    """
    with node(config) as this, Bar("export") as bar:
        act = exporting.act_of(this.parts, NodeId(peer), reason)
        if (written := guard.written(act)) is not None:
            return written
        chosen = exporting.Chosen(limit, fresh)
        done = exporting.export(this.parts, act, guard.consent(), out, chosen, bar)
        return _report("packet.export", "Carried out", this.parts, done, out)


@verb(app, "import")
def import_(
    file: FileArgument,
    by: Annotated[str, typer.Option(help="The operator who takes it in.")],
    answer: Annotated[
        Path | None, writes("A new file for the answer", ".evx", option="--answer")
    ] = None,
    record: Annotated[Path | None, typer.Option(help="Beside it the hand-over record.")] = None,
    config: Config = NODE,
    *,
    again: Annotated[bool, typer.Option("--again", help="Though it was taken before.")] = False,
) -> Report:
    """Take a carried file in: packets are recorded and answered, an answer closes its rows.

    A file is checked whole before anything of it is taken. Broken off, it is begun anew; exit 11
    while items of it wait (a list or release is missing here): import it again then.

    Example: hubctl packet import /media/usb/to-hub.evx --by li.si --answer /media/usb/answer.evx
    """
    if record is not None:
        if not record.name:  # the folder it stands in, or the root
            raise Misconfigured("file_is_folder", file=str(record))
        file_place(record.with_name(f"{record.name}.handover.json"), ".json")
    held: Counter[str] = Counter()

    def observe(fact: Fact) -> None:
        if fact.name in HELD:
            held[str(fact.fields["code"])] += 1

    with node(config, observe) as this, Bar("import") as bar:
        done = taking.take(this.parts, file, answer, by, bar, again=again)
        return _report("packet.import", "Taken in", this.parts, done, record or answer, held)


@verb(app, "check")
def check(
    file: FileArgument,
    config: Config = NODE,
    record: Annotated[Path | None, typer.Option(help="Its hand-over record, as JSON.")] = None,
) -> Report:
    """Check a carried file for this node whole, and its record; nothing is taken in.

    Example: hubctl packet check /media/usb/to-hub.evx --config hub/hub.toml
    """
    with node(config) as this, Bar("check") as bar:
        found = taking.check(this.parts, file, bar)
        if record is not None:
            told = read_record(this.parts, record)
            if told["file"]["sha256"] != found.digest.hex():
                raise Malformed("carried_record")
    header = found.header
    data = {
        "number": header.number, "kind": header.kind.value, "from": str(header.sender),
        "to": str(header.receiver), "made_at": iso(header.at), "count": found.count,
        "messages": found.frames, "bytes": found.octets, "sha256": found.digest.hex(),
        "record": record is not None,
    }  # fmt: skip
    shown = [(key, _cell(key, value)) for key, value in data.items()]
    return Report("packet.check", data, [Pairs("Carried file", shown)])


@verb(app, "list")
def list_(config: Config = NODE) -> Report:
    """List the hand-overs of this node, and how many rows of each file still wait.

    Example: hubctl packet list --config bureau/hub.toml
    """
    with node(config, within_scope=True) as this, this.parts.store.read() as tx:
        found, still = tx.carriages(), tx.carried_open()
    data = [_data(one, still) for one in found]
    columns = (
        "at", "number", "kind", "way", "peer", "by", ">count", ">refused", ">waiting", ">rows open",
    )  # fmt: skip
    keys = (*(name.removeprefix(">") for name in columns[:-1]), "open")
    rows = [
        (At(row.at), *(_cell(key, one[key]) for key in keys[1:]))
        for row, one in zip(found, data, strict=True)
    ]
    waiting = sum(still.values())
    told = Said(f"{counted(waiting, 'carried row')} open", f"已交接而未办结 {waiting} 行")
    blocks: list[Block] = [told]
    if rows:
        blocks.insert(0, Table("Hand-overs", columns, rows))
    return Report("packet.list", {"hand_overs": data, "open": waiting}, blocks)


def _report(
    name: str, title: str, parts: Parts, done: Done, beside: Path | None,
    held: Counter[str] | None = None,
) -> Report:  # fmt: skip
    files = write_record(parts, done, beside) if beside is not None else ()
    row = done.carriage
    data: dict[str, Any] = {
        **_data(row, {}), "file": done.file, "messages": done.messages, "bytes": row.body_bytes,
        "sha256": row.digest.hex(), **done.more, "records": [str(path) for path in files],
    }  # fmt: skip
    del data["open"]
    data |= done.more
    if done.answer is not None:
        answer = done.answer.carriage
        data["answer"] = {
            "file": done.answer.file, "count": answer.count, "bytes": answer.body_bytes,
            "sha256": answer.digest.hex(),
        }  # fmt: skip
    if held:
        data["held"] = dict(sorted(held.items()))
    shown = [
        (key, _cell(key, value))
        for key, value in data.items()
        if not isinstance(value, list | dict)
    ]
    blocks: list[Block] = [Pairs(title, shown), *(str(path) for path in files)]
    if held:
        blocks.append(Table("Held back", ("code", ">count"), sorted(held.items())))
    waits = row.way is CarriedWay.IN and row.waiting
    return Report(name, data, blocks, Exit.INDETERMINATE if waits else Exit.DONE)


def _cell(key: str, value: object) -> object:
    """What a person reads; data keep the word itself."""
    return spoken(str(value), CARRIED_ZH) if key in {"kind", "way"} else value


def _data(row: Carriage, still: Any) -> dict[str, Any]:  # noqa: ANN401 - counts by number
    out = row.way is CarriedWay.OUT and row.kind.value == "packets"
    return {
        "at": iso(row.at), "number": row.number, "kind": row.kind.value, "way": row.way.value,
        "peer": str(row.peer), "count": row.count, "refused": row.refused,
        "waiting": row.waiting, "open": still.get(row.number, 0) if out else None,
        "by": row.who or None, "act": row.act or None,
    }  # fmt: skip
