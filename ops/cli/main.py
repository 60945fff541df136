"""`hubctl`: noun, verb, one Report. Joins the nouns and turns every end into an exit code."""

import signal
import sys
from collections.abc import Sequence
from errno import errorcode
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup

from hub.errors import HubError, TargetDown
from ops.cli.command import noun, verb
from ops.cli.output import Exit, Report, Said, Screen
from ops.cli.places import NOUNS, VERBS
from ops.cli.streams import standard

EVERYWHERE: Final = frozenset({"--json", "--zh", "--debug"})


class Tree(TyperGroup):
    """The commands: a name is read when it is asked for, not to be shown in a list."""

    in_chinese = False
    """Help is asked for, and whoever reads it speaks Chinese."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - typer's own
        """As any group, with what is asked for read."""
        if args[0] in self.commands:
            self.commands[args[0]] = command = branch(args[0])
            if self.in_chinese:
                import_module("ops.cli.helping").dress_branch(command, args)
        return super().resolve_command(ctx, args)


def branch(name: str) -> Any:  # noqa: ANN401 - a command of typer's own
    """The command or the group of this name, ready to run."""
    app = _empty(TyperGroup)
    if name in VERBS:
        verb(app, name)(getattr(import_module(f"ops.cli.{VERBS[name].module}"), name))
    else:
        module = import_module(f"ops.cli.{NOUNS[name].module}")
        groups = getattr(module, "NOUNS", None) or (module.app,)
        app.add_typer(next(group for group in groups if group.info.name == name))
    return typer.main.get_group(app).commands[name]


def application() -> typer.Typer:
    """The command tree, of which nothing has been read yet."""
    app = _empty(Tree)
    for name, place in VERBS.items():
        app.command(name, help=place.says)(_unread)
    for name in NOUNS:
        app.add_typer(noun(name))
    return app


def _empty(kind: type[TyperGroup]) -> typer.Typer:
    return typer.Typer(
        name="hubctl",
        cls=kind,
        help="Electronic payment vouchers: seal, exchange, settle, reconcile.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        pretty_exceptions_show_locals=False,  # locals can hold keys
    )


def _unread() -> None:
    raise AssertionError("read before it is run")


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
        words = _ordered(argv)
        tree = _tree(words, chinese=screen.chinese)
        result = tree(words, standalone_mode=False, obj=screen, prog_name="hubctl")
    except (KeyboardInterrupt, typer.Abort):
        return screen.interrupted()
    except (HubError, OSError) as error:  # the machine's, where no command told of it more nearly
        return screen.error(error if isinstance(error, HubError) else _refused(error))
    except typer.TyperException as error:
        return screen.usage(_described(error, chinese=screen.chinese))
    except Exception as error:  # noqa: BLE001 - the top of the process: a bug gets its exit code
        return screen.bug(error)
    if isinstance(result, Report):
        return screen.show(result)
    return screen.interrupted() if result == Exit.INTERRUPTED else Exit(result or 0)


def _tree(words: Sequence[str], *, chinese: bool) -> Any:  # noqa: ANN401 - a command of typer's own
    tree = typer.main.get_command(application())
    if chinese and ("--help" in words or len(words) < 2):  # a noun alone shows its help as well
        tree.in_chinese = True  # type: ignore[attr-defined]
        import_module("ops.cli.helping").dress(tree, ())
    return tree


def _ordered(argv: Sequence[str]) -> list[str]:
    """Switches of every command may stand before the noun as well: they go behind the verb.

    A noun alone, or nothing, shows its help, for which there is nothing else to switch; where a
    machine asks, it is a command that is missing.
    """
    asked = [word for word in argv if word not in EVERYWHERE]
    wanted = "--json" not in argv or "--help" in argv
    if (
        wanted
        and not [word for word in asked if word not in NOUNS and word != "--help"]
        and len(asked) < 3
    ):
        return asked
    first = next((n for n, word in enumerate(argv) if word not in EVERYWHERE), 0)
    if argv[first:] and argv[first].startswith("-"):  # asks `hubctl` itself
        return list(argv[first:])
    return [*argv[first:], *argv[:first]]


def main() -> None:
    """Entry point of `hubctl`. A termination ends a command as Ctrl-C does: it cleans up."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    raise SystemExit(int(run(sys.argv[1:], Screen(*standard()))))


def _refused(error: OSError) -> HubError:
    refused = TargetDown(
        "machine_refused", reason=errorcode.get(error.errno or 0), file=error.filename
    )
    refused.__cause__ = error
    return refused


def _described(error: Exception, *, chinese: bool) -> Said:
    describe = getattr(error, "format_message", None)  # typer's own errors know their option
    said = describe() if describe else str(error)
    meaning = getattr(getattr(error, "param", None), "help", "")
    english = f"{said} ({meaning})" if meaning else said
    if not chinese or not said:
        return Said(english, english)
    return Said(english, import_module("ops.cli.helping").mistake(said, meaning or ""))
