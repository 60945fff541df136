"""`hubctl status | check` and the nouns lease, clearing, breaks: one node each."""

import time
from enum import StrEnum
from typing import Annotated, Final

import typer

from hub.errors import HubError
from ops.breaks import seen
from ops.cli import nagios, node_views
from ops.cli.command import noun, verb
from ops.cli.guarded import Guard
from ops.cli.options import NODE, Config
from ops.cli.output import Report, Said
from ops.look.channels import healths
from ops.look.checks import check as run_checks
from ops.look.status import NAMED_MAX, OLDEST, holder
from ops.look.status import status as read_status
from ops.look.trace_words import PHASES_ZH
from ops.look_wiring import day_of, node

lease_app: Final = noun("lease")
clearing_app: Final = noun("clearing")
breaks_app: Final = noun("breaks")
NOUNS: Final = (lease_app, clearing_app)


def status(
    config: Config = NODE,
    limit: Annotated[
        int, typer.Option(min=1, max=NAMED_MAX, help="How many unfinished vouchers to name.")
    ] = OLDEST,
) -> Report:
    """Show what waits for whom, since when, until when, and what happens next.

    Example: hubctl status --config bureau/hub.toml --limit 100
    """
    with node(config, within_scope=True) as this:
        return node_views.status(
            read_status(this.parts, this.lease, healths(this.parts, time.sleep), this.scope, limit)
        )


class CheckForm(StrEnum):
    """How `check` tells it."""

    TABLE = "table"
    NAGIOS = "nagios"


def check(
    config: Config = NODE,
    form: Annotated[
        CheckForm, typer.Option("--format", help="nagios: one line, exit 0, 1, 2 or 3.")
    ] = CheckForm.TABLE,
) -> Report:
    """Check a node: one line a check, OK, WARN or FAIL, and what to do.

    Example: hubctl check --config bureau/hub.toml --format nagios
    """
    try:
        with node(config, within_scope=True) as this:
            found = run_checks(this.parts, this.lease, healths(this.parts, time.sleep))
    except HubError as error:
        if form is CheckForm.TABLE:
            raise
        return nagios.unlooked(error)
    return nagios.checks(found) if form is CheckForm.NAGIOS else node_views.checks(found)


@verb(lease_app, "show")
def lease_show(config: Config = NODE) -> Report:
    """Show which instance is active, and until when without a renewal.

    Example: hubctl lease show --config hub/hub-a.toml
    """
    with node(config, within_scope=True) as this:
        return node_views.lease(holder(this.lease))


@verb(lease_app, "release")
def lease_release(config: Config = NODE, *, guard: Guard) -> Report:
    """Give back the lease of an instance that died without doing so, before it runs out. Guarded.

    Example: hubctl lease release --config hub/hub-a.toml --yes --type hub
    """
    with node(config) as this:
        act = this.release_act()
        if (written := guard.written(act)) is not None:
            return written
        released = this.release_lease(act, guard.consent())
    told = (
        Said(f"{released} has given it back", f"{released} 已交还")
        if released
        else Said("nothing to do: it is not held here", "无需处理：不由本实例持有")
    )
    return Report("lease.release", {"released": released}, [told])


@verb(lease_app, "switchover")
def lease_switchover(
    to: Annotated[str, typer.Argument(help="The other instance: hub-b.", metavar="INSTANCE")],
    config: Config = NODE,
    *,
    guard: Guard,
) -> Report:
    """Hand the lease to the other instance, which must run; this one becomes the standby. Guarded.

    Example: hubctl lease switchover hub-b --config hub/hub-a.toml --yes --type hub
    """
    with node(config) as this:
        act = this.switchover_act(to)
        if (written := guard.written(act)) is not None:
            return written
        seconds = this.switch_over(act, guard.consent(), time.sleep)
    told = Said(f"{to} holds it, after {seconds:.1f} s", f"{seconds:.1f} 秒后由 {to} 持有")
    return Report("lease.switchover", {"active": to, "seconds": round(seconds, 3)}, [told])


@verb(clearing_app, "run")
def clearing_run(
    phase: Annotated[
        str, typer.Argument(help="bounces, sum_up, daily_lists, cutoff or checks.", metavar="PHASE")
    ],
    config: Config = NODE,
    day: Annotated[str | None, typer.Option(help="Business day yyyyMMdd; else today's.")] = None,
) -> Report:
    """Run a phase of the business day now; running it again plans nothing twice.

    Example: hubctl clearing run sum_up --config icbc/hub.toml --day 20261121
    """
    with node(config) as this:
        on = day_of(day, this.parts.clock)
        planned = this.run_phase(phase, on)
    told = (
        Said(f"{phase} of {on}: {planned} planned", f"{on} {PHASES_ZH[phase]}：已计划 {planned} 项")
        if planned
        else Said("nothing to do", "无需办理")
    )
    return Report("clearing.run", {"phase": phase, "day": on, "planned": planned}, [told])


@verb(breaks_app, "list")
def breaks_list(
    config: Config = NODE,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
) -> Report:
    """Show the breaks that are not closed.

    Example: hubctl breaks list --config pboc/hub.toml
    """
    with node(config, within_scope=True) as this, this.parts.store.read() as tx:
        found = [one for one in tx.breaks() if seen(one, this.scope)]
    return node_views.breaks(found, everything=everything)
