"""What every `hubctl` command shares: `--json`, `--debug`, `--zh`, and a Report handed back.

`verb(noun, "verify")` registers a function as a command and adds them to its signature,
so that no command can forget them. A command returns a Report; it prints nothing.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Final, ParamSpec

import typer

from ops.cli.output import Report

P = ParamSpec("P")

_SHARED: Final = {
    "as_json": Annotated[bool, typer.Option("--json", help="Print one JSON object.")],
    "debug": Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")],
    "chinese": Annotated[bool, typer.Option("--zh", help="Speak Chinese, whatever the terminal.")],
}


def noun(name: str, help_text: str) -> typer.Typer:
    """A noun of `hubctl`, which groups verbs."""
    return typer.Typer(
        name=name, help=help_text, no_args_is_help=True, pretty_exceptions_enable=False
    )


def verb(group: typer.Typer, name: str) -> Callable[[Callable[P, Report]], Callable[P, Report]]:
    """Register the decorated function under `group` with the shared options."""

    def register(function: Callable[P, Report]) -> Callable[P, Report]:
        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> Report:
            for shared in _SHARED:  # `main` has read them already
                kwargs.pop(shared, None)
            return function(*args, **kwargs)

        signature = inspect.signature(function, eval_str=True)
        extra = [
            inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=hint)
            for key, hint in _SHARED.items()
        ]
        run.__signature__ = signature.replace(  # type: ignore[attr-defined]
            parameters=[*signature.parameters.values(), *extra]
        )
        run.__annotations__ = {**function.__annotations__, **_SHARED}
        group.command(name)(run)
        return function

    return register
