"""`hubctl demo`: one day of payments on real node processes; exit 0 only when all books agree."""

import shutil
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Annotated, Final

import typer

from hub.errors import Misconfigured, TargetDown
from hub.money import yuan
from ops.advice import advice
from ops.cli.demo_bars import Bars
from ops.cli.output import Block, Exit, Pairs, Report, Said, Screen, Table, counted
from ops.cli.placing import fills
from ops.clock import SystemClock
from ops.demo.ground import CHANNELS, Embedded
from ops.demo.report import DayReport, report
from ops.demo.run import Demo, Options
from ops.demo.servers import Servers
from ops.demo.show import exhibits, leave
from ops.demo.site import Site
from ops.demo.town import ENV, town
from ops.terminal import first_only
from schemas.catalogue_files import load as load_catalogue

REMOVALS: Final = 10
REMOVAL_SECONDS: Final = 0.2
WARNING: Final = Said(
    "will hold names, accounts and keys: invented here, but treat it as you would real ones; "
    "its settings name it in full, so keep it where it is: moved, its nodes do not start",
    "将存有姓名、账号和密钥：均为虚构，但请按真实资料保管；其设置写有完整路径，移动后节点无法启动",
)


def demo(
    context: typer.Context,
    payments: Annotated[int, typer.Option(min=10, max=200_000, help="Payment vouchers.")] = 2000,
    seed: Annotated[int, typer.Option(help="The same seed, the same day.")] = 1,
    keep: Annotated[
        Path | None, fills("Keep everything in this new folder (names, accounts!).", "--keep")
    ] = None,
    *,
    servers: Annotated[
        bool, typer.Option("--servers", help="On RabbitMQ and PostgreSQL of its own, not files.")
    ] = False,
) -> Report:
    """Run one day from the finance bureau to cleared and reconciled, and show that books agree.

    Example: hubctl demo --payments 200

    Example: hubctl demo --servers --payments 200
    """
    screen: Screen = context.obj
    root, everybody = _folder(keep, screen).resolve(), town()
    with first_only(), ExitStack() as left:
        if keep is None:
            left.callback(_remove, root, screen)
        ground = Servers(root, everybody.nodes) if servers else Embedded(root)
        site, bars = Site(root, everybody, ground), Bars(chinese=screen.chinese)
        options = Options(payments, seed)
        day = left.enter_context(Demo(options, site, SystemClock(), time.sleep, bars))
        try:
            with closing(bars):
                made = _lived(day)
        except KeyboardInterrupt:
            screen.note(_ending(root, len(site.processes), kept=keep is not None))
            raise
        return shown(made) if keep is None else shown(made, _exhibited(day), root)


def _ending(root: Path, count: int, *, kept: bool) -> Said:
    what, what_zh = ("stays", "保留") if kept else ("is removed", "将被删除")
    return Said(
        f"ending {counted(count, 'node instance')} at once; {root} {what}",
        f"立即结束 {count} 个节点实例；{root} {what_zh}",
    )


def _remove(root: Path, screen: Screen) -> None:
    """Remove the day's folder; a process that was just ended may still have made a file in it."""
    for _ in range(REMOVALS):
        shutil.rmtree(root, ignore_errors=True)
        if not root.exists():
            return
        time.sleep(REMOVAL_SECONDS)
    screen.note(Said(f"could not be removed: {root}", f"未能删除：{root}"))


def _lived(day: Demo) -> DayReport:
    day.prepare()
    day.pay()
    day.close()
    day.end()
    return report(day)


def _exhibited(day: Demo) -> list[str]:
    """What a kept folder shows; and its channels work again."""
    site = day.site
    site.ground.give_back(CHANNELS[1], site.town.nodes)
    forged = next((one.octets for one in day.sent if one.name == "forged_seal"), b"")
    return leave(exhibits(site, forged, SystemClock()), site.root / "show")


def _folder(keep: Path | None, screen: Screen) -> Path:
    """A new folder that only its owner can read.

    Raises:
        Misconfigured: `folder_exists`.
        TargetDown: `file_unwritable`.
    """
    if keep is None:
        return Path(tempfile.mkdtemp(prefix="evx-demo-"))
    try:
        keep.mkdir(parents=True, exist_ok=True, mode=0o700)
        taken = any(keep.iterdir())
    except OSError:
        raise TargetDown("file_unwritable", file=str(keep)) from None
    if taken:
        raise Misconfigured("folder_exists", folder=str(keep))
    screen.note(Said(f"{keep} {WARNING.english}", f"{keep} {WARNING.chinese}"))
    return keep


