"""`hubctl drill`: break a scratch site on purpose and measure; exit 10 when a bound is missed."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import typer

from hub.errors import Misconfigured
from ops.cli.command import noun, verb
from ops.cli.output import Block, Exit, Pairs, Table
from ops.cli.output import Report as Shown
from ops.cli.placing import fills
from ops.clock import SystemClock
from ops.drill import bank_restored, live, restore
from ops.drill.report import Report

app: Final = noun("drill")

Drill = Callable[[Path, int], Report]
DRILLS: Final[dict[str, Drill]] = {
    "restore": lambda folder, seed: restore.on_sqlite(
        folder, SystemClock(), restore.Plan(seed=seed)
    ),
    "restore-postgresql": lambda folder, seed: restore.on_postgresql(
        folder, SystemClock(), restore.Plan(seed=seed)
    ),
    "hub-takeover": lambda folder, seed: live.hub_takeover(
        folder, SystemClock(), live.Pace(seed=seed)
    ),
    "hub-frozen": lambda folder, seed: live.hub_frozen(folder, SystemClock(), live.Pace(seed=seed)),
    "channel-lost": lambda folder, seed: live.channel_lost(
        folder, SystemClock(), live.Pace(seed=seed)
    ),
    "bank-restored": lambda folder, seed: bank_restored.bank_restored(
        folder, SystemClock(), live.Pace(seed=seed)
    ),
}


@verb(app, "run")
def run(
    names: Annotated[list[str], typer.Argument(help="/".join(DRILLS), metavar="DRILL...")],
    seed: Annotated[int, typer.Option(help="The same seed, the same load.")] = 1,
    keep: Annotated[Path | None, fills("Leave everything in this new folder.", "--keep")] = None,
) -> Shown:
    """Run drills one after the other, each in a scratch folder of its own.

    Example: hubctl drill run hub-takeover channel-lost --json
    """
    unknown = [name for name in names if name not in DRILLS]
    if unknown:
        raise Misconfigured("drill_unknown", drill=unknown[0])
    return shown([_run(name, seed, keep) for name in names])


def shown(found: list[Report]) -> Shown:
    """What drills found, for machines and for people."""
    kept = all(report.kept for report in found)
    blocks: list[Block] = [block for report in found for block in _timeline(report)]
    rows = [
        (
            one.drill, one.site, f"{one.rto_seconds:.2f}", f"{one.bounds.rto_seconds:g}",
            f"{one.tally.rpo_seconds:.2f}", f"{one.bounds.rpo_seconds:g}", one.tally.acknowledged,
            one.tally.present, one.tally.lost, one.tally.doubled, "yes" if one.kept else "NO",
        )
        for one in found
    ]  # fmt: skip
    columns = (
        "drill", "site", ">RTO s", ">bound", ">RPO s", ">bound", ">acknowledged", ">present",
        ">lost", ">doubled", "kept",
    )  # fmt: skip
    blocks.append(Table("Drills", columns, rows))
    data = {"kept": kept, "drills": [report.as_json() for report in found]}
    return Shown("drill.run", data, blocks, Exit.DONE if kept else Exit.DRILL_MISSED)


def _timeline(report: Report) -> list[Block]:
    steps = [(event.name, f"{event.at_seconds:9.3f}") for event in report.events]
    return [Pairs(f"{report.drill} on {report.site}: seconds since it began", steps)]


def _run(name: str, seed: int, keep: Path | None) -> Report:
    if keep is not None:
        folder = keep.resolve() / name
        if folder.exists():
            raise Misconfigured("folder_exists", folder=str(folder))
        folder.mkdir(parents=True, mode=0o700)
        return DRILLS[name](folder, seed)
    folder = Path(tempfile.mkdtemp(prefix="evx-drill-"))
    try:
        return DRILLS[name](folder, seed)
    finally:
        shutil.rmtree(folder)
