"""What every `hubctl` command shares: `--json`, `--debug`, `--zh`, and a Report handed back.

`verb(noun, "verify")` registers a function as a command and adds them to its signature,
so that no command can forget them. A command returns a Report; it prints nothing.
"""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from typing import Annotated, Any, Final, ParamSpec, get_type_hints

import typer

from hub.errors import Misconfigured
from ops.cli.output import Report
from ops.cli.places import NOUNS

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class _Shared:
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")] = False
    chinese: Annotated[bool, typer.Option("--zh", help="Speak Chinese, whatever the terminal.")] = (
        False
    )


def noun(name: str) -> typer.Typer:
    """A noun of `hubctl`, which groups verbs."""
    return typer.Typer(
        name=name, help=NOUNS[name].says, no_args_is_help=True, pretty_exceptions_enable=False
    )


def verb(group: typer.Typer, name: str) -> Callable[[Callable[P, Report]], Callable[P, Report]]:
    """Register the decorated function under `group` with the shared options.

    A parameter whose type is a dataclass stands for the options that its fields are.
    """

    def register(function: Callable[P, Report]) -> Callable[P, Report]:
        signature = inspect.signature(function, eval_str=True)
        hints = {name: one.annotation for name, one in signature.parameters.items()}
        bundles: dict[str, Any] = {name: hint for name, hint in hints.items() if is_dataclass(hint)}

        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> Report:
            for shared in fields(_Shared):  # `main` has read them already
                kwargs.pop(shared.name, None)
            for key, value in kwargs.items():
                _require_text(key, value)
            for key, bundle in bundles.items():
                kwargs[key] = bundle(**{one.name: kwargs.pop(one.name) for one in fields(bundle)})
            return function(*args, **kwargs)

        own = [one for one in signature.parameters.values() if one.name not in bundles]
        more = [one for bundle in bundles.values() for one in _options(bundle)]
        parameters = [*own, *more, *_options(_Shared)]
        run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {one.name: one.annotation for one in parameters}
        group.command(name)(run)
        return function

    return register


def _require_text(name: str, value: object) -> None:
    """Return when what was typed is text; a file's name (a Path) may be any octets.

    Raises:
        Misconfigured: `text_encoding`.
    """
    for word in value if isinstance(value, list) else [value]:
        if isinstance(word, str) and any(map(_UNDECODED.__contains__, map(ord, word))):
            raise Misconfigured("text_encoding", option=name.replace("_", "-"))


_UNDECODED: Final = range(0xDC80, 0xDD00)
"""What Python makes of octets that are no text in the terminal's encoding."""


def _options(bundle: Any) -> list[inspect.Parameter]:  # noqa: ANN401 - any dataclass
    hints = get_type_hints(bundle, include_extras=True)
    return [
        inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default,
            annotation=hints[field.name],
        )
        for field in fields(bundle)
    ]  # fmt: skip