def shown(made: DayReport, kept: Sequence[str] = (), root: Path | None = None) -> Report:
    """The day's report for machines and people."""
    counts = made.counts
    lost, doubled = counts["lost"], counts["doubled"]
    verdict, word = (
        ("all books agree", "账目全部相符") if made.ok else ("the books do NOT agree", "账目不符")
    )
    summary = Said(
        f"{verdict}: lost {lost}, doubled {doubled}", f"{word}：丢失 {lost}，重复 {doubled}"
    )
    files = f"{root / 'show'}: {', '.join(kept)}" if root else ""
    told = [Said(f"to look at, in {files}", f"可供查看，在 {files}")] if root else []
    return Report(
        "demo",
        {**_data(made), "kept": list(kept)},
        [*_blocks(made), *told, summary],
        Exit.DONE if made.ok else Exit.BREAKS_OPEN,
    )


def _data(made: DayReport) -> dict[str, object]:
    return {
        "payments": made.payments,
        "rows": made.rows,
        "amount_fen": made.amount_fen,
        **made.sums,
        **made.counts,
        "conserved": all(check.holds for check in made.checks),
        "reconciled": made.counts["breaks"] == 0 and made.ok,
        "takeover_seconds": round(made.times.takeover, 2),
        "first_settled_seconds": round(made.times.first_settled, 2),
        "setup_seconds": round(made.times.setup, 2),
        "seconds": round(made.times.total, 1),
        "stages": [
            {"party": p, "division": d, "kind": k, "state": s, "count": n, "amount_fen": a}
            for p, d, k, s, n, a in made.stages
        ],
        "incidents": [
            {"name": name, "expected": expected, "found": found, "ok": ok}
            for name, expected, found, ok in made.incidents
        ],
        "checks": [
            {"name": c.name, "expected": c.expected, "found": c.found, "ok": c.holds}
            for c in made.checks
        ],
        "breaks_open": [{"node": node, "what": what} for node, what in made.breaks],
        "waiting_for": made.waiting,
    }


def _blocks(made: DayReport) -> list[Block]:
    amounts = [
        ("payments", made.payments),
        ("issued 元", yuan(made.amount_fen)),
        *((name.removesuffix("_fen") + " 元", yuan(value)) for name, value in made.sums.items()),
        *made.counts.items(),
        ("takeover seconds", f"{made.times.takeover:.2f}"),
        ("first settled after seconds", f"{made.times.first_settled:.2f}"),
        ("seconds", f"{made.times.total:.1f}"),
    ]
    return [
        *_stages(made),
        Table(
            "Incidents",
            ("incident", "answered", "ok", "why"),
            [(n, f, ok, _why(f)) for n, _, f, ok in made.incidents],
        ),
        Table(
            "Books",
            ("check", "what", ">expected", ">found", "ok"),
            [(c.name, c.what, yuan(c.expected), yuan(c.found), c.holds) for c in made.checks],
        ),
        Pairs("The day", amounts),
    ]


def _stages(made: DayReport) -> list[Block]:
    """A table a party, so that it fits a terminal of 100 columns."""
    names = {str(party.party): party.name for party in town().plan.parties}
    kinds = load_catalogue(ENV).kinds
    parties = dict.fromkeys(party for party, *_ in made.stages)
    blocks: list[Block] = [Said("Stages", "各阶段")] if parties else []
    for party in parties:
        rows = [
            (d, k, kinds[k].name_zh, s, n, yuan(a))
            for p, d, k, s, n, a in made.stages
            if p == party
        ]
        columns = ("division", "kind", "", "state", ">count", ">元")
        blocks.append(Table(f"{party} {names.get(party, '')}", columns, rows))
    return blocks


def _why(code: str) -> Said:
    known = advice(code)
    if known is None:
        return Said("the genuine one's answer again", "与真凭证的答复相同")
    return Said(known.why, known.why_zh)
