"""`hubctl payments`: payments from a CSV, looked at and turned into sealed vouchers."""

from pathlib import Path
from typing import Annotated, Final

import typer

from hub.money import yuan
from ops.cli.command import noun, verb
from ops.cli.files import read
from ops.cli.output import Block, Exit, Report, Said, Table, counted
from ops.import_wiring import importer
from ops.payments_import.importing import Sent
from ops.payments_import.plan import Plan, plan
from ops.payments_import.reader import BYTES_MAX
from ops.payments_import.rows import Parsed, parse

app: Final = noun("payments")

PaymentsFile = Annotated[Path, typer.Argument(help="CSV in UTF-8 or GB18030.", metavar="FILE")]


@verb(app, "check")
def check(file: PaymentsFile) -> Report:
    """Read a payments file and show what is wrong or looks doubled; sends nothing.

    Example: hubctl payments check docs/samples/payments-500.csv
    """
    parsed = parse(read(file, BYTES_MAX))
    return seen("payments.check", parsed, plan(parsed, sent=(), recent=()))


@verb(app, "import")
def import_(
    file: PaymentsFile,
    config: Annotated[Path, typer.Option(help="Settings of the bureau's node.")] = Path("hub.toml"),
    allow: Annotated[
        list[str] | None, typer.Option(help="Id of a held row that is a payment of its own.")
    ] = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show it; send nothing.")] = False,
    quota: Annotated[
        bool, typer.Option(help="Send the quota notices 5108 and 5106 for the rows as well.")
    ] = True,
) -> Report:
    """Seal and send the good rows of a payments file; rows sent before are left out.

    Example: hubctl payments import payments.csv --config bureau/hub-a.toml --dry-run
    """
    parsed = parse(read(file, BYTES_MAX))
    with importer(config) as node:
        look = node.look(parsed, allow or ())
        sent = Sent(0, 0) if dry_run else node.send(look, quota=quota)
    return seen("payments.import", look.parsed, look.plan, sent)


def seen(name: str, parsed: Parsed, planned: Plan, sent: Sent | None = None) -> Report:
    """A parsed file and its plan, as a person and as a script see it."""
    amount = sum(row.amount_fen for row in planned.send)
    summary = (
        f"{len(planned.send)} to send ({yuan(amount)} 元), "
        f"{len(planned.already_sent)} sent before, "
        f"{len(planned.held)} held, {parsed.bad_rows} bad"
    )
    summary_zh = (
        f"待发 {len(planned.send)} 笔（{yuan(amount)} 元），"
        f"此前已发 {len(planned.already_sent)} 笔，"
        f"待人工确认 {len(planned.held)} 笔，错误 {parsed.bad_rows} 行"
    )
    posted: dict[str, object] = {}
    if sent is not None:
        posted = {"posted": sent.payments, "notices": sent.notices}
        summary += (
            f"; {counted(sent.payments, 'payment')} and "
            f"{counted(sent.notices, 'quota notice')} posted"
        )
        summary_zh += f"；已提交支付凭证 {sent.payments} 张、额度通知 {sent.notices} 张"
    return Report(
        name,
        {
            **posted,
            "file_id": parsed.file_id,
            "send": len(planned.send),
            "send_amount_fen": amount,
            "already_sent": len(planned.already_sent),
            "held": [
                {
                    "line": held.row.line,
                    "id": held.row.id,
                    "why": held.why,
                    "like_line": held.like_line,
                }
                for held in planned.held
            ],
            "bad_rows": parsed.bad_rows,
            "bad": [
                {
                    "line": bad.line,
                    "column": bad.column,
                    "seen": bad.seen,
                    "expected": bad.expected,
                    "expected_zh": bad.expected_zh,
                }
                for bad in parsed.bad
            ],
        },
        [*_bad(parsed), *_held(planned), Said(summary, summary_zh)],
        Exit.INVALID if parsed.bad else Exit.DONE,
    )


def _bad(parsed: Parsed) -> list[Block]:
    rows = [
        (bad.line, bad.column, bad.seen, Said(bad.expected, bad.expected_zh)) for bad in parsed.bad
    ]
    return [Table("Bad rows", (">line", "column", "seen", "expected"), rows)] if rows else []


def _held(planned: Plan) -> list[Block]:
    rows = [
        (held.row.line, held.why, held.like_line or None, yuan(held.row.amount_fen), held.row.id)
        for held in planned.held
    ]
    columns = (">line", "why", ">like line", ">元", "row id")
    return [Table("Held for a person", columns, rows)] if rows else []
