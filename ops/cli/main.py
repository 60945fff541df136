"""`hubctl`: noun, verb, one Report. Joins the nouns and turns every end into an exit code."""

import signal
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Final

import typer

from hub.errors import HubError
from ops.cli import (
    alarm,
    archive,
    backup,
    breaks,
    catalogue,
    channels,
    deadletter,
    demo,
    drill,
    nodes,
    party,
    payments,
    resync,
    route,
    seal,
    trust_next,
    voucher_outside,
)
from ops.cli import run as run_node
from ops.cli.command import verb
from ops.cli.output import Exit, Report, Screen
from ops.cli.streams import standard

NOUNS: Final = (
    voucher_outside.app,  # the noun voucher, with the verbs of all its modules
    seal.app,
    payments.app,
    backup.app,
    archive.app,
    breaks.app,
    drill.app,
    resync.app,
    alarm.app,
    channels.app,
    deadletter.app,
    party.app,
    *trust_next.NOUNS,
    catalogue.app,
    route.app,
    *nodes.NOUNS,
)


def application() -> typer.Typer:
    """The whole command tree."""
    app = typer.Typer(
        name="hubctl",
        help="Electronic payment vouchers: seal, exchange, settle, reconcile.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        pretty_exceptions_show_locals=False,  # locals can hold keys
    )
    verb(app, "version")(show_version)
    verb(app, "run")(run_node.run)
    verb(app, "demo")(demo.demo)
    verb(app, "status")(nodes.status)
    verb(app, "check")(nodes.check)
    for group in NOUNS:
        app.add_typer(group)
    return app


def run(argv: Sequence[str], screen: Screen) -> Exit:
    """Run one command line; every way it can end is an exit code."""
    try:
        return _run(argv, screen)
    except OSError as error:  # a command's own has become its error: this is the screen's
        return screen.unwritable(error)


def _run(argv: Sequence[str], screen: Screen) -> Exit:
    screen.as_json, screen.debug = "--json" in argv, "--debug" in argv
    screen.chinese |= "--zh" in argv
    try:
        result = application()(list(argv), standalone_mode=False, obj=screen, prog_name="hubctl")
    except (KeyboardInterrupt, typer.Abort):
        return screen.interrupted()
    except HubError as error:
        return screen.error(error)
    except typer.TyperException as error:
        return screen.usage(_described(error))
    except Exception as error:  # noqa: BLE001 - the top of the process: a bug gets its exit code
        return screen.bug(error)
    if isinstance(result, Report):
        return screen.show(result)
    return screen.interrupted() if result == Exit.INTERRUPTED else Exit(result or 0)


def main() -> None:
    """Entry point of `hubctl`. A termination ends a command as Ctrl-C does: it cleans up."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    raise SystemExit(int(run(sys.argv[1:], Screen(*standard()))))


def show_version() -> Report:
    """Show the version of this program.

    Example: hubctl version
    """
    try:
        number = version("voucher-exchange-hub")
    except PackageNotFoundError:
        number = "0 (not installed: run from a checkout)"
    return Report("version", {"version": number}, [f"hubctl {number}"])


def _described(error: Exception) -> str:
    describe = getattr(error, "format_message", None)  # typer's own errors know their option
    return describe() if describe else str(error)
